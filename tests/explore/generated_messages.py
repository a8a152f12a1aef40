"""Random programs whose processes send each other many messages, and pick some of them."""

from __future__ import annotations

import random

_PATTERNS = (
    *("", "", "0", "1", "2", "0 | 1", "1 | 2", "[_]", "[0]", "int"),
    *('{type: "DOWN"}', '{type: "EXIT"}', '{type: "DOWN"} | 1'),
)
_VALUES = (["PUSH_INT 0"], ["PUSH_INT 1"], ["PUSH_INT 2"], ["PUSH_INT 0", "MAKE_LIST 1"])
_KEEP = ["STORE x", "LOAD x", "PRINT"]


class _Body:
    """The code of one process, while it is made. ``known`` are the variables with the pids of others."""

    def __init__(self, chance: random.Random, known: list[str], with_ends: bool) -> None:
        self._chance = chance
        self._known = known
        self._with_ends = with_ends

    def make(self, most: int) -> list[str]:
        return [line for _ in range(self._chance.randint(1, most)) for line in self._some()]

    def _some(self) -> list[str]:
        chance = self._chance
        pid = chance.choice([*(f"LOAD {name}" for name in self._known), "SELF"])
        kind = chance.random()
        if kind < 0.5:
            return [*chance.choice(_VALUES), pid, "SEND"]
        if kind < 0.78:
            return [f"RECEIVE {chance.choice(_PATTERNS)}", *_KEEP]
        if kind < 0.88:
            label = f"late_{chance.randrange(10**9)}"
            return [f"RECEIVE {chance.choice(_PATTERNS)} AFTER {chance.choice([0, 5])} {label}", *_KEEP, f"{label}:"]
        if kind < 0.91:
            return ["PUSH_INT 2", "STORE wanted", "RECEIVE $wanted | 0", *_KEEP]
        if not self._with_ends:
            return ["RECEIVE", "STORE x", "LOAD x", pid, "SEND"]
        return chance.choice(
            [
                [pid, "MONITOR", "POP"],
                [pid, "LINK"],
                ["TRUE", "TRAP_EXIT"],
                ["PUSH_STR kill", pid, "KILL"],
                ["PUSH_STR why", pid, "KILL"],
                ["PUSH_STR boom", "EXIT_PROCESS"],
                ["PUSH_INT 1", pid, "SEND_AFTER 5", "POP"],
                ["TRY", "REGISTER name", "CATCH", "POP", "END_TRY", "PUSH_INT 2", "SENDNAMED name"],
                [pid, "IS_ALIVE", "PRINT"],
            ]
        )


def message_program(seed: int) -> str:
    """A program of three to five processes, of which each knows those that were made before it."""
    chance = random.Random(seed)
    children = chance.randint(2, 4)
    with_ends = chance.random() < 0.4
    names = ["p0"]
    main = ["SELF", "STORE p0"]
    if with_ends and chance.random() < 0.5:
        main += ["TRUE", "TRAP_EXIT"]
    others: list[str] = []
    for number in range(1, children + 1):
        main += [f"LOAD {name}" for name in names]
        main += [f"MAKE_FUNCTION q{number} {' '.join(names)}", f"SPAWN {len(names)}", f"STORE p{number}"]
        others += [f"q{number}:", *_Body(chance, list(names), with_ends).make(3), "HALT"]
        names.append(f"p{number}")
    main += [*_Body(chance, names, with_ends).make(4), "HALT"]
    return "\n".join([*main, *others]) + "\n"
