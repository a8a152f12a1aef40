"""What a row of the instruction table is: operands, stack effect, kind, and the one function that means it."""

from __future__ import annotations

import enum
import importlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ttvm.record import Record


class Kind(enum.Enum):
    """What the rest of the system may do with a row."""

    PURE = "pure"
    """Values in, values out: ``f(*operands, *values)``. May be compiled, is never recorded."""
    CONTROL = "control"
    """Moves pc, frames and scopes of one process: ``f(process, *operands, *values)``."""
    EFFECT = "effect"
    """Asks the outside world: a method of a protocol in ``effects.py``. Recorded and replayed."""
    ACTOR = "actor"
    """Touches other processes: ``f(process, system, *operands, *values)``. A scheduling point, may block."""


OPERAND_TYPES = {
    "int": "a whole number of 64 bits: decimal, 0x or 0b, _ between digits",
    "float": "a number with or without a fraction, inf or nan",
    "bool": "true or false",
    "str": "text in double quotes",
    "name": "a name, bare or in double quotes",
    "names": "names, separated by spaces",
    "label": "a label, or the number of an instruction",
    "count": "a whole number from 0",
    "milliseconds": "a time: a whole number of milliseconds from 0",
    "pid": "a process number; 0 or nothing means: from the stack",
    "pattern": "a pattern: int str ..., a literal, $variable, _ for anything, [p, ...], {key: p, ...}, or p | q",
    "timeout": "AFTER, milliseconds, and the label to go to",
    "strategy": "one_for_one, one_for_all or rest_for_one",
    "restart": "transient, permanent or temporary",
    "match": "not written: the address of the matching CATCH or END_TRY, found by the assembler",
}
"""The types of operands and what each looks like in a program."""


class Operand(Record):
    """One operand of an instruction; an optional one may be left out."""

    name: str
    type: str
    optional: bool = False

    def __str__(self) -> str:
        text = "AFTER ms label" if self.type == "timeout" else self.name
        text += "..." if self.type == "names" else ""
        return f"[{text}]" if self.optional else text


class Slot(Record):
    """One entry of a stack effect.

    ``times`` names the operand that says how many values the slot stands for (``values*count``).
    ``unless`` marks a value taken from the stack only when the operand of the same name is absent or 0
    (``to?``). ``open`` marks a number of values only known when the instruction runs (``arguments..``).
    """

    name: str
    times: str = ""
    unless: bool = False
    open: bool = False

    def __str__(self) -> str:
        if self.times or self.open:
            return f"{self.name}1..n"
        return f"[{self.name}]" if self.unless else self.name


class StackEffect(Record):
    """The stack before and after, top on the right."""

    pops: tuple[Slot, ...]
    pushes: tuple[Slot, ...]

    def __str__(self) -> str:
        return " ".join(filter(None, (" ".join(map(str, self.pops)), "--", " ".join(map(str, self.pushes)))))


def parse_effect(text: str) -> StackEffect:
    """Read the notation of the table: ``a b -- sum``, ``values*count -- list``, ``message to? --``."""
    before, _, after = text.partition("--")

    def slot(word: str) -> Slot:
        name, _, count = word.partition("*")
        return Slot(name.rstrip("?."), count, name.endswith("?"), name.endswith(".."))

    return StackEffect(tuple(map(slot, before.split())), tuple(map(slot, after.split())))


def parse_operand(text: str) -> Operand:
    """Read ``name:type`` or ``[name:type]``."""
    optional = text.startswith("[")
    name, _, kind = text.strip("[]").partition(":")
    if kind not in OPERAND_TYPES:
        raise ValueError(f"unknown operand type {kind!r} in {text!r}")
    return Operand(name, kind, optional)


class Deferred:
    """A module of meanings that is imported when the first of them is needed.

    Most programs use a few families of instructions, and every import costs each of them time. An attribute is the
    name of a function, which the row looks up when it is first asked for it.
    """

    __slots__ = ("module",)

    def __init__(self, module: str) -> None:
        self.module = module

    def __getattr__(self, name: str) -> DeferredFunction:
        return DeferredFunction(self.module, name)


class DeferredFunction(Record):
    """A function by its module and its name."""

    module: str
    name: str


