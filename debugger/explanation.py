"""DID and NEXT: what an instruction did, or will do, in plain words.

The sentences come from the instruction table: the ``words`` of a row, or, where it has none, the names of its
stack effect. What happened besides (somebody woke, a message was lost) comes from the events of the step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from ttvm import events
from ttvm.asm.disassembler import write_op
from ttvm.forms import brief
from ttvm.observers.reporter import lost_message
from ttvm.process.state import Process, Signal
from ttvm.program import Module, Op
from ttvm.source import visible
from ttvm.values import Pid, Value
from ttvm.vm import Vm

SEEN_VALUES = 32
"""Values from the top of the stack that a sentence can name."""

_VERB = re.compile(r"\(([^()|]*)\|([^()|]*)\)")
_FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")


class Attempt(NamedTuple):
    """An instruction that is about to be executed, with what it will find: cheap to note, before each one."""

    pid: int
    title: str
    module: Module
    address: int
    stack: list[Value]
    """The top of the stack, as far as sentences need it."""
    depth: int
    signal: Signal | None

    @property
    def op(self) -> Op | None:
        """The instruction; None behind the last one."""
        return self.module.ops[self.address] if self.address < len(self.module.ops) else None

    @property
    def values(self) -> dict[str, Value]:
        """The values it takes, by the names of the stack effect; empty when there are too few."""
        op = self.op
        names = op.row.pop_names(op.operands) if op is not None else ()
        if len(names) > len(self.stack):
            return {}
        return dict(zip(names, self.stack[len(self.stack) - len(names) :], strict=True))


def title(process: Process) -> str:
    """Pid and name: ``2 worker``; without a name, what it runs."""
    return f"{process.pid} {process.name or process.target}"


def about(who: str, sentence: str) -> str:
    """A sentence about a process, which is named in front of it unless it begins with its name."""
    return sentence if sentence.startswith(f"{who} ") else f"{who}: {sentence}"


def observe(process: Process) -> Attempt:
    """What the next instruction of ``process`` will find."""
    stack = process.stack
    return Attempt(
        process.pid,
        title(process),
        process.frame.module,
        process.pc,
        stack[-SEEN_VALUES:],
        len(stack),
        process.signal,
    )


def next_sentence(attempt: Attempt, vm: Vm) -> str:
    """What will happen: ``SENDNAMED: puts 42 in the mailbox of 3 collector``."""
    if attempt.signal is not None:
        return visible(f"{attempt.title} ends: {_signal_words(attempt, attempt.signal, 'has')}")
    op = attempt.op
    if op is None:
        return f"(end of the text): {attempt.title} {'waits for the next line' if _goes_on(attempt) else 'ends'}"
    mnemonic = op.row.mnemonic
    missing = len(op.row.pop_names(op.operands)) - attempt.depth
    if missing > 0:
        return f"{mnemonic}: will fail, the stack holds too few values"
    return visible(f"{mnemonic}: {_words(attempt, op, vm, past=False)}")


def _goes_on(attempt: Attempt) -> bool:
    """Whether a process at the end of its text waits there for more."""
    return attempt.module.grows and attempt.pid == 1


def did_sentence(attempt: Attempt, after: Process | None, happened: Sequence[Any], vm: Vm) -> str:
    """What happened: the instruction's own words, then what it led to."""
    if attempt.signal is not None:
        reason = _signal_words(attempt, attempt.signal, "had")
        for event in happened:
            if isinstance(event, events.ProcessBlocked):  # a supervisor, which takes its children along
                return visible(f"{attempt.title} ends and waits for {event.wait.what}: {reason}")
        return visible(f"{attempt.title} ended: {reason}{consequences(attempt.pid, happened)}")
    op = attempt.op
    if op is None and _goes_on(attempt):
        return f"(end of the text): {attempt.title} waits for the next line"
    if op is None:
        return f"(end of the text): {attempt.title} ended{consequences(attempt.pid, happened)}"
    mnemonic = op.row.mnemonic
    for event in happened:
        if isinstance(event, events.FaultRaised):
            what = "the handler takes over" if event.caught else f"{attempt.title} crashed"
            return visible(f"{mnemonic} failed: {event.message}; {what}{consequences(attempt.pid, happened)}")
        if isinstance(event, events.ProcessBlocked) and event.process.pid == attempt.pid:
            return visible(f"{mnemonic}: {_blocked(attempt, event)}")
        if isinstance(event, events.MessageTaken):
            message = event.message
            return visible(
                f"{mnemonic}: took message #{message.number} {brief(message.value)} from {message.sender} "
                f"out of the mailbox and put it on the stack"
            )
    if op.row.words:
        sentence = _words(attempt, op, vm, past=True)
    else:
        sentence = _derived(attempt, op, past=True)
        pushed = len(op.row.effect.pushes)
        if after is not None and pushed:
            results = after.stack[len(after.stack) - pushed :]
            sentence = f"{_taken(attempt, past=True)}put {' and '.join(map(brief, results))}"
    return visible(f"{mnemonic}: {sentence}{consequences(attempt.pid, happened)}")


