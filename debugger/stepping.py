"""Steps that are longer than an instruction: over a call, out of a call, and both of them backward."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

from debugger.timeline import Timeline
from debugger.views import StopView
from ttvm.events import InstructionStarting
from ttvm.process.state import ProcessState
from ttvm.vm import Vm

LONGEST_STEP = 50_000
"""Instructions after which such a step gives control back although it is not over."""
_ANY_DEPTH = 1 << 62


def run_over(vm: Vm, advance: Callable[[], StopView | None], outward: bool) -> StopView | None:
    """Let the process that runs next come to its next instruction that is not in a deeper call; the others run, too.

    ``outward``: that is in a call further out. ``advance`` executes one instruction. Gives the stop, if something else
    stopped the run: a breakpoint, the end, or that it takes too long.
    """
    process = vm.next_process()
    if process is None:
        return advance()
    depth = len(process.frames) - outward
    for _ in range(LONGEST_STEP):
        stop = advance()
        if stop is not None or process.state is ProcessState.EXITED:
            return stop
        done = vm.last_pid == process.pid and process.state is ProcessState.READY
        if done and len(process.frames) <= depth:
            return None
    return StopView("pause", f"paused after {LONGEST_STEP:,} instructions: the call is not over", vm.last_pid)


def search_over(vm: Vm, timeline: Timeline, outward: bool) -> Iterator[int | None]:
    """Search for where the process that ran last was about to execute an instruction that is not in a deeper call.

    ``outward``: one in a call further out, which is the CALL that led here. As ``Timeline.search_back``.
    """
    pid, before = vm.last_pid, vm.steps
    process = vm.system.processes.get(pid)
    depth = _ANY_DEPTH if process is None else len(process.frames) - outward

    def scan(end: int) -> Generator[None, None, int | None]:
        moments: list[int] = []

        def starting(event: InstructionStarting) -> None:
            if event.process.pid == pid and len(event.process.frames) <= depth and vm.steps < before:
                moments.append(vm.steps)

        vm.observe(InstructionStarting, starting)
        try:
            yield from timeline.execute_in_pieces(end)
        finally:
            vm.observers.unsubscribe(InstructionStarting, starting)
        return max(moments, default=None)

    return timeline.search_back(before, scan)
