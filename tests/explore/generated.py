"""Random programs of communicating processes, small enough to visit all their states."""

from __future__ import annotations

import random
from collections.abc import Callable

_NAMES = ("a", "b")
_PATTERNS = ("", "0", "1", '{type: "DOWN"} | {type: "EXIT"}')
_KINDS = (
    *("spawn", "spawn", "send", "send", "send", "receive", "receive", "poll", "register", "unregister", "whereis"),
    *("send_named", "link", "unlink", "monitor", "demonitor", "trap", "kill", "signal", "exit", "alive", "print"),
    *("supervise", "after", "cancel", "spawn_link", "processes", "literal", "stop"),
)


class _Body:
    """The code of one process, while it is made."""

    def __init__(self, chance: random.Random, depth: int) -> None:
        self._chance = chance
        self._depth = depth
        self._children: list[str] = []
        self._has: set[str] = set()
        self.lines: list[str] = []

    def make(self) -> list[str]:
        for _ in range(self._chance.randint(1, 4)):
            self._add(self._chance.choice(_KINDS))
        return self.lines

    def _pid(self) -> str:
        return self._chance.choice(["SELF", "LOAD par", *(f"LOAD {name}" for name in self._children)])

    def _receive(self, after: str = "") -> list[str]:
        return [f"RECEIVE {self._chance.choice(_PATTERNS)}{after}", "STORE x", "LOAD x", "PRINT"]

    def _add(self, kind: str) -> None:
        chance = self._chance
        value, name = f"PUSH_INT {chance.randint(0, 1)}", chance.choice(_NAMES)
        simple: dict[str, Callable[[], list[str]]] = {
            "send": lambda: [value, self._pid(), "SEND"],
            "receive": self._receive,
            "register": lambda: ["TRY", f"REGISTER {name}", "CATCH", "POP", "PUSH_STR taken", "PRINT", "END_TRY"],
            "unregister": lambda: [f"UNREGISTER {name}"],
            "whereis": lambda: [f"WHEREIS {name}", "PRINT"],
            "send_named": lambda: [value, f"SENDNAMED {name}"],
            "link": lambda: [self._pid(), "LINK"],
            "unlink": lambda: [self._pid(), "UNLINK"],
            "trap": lambda: [chance.choice(["TRUE", "TRUE", "FALSE"]), "TRAP_EXIT"],
            "kill": lambda: ["PUSH_STR kill", self._pid(), "KILL"],
            "signal": lambda: [f"PUSH_STR {chance.choice(['normal', 'why'])}", self._pid(), "KILL"],
            "exit": lambda: [f"PUSH_STR {chance.choice(['normal', 'boom'])}", "EXIT_PROCESS"],
            "alive": lambda: [self._pid(), "IS_ALIVE", "PRINT"],
            "print": lambda: ["PUSH_STR p", "PRINT"],
            "processes": lambda: ["PROCESSES", "PRINT"],
            "stop": lambda: [f"PUSH_INT {chance.randint(0, 1)}", "EXIT"],
            "literal": lambda: [value, f"SEND {chance.randint(2, 5)}"],
        }
        if kind in simple:
            self.lines += simple[kind]()
        elif kind in ("spawn", "spawn_link"):
            self._spawn(kind.upper())
        elif kind == "poll":
            label = f"late_{chance.randrange(10**9)}"
            self.lines += [*self._receive(f" AFTER {chance.choice([0, 5])} {label}"), f"{label}:"]
        elif kind == "supervise" and self._depth == 0:
            self._supervise()
        elif kind in ("monitor", "after"):
            self._has.add(kind)
            what = ["MONITOR", "STORE m"] if kind == "monitor" else ["SEND_AFTER 5", "STORE t"]
            self.lines += [*([value] if kind == "after" else []), self._pid(), *what]
        elif kind == "demonitor" and "monitor" in self._has:
            self.lines += ["LOAD m", "DEMONITOR"]
        elif kind == "cancel" and "after" in self._has:
            self.lines += ["LOAD t", "CANCEL_TIMER", "PRINT"]

    def _spawn(self, mnemonic: str) -> None:
        if self._depth < 2 and len(self._children) < 2:
            name = f"c{len(self._children)}"
            self._children.append(name)
            label = f"q{self._depth + 1}_{self._chance.randint(0, 1)}"
            self.lines += ["SELF", f"MAKE_FUNCTION {label} par", f"{mnemonic} 1", f"STORE {name}"]

    def _supervise(self) -> None:
        chance = self._chance
        self.lines.append(f"START_SUPERVISOR {chance.choice(['one_for_one', 'one_for_all', 'rest_for_one'])} 1 5")
        for number in range(chance.randint(1, 2)):
            restart = chance.choice(["transient", "permanent", "temporary"])
            self.lines += [f"SUPERVISE_CHILD w{number} {restart}", "POP"]
        if chance.random() < 0.5:
            self.lines += chance.choice([["STOP_CHILD w0"], ["RESTART_CHILD w0", "POP"]])


_WORKERS = (
    ["HALT"],
    ["PUSH_STR bad", "EXIT_PROCESS"],
    ["RECEIVE", "POP"],
    ["PUSH_INT 1", "LOAD par", "SEND"],
)


def random_program(seed: int) -> str:
    """A program with two processes at first, and some more: the same one for the same seed."""
    chance = random.Random(seed)
    lines = ["SELF", "STORE par"]
    for number in (0, 1):
        lines += ["SELF", f"MAKE_FUNCTION q1_{number} par", "SPAWN 1", f"STORE c{number}"]
    lines += [*_Body(chance, 0).make(), "HALT"]
    for depth in (1, 2):
        for number in (0, 1):
            lines += [f"q{depth}_{number}:", *_Body(chance, depth).make(), "HALT"]
    for number in (0, 1):
        lines += [f"w{number}:", "SPAWNER", "STORE par", *chance.choice(_WORKERS), "HALT"]
    return "\n".join(lines) + "\n"
