"""``ttvm compile`` and ``ttvm fmt``, and what every other command does with a bytecode file."""

from __future__ import annotations

import io
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from debugger.session import Session
from tests.machines import ROOT
from ttvm.cli import output_files
from ttvm.cli.main import main
from ttvm.errors import TtvmError

MAIN = """\
; the main program
    IMPORT "lib/five"
    LOAD five
    PRINT
    PUSH_STR "child"
    SPAWN
    POP
"""
FIVE = "    PUSH_INT 5\n    STORE five\n    EXPORT five\n"
CHILD = '    PUSH_STR "I am the child"\n    PRINT\n'
UGLY = "push_int 1;x\nPRINT\n"
NEAT = "    PUSH_INT 1              ;x\n    PRINT\n"
OUTPUT = "5\nI am the child\n"


class Done(NamedTuple):
    """What a command came to."""

    status: int
    output: str
    errors: str


@pytest.fixture
def ttvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs the command line in an empty folder with a program of three files."""
    monkeypatch.chdir(tmp_path)
    Path("lib").mkdir()
    Path("main.ttvm").write_text(MAIN)
    Path("lib/five.ttvm").write_text(FIVE)
    Path("child.ttvm").write_text(CHILD)

    def run(*words: str) -> Done:
        capfd.readouterr()
        status = main(words)
        return Done(status, *capfd.readouterr())

    return run


def standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


# -- compile


def test_compile_and_run(ttvm: Callable[..., Done]) -> None:
    size = "9 instructions in 2 modules"
    done = ttvm("compile", "main.ttvm")
    assert done == (0, f"main.ttb: {size}, {Path('main.ttb').stat().st_size:,} bytes\n", "")
    assert ttvm("main.ttb") == (0, OUTPUT, "")
    Path("lib/five.ttvm").unlink()
    Path("main.ttvm").unlink()
    assert ttvm("main.ttb") == (0, OUTPUT, ""), "imports are inside; SPAWN finds its program beside"
    Path("child.ttvm").unlink()
    assert ttvm("main.ttb").output == "5\nSpawned process: child\n"


def test_the_name_of_the_output(ttvm: Callable[..., Done]) -> None:
    Path("a.b").write_text("NOP\n")
    Path("plain").write_text("NOP\n")
    for name, output in (("lib/five.ttvm", "lib/five.ttb"), ("a.b", "a.ttb"), ("plain", "plain.ttb")):
        assert ttvm("compile", name).output.startswith(f"{output}: ")
        assert Path(output).read_bytes().startswith(b"TTVB")
    assert ttvm("compile", "main.ttvm", "-o", "other name").status == 0
    assert ttvm("other name") == (0, OUTPUT, ""), "the contents tell what it is"


def test_compile_without_texts(ttvm: Callable[..., Done]) -> None:
    ttvm("compile", "main.ttvm", "-o", "whole.ttb")
    ttvm("compile", "main.ttvm", "--strip", "-o", "stripped.ttb")
    whole, stripped = Path("whole.ttb").read_bytes(), Path("stripped.ttb").read_bytes()
    assert len(stripped) < len(whole)
    assert b"the main program" in whole
    assert b"the main program" not in stripped
    assert ttvm("stripped.ttb") == (0, OUTPUT, "")
    ttvm("compile", "whole.ttb", "--strip", "-o", "again.ttb")
    assert Path("again.ttb").read_bytes() == stripped


def test_the_same_bytes_wherever_it_is_compiled(ttvm: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    ttvm("compile", "main.ttvm", "-o", "one.ttb")
    Path("elsewhere").mkdir()
    here = Path.cwd()
    monkeypatch.chdir("elsewhere")
    ttvm("compile", str(here / "main.ttvm"), "-o", "two.ttb")
    assert Path("two.ttb").read_bytes() == (here / "one.ttb").read_bytes()
    assert str(here).encode() not in Path("two.ttb").read_bytes()


def test_compile_from_standard_input_and_to_standard_output(
    ttvm: Callable[..., Done], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    standard_input(monkeypatch, MAIN.encode())
    assert ttvm("compile", "-", "-o", "x.ttb").status == 0
    assert ttvm("x.ttb").output == OUTPUT
    standard_input(monkeypatch, Path("x.ttb").read_bytes())
    assert ttvm("-").output == OUTPUT
    assert ttvm("compile", "-") == (2, "", "error: a program from standard input needs -o FILE\n")
    command = [sys.executable, "-m", "ttvm", "compile", "main.ttvm", "-o", "-"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    data = subprocess.run(command, capture_output=True, check=True, cwd=tmp_path, env=environment).stdout
    ttvm("compile", "main.ttvm")
    assert data == Path("main.ttb").read_bytes()


def test_an_import_that_cannot_be_included_is_a_warning(ttvm: Callable[..., Done]) -> None:
    Path("lib/bad.ttvm").write_text("NONSENSE\n")
    Path("main.ttvm").write_text('IMPORT "nowhere"\nIMPORT "lib/bad"\nIMPORT "nowhere"\n')
    done = ttvm("compile", "main.ttvm")
    assert done.status == 0
    first, second = done.errors.splitlines()
    assert first == (
        'warning: main.ttvm:1: IMPORT finds no module "nowhere"; it is left out, and looked for when the program runs'
    )
    assert second.startswith('warning: main.ttvm:2: IMPORT cannot use "lib/bad": ')
    Path("nowhere.ttvm").write_text("NOP\n")
    Path("lib/bad.ttvm").write_text("NOP\n")
    assert ttvm("main.ttb") == (0, "", "")


def test_what_cannot_be_compiled(ttvm: Callable[..., Done]) -> None:
    Path("bad.ttvm").write_text("NOP 1\nJMP nowhere\n")
    done = ttvm("compile", "bad.ttvm")
    assert done.status == 2
    assert "bad.ttvm:1:5: error: NOP" in done.errors
    assert "bad.ttvm:2:5: error: unknown label nowhere" in done.errors
    assert not Path("bad.ttb").exists()
    assert ttvm("compile", "missing.ttvm") == (2, "", "error: missing.ttvm: there is no such file\n")


def test_output_never_replaces_the_program(ttvm: Callable[..., Done]) -> None:
    for output in ("main.ttvm", "./lib/../main.ttvm", "lib/five.ttvm"):
        done = ttvm("compile", "main.ttvm", "-o", output)
        assert done == (2, "", f"error: {output}: this file is part of the program; give another one with -o\n")
    ttvm("compile", "main.ttvm")
    assert ttvm("compile", "main.ttb").status == 2
    assert Path("main.ttvm").read_text() == MAIN


def test_output_that_cannot_be_written(ttvm: Callable[..., Done]) -> None:
    done = ttvm("compile", "main.ttvm", "-o", "no/such/folder.ttb")
    assert done == (2, "", "error: no/such/folder.ttb: it cannot be written: No such file or directory\n")
    assert ttvm("compile", "main.ttvm", "-o", "lib").errors == "error: lib: it cannot be written: Is a directory\n"
    assert sorted(os.listdir()) == ["child.ttvm", "lib", "main.ttvm"]


# -- the other commands on bytecode


def test_dis_shows_every_module(ttvm: Callable[..., Done]) -> None:
    ttvm("compile", "main.ttvm")
    done = ttvm("dis", "main.ttb")
    assert done.status == 0
    assert done.output.startswith('; ---- main.ttvm\n\n    IMPORT "lib/five" ')
    assert "\n\n; ---- lib/five.ttvm\n\n    PUSH_INT 5 " in done.output
    ttvm("compile", "child.ttvm")
    assert ttvm("dis", "child.ttb") == ttvm("dis", "child.ttvm"), "one module needs no heading"


def test_check_shows_places_in_the_source(ttvm: Callable[..., Done]) -> None:
    Path("lib/five.ttvm").write_text(f"{FIVE}    HALT\n    PUSH_INT 6 ; six\n")
    for strip in ((), ("--strip",)):
        ttvm("compile", "main.ttvm", *strip)
        done = ttvm("check", "main.ttb")
        assert done.status == 0
        assert "lib/five.ttvm:5:5: warning: this can never run" in done.output
        assert "    5 |     PUSH_INT 6" in done.output
        assert ("; six" in done.output) == (not strip)
        assert "0 errors, 1 warning in 1 file" in done.output
    assert '"errors": 0' in ttvm("check", "--json", "main.ttb").output


@pytest.mark.parametrize("command", [[], ["dis"], ["check"], ["compile"], ["run"]])
def test_damaged_and_newer_files_are_one_clear_error(ttvm: Callable[..., Done], command: list[str]) -> None:
    ttvm("compile", "main.ttvm")
    data = Path("main.ttb").read_bytes()
    Path("short.ttb").write_bytes(data[:100])
    Path("new.ttb").write_bytes(data[:4] + b"\x63" + data[5:])
    for name, words in (("short.ttb", "damaged"), ("new.ttb", "a newer ttvm made this file")):
        done = ttvm(*command, name)
        assert done.status == 2
        assert done.errors.startswith(f"error: {name}: ")
        assert words in done.errors
        assert len(done.errors.splitlines()) == 1


@pytest.mark.parametrize("strip", [False, True])
def test_the_debugger_shows_the_source_or_the_instructions(ttvm: Callable[..., Done], strip: bool) -> None:
    ttvm("compile", "main.ttvm", *(["--strip"] if strip else []))
    Path("lib/five.ttvm").unlink()
    Path("main.ttvm").unlink()
    session = Session("main.ttb")
    shown = session.view(1).selected
    assert shown is not None
    comment = "" if strip else "; the main program"
    assert shown.code.lines == (comment, *MAIN.splitlines()[1:])
    assert shown.code.name == "main.ttvm"
    assert shown.line == 2
    session.break_at_line(4)
    session.continue_()
    shown = session.view(1).selected
    assert shown is not None
    assert (shown.line, [each.text for each in shown.stack]) == (4, ["Int 5"])
    session.restart()
    session.step(2)
    shown = session.view(1).selected
    assert shown is not None
    assert (shown.code.name, shown.line) == ("five.ttvm", 2)


# -- fmt


def test_fmt_writes_only_what_changes(ttvm: Callable[..., Done]) -> None:
    Path("ugly.ttvm").write_text(UGLY)
    before = Path("main.ttvm").stat()
    assert ttvm("fmt", "ugly.ttvm", "main.ttvm") == (0, "", "formatted ugly.ttvm\n")
    assert Path("ugly.ttvm").read_text() == NEAT
    assert Path("main.ttvm").stat().st_mtime_ns == before.st_mtime_ns
    assert Path("main.ttvm").stat().st_ino == before.st_ino
    assert ttvm("fmt", "ugly.ttvm") == (0, "", "")


def test_fmt_keeps_line_ends(ttvm: Callable[..., Done]) -> None:
    Path("lf.ttvm").write_bytes(b"NOP\n")
    Path("crlf.ttvm").write_bytes(b"NOP\r\n\r\nPOP")
    ttvm("fmt", "lf.ttvm", "crlf.ttvm")
    assert Path("lf.ttvm").read_bytes() == b"    NOP\n"
    assert Path("crlf.ttvm").read_bytes() == b"    NOP\r\n\r\n    POP\r\n"


def test_fmt_check(ttvm: Callable[..., Done]) -> None:
    Path("ugly.ttvm").write_text(UGLY)
    assert ttvm("fmt", "--check", "main.ttvm", "ugly.ttvm") == (1, "", "ugly.ttvm: not formatted\n")
    assert ttvm("fmt", "--check", "main.ttvm") == (0, "", "")
    assert Path("ugly.ttvm").read_text() == UGLY


def test_fmt_diff(ttvm: Callable[..., Done]) -> None:
    Path("ugly.ttvm").write_text("push_int 1 ; \x1b[31m\nPRINT\n")
    done = ttvm("fmt", "--diff", "ugly.ttvm")
    assert (done.status, done.errors) == (0, "")
    assert done.output.splitlines()[:2] == ["--- ugly.ttvm", "+++ ugly.ttvm (formatted)"]
    assert "\n-PRINT\n" in done.output
    assert "\n+    PRINT\n" in done.output
    assert "\x1b" not in done.output
    assert ttvm("fmt", "--diff", "--check", "ugly.ttvm").status == 1
    assert Path("ugly.ttvm").read_text().startswith("push_int")


def test_fmt_to_another_file_and_to_standard_output(ttvm: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("ugly.ttvm").write_text(UGLY)
    assert ttvm("fmt", "ugly.ttvm", "-o", "neat.ttvm") == (0, "", "")
    assert Path("neat.ttvm").read_text() == NEAT
    assert ttvm("fmt", "ugly.ttvm", "-o", "-") == (0, NEAT, "")
    assert Path("ugly.ttvm").read_text() == UGLY
    standard_input(monkeypatch, UGLY.encode())
    assert ttvm("fmt", "-") == (0, NEAT, "")


@pytest.mark.parametrize(
    "words", [["a", "b", "-o", "c"], ["a", "--check", "-o", "c"], ["a", "--diff", "-o", "-"], [], ["a", "--chek"]]
)
def test_fmt_usage_errors(ttvm: Callable[..., Done], words: list[str]) -> None:
    done = ttvm("fmt", *words)
    assert done.status == 2
    assert "error: " in done.errors


def test_fmt_leaves_files_with_errors_alone_and_goes_on(ttvm: Callable[..., Done]) -> None:
    Path("ugly.ttvm").write_text(UGLY)
    Path("bad.ttvm").write_text("nop\nNONSENSE\nJMP nowhere\n")
    Path("latin.ttvm").write_bytes(b"; caf\xe9\n")
    ttvm("compile", "main.ttvm")
    done = ttvm("fmt", "bad.ttvm", "latin.ttvm", "missing.ttvm", "lib", "main.ttb", "ugly.ttvm")
    assert done.status == 2
    assert "bad.ttvm:2:1: error: unknown instruction NONSENSE" in done.errors
    assert "bad.ttvm:3:5: error: unknown label nowhere" in done.errors
    assert "error: bad.ttvm: 2 errors; this file is left as it is" in done.errors
    assert "error: latin.ttvm:1: this is not UTF-8 text" in done.errors
    assert "error: missing.ttvm: there is no such file" in done.errors
    assert "error: lib: this is a directory" in done.errors
    assert "error: main.ttb: this is bytecode, and fmt formats source texts" in done.errors
    assert done.errors.endswith("formatted ugly.ttvm\n")
    assert Path("bad.ttvm").read_text() == "nop\nNONSENSE\nJMP nowhere\n"
    assert Path("main.ttb").read_bytes().startswith(b"TTVB")


# -- writing


def test_a_file_keeps_its_permissions_and_its_links(ttvm: Callable[..., Done]) -> None:
    Path("ugly.ttvm").write_text(UGLY)
    Path("ugly.ttvm").chmod(0o640)
    Path("link.ttvm").symlink_to("ugly.ttvm")
    ttvm("fmt", "link.ttvm")
    assert Path("link.ttvm").is_symlink()
    assert Path("ugly.ttvm").read_text() == NEAT
    assert stat.S_IMODE(Path("ugly.ttvm").stat().st_mode) == 0o640


def test_what_is_no_ordinary_file_is_not_replaced(ttvm: Callable[..., Done]) -> None:
    assert ttvm("compile", "main.ttvm", "-o", os.devnull).status == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_full_disk_leaves_the_old_file(ttvm: Callable[..., Done], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("ugly.ttvm").write_text(UGLY)

    def full(source: str, target: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    done = ttvm("fmt", "ugly.ttvm")
    assert done == (2, "", "error: ugly.ttvm: it cannot be written: No space left on device\n")
    assert Path("ugly.ttvm").read_text() == UGLY
    assert sorted(os.listdir()) == ["child.ttvm", "lib", "main.ttvm", "ugly.ttvm"]


def test_interrupting_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def interrupted(source: str, target: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        output_files.write_file(str(path), b"new")
    assert os.listdir(tmp_path) == ["x"]
    assert path.read_text() == "old"
    with pytest.raises(TtvmError, match="null"):
        output_files.write_file("a\0b", b"")


# -- starting


def test_running_a_text_loads_no_bytecode_and_no_formatter(tmp_path: Path) -> None:
    program = tmp_path / "x.ttvm"
    program.write_text("NOP\n")
    code = (
        "import sys; from ttvm.cli.start import main; sys.argv = ['ttvm', *sys.argv[1:]]; status = main(); "
        "print(*sys.modules); sys.exit(status)"
    )
    command = [sys.executable, "-c", code, str(program)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    loaded = set(done.stdout.split())
    assert "ttvm.asm.loader" in loaded
    unwanted = {"bytecode", "byte_stream", "linking", "formatter", "disassembler"}
    assert not {f"ttvm.asm.{name}" for name in unwanted} & loaded
    assert not {"zlib", "struct", "hashlib", "ttvm.cli.compiling", "ttvm.cli.formatting"} & loaded
