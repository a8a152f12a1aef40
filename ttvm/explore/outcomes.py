"""Outcomes: what one execution came to. Two executions have the same outcome when nobody could tell them apart."""

from __future__ import annotations

from ttvm.explore.state import State, Written
from ttvm.forms import debug
from ttvm.process.state import ProcessState
from ttvm.record import Record
from ttvm.values import Pid

LONGEST_REASON = 200
"""Characters of an exit reason that are kept."""


class Outcome(Record):
    """How an execution ended. Everything is sorted by pid, so equal outcomes are equal values."""

    output: tuple[tuple[Pid, tuple[str, ...]], ...]
    """The lines that each process printed; under pid 0, when the order of output counts, all of them in order."""
    exits: tuple[tuple[Pid, str], ...]
    """The processes that ended, with their reasons in debug form."""
    blocked: tuple[Pid, ...]
    """The processes that wait for ever."""
    loops: tuple[Pid, ...]
    """The processes that go on for ever without doing anything that another one could see."""
    lost: tuple[tuple[Pid, str, str], ...]
    """Messages that nobody took: sender, receiver (a pid or a name), value in debug form."""
    names: tuple[tuple[str, Pid], ...]
    """The names that are still taken."""
    status: int | None
    """The exit status of an EXIT that ended the machine; None without one."""


def lines_of(written: Written | None) -> tuple[str, ...]:
    """The lines in what was printed."""
    pieces: list[str] = []
    while written is not None:
        written, text = written
        pieces.append(text)
    return tuple("".join(reversed(pieces)).splitlines())


def outcome_of(state: State) -> Outcome:
    """The outcome of an execution that ended in this state."""
    lost = [(sender, str(to), text) for sender, to, text, _ in state.lost]
    blocked: list[Pid] = []
    for pid, process in state.processes.items():
        if process.state is ProcessState.WAITING and state.stopped is None:
            blocked.append(pid)
        if process.mailbox.messages:
            lost += ((each.sender, str(pid), debug(each.value, 80)) for each in process.mailbox if each.step)
    if state.order is not None:
        output: tuple[tuple[Pid, tuple[str, ...]], ...] = ((0, lines_of(state.order)),)
    else:
        output = tuple((pid, lines_of(state.output[pid])) for pid in sorted(state.output))
    return Outcome(
        output,
        tuple((pid, debug(state.exits[pid], LONGEST_REASON)) for pid in sorted(state.exits)),
        tuple(sorted(blocked)),
        tuple(sorted(state.stuck)),
        tuple(sorted(lost)),
        tuple(sorted(state.names.items())),
        state.stopped,
    )
