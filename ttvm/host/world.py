"""A host put together from its parts, and the parts that are the same for every host."""

from __future__ import annotations

from collections.abc import Callable

from ttvm.chance import SplitMix64
from ttvm.effects import Clock, Console, Randomness, Secrets, Surroundings
from ttvm.outside import Outside


class SeededRandomness(Randomness):
    """Random numbers from a seed; ``generator.state`` is all there is to save."""

    def __init__(self, seed: int) -> None:
        self.generator = SplitMix64(seed)

    def number_below(self, bound: int) -> int:
        return self.generator.below(bound)


class SeededSecrets(Secrets):
    """Bytes from a seed, so that a run can be repeated: whoever knows the seed can foresee them.

    Its generator is not that of RANDOM, so that a program gets the same numbers whether it encrypts or not.
    ``generator.state`` is all there is to save.
    """

    def __init__(self, seed: int) -> None:
        self.generator = SplitMix64(~seed)

    def random_bytes(self, count: int) -> bytes:
        words = (self.generator.next_word().to_bytes(8, "little") for _ in range(0, count, 8))
        return b"".join(words)[:count]


class FixedSurroundings(Surroundings):
    """The words of the command line."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self._words = words

    def words(self) -> tuple[str, ...]:
        return self._words


class World:
    """A host: the parts a program can ask. What is outside is made when it is first asked: most programs never do."""

    __slots__ = ("_make_outside", "_outside", "clock", "console", "randomness", "secrets", "surroundings")

    def __init__(
        self,
        console: Console,
        clock: Clock,
        randomness: Randomness,
        secrets: Secrets,
        surroundings: Surroundings,
        make_outside: Callable[[], Outside],
    ) -> None:
        self.console = console
        self.clock = clock
        self.randomness = randomness
        self.secrets = secrets
        self.surroundings = surroundings
        self._make_outside = make_outside
        self._outside: Outside | None = None

    @property
    def outside(self) -> Outside:
        """Files, network, commands, databases."""
        if self._outside is None:
            self._outside = self._make_outside()
        return self._outside

    def close(self) -> None:
        """Close whatever is still open outside."""
        if self._outside is not None:
            self._outside.close()