class Instruction:
    """One row of the table: everything anybody needs to know of one instruction.

    ``code`` is its number in bytecode files: once published, it never changes and never means another row.
    ``words`` is the sentence for DID and NEXT, with ``{name}`` for an operand or a value of the stack effect
    and ``(past|present)`` verbs; an empty one lets the debugger derive the sentence from the stack effect.
    """

    __slots__ = (
        "_effect",
        "_function",
        "_notation",
        "_operands",
        "_operands_notation",
        "aliases",
        "code",
        "family",
        "kind",
        "mnemonic",
        "words",
    )

    def __init__(
        self,
        kind: Kind,
        code: int,
        syntax: str,
        effect: str,
        function: Callable[..., Any],
        words: str,
        aliases: tuple[str, ...],
    ) -> None:
        self.kind = kind
        self.code = code
        self.mnemonic, _, self._operands_notation = syntax.partition(" ")
        self._operands: tuple[Operand, ...] | None = None
        self._notation = effect
        self._effect: StackEffect | None = None
        self._function: Callable[..., Any] | DeferredFunction = function
        self.words = words
        self.aliases = aliases
        self.family = ""

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Its operands; read from the notation when first asked for."""
        if self._operands is None:
            self._operands = tuple(map(parse_operand, self._operands_notation.split()))
        return self._operands

    @property
    def function(self) -> Callable[..., Any]:
        """The function that means it."""
        function = self._function
        if isinstance(function, DeferredFunction):
            found: Callable[..., Any] = getattr(importlib.import_module(function.module), function.name)
            self._function = function = found
        return function

    @property
    def effect(self) -> StackEffect:
        """What it does to the stack; read from the notation when first asked for."""
        if self._effect is None:
            self._effect = parse_effect(self._notation)
        return self._effect

    @property
    def documentation(self) -> str:
        """What the instruction does: the docstring of its function."""
        import inspect  # slow to import, and running a program never reads documentation

        return inspect.getdoc(self.function) or ""

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.documentation.partition("\n")[0]

    @property
    def syntax(self) -> str:
        """The instruction as it is written: ``CALL target parameters...``."""
        return " ".join([self.mnemonic, *(str(each) for each in self.operands if each.type != "match")])

    @property
    def pops_open(self) -> bool:
        """Whether the number of values taken is only known when the instruction runs."""
        return any(slot.open for slot in self.effect.pops)

    def pop_names(self, operands: tuple[Any, ...]) -> tuple[str, ...]:
        """The names of the values taken from the stack, top last, once the operands are known."""
        names: list[str] = []
        for slot in self.effect.pops:
            if slot.times:
                given = self._operand(slot.times, operands)
                if isinstance(given, tuple):
                    names += given
                else:
                    names += (f"{slot.name.removesuffix('s')} {number}" for number in range(1, (given or 0) + 1))
            elif not (slot.open or (slot.unless and self._operand(slot.name, operands))):
                names.append(slot.name)
        return tuple(names)

    def _operand(self, name: str, operands: tuple[Any, ...]) -> Any:
        for operand, value in zip(self.operands, operands, strict=True):
            if operand.name == name:
                return value
        raise KeyError(f"{self.mnemonic} has no operand {name!r}")

    def __repr__(self) -> str:
        return f"<{self.syntax}>"


def pure(
    code: int, syntax: str, effect: str, function: Callable[..., Any], words: str = "", aliases: tuple[str, ...] = ()
) -> Instruction:
    """A row of kind pure."""
    return Instruction(Kind.PURE, code, syntax, effect, function, words, aliases)


def control(
    code: int, syntax: str, effect: str, function: Callable[..., Any], words: str = "", aliases: tuple[str, ...] = ()
) -> Instruction:
    """A row of kind control."""
    return Instruction(Kind.CONTROL, code, syntax, effect, function, words, aliases)


def effect(
    code: int, syntax: str, effect: str, function: Callable[..., Any], words: str = "", aliases: tuple[str, ...] = ()
) -> Instruction:
    """A row of kind effect; ``function`` is a method of a protocol in ``effects.py``."""
    return Instruction(Kind.EFFECT, code, syntax, effect, function, words, aliases)


def actor(
    code: int, syntax: str, effect: str, function: Callable[..., Any], words: str = "", aliases: tuple[str, ...] = ()
) -> Instruction:
    """A row of kind actor."""
    return Instruction(Kind.ACTOR, code, syntax, effect, function, words, aliases)


class Family(Record):
    """Instructions that belong together, with a sentence about them."""

    name: str
    documentation: str
    instructions: tuple[Instruction, ...]


def family(name: str, documentation: str, *rows: Instruction) -> Family:
    """A family of the table."""
    for row in rows:
        row.family = name
    return Family(name, documentation, rows)


class InstructionSet(Mapping[str, Instruction]):
    """The rows by mnemonic; ``find`` also knows aliases and ignores case.

    An alias may bring operands of its own: ``NEW_LIST 0`` stands for ``MAKE_LIST 0``.
    """

    def __init__(self, *families: Family) -> None:
        self.families = families
        self._rows: dict[str, Instruction] = {}
        self._spellings: dict[str, tuple[Instruction, str]] = {}
        self._codes: dict[int, Instruction] | None = None
        for each in families:
            for row in each.instructions:
                self._rows[row.mnemonic] = row
                for spelling in (row.mnemonic, *row.aliases):
                    word, _, preset = spelling.partition(" ")
                    if word in self._spellings:
                        raise ValueError(f"{word} stands in the table twice")
                    self._spellings[word] = (row, preset)

    def find(self, spelling: str) -> tuple[Instruction, str] | None:
        """The row with this mnemonic or alias, in any case, and the operand text the alias brings."""
        return self._spellings.get(spelling) or self._spellings.get(spelling.upper())

    def with_code(self, code: int) -> Instruction | None:
        """The row with this number in bytecode files; None when there is none."""
        if self._codes is None:  # most runs read no bytecode
            self._codes = {row.code: row for row in self._rows.values()}
        return self._codes.get(code)

    @property
    def spellings(self) -> tuple[str, ...]:
        """All mnemonics and aliases."""
        return tuple(self._spellings)

    def __getitem__(self, mnemonic: str) -> Instruction:
        return self._rows[mnemonic]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)
