"""Why the run stands where it stands, in plain words: a deadlock, a crash, the end, or whatever stopped it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from debugger.chronicle import CRASH, DROP, EXIT, Chronicle, Entry, shown, view_of
from debugger.explanation import title
from debugger.inspector import waiting_words
from debugger.provenance import origin_of
from debugger.stops import held_back, is_over
from debugger.timeline import Timeline, finish
from debugger.views import StopView
from debugger.waiting import Expectation, circle, expectations, waiting
from debugger.writes import Slot
from ttvm.errors import FaultKind
from ttvm.forms import brief
from ttvm.source import visible
from ttvm.values import Pid
from ttvm.vm import Vm

MOST_LISTED = 10
"""Processes, messages or crashes of one kind that are listed; of more, only the number is told."""
_CRASHES = 3
"""Crashes that are told at the end of a run, the last ones."""
_NOT_ABOUT_OPERANDS = (FaultKind.STACK_UNDERFLOW, FaultKind.UNDEFINED_VARIABLE, FaultKind.LIMIT_EXCEEDED)


class Diagnosis:
    """Explains one moment. The machine may be elsewhere afterwards: whoever asks brings it back."""

    def __init__(
        self, vm: Vm, timeline: Timeline, chronicle: Chronicle, titles: Mapping[Pid, str], stop: StopView, did: str
    ) -> None:
        """``stop`` and ``did`` are what the session says by itself."""
        self._vm = vm
        self._timeline = timeline
        self._chronicle = chronicle
        self._titles = titles
        self._stop = stop
        self._did = did

    def lines(self) -> tuple[str, ...]:
        """All that can be said."""
        vm = self._vm
        over = is_over(vm) and not held_back(vm)
        entries = list(self._chronicle.entries())
        crashes = [each for each in entries if each.kind == CRASH and (over or each.step == vm.steps)]
        lines = [f"stopped: {self._stop.text}"]
        if self._did and not over:
            lines.append(f"the last that was done: {self._did}")
        left = [*self._mail(entries)] if over else []
        if over and vm.system.main_alive and not vm.stopped:
            lines = list(self._deadlock())
        elif over:
            lines += self._still_waiting()
        for crash in crashes[-_CRASHES:]:
            lines += self._crash(crash)
        if len(crashes) > _CRASHES:
            lines.append(f"{len(crashes) - _CRASHES:,} more crashes came before")
        return tuple(map(visible, [*lines, *left]))

    # -- deadlocks

    def _deadlock(self) -> Iterator[str]:
        yield "deadlock: main waits, no process can run, and no timer is set that could wake one. That is certain."
        found = expectations(self._vm.system, self._chronicle, self._timeline)
        ring = circle(found)
        by_pid = {each.pid: each for each in found}
        if ring:
            steps = "; ".join(f"{each.title} waits for {by_pid[each.whom].title}" for each in ring[:MOST_LISTED])
            yield f"they wait in a circle: {steps}"
        for each in ring[:MOST_LISTED]:
            yield f"  {_expectation(each)}; {each.last}"
        if ring and not all(each.certain for each in ring):
            yield "  what each waits for is certain; from whom is a guess, made from the messages so far"
        others = [each for each in found if each not in ring]
        if ring and others:
            yield "besides these wait:"
        elif not ring:
            yield "no circle can be seen in the messages; these wait:"
        yield from _listed([f"  {_expectation(each)}" for each in others], "processes")

    def _still_waiting(self) -> Iterator[str]:
        processes = waiting(self._vm.system)
        if processes:
            yield "nobody will wake those who still wait:"
        yield from _listed([f"  {title(each)} waits for {waiting_words(each)}" for each in processes], "processes")

    # -- messages

    def _mail(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Messages that nobody will read any more."""
        unread = [
            f"  #{message.number} {brief(message.value)} from {self._title(message.sender)} (sent at step "
            f"{message.step:,}) lies in the mailbox of {title(process)}"
            for process in self._vm.system.processes.values()
            for message in process.mailbox
        ]
        unread += [
            f"  {self._title(each.pid)} ended with {each.number:,} unread (step {each.step:,})"
            for each in entries
            if each.kind in (EXIT, CRASH) and each.number
        ]
        if unread:
            yield "messages that nobody will read:"
        yield from _listed(unread, "such messages")
        dropped = [
            f"  {self._title(each.pid)} sent #{each.number} {shown(each.detail[0])} to {each.detail[1]} "
            f"at step {each.step:,}"
            for each in entries
            if each.kind == DROP
        ]
        if dropped:
            yield "messages that were dropped, as nobody was there:"
        yield from _listed(dropped, "such messages")
        if self._chronicle.forgotten and entries:
            yield f"crashes and lost messages before step {entries[0].step:,} are not told here; the output has them"

    def _title(self, pid: int) -> str:
        return self._titles.get(pid, str(pid)) if pid else "you"

    # -- crashes

    def _crash(self, entry: Entry) -> Iterator[str]:
        _, kind, trace = entry.detail
        yield f"{self._title(entry.pid)} {view_of(entry, self._titles).text}, at step {entry.step:,}"
        for number, call in enumerate(trace):
            yield f"  {'in' if number == 0 else 'called from'} {call}"
        if kind in _NOT_ABOUT_OPERANDS:
            return
        self._timeline.goto(entry.step - 1)
        process = self._vm.system.processes.get(entry.pid)
        if process is None or process.pc >= len(process.frame.module.ops):
            return
        op = process.frame.module.ops[process.pc]
        names = op.row.pop_names(op.operands)
        stack = process.stack
        if len(names) > len(stack):
            return
        base = len(stack) - len(names)
        for index, (name, value) in enumerate(zip(names, stack[base:], strict=True)):
            where = Slot(entry.pid, base + index)
            origin = finish(origin_of(self._vm, self._timeline, where, entry.step - 1, name, value))
            yield f"  {origin.sentence}"


def _expectation(each: Expectation) -> str:
    return f"{each.title} waits for {each.what}: {each.why}"


def _listed(lines: Sequence[str], what: str) -> Iterator[str]:
    yield from lines[:MOST_LISTED]
    if len(lines) > MOST_LISTED:
        yield f"  and {len(lines) - MOST_LISTED:,} more {what}"
