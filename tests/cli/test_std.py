"""`ttvm std`: the reference of the standard library."""

from __future__ import annotations

from tests.cli.command import ttvm


def test_std_lists_every_module() -> None:
    done = ttvm("std")
    assert (done.status, done.errors) == (0, "")
    for name in ("advanced", "convert", "list", "math", "string", "prelude"):
        assert f'  IMPORT "std/{name}"\n' in done.output


def test_std_of_one_function_and_of_one_module() -> None:
    assert ttvm("std", "map").output.startswith("map ( list func -- results )\n\nWhat the function gives")
    assert ttvm("std", "math").output.startswith("math: Numbers: ")


def test_std_of_an_unknown_name() -> None:
    done = ttvm("std", "factrial")
    assert (done.status, done.output) == (2, "")
    assert done.errors.startswith("error: the standard library has nothing called factrial; did you mean factorial")


def test_std_as_markdown() -> None:
    assert ttvm("std", "--markdown").output.startswith("# The standard library\n")
