"""SplitMix64 against its published outputs, and fair numbers below a bound."""

from __future__ import annotations

from collections import Counter

import pytest

from ttvm.chance import SplitMix64


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F, 0xF88BB8A8724C81EC, 0x1B39896A51A8749B]),
        (1234567, [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]),
    ],
)
def test_published_outputs(seed: int, words: list[int]) -> None:
    generator = SplitMix64(seed)
    assert [generator.next_word() for _ in words] == words


def test_the_state_is_all_there_is() -> None:
    generator = SplitMix64(5)
    generator.next_word()
    state = generator.state
    first = [generator.next_word() for _ in range(5)]
    generator.state = state
    assert [generator.next_word() for _ in range(5)] == first


def test_only_64_bits_of_a_seed_count() -> None:
    assert SplitMix64(2**64 + 7).next_word() == SplitMix64(7).next_word()
    assert SplitMix64(-1).next_word() == SplitMix64(2**64 - 1).next_word()


@pytest.mark.parametrize("bound", [1, 2, 3, 10, 1000, 2**32 + 1, 2**63])
def test_below_keeps_its_bound(bound: int) -> None:
    generator = SplitMix64(42)
    numbers = [generator.below(bound) for _ in range(1000)]
    assert min(numbers) >= 0
    assert max(numbers) < bound
    assert len(set(numbers)) > 1 or bound == 1


def test_below_is_fair() -> None:
    generator = SplitMix64(1)
    counts = Counter(generator.below(6) for _ in range(6000))
    assert sorted(counts) == [0, 1, 2, 3, 4, 5]
    assert all(900 < count < 1100 for count in counts.values())


def test_below_skips_the_words_that_would_make_it_unfair() -> None:
    """With a bound of 3 * 2^62 a quarter of all words is skipped."""
    bound = 3 << 62
    words, numbers = SplitMix64(9), SplitMix64(9)
    fair = [word for word in (words.next_word() for _ in range(100)) if word < bound]
    assert [numbers.below(bound) for _ in fair] == fair
