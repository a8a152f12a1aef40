"""The assembler: source text in, a Module out, or all problems of the text at once."""

from __future__ import annotations

from typing import Any

from ttvm.asm.handlers import match_handlers
from ttvm.asm.lexer import Cursor, OperandError, code_length
from ttvm.asm.operands import READERS, LabelUse, starts_operand
from ttvm.errors import Problem, SourceError
from ttvm.forms import quote
from ttvm.instruction import Instruction
from ttvm.isa import ISA
from ttvm.program import Module, Op
from ttvm.record import Record
from ttvm.source import Source, Span

MOST_PROBLEMS = 1000
"""Problems kept of one file. More would only come from a file that is no program at all."""
_MOST_CANDIDATES = 2000


def assemble(source: Source) -> Module:
    """Assemble a source. Raises SourceError with every problem of it, in the order of the lines."""
    module, problems = assemble_all(source)
    errors = tuple(problem for problem in problems if problem.severity == "error")
    if errors:
        raise SourceError(errors)
    return module


def assemble_instruction(source: Source, module: Module) -> Op:
    """One instruction, as if it stood in a module whose labels it may use. Raises SourceError."""
    assembler = _Assembler(source)
    assembler.read_lines()
    if not assembler.problems and (len(assembler.ops) != 1 or assembler.labels):
        assembler.complain(1, 0, 1, "one instruction, and nothing else, is wanted here")
    assembler.labels, assembler.length = dict(module.labels), len(module.ops)
    assembler.resolve_labels()
    errors = tuple(problem for problem in assembler.problems if problem.severity == "error")
    if errors:
        raise SourceError(errors)
    return assembler.ops[0]


class Fragment(Record):
    """A text that is to stand behind the text of a module, and is not there yet."""

    ops: list[Op]
    """Its instructions. What labels mean in them is not final."""
    labels: dict[str, int]
    """Its own labels, each with the number of its instructions before it."""
    jumps: dict[str, int]
    """The labels that it jumps to, each with the number of instructions before the first jump."""
    missing: tuple[str, ...]
    """The labels that it uses and neither it nor the module has."""
    open_tries: int
    """Structured TRYs without their END_TRY."""
    problems: list[Problem]
    """All that is wrong with it, unknown labels too, and TRYs that are not closed."""


_CALLS = frozenset({"CALL", "MAKE_FUNCTION", "MAKE_LAMBDA"})


def assemble_fragment(source: Source, module: Module) -> Fragment:
    """What a text would be behind that of a module."""
    assembler = _Assembler(source)
    assembler.read_lines()
    own, ops = assembler.labels, assembler.ops
    for name, span in assembler.label_spans.items():
        if name in module.labels:
            there = f"the label {name[:40]} is there already, at {module.place(module.labels[name])}"
            start = span.column - 1
            hint = "give it another name, or go back to before that line"
            assembler.complain(span.line, start, start + span.width, there, hint)
    uses = [(index, use) for index in assembler.unresolved for use in _label_uses(ops[index])]
    known = own.keys() | module.labels.keys()
    missing = dict.fromkeys(use.text for _, use in uses if use.text not in known and not use.text.isdecimal())
    jumps: dict[str, int] = {}
    for index, use in uses:
        if ops[index].row.mnemonic not in _CALLS:
            jumps.setdefault(use.text, index)
    # The addresses of the module get out of the way: TRY looks who is at home at an address of the fragment.
    assembler.labels = {**{name: -1 - address for name, address in module.labels.items()}, **own}
    assembler.length = len(module.ops) + len(ops)
    assembler.resolve_labels()
    match_handlers(ops, assembler.complain_about)
    assembler.problems.sort(key=lambda problem: (problem.span.line, problem.span.column))
    return Fragment(ops, own, jumps, tuple(missing), _open_tries(ops), assembler.problems)


def _label_uses(op: Op) -> list[LabelUse]:
    uses = [each[1] if _has_label(each) else each for each in op.operands]
    return [each for each in uses if isinstance(each, LabelUse)]


def _open_tries(ops: list[Op]) -> int:
    levels: list[bool] = []
    for op in ops:
        if op.row.mnemonic == "TRY":
            levels.append(op.operands[0] is None)
        elif op.row.mnemonic == "END_TRY" and levels:
            levels.pop()
    return sum(levels)


