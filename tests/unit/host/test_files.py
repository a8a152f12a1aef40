"""The room of files: what goes wrong, half way too, and what can be no file."""

from __future__ import annotations

import errno
import os
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ttvm.errors import FaultKind
from ttvm.host import files as module
from ttvm.host.files import Files
from ttvm.host.handles import Refused
from ttvm.host.permissions import Permissions
from ttvm.outside import ALL, Refusal
from ttvm.values import FALSE, SIZE_LIMIT, Bytes, List, Value

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """The room, in an empty folder, with all permissions."""
    monkeypatch.chdir(tmp_path)
    return Files(Permissions(ALL))


def refusal(function: Callable[..., Value], *arguments: object) -> Refusal:
    """The refusal of a question."""
    with pytest.raises(Refused) as caught:
        function(1, *arguments)
    return caught.value.refusal


def failing(number: int) -> Callable[..., int]:
    """A function of the system that always fails."""

    def fail(*arguments: object, **named: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail


def test_text_goes_in_and_out_unchanged(files: Files) -> None:
    text = "\ufeffé\r\n\n\r🙂\0end"
    files.write_text(1, text, "a")
    assert files.read_text(1, "a") == text
    assert files.read_bytes(1, "a") == Bytes(text.encode())
    files.append_text(1, "!", "a")
    assert files.read_text(1, "a") == text + "!"
    assert files.size(1, "a") == len(text.encode()) + 1
    assert files.names(1, ".") == List(["a"])


def full_after(pieces: int) -> Callable[[int, bytes], int]:
    """A disk that takes so many pieces of 3 bytes and is full then."""
    left = [pieces]
    write = os.write

    def write_some(descriptor: int, data: bytes) -> int:
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        left[0] -= 1
        return write(descriptor, data[:3])

    return write_some


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_a_full_disk_costs_nothing_that_was_there(
    files: Files, pieces: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("precious")
    words = Refusal(FaultKind.FILE_ERROR, "cannot write a: the disk is full")
    monkeypatch.setattr(os, "write", full_after(pieces))
    assert refusal(files.write_text, "a long text", "a") == words
    monkeypatch.setattr(os, "write", full_after(pieces))
    assert refusal(files.write_bytes, Bytes(b"a long text"), "a") == words
    monkeypatch.setattr(os, "write", full_after(pieces))
    assert refusal(files.append_text, "a long text", "a") == words
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "precious"}


def test_an_interrupted_write_leaves_nothing_behind(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("precious")

    def interrupt(*arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        files.write_text(1, "new", "a")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a": "precious"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full")
def test_a_write_that_the_system_refuses(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real words of the system: what is opened for writing is the device that is always full."""
    opened = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0o777: opened("/dev/full", os.O_WRONLY))
    monkeypatch.setattr(os, "unlink", lambda path: None)
    assert refusal(files.write_text, "x", "a").text == "cannot write a: the disk is full"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "cannot read a: the system does not permit it"),
        (errno.EPERM, "cannot read a: the system does not permit it"),
        (errno.EMFILE, "cannot read a: too many files are open"),
        (errno.EIO, "cannot read a: input/output error"),
        (errno.ENOENT, "finds no file a"),
    ],
)
def test_errors_of_the_system_in_words(files: Files, number: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write_text(1, "x", "a")
    monkeypatch.setattr(os, "open", failing(number))
    assert refusal(files.read_text, "a") == Refusal(FaultKind.FILE_ERROR, words)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "cannot write a: the system does not permit it"),
        (errno.EROFS, "cannot write a: nothing can be changed there"),
        (errno.EDQUOT, "cannot write a: no more space is allowed"),
    ],
)
def test_errors_of_writing_in_words(files: Files, number: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "open", failing(number))
    assert refusal(files.write_text, "x", "a") == Refusal(FaultKind.FILE_ERROR, words)
    assert refusal(files.append_text, "x", "a") == Refusal(FaultKind.FILE_ERROR, words)


def test_a_file_that_may_not_be_written_is_not_replaced(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its folder may be writable: what protects a file is its own mode."""
    files.write_text(1, "x", "a")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert refusal(files.write_text, "y", "a").text == "cannot write a: the system does not permit it"
    assert files.read_text(1, "a") == "x"


@posix
def test_a_pipe_a_socket_and_a_device_are_no_files(files: Files) -> None:
    """None of these waits: opening such a pipe usually does."""
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for path in ("pipe", "socket", "/dev/null", "/dev/zero"):
            words = Refusal(FaultKind.FILE_ERROR, f"needs a file: {path} is a pipe, a socket or a device")
            assert refusal(files.read_text, path) == words
            assert refusal(files.read_bytes, path) == words
            assert refusal(files.write_text, "x", path) == words
            assert refusal(files.append_text, "x", path) == words
            assert refusal(files.size, path) == words
            assert refusal(files.delete, path) == words
            assert refusal(files.names, path).text == f"needs a directory: {path} is a file"
            assert files.exists(1, path)


def test_a_file_that_is_too_large_is_not_even_opened(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(tmp_path / "a", "wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    monkeypatch.setattr(os, "open", failing(errno.EIO))
    words = "would read 16,777,217 bytes of a; a value holds 16,777,216"
    assert refusal(files.read_text, "a") == Refusal(FaultKind.LIMIT_EXCEEDED, words)
    assert refusal(files.read_bytes, "a") == Refusal(FaultKind.LIMIT_EXCEEDED, words)


def test_a_file_that_grows_while_it_is_read(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open(tmp_path / "a", "wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    monkeypatch.setattr(module, "_size_of_file", lambda resolved, path: 0)
    assert refusal(files.read_bytes, "a").kind is FaultKind.LIMIT_EXCEEDED


def test_a_file_of_just_the_limit(files: Files, tmp_path: Path) -> None:
    with open(tmp_path / "a", "wb") as file:
        file.truncate(SIZE_LIMIT)
    data = files.read_bytes(1, "a")
    assert isinstance(data, Bytes)
    assert len(data) == SIZE_LIMIT


@posix
def test_a_written_file_keeps_its_mode(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("x")
    path.chmod(0o4751)
    files.write_text(1, "y", "a")
    assert stat.S_IMODE(path.stat().st_mode) == 0o751, "without the bit that lends the rights of the owner"


@posix
def test_a_new_file_has_the_usual_mode(files: Files, tmp_path: Path) -> None:
    old = os.umask(0o027)
    try:
        files.write_text(1, "y", "a")
        files.append_text(1, "y", "b")
    finally:
        os.umask(old)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o640}


@posix
def test_links_lead_to_files_but_are_deleted_themselves(files: Files, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    files.write_text(1, "one", "link")
    files.append_text(1, " two", "link")
    assert os.readlink("link") == "target"
    assert files.read_text(1, "target") == "one two"
    files.delete(1, "link")
    assert files.names(1, ".") == List(["target"])


@posix
def test_links_in_a_circle(files: Files, tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    words = Refusal(FaultKind.FILE_ERROR, "cannot follow the links of a to their end")
    assert refusal(files.read_text, "a") == words
    assert refusal(files.write_text, "x", "a") == words
    assert refusal(files.exists, "a") == words
    files.delete(1, "a")
    assert files.exists(1, "b") is FALSE


@posix
def test_what_was_compared_is_what_is_opened(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody puts a link in the place of the file after the permissions have looked at it."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "a").symlink_to("secret")
    resolved = str(tmp_path / "a")
    monkeypatch.setattr(Permissions, "read", lambda self, path: resolved)
    monkeypatch.setattr(Permissions, "write", lambda self, path: resolved)
    assert refusal(files.read_text, "a").kind is FaultKind.FILE_ERROR
    assert refusal(files.size, "a").kind is FaultKind.FILE_ERROR
    assert files.exists(1, "a") is FALSE
    assert refusal(files.write_text, "broken in", "a").kind is FaultKind.FILE_ERROR
    assert refusal(files.append_text, "broken in", "a").kind is FaultKind.FILE_ERROR
    monkeypatch.setattr(module, "_check_regular", lambda found, path: None)  # the link comes even later
    assert refusal(files.read_text, "a").kind is FaultKind.FILE_ERROR
    assert refusal(files.append_text, "broken in", "a").kind is FaultKind.FILE_ERROR
    assert (tmp_path / "secret").read_text() == "secret"


def test_other_hard_links_keep_the_old_content(files: Files, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    os.link(tmp_path / "a", tmp_path / "b")
    files.write_text(1, "new", "a")
    assert (tmp_path / "b").read_text() == "old"


def test_text_that_is_not_utf8(files: Files) -> None:
    files.write_bytes(1, Bytes(b"ab\xff"), "a")
    words = "needs UTF-8 text: a has other bytes from byte 2 on; READ_BYTES reads any file"
    assert refusal(files.read_text, "a") == Refusal(FaultKind.FILE_ERROR, words)


def test_half_a_character_cannot_be_written(files: Files) -> None:
    words = "needs a text that UTF-8 can express: character 1 is half of a pair"
    assert refusal(files.write_text, "a\ud800", "a") == Refusal(FaultKind.FILE_ERROR, words)
    assert refusal(files.append_text, "a\ud800", "a") == Refusal(FaultKind.FILE_ERROR, words)
    assert files.names(1, ".") == List([])


@posix
def test_names_of_any_bytes_can_be_listed_and_used(files: Files, tmp_path: Path) -> None:
    if sys.platform == "darwin":
        pytest.skip("its names are Unicode")
    with open(os.path.join(os.fsencode(tmp_path), b"\xff"), "wb") as file:
        file.write(b"found")
    names = files.names(1, ".")
    assert isinstance(names, List)
    [name] = names
    assert files.read_text(1, str(name)) == "found"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "needs a path that is not empty"),
        ("a\0b", "needs a path without NUL characters"),
        ("a\ud800", "needs a path of characters that a path can have"),
        ("a/" * 2100, "needs a path of fewer than 4,096 bytes"),
        ("x" * 300, f"cannot read {'x' * 300}: a name in it is too long"),
    ],
)
def test_what_can_be_no_path(files: Files, path: str, words: str) -> None:
    assert refusal(files.read_text, path) == Refusal(FaultKind.FILE_ERROR, words)


def test_no_descriptor_stays_open(files: Files) -> None:
    files.write_bytes(1, Bytes(b"\xff"), "a")
    descriptor = os.open("a", os.O_RDONLY)
    os.close(descriptor)
    for _ in range(3):
        refusal(files.read_text, "a")
        refusal(files.read_text, ".")
        refusal(files.write_text, "x", "missing/a")
        files.append_text(1, "x", "a")
        files.write_text(1, "x", "b")
    again = os.open("a", os.O_RDONLY)
    os.close(again)
    assert again == descriptor
