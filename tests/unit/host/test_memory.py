"""The world in memory: a console that remembers and a clock that only moves when it is told."""

from __future__ import annotations

import pytest

from ttvm.host.memory import VIRTUAL_EPOCH, MemoryConsole, VirtualClock, Written
from ttvm.host.outside import RealOutside
from ttvm.host.permissions import Permissions
from ttvm.host.world import FixedSurroundings, SeededRandomness, SeededSecrets, World
from ttvm.outside import Grants


def test_the_console_remembers_who_wrote_what() -> None:
    console = MemoryConsole()
    console.write(1, "a\n")
    console.write(2, "b")
    assert console.written == [Written(1, "a\n"), Written(2, "b")]
    assert console.text == "a\nb"


def test_the_console_reads_lines_characters_and_the_rest() -> None:
    console = MemoryConsole("one\ntwo\nthree\nfour")
    assert console.read_until_newline() == "one\n"
    assert [console.read(1), console.read(2), console.read(1)] == ["t", "wo", "\n"]
    assert console.read(0) == ""
    assert console.read(None) == "three\nfour"
    assert [console.read(None), console.read(1), console.read_until_newline()] == ["", "", ""]


def test_the_last_line_needs_no_newline() -> None:
    console = MemoryConsole("last")
    assert [console.read_until_newline(), console.read_until_newline()] == ["last", ""]


@pytest.mark.parametrize("text", ["", "\n\n", "é🙂\n"])
def test_reading_line_by_line_gives_everything(text: str) -> None:
    console = MemoryConsole(text)
    lines = []
    while line := console.read_until_newline():
        lines.append(line)
    assert "".join(lines) == text
    assert len(lines) == text.count("\n")


def test_the_clock_stands_still_and_jumps() -> None:
    clock = VirtualClock()
    assert (clock.milliseconds(), clock.seconds()) == (0, VIRTUAL_EPOCH)
    clock.wait_until(1500)
    assert (clock.milliseconds(), clock.seconds()) == (1500, VIRTUAL_EPOCH + 1.5)
    clock.wait_until(100)
    assert clock.milliseconds() == 1500, "it never goes back"
    clock.wait_until(2**63 - 1)
    assert clock.milliseconds() == 2**63 - 1


def test_randomness_is_its_seed() -> None:
    def numbers(seed: int) -> list[int]:
        randomness = SeededRandomness(seed)
        return [randomness.number_below(1000) for _ in range(20)]

    assert numbers(1) == numbers(1)
    assert numbers(1) != numbers(2)
    randomness = SeededRandomness(3)
    randomness.number_below(10)
    state = randomness.generator.state
    number = randomness.number_below(10**18)
    randomness.generator.state = state
    assert randomness.number_below(10**18) == number


def test_a_world_is_its_parts() -> None:
    parts = (MemoryConsole(), VirtualClock(), SeededRandomness(0), SeededSecrets(0), FixedSurroundings(("a", "b")))
    made: list[RealOutside] = []

    def make_outside() -> RealOutside:
        made.append(RealOutside(parts[0], Permissions(Grants())))
        return made[-1]

    world = World(*parts, make_outside)
    assert (world.console, world.clock, world.randomness, world.secrets, world.surroundings) == parts
    world.close()
    assert made == [], "nobody asked for it"
    assert world.outside is world.outside is made[0]
    assert world.surroundings.words() == ("a", "b")
