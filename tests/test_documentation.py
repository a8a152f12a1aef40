"""Every complete program in README.md and docs/*.md prints what the page shows.

A complete program is a fenced block marked ``ttvm``; the block marked ``text`` right behind it is its standard
output. Comments of the program may promise more (see ``ttvm.expectations``): options, input, exit status.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.machines import ROOT, Watched, options_of
from ttvm.expectations import read_expectation
from ttvm.source import Source

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FILE_NAME = "prog.ttvm"
"""What the programs are called; messages that a page quotes contain it."""


class Block(NamedTuple):
    """A fenced block: its info string, its lines, and the lines of its fences in the page (from 1)."""

    info: str
    text: str
    first: int
    last: int


class Program(NamedTuple):
    """A complete program of a page; ``output`` is None when no output stands behind it."""

    place: str
    text: str
    output: str | None


def fenced_blocks(lines: list[str]) -> list[Block]:
    """The fenced blocks of a page. A fence that is never closed is a mistake of the page."""
    blocks: list[Block] = []
    first, fence, info = 0, "", ""
    for number, line in enumerate(lines, 1):
        word = line.strip()
        if not fence and word.startswith("```"):
            info = word.lstrip("`").strip()
            first, fence = number, word[: len(word) - len(word.lstrip("`"))]
        elif fence and word.startswith(fence) and not word.strip("`"):
            content = lines[first : number - 1]
            blocks.append(Block(info, "".join(f"{each}\n" for each in content), first, number))
            fence = ""
    assert not fence, f"the block that begins on line {first} is never closed"
    return blocks


def programs_of(name: str, text: str) -> list[Program]:
    """The complete programs of a page, each with the output shown right behind it."""
    lines = text.splitlines()
    blocks = fenced_blocks(lines)
    programs: list[Program] = []
    for index, block in enumerate(blocks):
        if block.info != "ttvm":
            continue
        following = blocks[index + 1] if index + 1 < len(blocks) else None
        output = None
        if following is not None and following.info == "text":
            between = lines[block.last : following.first - 1]
            output = None if any(line.strip() for line in between) else following.text
        programs.append(Program(f"{name}:{block.first}", block.text, output))
    return programs


def all_programs() -> list[Program]:
    """The complete programs of all pages."""
    return [program for path in PAGES for program in programs_of(path.name, path.read_text(encoding="utf-8"))]


@pytest.mark.parametrize("program", all_programs(), ids=lambda program: program.place)
def test_program_prints_what_the_page_shows(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert program.output is not None, f"{program.place}: put a ```text block with the output right behind it"
    monkeypatch.chdir(tmp_path)  # SPAWN and IMPORT must not find files by chance
    promised = read_expectation(Source(FILE_NAME, program.text))
    run = Watched(FILE_NAME, options_of(promised), promised.input, program.text).run_to_end()
    assert run.output == program.output, run.errors
    assert run.status == promised.exit_status, run.errors
    for text in promised.errors:
        assert text in run.errors


def test_pages_have_programs() -> None:
    names = {program.place.partition(":")[0] for program in all_programs()}
    assert {"README.md", "language.md"} <= names


@pytest.mark.parametrize(
    "page",
    [
        "```ttvm\nHALT\n```\n",
        "```ttvm\nHALT\n```\n\nIt prints:\n\n```text\n```\n",
        "```ttvm\nHALT\n```\n\n```console\n```\n\n```text\n```\n",
        "```ttvm\nHALT\n```\n\n```ttvm\nHALT\n```\n",
    ],
    ids=["nothing", "words between", "another block between", "another program"],
)
def test_program_without_output_is_noticed(page: str) -> None:
    assert programs_of("page.md", page)[0].output is None


def test_output_is_found() -> None:
    page = "# Title\n\n```ttvm\n    HALT\n```\n\n```text\na\n\nb\n```\n\n```ttvm\nNOP\n```\n```text\n```\n"
    assert programs_of("page.md", page) == [
        Program("page.md:3", "    HALT\n", "a\n\nb\n"),
        Program("page.md:13", "NOP\n", ""),
    ]


def test_unclosed_block_is_noticed() -> None:
    with pytest.raises(AssertionError, match="line 1 is never closed"):
        programs_of("page.md", "```ttvm\nHALT\n")
