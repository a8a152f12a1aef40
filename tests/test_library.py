"""The standard library: its comments are true, its functions are tested and need nothing but themselves."""

from __future__ import annotations

import os

import pytest

from tests.machines import ROOT, Watched
from ttvm.cli import library
from ttvm.cli.checker import check_program
from ttvm.cli.library import Entry, LibraryModule, example_program, read_library, read_module
from ttvm.errors import TtvmError
from ttvm.host.sources import SourceFiles
from ttvm.outside import ALL
from ttvm.program import Module, Op
from ttvm.setup import MachineOptions
from ttvm.source import Source
from ttvm.vm import make_loader

LIBRARY = read_library()
MODULES = LIBRARY.modules
ENTRIES = list(LIBRARY.entries.values())
FUNCTIONS = [entry for entry in ENTRIES if entry.effect is not None]
ORIGINAL = {
    "math": "PI E SQRT2 abs sqrt pow max min factorial",
    "string": "strlen strcat repeat upper lower trim starts_with ends_with contains",
    "list": "length first last is_empty append prepend reverse list_contains map filter reduce sum list_max list_min",
    "convert": (
        "to_string to_int to_float to_bool is_int is_float is_string is_bool is_null is_list is_object is_function "
        "type_of safe_to_int safe_to_float"
    ),
    "io": "read_file write_file println format to_json from_json to_csv_row from_csv log_error log_info log_debug",
    "network": (
        "dns_resolve http_get http_post tcp_connect tcp_listen tcp_send tcp_recv udp_bind udp_send udp_recv "
        "parse_url build_url"
    ),
    "advanced": "json_parse json_stringify csv_parse csv_write compress decompress encrypt decrypt hash",
    "prelude": (
        "PI E abs sqrt max min strlen strcat upper lower trim length first last is_empty sum "
        "to_string to_int to_float to_bool type_of"
    ),
}
"""What the library of the original TinyTotVM exports."""
PRINTING = {"println", "ask", "log_error", "log_info", "log_debug"}
"""Functions that print something themselves, before the example prints what is left."""
GOES_ELSEWHERE = ("JMP", "RET", "HALT", "THROW")


def module_named(name: str) -> Module:
    """A module of the library, assembled."""
    return make_loader().load(os.path.join(library.FOLDER, f"{name}.ttvm"))


ASSEMBLED = {module.name: module_named(module.name) for module in MODULES}


