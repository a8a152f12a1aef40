"""Executions that were cut off because they are too long: what goes on and on in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ttvm.explore.events import Event
from ttvm.explore.noting import Trouble


def bound_hit(events: Sequence[Event]) -> Trouble:
    """What is told of an execution that was cut off after these steps: the instruction that came most often.

    It is the same for executions that differ only in who went first, so that one finding stands for them all.
    """
    counts = Counter((event.place, event.mnemonic) for event in events)
    place, mnemonic = min(counts, key=lambda each: (-counts[each], each))
    pid = min(event.pid for event in events if (event.place, event.mnemonic) == (place, mnemonic))
    what = "it makes more and more processes" if mnemonic.startswith("SPAWN") else "it goes on and on"
    end = {"exit": "the end of a process", "timer": "the message of a timer"}.get(mnemonic, mnemonic)
    text = f"the program had not ended when it was cut off: {what}; what came most often is {end}"
    return Trouble("bound hit", pid, place, text)