def assemble_all(source: Source) -> tuple[Module, list[Problem]]:
    """Assemble as far as possible; the problems include warnings. With errors the module must not run."""
    assembler = _Assembler(source)
    assembler.read_lines()
    assembler.length = len(assembler.ops)
    assembler.resolve_labels()
    match_handlers(assembler.ops, assembler.complain_about)
    assembler.problems.sort(key=lambda problem: (problem.span.line, problem.span.column))
    return Module(source, tuple(assembler.ops), assembler.labels), assembler.problems


class _Assembler:
    """The state of one assembly."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.ops: list[Op] = []
        self.labels: dict[str, int] = {}
        self.label_spans: dict[str, Span] = {}
        self.problems: list[Problem] = []
        self.unresolved: list[int] = []
        self.length = 0
        """Instructions of the module, once it is known."""

    def complain(self, line: int, start: int, end: int, text: str, hint: str = "", **extra: Any) -> None:
        """Note a problem at columns ``start`` to ``end`` (from 0) of a line."""
        if len(self.problems) >= MOST_PROBLEMS:
            return
        if len(self.problems) == MOST_PROBLEMS - 1:
            text, hint = f"{MOST_PROBLEMS:,} problems or more; the rest is not listed", "is this a program?"
            extra = {}
        span = Span(self.source, line, start + 1, max(1, end - start))
        self.problems.append(Problem(span, text, hint, **extra))

    def complain_about(self, op: Op, text: str, hint: str) -> None:
        """Note a problem of a whole instruction."""
        self.complain(op.line, op.column - 1, op.column - 1 + len(op.row.mnemonic), text, hint)

    def read_lines(self) -> None:
        """Read every line: labels and instructions."""
        find = ISA.find
        for number, line in enumerate(self.source.lines, 1):
            end = code_length(line)
            words = line[:end].split(None, 1)
            if not words:
                continue
            head = words[0]
            start = line.index(head)
            found = find(head)
            if found is not None:
                self.read_instruction(found, number, line, start, start + len(head), end)
            elif head.upper() == "LABEL":
                self.read_label(number, line, Cursor(line, start + len(head), end), "LABEL")
            elif head[0] == '"' or (head.endswith(":") and len(head) > 1):
                self.read_label(number, line, Cursor(line, start, end), ":")
            else:
                self.unknown_instruction(number, start, head)

    def read_label(self, number: int, line: str, cursor: Cursor, form: str) -> None:
        """Read ``LABEL name`` or ``name:``; ``cursor`` stands before the name, which may stand in quotes."""
        start = cursor.position
        try:
            if cursor.at_quote:
                name = cursor.string()
                if form == ":" and cursor.word() != ":":
                    raise OperandError("an instruction cannot begin with a quote", start, cursor.end)
            else:
                name = cursor.word().removesuffix(":")
        except OperandError as error:
            self.complain(number, error.start, error.end, error.text, error.hint)
            return
        end = start + len(name)
        if not name:
            self.complain(number, max(0, start - 1), start, "LABEL needs a name", "write LABEL loop, or loop:")
        elif name.isdecimal():
            self.complain(number, start, end, f"a label cannot be the number {name[:40]}", "numbers mean instructions")
        elif not cursor.at_end:
            rest = cursor.position
            self.complain(number, rest, cursor.end, "a label stands on a line of its own", "put this on the next line")
        elif name in self.labels:
            first = self.label_spans[name]
            self.complain(
                number,
                start,
                end,
                f"the label {name[:40]} is defined twice",
                related=((first, "the first one is here"),),
            )
        else:
            self.labels[name] = len(self.ops)
            self.label_spans[name] = Span(self.source, number, start + 1, len(name))

    def unknown_instruction(self, number: int, start: int, head: str) -> None:
        """Note an unknown mnemonic, with the nearest known one."""
        hint = ""
        if len(self.problems) < 100:
            close = _nearest(head.upper(), ISA.spellings)
            hint = f"did you mean {close}?" if close else "`ttvm isa` lists all instructions"
        shown = head if len(head) <= 40 else f"{head[:40]}..."
        self.complain(number, start, start + len(head), f"unknown instruction {shown}", hint)

    def read_instruction(
        self, found: tuple[Instruction, str], number: int, line: str, start: int, end_of_head: int, end: int
    ) -> None:
        """Read the operands of an instruction and add it."""
        row, preset = found
        operands: tuple[Any, ...] = ()
        if preset:
            cursor = Cursor(preset, 0, len(preset))
            operands = self.read_operands(row, cursor)
            cursor = Cursor(line, end_of_head, end)
        elif row.operands or end > end_of_head:
            cursor = Cursor(line, end_of_head, end)
            try:
                operands = self.read_operands(row, cursor)
            except OperandError as error:
                self.complain(number, error.start, error.end, f"{row.mnemonic}: {error.text}", error.hint)
                operands = (None,) * len(row.operands)
                cursor.position = end
            unquoted = row.operands and row.operands[0].type == "str" and operands[0] is not None
            if unquoted and not Cursor(line, end_of_head, end).at_quote:
                self.warn_unquoted(number, line, end_of_head, end)
        else:
            self.add(row, (), number, start)
            return
        if not cursor.at_end:
            first, surplus = cursor.position, cursor.rest()
            alone = preset or not row.operands
            takes = "takes no operand" if alone else f"is written {row.syntax}, and here is more"
            head = line[start:end_of_head].upper() if preset else row.mnemonic
            self.complain(number, first, first + len(surplus), f"{head} {takes}", f"remove {surplus[:40]}")
        self.add(row, operands, number, start)

    def read_operands(self, row: Instruction, cursor: Cursor) -> tuple[Any, ...]:
        """Read all operands of a row; raises OperandError."""
        operands: list[Any] = []
        for operand in row.operands:
            if operand.type == "match":
                operands.append(None)
            elif operand.type == "names":
                operands.append(READERS["names"](cursor))
            elif operand.optional and not starts_operand(operand.type, cursor):
                operands.append(None)
            elif cursor.at_end:
                at = len(cursor.line[: cursor.end].rstrip())
                raise OperandError(f"the operand {operand.name} is missing", at, at + 1, f"write {row.syntax}")
            else:
                operands.append(READERS[operand.type](cursor))
        return tuple(operands)

    def warn_unquoted(self, number: int, line: str, start: int, end: int) -> None:
        """Warn of a text without quotes."""
        cursor = Cursor(line, start, end)
        first = cursor.position
        text = cursor.rest()
        self.complain(
            number, first, first + len(text), "text without quotes", f"write {quote(text[:60])}", severity="warning"
        )

    def add(self, row: Instruction, operands: tuple[Any, ...], number: int, start: int) -> None:
        """Add an instruction."""
        if any(isinstance(each, LabelUse) or _has_label(each) for each in operands):
            self.unresolved.append(len(self.ops))
        self.ops.append(Op(row, operands, number, start + 1))

    def resolve_labels(self) -> None:
        """Replace every use of a label by its address."""
        for index in self.unresolved:
            op = self.ops[index]
            op.operands = tuple(self.resolve(op, each) for each in op.operands)

    def resolve(self, op: Op, operand: Any) -> Any:
        """An operand with its label replaced."""
        if _has_label(operand):
            delay, use = operand
            return delay, self.address(op, use)
        return self.address(op, operand) if isinstance(operand, LabelUse) else operand

    def address(self, op: Op, use: LabelUse) -> int:
        """The address a label or an instruction number means; 0, and a problem, when there is none."""
        if use.text in self.labels:
            return self.labels[use.text]
        end = use.start + len(use.text)
        if use.text.isdecimal() and use.text.isascii():
            number = int(use.text[:20])
            if number < self.length:
                return number
            last = self.length - 1
            self.complain(
                op.line, use.start, end, f"there is no instruction {use.text[:20]}", f"they are numbered 0 to {last}"
            )
            return 0
        close = _nearest(use.text, tuple(self.labels)) if len(self.problems) < 100 else ""
        hint = f"did you mean {close}?" if close else "define it with `name:` on a line of its own"
        self.complain(op.line, use.start, end, f"unknown label {use.text[:40]}", hint)
        return 0


def _has_label(operand: Any) -> bool:
    return type(operand) is tuple and len(operand) == 2 and isinstance(operand[1], LabelUse)


def _nearest(word: str, candidates: tuple[str, ...]) -> str:
    """The candidate most like ``word``, or an empty string."""
    import difflib  # only needed once something is wrong

    close = difflib.get_close_matches(word[:60], candidates[:_MOST_CANDIDATES], 1, 0.6)
    return close[0] if close else ""