def name_of(entry: Entry) -> str:
    return f"{entry.module}-{entry.name}"


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_the_example_prints_what_it_says(entry: Entry, tmp_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # IMPORT must not find files by chance
    run = Watched("example.ttvm", MachineOptions(grants=ALL), "Ann\n", example_program(entry, LIBRARY)).run_to_end()
    *printed, last = run.output.splitlines()
    assert (last, run.errors, run.status) == (entry.result, "", 0)
    assert not printed or entry.name in PRINTING


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_the_example_uses_what_it_explains(entry: Entry) -> None:
    assert f"LOAD {entry.name}" in entry.steps
    assert ("CALL_FUNCTION" in entry.steps) == (entry.effect is not None)


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_there_is_a_program_for_it(entry: Entry) -> None:
    path = ROOT / "tests" / "programs" / "std" / entry.module / f"{entry.name}.ttvm"
    assert f"LOAD {entry.name}\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("entry", ENTRIES, ids=name_of)
def test_the_comment_is_written_well(entry: Entry) -> None:
    assert entry.meaning.endswith(".")
    assert not entry.errors.endswith(".")
    assert entry.result


@pytest.mark.parametrize("entry", FUNCTIONS, ids=name_of)
def test_the_comment_agrees_with_the_code(entry: Entry) -> None:
    """It stands right before the label of that name, and names the parameters of the function that is exported."""
    module = ASSEMBLED[entry.module]
    assert entry.effect is not None
    lines = module.source.lines
    first = next(number for number in range(entry.line, len(lines)) if not lines[number].startswith(";; "))
    assert lines[first] == f"{entry.name}:"
    address = module.labels[entry.name]
    made = [op for op in module.ops if op.row.mnemonic == "MAKE_FUNCTION" and op.operands[0] == address]
    before, _, after = entry.effect.partition("--")
    assert [op.operands[1] for op in made] == [tuple(before.split())]
    assert len(after.split()) <= 1


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_everything_exported_is_documented(module: LibraryModule) -> None:
    assert {entry.name for entry in module.entries} <= set(module.exports)
    assert len(set(module.exports)) == len(module.exports)
    assert set(module.exports) <= set(LIBRARY.entries)
    assert module.introduction


def test_no_name_has_two_meanings() -> None:
    names = [entry.name for module in MODULES for entry in module.entries]
    assert len(names) == len(set(names))
    assert not set(names) & {module.name for module in MODULES}, "`ttvm std NAME` would not know which one is meant"


@pytest.mark.parametrize("name", ORIGINAL)
def test_the_names_of_the_original_are_there(name: str) -> None:
    module = next(each for each in MODULES if each.name == name)
    assert set(ORIGINAL[name].split()) <= set(module.exports)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_there_is_nothing_to_complain_of(module: LibraryModule) -> None:
    path = os.path.join(library.FOLDER, f"{module.name}.ttvm")
    assert [str(problem) for problem in check_program(path)] == []
    assert [line for line in SourceFiles().read(path).lines if len(line) > 120] == []


def reachable(module: Module, start: int) -> list[Op]:
    """The instructions that a call at ``start`` can execute without calling further."""
    todo, seen = [start], set[int]()
    while todo:
        address = todo.pop()
        if address in seen or address >= len(module.ops):
            continue
        seen.add(address)
        op = module.ops[address]
        if op.row.mnemonic not in GOES_ELSEWHERE:
            todo.append(address + 1)
        if op.row.mnemonic in ("JMP", "JZ", "JNZ"):
            todo.append(op.operands[0])
        if op.row.mnemonic == "TRY":
            todo.append(op.operands[1])  # the CATCH; what is behind END_TRY follows from it
    return [module.ops[address] for address in sorted(seen)]


@pytest.mark.parametrize("name", ASSEMBLED)
def test_functions_need_no_variable_of_their_module(name: str) -> None:
    """So they can be sent to a process that has not imported the module."""
    module = ASSEMBLED[name]
    for address, op in enumerate(module.ops):
        if op.row.mnemonic not in ("CALL", "MAKE_FUNCTION", "MAKE_LAMBDA"):
            continue
        target, parameters = op.operands
        captured: set[str] = set()
        while module.ops[address - 1].row.mnemonic == "CAPTURE":
            address -= 1
            captured.add(module.ops[address].operands[0])
        code = reachable(module, target)
        stored = {each.operands[0] for each in code if each.row.mnemonic in ("STORE", "CATCH")}
        loaded = {each.operands[0] for each in code if each.row.mnemonic in ("LOAD", "CAPTURE")}
        place = module.label_at(target)
        assert loaded <= {*parameters, *captured, *stored}, place
        assert not set(parameters) - loaded, f"{place} does not use them"


# -- the reference


def test_the_page_is_fresh() -> None:
    page = (ROOT / "docs" / "stdlib.md").read_text(encoding="utf-8")
    assert page == library.markdown(LIBRARY), "run `ttvm std --markdown > docs/stdlib.md`"


def test_the_overview_has_a_line_for_everything() -> None:
    text = library.overview(LIBRARY)
    for entry in ENTRIES:
        assert f"  {entry.signature} " in text
    assert "  of list: sum product average\n" in text
    assert f"{len(ENTRIES)} names" in text


def test_a_page_tells_everything_of_one_function() -> None:
    assert library.page("gcd", LIBRARY).startswith(
        "gcd ( a b -- divisor )\n\n"
        "The greatest common divisor of two whole numbers; 0 when both are 0.\n"
        "Errors: Thrown unless both are Ints.\n\n"
        "Example, which prints 6:\n\n"
        '    IMPORT "std/math"\n    PUSH_INT 12\n    PUSH_INT 18\n    LOAD gcd\n    CALL_FUNCTION\n    PRINT\n\n'
        "  module: math   line "
    )
    assert "also from math, prelude" in library.page("sum", LIBRARY)
    assert library.page("PI", LIBRARY).startswith("PI\n\nThe circumference of a circle divided by its diameter.\n\n")


def test_a_page_of_a_module_lists_what_it_exports() -> None:
    text = library.page("string", LIBRARY)
    assert "  strlen ( str -- number ) " in text
    assert "  of list: count index_of is_empty reverse\n" in text
    assert "factorial" not in text


def test_an_unknown_name_gets_a_hint() -> None:
    with pytest.raises(TtvmError, match="nothing called factrial; did you mean factorial"):
        library.page("factrial", LIBRARY)
    with pytest.raises(TtvmError, match=r"nothing called qqqqq$"):
        library.page("qqqqq", LIBRARY)


GOOD = ";; f ( a -- b )\n;; What it does,\n;; and more.\n;; errors: none\n;; example: LOAD f,\n;;     PRINT => 1, 2\n"


def test_any_part_of_a_comment_may_go_on_in_the_next_line() -> None:
    module = read_module("m", Source("m.ttvm", f";;; About it.\n;;; More.\n\n{GOOD}f:\n    RET\n"))
    assert module == LibraryModule(
        "m",
        "About it.\nMore.",
        (Entry("m", "f", "a -- b", "What it does, and more.", "none", ("LOAD f", "PRINT"), "1, 2", 4),),
        (),
    )


def test_commas_in_texts_are_no_ends_of_lines() -> None:
    text = GOOD.replace("LOAD f,", 'PUSH_STR "a, \\"b", LOAD f,')
    assert read_module("m", Source("m.ttvm", text)).entries[0].steps == ('PUSH_STR "a, \\"b"', "LOAD f", "PRINT")


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("( a -- b )", "a -- b"),
        GOOD.replace(";; errors: none\n", ""),
        GOOD.replace(" => 1, 2", ""),
        GOOD.replace(";; What it does,\n;; and more.\n", ""),
        ";; f ( a -- b )\n",
    ],
    ids=["effect", "errors", "result", "meaning", "all"],
)
def test_a_comment_without_the_form_is_refused(text: str) -> None:
    with pytest.raises(TtvmError, match=r"m\.ttvm:2: this comment has not the form of a reference: f"):
        read_module("m", Source("m.ttvm", f"\n{text}"))
