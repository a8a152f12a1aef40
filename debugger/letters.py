"""The way of a message: where it was sent, and where it was taken, wherever in the run that is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from typing import NamedTuple

from debugger.branches import Checkpoint
from debugger.timeline import Timeline
from ttvm import events
from ttvm.process.mailbox import Message
from ttvm.values import Pid
from ttvm.vm import Vm


class Letter(NamedTuple):
    """A message on its way. ``to`` is the pid, or the name that nobody had; ``taken`` is a step, 0 when it never was.

    ``by_timer``: it was sent between two turns, right behind the step ``message.step``.
    """

    message: Message
    to: Pid | str
    dropped: bool
    by_timer: bool
    taken: int


class _Ear:
    """Hears of one message."""

    def __init__(self, vm: Vm, timeline: Timeline, number: int) -> None:
        self._vm = vm
        self._timeline = timeline
        self._number = number
        self.letter: Letter | None = None

    def listen_until(self, step: int) -> Generator[None, None, None]:
        """Execute until a step, and listen."""
        listeners = [
            (events.MessageSent, self._sent),
            (events.MessageDropped, self._dropped),
            (events.MessageTaken, self._taken),
        ]
        with self._timeline.listening(listeners, self._timeline.choosing):
            yield from self._timeline.execute_in_pieces(step)

    def _sent(self, event: events.MessageSent) -> None:
        if event.message.number == self._number:
            by_timer = self._vm.current is None and event.message.sender != 0
            self.letter = Letter(event.message, event.receiver.pid, False, by_timer, 0)

    def _dropped(self, event: events.MessageDropped) -> None:
        if event.message.number == self._number:
            self.letter = Letter(event.message, event.to, True, self._vm.current is None, 0)

    def _taken(self, event: events.MessageTaken) -> None:
        if event.message.number == self._number and self.letter is not None:
            self.letter = self.letter._replace(taken=self._vm.steps)


def find_letter(vm: Vm, timeline: Timeline, number: int) -> Generator[None, None, Letter | None]:
    """Search for a message by its number, in all that was ever executed of this branch; the machine is elsewhere then.

    Checkpoints know how many messages there were, and what was in the mailboxes: only two of the ways between them
    are executed again. None when there is no such message.
    """
    checkpoints = timeline.branch.checkpoints
    # The checkpoints before which it was not sent yet.
    index = bisect_right(checkpoints, number, key=_next_message) - 1
    if index < 0:
        return None
    ear = _Ear(vm, timeline, number)
    timeline.come_back(checkpoints[index])
    yield from ear.listen_until(_end(timeline, index))
    while ear.letter is not None and not ear.letter.dropped and not ear.letter.taken:
        index += 1
        if index == len(checkpoints) or not _holds(checkpoints[index], ear.letter):
            break
        if index + 1 == len(checkpoints) or not _holds(checkpoints[index + 1], ear.letter):
            timeline.come_back(checkpoints[index])
            yield from ear.listen_until(_end(timeline, index))
    return ear.letter


def _next_message(checkpoint: Checkpoint) -> int:
    return checkpoint.snapshot.counters[2]


def _end(timeline: Timeline, index: int) -> int:
    """Where the way from a checkpoint to the next ends."""
    checkpoints = timeline.branch.checkpoints
    return checkpoints[index + 1].step if index + 1 < len(checkpoints) else timeline.latest


def _holds(checkpoint: Checkpoint, letter: Letter) -> bool:
    """Whether a message lies in its mailbox at a checkpoint."""
    number = letter.message.number
    owner = next((process for process in checkpoint.snapshot.processes if process.pid == letter.to), None)
    return owner is not None and any(message.number == number for message in owner.mailbox)