def _signal_words(attempt: Attempt, signal: Signal, tense: str) -> str:
    """Why a process ends that executes nothing more; a supervisor brings its end about itself."""
    came = "" if signal.sender == attempt.pid else f"an exit signal {tense} come, "
    return f"{came}reason {brief(signal.reason)}"


def _blocked(attempt: Attempt, event: events.ProcessBlocked) -> str:
    wait = event.wait
    if wait.what:
        return f"{attempt.title} waits for {wait.what}"
    if wait.asleep:
        return f"{attempt.title} sleeps until {wait.deadline} ms"
    until = f", at most until {wait.deadline} ms" if wait.deadline is not None else ""
    fitting = f"no message that fits {wait.pattern}" if wait.pattern is not None else "no message in the mailbox"
    return f"found {fitting}, so {attempt.title} waits{until}"


def consequences(pid: Pid, happened: Sequence[Any]) -> str:
    """What a step of ``pid`` (0: of the user) led to, to be put behind the sentence of the step."""
    parts: list[str] = []
    for event in happened:
        if isinstance(event, events.ProcessSpawned) and event.spawner == pid:
            parts.append(f"it is process {event.process.pid}")
        elif isinstance(event, events.ChildRestarted):
            parts.append(f"{title(event.supervisor)} starts {event.name} again as process {event.process.pid}")
        elif isinstance(event, events.SupervisorGaveUp):
            parts.append(f"{title(event.supervisor)} gives up: to start {event.name} again {event.why}")
        elif isinstance(event, events.ProcessWoke):
            parts.append(f"{title(event.process)} {'wakes: its time is over' if event.timeout else 'wakes'}")
        elif isinstance(event, events.MessageDropped):
            parts.append(lost_message(event))
        elif isinstance(event, events.MessageSent) and event.message.sender != pid:
            parts.append(f"{title(event.receiver)} gets {brief(event.message.value)}")
        elif isinstance(event, events.ProcessExited) and event.process.pid != pid:
            parts.append(f"{title(event.process)} ended")
    return "".join(f"; {part}" for part in parts[:4])


def _words(attempt: Attempt, op: Op, vm: Vm, past: bool) -> str:
    if not op.row.words:
        return _derived(attempt, op, past)
    text = _VERB.sub(r"\1" if past else r"\2", op.row.words)
    return _FIELD.sub(lambda match: _field(attempt, op, vm, match[1], match[2] or ""), text)


def _field(attempt: Attempt, op: Op, vm: Vm, name: str, form: str) -> str:
    for operand, given in zip(op.row.operands, op.operands, strict=True):
        if operand.name == name and given is not None and not (operand.type == "pid" and given == 0):
            if operand.type == "label":
                return attempt.module.label_at(given) or f"instruction {given}"
            return _person(given, form, vm) if form else _operand_words(operand.type, given)
    values = attempt.values
    if name == "top" and attempt.stack:
        return brief(attempt.stack[-1])
    if name in values:
        return _person(values[name], form, vm) if form else brief(values[name])
    return f"the {name}"


def _operand_words(kind: str, given: Any) -> str:
    return str(given) if kind in ("name", "pattern") else brief(given)


def _person(value: Any, form: str, vm: Vm) -> str:
    """A process by pid or by registered name, as people call it."""
    processes = vm.system.processes
    if form == "registered":
        pid = vm.system.names.get(value)
        return title(processes[pid]) if pid is not None else f'whoever is called "{value}" (nobody is)'
    if isinstance(value, int) and value in processes:
        return title(processes[value])
    return f"{brief(value)} (no such process)"


def _taken(attempt: Attempt, past: bool) -> str:
    values = list(map(brief, attempt.values.values()))
    if not values:
        return ""
    *first, last = values
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"{'took' if past else 'takes'} {listed} off the stack, "


def _derived(attempt: Attempt, op: Op, past: bool) -> str:
    """The sentence that the stack effect alone tells."""
    pushes = [slot.name for slot in op.row.effect.pushes]
    verb = "put" if past else "puts"
    put = f"{verb} the {' and the '.join(pushes)} there" if pushes else ""
    sentence = f"{_taken(attempt, past)}{put}".removesuffix(", ")
    return sentence or write_op(op, attempt.module)
