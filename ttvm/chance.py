"""Random numbers whose whole state is one number.

Python's ``random`` would do, but its state is 625 words, which every snapshot would copy, and ``randrange``
has changed between versions, which would break "the same seed gives the same run on every machine".
The generator is SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014).
"""

from __future__ import annotations

_MASK = 0xFFFF_FFFF_FFFF_FFFF


class SplitMix64:
    """A seeded generator; ``state`` may be saved and set back."""

    __slots__ = ("state",)

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def next_word(self) -> int:
        """The next 64 random bits."""
        self.state = (self.state + 0x9E37_79B9_7F4A_7C15) & _MASK
        word = self.state
        word = ((word ^ (word >> 30)) * 0xBF58_476D_1CE4_E5B9) & _MASK
        word = ((word ^ (word >> 27)) * 0x94D0_49BB_1331_11EB) & _MASK
        return word ^ (word >> 31)

    def below(self, bound: int) -> int:
        """A number from 0 to ``bound`` - 1, all equally likely; ``bound`` is at most 2^63."""
        largest_fair = (1 << 64) - (1 << 64) % bound
        while True:
            word = self.next_word()
            if word < largest_fair:
                return word % bound
