"""The commands for programs and the language: check, compile, dis, fmt, isa, std, test-coffee-shop."""

from __future__ import annotations

import argparse
import json
import os.path
import sys
from collections.abc import Iterator
from typing import Any

from ttvm.asm.disassembler import disassemble
from ttvm.cli import reference
from ttvm.cli.checker import check_program
from ttvm.cli.terminal import harmless, say
from ttvm.errors import Problem, TtvmError, UnreadableError
from ttvm.isa import ISA
from ttvm.program import whole_program
from ttvm.vm import make_loader

_USAGE_ERROR = 2


def execute(options: argparse.Namespace) -> int:
    """Do one of the commands; returns the exit status."""
    if options.command == "check":
        return check(options.files, options.json)
    if options.command == "compile":
        from ttvm.cli.compiling import compile_file

        return compile_file(options)
    if options.command == "dis":
        return dis(options.file, options.compiled)
    if options.command == "fmt":
        from ttvm.cli.formatting import format_files

        return format_files(options)
    if options.command == "isa":
        return isa(options.mnemonic, options.markdown)
    if options.command == "std":
        return std(options.name, options.markdown)
    return test_coffee_shop()


def check(paths: list[str], as_json: bool) -> int:
    """List the problems of programs; status 0 without errors, 2 with."""
    results: list[dict[str, Any]] = []
    errors = warnings = 0
    for path in paths:
        try:
            problems = list(check_program(path))
        except UnreadableError as error:
            errors += 1
            results.append({"file": path, "unreadable": str(error), "problems": []})
            if not as_json:
                say(f"error: {error}")
            continue
        errors += sum(problem.severity == "error" for problem in problems)
        warnings += sum(problem.severity != "error" for problem in problems)
        results.append({"file": path, "problems": [_as_json(problem) for problem in problems]})
        if not as_json:
            for problem in problems:
                print(harmless(str(problem)))
    if as_json:
        print(json.dumps({"version": 1, "errors": errors, "warnings": warnings, "files": results}, indent=2))
    else:
        print(f"{_count(errors, 'error')}, {_count(warnings, 'warning')} in {_count(len(paths), 'file')}")
    return _USAGE_ERROR if errors else 0


def dis(path: str, compiled: bool) -> int:
    """Write the instructions of a program, and of the modules that came with it in a bytecode file.

    ``compiled`` writes the Python that they become when they are hot.
    """
    modules = whole_program(make_loader().load(path))
    if compiled:
        from ttvm.engine.fastpath.listing import list_compiled

        for module in modules:
            sys.stdout.writelines(list_compiled(module))
        return 0
    for module in modules:
        if len(modules) > 1:
            sys.stdout.write(f"; ---- {module.source.path}\n\n")
        sys.stdout.write(disassemble(module))
        if module is not modules[-1]:
            sys.stdout.write("\n")
    return 0


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _as_json(problem: Problem) -> dict[str, Any]:
    span = problem.span
    return {
        "file": span.source.path,
        "line": span.line,
        "column": span.column,
        "width": span.width,
        "severity": problem.severity,
        "message": problem.text,
        "hint": problem.hint,
        "related": [
            {"file": place.source.path, "line": place.line, "column": place.column, "message": note}
            for place, note in problem.related
        ],
    }


def isa(mnemonic: str | None, markdown: bool) -> int:
    """Print the reference of the language, or of one instruction."""
    if markdown:
        sys.stdout.write(reference.markdown())
        return 0
    if mnemonic is None:
        sys.stdout.write(reference.overview())
        return 0
    found = ISA.find(mnemonic)
    if found is None:
        import difflib

        close = difflib.get_close_matches(mnemonic.upper(), ISA.spellings, 3, 0.5)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        raise TtvmError(f"there is no instruction {mnemonic}{hint}")
    sys.stdout.write(reference.page(found[0]))
    return 0


def std(name: str | None, markdown: bool) -> int:
    """Print the reference of the standard library, of one module, or of one function."""
    from ttvm.cli import library

    everything = library.read_library()
    if markdown:
        sys.stdout.write(library.markdown(everything))
    else:
        sys.stdout.write(library.overview(everything) if name is None else library.page(name, everything))
    return 0


def _example_folders() -> Iterator[str]:
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    yield os.path.join(package, "examples")  # where the wheel puts them
    yield os.path.join(os.path.dirname(package), "examples")  # a checkout


def find_example(name: str) -> str:
    """The path of an example that comes with the package; raises UnreadableError."""
    for folder in _example_folders():
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            return path
    raise UnreadableError(f"{name}: this installation has no examples")


def test_coffee_shop() -> int:
    """Run the coffee shop and compare what it prints with what it promises."""
    from ttvm.cli.selftest import run_and_compare

    return run_and_compare(find_example("coffee_shop_demo.ttvm"))
