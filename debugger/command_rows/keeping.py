"""Commands that write files."""

from __future__ import annotations

from debugger.command_rows.row import Command, CommandError, Result, Subject
from debugger.opening import SUFFIX
from ttvm.cli.output_files import check_target, write_file


def _save(line: Subject, rest: str) -> Result:
    if not rest.endswith(SUFFIX):
        raise CommandError(f"save where? the name of a file that ends in {SUFFIX}")
    check_target(rest, line.session.program, "give another file")
    write_file(rest, "".join(line.session.save()).encode("utf-8", "surrogatepass"))
    count = len(line.session.branches())
    branches = f"{count} branches" if count > 1 else "the run"
    return Result(f"{branches}, bookmarks and breakpoints are saved; ttvm-debug {rest} goes on from here")


ROWS = (
    Command(
        "save",
        (),
        "FILE.ttvmrun",
        "Write all branches, bookmarks and breakpoints to a file that ttvm-debug opens again.",
        _save,
    ),
)
"""Their rows."""
