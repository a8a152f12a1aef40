"""Program files of the real file system: where they are, and what is wrong with them in plain words."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest

from ttvm.errors import UnreadableError
from ttvm.host import sources
from ttvm.host.sources import SourceFiles, decode, read_standard_input


def reason(path: Path | str) -> str:
    """Why a file cannot be read, without its name."""
    with pytest.raises(UnreadableError) as caught:
        SourceFiles().read(str(path))
    text = str(caught.value)
    assert text.startswith(f"{path}:")
    return text.removeprefix(f"{path}:").strip()


def test_read_keeps_the_name_and_resolves_the_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.ttvm").write_bytes("é\r\n".encode())
    (tmp_path / "link.ttvm").symlink_to(tmp_path / "real" / "a.ttvm")
    monkeypatch.chdir(tmp_path)
    files = SourceFiles()
    source, linked = files.read("real/../real/a.ttvm"), files.read("link.ttvm")
    assert (source.path, source.text) == ("real/../real/a.ttvm", "é\r\n")
    assert source.identity == linked.identity == os.path.realpath(tmp_path / "real" / "a.ttvm")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    assert reason(tmp_path / "missing.ttvm") == "there is no such file"
    assert "this is a directory" in reason(tmp_path)
    (tmp_path / "file").write_text("")
    assert "directory" in reason(tmp_path / "file" / "below").lower()
    assert reason("a\0b") == "embedded null byte"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert reason(tmp_path / "loop")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "secret.ttvm"
    path.write_text("NOP\n")
    path.chmod(0)
    assert reason(path) == "reading this file is not permitted"


@pytest.mark.parametrize(
    ("data", "line", "byte", "offset"),
    [
        (b"NOP\nPUSH_STR \"caf\xe9\"\n", 2, "E9", "17"),
        ("NOP\n".encode("utf-16"), 1, "FF", "0"),
        (b"\n" * 1999 + b"\x80", 2000, "80", "1,999"),
        (b"NOP\n\xed\xa0\x80", 2, "ED", "4"),
        (b"abc\xc3", 1, "C3", "3"),
    ],
)  # fmt: skip
def test_a_wrong_byte_is_shown_with_its_place(data: bytes, line: int, byte: str, offset: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        decode(data, "x.ttvm")
    assert str(caught.value) == f"x.ttvm:{line}: this is not UTF-8 text: byte 0x{byte} at offset {offset}"


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LARGEST_SOURCE", 10)
    path = tmp_path / "large.ttvm"
    path.write_bytes(b"; 90123456\n")
    assert reason(path) == "this file has 11 bytes; 10 are the most that is read"
    path.write_bytes(b"; 9012345\n")
    assert SourceFiles().read(str(path)).text == "; 9012345\n"
    with pytest.raises(UnreadableError, match="a program may have 10 bytes, this is more"):
        decode(b"x" * 11, "endless")


def test_find_takes_the_first_folder_that_has_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    (tmp_path / "two" / "m.ttvm").write_text("")
    (tmp_path / "one" / "folder.ttvm").mkdir()
    (tmp_path / "here.ttvm").write_text("")
    monkeypatch.chdir(tmp_path)
    files = SourceFiles()
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    assert files.find("m.ttvm", (one, two)) == os.path.join(two, "m.ttvm")
    assert files.find("here.ttvm", (one, "", two)) == "here.ttvm"
    assert files.find("folder.ttvm", (one,)) is None, "a directory is no program"
    assert files.find("m.ttvm", ()) is None
    assert files.find("a\0b", (one,)) is None
    assert files.find("x" * 10_000, (one,)) is None


def test_the_search_path_is_an_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TTVM_PATH", raising=False)
    assert SourceFiles().search_path() == ()
    monkeypatch.setenv("TTVM_PATH", os.pathsep.join(["/a", "", "b c"]))
    assert SourceFiles().search_path() == ("/a", "b c")


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("é\n".encode())))
    source = read_standard_input()
    assert (source.path, source.text) == ("<stdin>", "é\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    with pytest.raises(UnreadableError, match=r"^<stdin>:1: this is not UTF-8"):
        read_standard_input()
