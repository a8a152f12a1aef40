"""The assembler and the loader: no input surprises them, and texts and modules are inverse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.programs import MOST_STEPS, Generated, programs, run_for
from tests.property.state import of_value
from tests.unit.helpers import FOLDER, PACKAGE, MemoryFiles, machine, module_of
from ttvm.asm.assembler import assemble, assemble_all
from ttvm.asm.disassembler import disassemble
from ttvm.asm.loader import Loader
from ttvm.errors import Fault, FaultKind, Problem, SourceError, UnreadableError
from ttvm.forms import format_float, quote
from ttvm.host.sources import decode
from ttvm.instruction import Operand
from ttvm.isa import ISA
from ttvm.program import Module, Op
from ttvm.source import Source, excerpt
from ttvm.values import Bool

THOROUGH = settings(max_examples=3_000)

# -- texts of all kinds

CHARACTERS = st.characters(exclude_categories=["Cs"])
WORDS = (
    *("LABEL", "a:", "b:", "a", "b", "0", "1", "-1", "99", "0x10", "1.5", "nan", "true", "9223372036854775808"),
    *("AFTER", "5", "_", "int", "|", "[", "]", "{", "}", ",", ":", "$x", "TRY", "CATCH", "END_TRY", "::", ";;", ";"),
    *('"x"', '"x y"', '"\\n"', '"\\q"', '" \\"', '"k":', '"', "é", "٣", "\x00", "\x1b", "\u2028", "\ufeff", "\r"),
)
TOKENS = st.one_of(
    st.sampled_from(ISA.spellings),
    st.sampled_from(ISA.spellings).map(str.lower),
    st.sampled_from(WORDS),
    st.text(CHARACTERS, max_size=6),
)
LINES = st.lists(TOKENS, max_size=6).map(" ".join)
TEXTS = st.one_of(
    st.text(CHARACTERS, max_size=200),
    st.lists(LINES, max_size=12).map("\n".join),
    st.lists(LINES, max_size=12).map("\r\n".join),
)


def check_problem(problem: Problem, source: Source) -> None:
    """Its places are in the file, and its excerpts can be shown anywhere."""
    for span in (problem.span, *(place for place, _ in problem.related)):
        assert span.source is source
        assert 1 <= span.line <= len(source.lines)
        assert 1 <= span.column <= len(source.line(span.line)) + 1
        assert span.width >= 1
        assert span.column + span.width <= len(source.line(span.line)) + 2
        assert all(line.isprintable() for line in excerpt(span).split("\n"))
    assert problem.text


def check_text(text: str) -> None:
    source = Source("some.ttvm", text)
    module, problems = assemble_all(source)
    for problem in problems:
        check_problem(problem, source)
    places = [(problem.span.line, problem.span.column) for problem in problems]
    assert places == sorted(places)
    errors = [problem for problem in problems if problem.severity == "error"]
    if not errors:
        run_text(text)
        assert plain(module_of(disassemble(module))) == plain(module)
        return
    with pytest.raises(SourceError) as caught:
        assemble(source)
    assert list(map(str, caught.value.problems)) == list(map(str, errors))


def run_text(text: str) -> None:
    """A text without errors can be run."""
    running = machine(text, files=MemoryFiles({f"{PACKAGE}/templates/default.ttvm": "NOP\n"}))
    run_for(running, MOST_STEPS)


@given(TEXTS)
@settings(max_examples=400)
def test_no_text_surprises_the_assembler(text: str) -> None:
    check_text(text)


@pytest.mark.slow
@given(TEXTS)
@THOROUGH
def test_no_text_surprises_the_assembler_thoroughly(text: str) -> None:
    check_text(text)


@given(programs(), st.data())
@settings(max_examples=100)
def test_a_program_with_a_slip_of_the_pen_surprises_nobody(program: Generated, data: st.DataObject) -> None:
    text = program.text
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    check_text(text[:start] + data.draw(st.text(CHARACTERS, max_size=3)) + text[end:])


@given(TEXTS)
@settings(max_examples=300)
def test_no_message_can_disturb_a_terminal(text: str) -> None:
    _, problems = assemble_all(Source("some.ttvm", text))
    for problem in problems:
        assert all(line.isprintable() for line in str(problem).split("\n")), repr(str(problem))


BYTES = st.one_of(
    st.binary(max_size=200),
    TEXTS.map(str.encode),
    st.tuples(TEXTS.map(str.encode), st.binary(min_size=1, max_size=3), TEXTS.map(str.encode)).map(b"".join),
    TEXTS.map(lambda text: text.encode("utf-16")),
)


@given(BYTES)
@settings(max_examples=300)
def test_no_bytes_surprise_the_loader(data: bytes) -> None:
    try:
        text = decode(data, "some.ttvm")
    except UnreadableError as error:
        match = re.fullmatch(
            r"some\.ttvm:(\d+): this is not UTF-8 text: byte 0x([0-9A-F]{2}) at offset ([\d,]+)", str(error)
        )
        assert match is not None
        offset = int(match[3].replace(",", ""))
        assert data[offset] == int(match[2], 16)
        assert data[:offset].count(b"\n") + 1 == int(match[1])
        data[:offset].decode()
        return
    assert text.encode() == data
    check_text(text)


@given(TEXTS, TEXTS)
@settings(max_examples=100)
def test_no_import_is_more_than_a_fault(path: str, text: str) -> None:
    kinds: set[FaultKind] = set()
    for known in (f"{FOLDER}/m.ttvm", f"{FOLDER}/{path.replace(chr(0), '')}.ttvm"):
        loader = Loader(MemoryFiles({known: text}), PACKAGE)
        main = loader.add(Source(f"{FOLDER}/main.ttvm", ""))
        for find in (loader.find_import, loader.find_program):
            for name in (path, "m"):
                try:
                    find(name, main)
                except Fault as fault:
                    kinds.add(fault.kind)
    assert kinds <= {FaultKind.IMPORT_ERROR}


# -- there and back again


def plain_operand(operand: object) -> object:
    """An operand as something that compares."""
    if isinstance(operand, (float, Bool)):
        return of_value(operand)
    return operand if isinstance(operand, (int, str, tuple, type(None))) else str(operand)


def plain(module: Module) -> object:
    """Rows, operands and labels of a module."""

    def of(op: Op) -> object:
        return op.row.mnemonic, tuple(map(plain_operand, op.operands))

    return list(map(of, module.ops)), module.labels


NAME = st.text(CHARACTERS, min_size=1, max_size=8)
LABEL = st.from_regex(r"[^\s\";:]{1,8}", fullmatch=True).filter(
    lambda name: name.isprintable() and not name.isdecimal() and name.upper() != "LABEL"
)
ANYTHING: dict[str, Callable[[st.SearchStrategy[str]], st.SearchStrategy[str]]] = {
    "int": lambda labels: st.integers(-(2**63), 2**63 - 1).map(str),
    "float": lambda labels: st.floats().map(lambda x: format_float(x) if x == x else "nan"),
    "bool": lambda labels: st.sampled_from(("true", "false")),
    "str": lambda labels: st.text(CHARACTERS, max_size=20).map(quote),
    "name": lambda labels: NAME.map(quote),
    "names": lambda labels: st.lists(NAME.map(quote), max_size=3, unique=True).map(" ".join),
    "label": lambda labels: labels,
    "count": lambda labels: st.integers(0, 1_000_000).map(str),
    "milliseconds": lambda labels: st.integers(0, 2**63 - 1).map(str),
    "pid": lambda labels: st.integers(0, 2**63 - 1).map(str),
    "pattern": lambda labels: st.sampled_from(("_", "int|str", '{a: $x, "b c": [1, -0.0]}', '"AFTER"', "nan", "[]")),
    "strategy": lambda labels: st.sampled_from(("one_for_one", "one_for_all", "REST_FOR_ONE")),
    "restart": lambda labels: st.sampled_from(("permanent", "transient", "Temporary")),
    "timeout": lambda labels: st.tuples(st.integers(0, 2**63 - 1), labels).map(lambda t: f"AFTER {t[0]} {t[1]}"),
}


@st.composite
def modules(draw: st.DrawFn) -> str:
    """The text of a module with every row and any operands; TRY only with a label."""
    names = draw(st.lists(LABEL, min_size=1, max_size=5, unique=True))
    rows = draw(st.lists(st.sampled_from(tuple(ISA)), min_size=1, max_size=20))
    labels = st.sampled_from([*names, *map(str, range(len(rows)))])

    def written(operand: Operand, needed: bool) -> str:
        if operand.type == "match" or (operand.optional and not needed and draw(st.booleans())):
            return ""
        return draw(ANYTHING[operand.type](labels))

    lines = [f"{name}:" for name in names if draw(st.booleans())]
    for mnemonic in rows:
        row = ISA[mnemonic]
        lines.append(" ".join([mnemonic, *(written(each, mnemonic == "TRY") for each in row.operands)]))
        lines += (f"LABEL {name}" for name in names if f"{name}:" not in lines and draw(st.integers(0, 9)) == 0)
    known = {line.removeprefix("LABEL ").removesuffix(":") for line in lines}
    lines += (f"{name}:" for name in names if name not in known)
    return "\n".join(lines) + "\n"


def unique_labels(text: str) -> str:
    """The text with each label only where it stands first."""
    seen: set[str] = set()
    lines: list[str] = []
    for line in text.split("\n"):
        name = line.removeprefix("LABEL ").removesuffix(":") if line.startswith("LABEL ") or line.endswith(":") else ""
        if name and " " not in name and name in seen:
            continue
        seen.add(name)
        lines.append(line)
    return "\n".join(lines)


def check_round_trip(text: str) -> None:
    module = module_of(unique_labels(text))
    for addresses in (True, False):
        assert plain(module_of(disassemble(module, addresses))) == plain(module)


@given(modules())
@settings(max_examples=150)
def test_a_disassembled_module_assembles_to_itself(text: str) -> None:
    check_round_trip(text)


@pytest.mark.slow
@given(modules())
@settings(max_examples=1_000)
def test_a_disassembled_module_assembles_to_itself_thoroughly(text: str) -> None:
    check_round_trip(text)


@given(programs())
def test_a_disassembled_program_assembles_to_itself(program: Generated) -> None:
    check_round_trip(program.text)
