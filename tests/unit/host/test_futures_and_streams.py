"""Files beside the program, and streams."""

from __future__ import annotations

import errno
import os
import socket
import threading
from pathlib import Path
from typing import NoReturn

import pytest

from tests.unit.host.outsides import asking, refused
from tests.unit.host.servers import Server, closed_port, receive
from ttvm.errors import FaultKind
from ttvm.host.files import Files
from ttvm.host.text_buffer import TextBuffer
from ttvm.outside import Grants
from ttvm.values import SIZE_LIMIT, TRUE, Bytes, Pid, Value

FILE, CLOSED, DENIED = FaultKind.FILE_ERROR, FaultKind.NO_SUCH_HANDLE, FaultKind.PERMISSION_DENIED


class SlowFiles:
    """Takes the place of reading and writing: both wait for the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self.written: list[str] = []
        monkeypatch.setattr(Files, "read_text", lambda files, pid, path: self.read(pid, path))
        monkeypatch.setattr(Files, "write_text", lambda files, pid, text, path: self.write(pid, text, path))

    def read(self, pid: Pid, path: str) -> Value:
        self.begun.set()
        self.go_on.wait()
        return f"text of {path}"

    def write(self, pid: Pid, text: str, path: str) -> Value:
        self.begun.set()
        self.go_on.wait()
        self.written.append(text)
        return None


def test_a_file_is_written_and_read_beside(tmp_path: Path) -> None:
    path = str(tmp_path / "a.txt")
    with asking() as world:
        writing = world.handle(1, "futures", "write", "é\r\n", path)
        assert (writing.kind, writing.title) == ("Future", f"write {path}")
        assert world.ask(1, "futures", "wait", writing) is None
        reading = world.handle(1, "futures", "read", path)
        assert world.ask(1, "futures", "wait", reading) == "é\r\n"
        assert world.ask(2, "futures", "wait", reading) == "é\r\n"


def test_failures_are_told_to_everybody_who_waits(tmp_path: Path) -> None:
    with asking() as world:
        reading = world.handle(1, "futures", "read", str(tmp_path / "missing"))
        writing = world.handle(1, "futures", "write", "x", str(tmp_path / "missing" / "a"))
        for future in (reading, reading, writing):
            assert world.refusal(1, "futures", "wait", future)[0] == FILE


def test_what_is_not_allowed_is_refused_at_once(tmp_path: Path) -> None:
    with asking(Grants(read=(str(tmp_path / "a"),))) as world:
        assert world.refusal(1, "futures", "read", str(tmp_path / "b"))[0] == DENIED
        assert world.refusal(1, "futures", "write", "x", str(tmp_path / "a"))[0] == DENIED
        assert not list(tmp_path.iterdir())


def test_several_wait_for_one_future(monkeypatch: pytest.MonkeyPatch) -> None:
    files = SlowFiles(monkeypatch)
    with asking() as world:
        future = world.handle(1, "futures", "read", "a")
        tickets = [world.begin(pid, "futures", "wait", future) for pid in (1, 2, 3)]
        world.outside.leave(2)  # one who gives up does not end it for the others
        files.go_on.set()
        assert [world.answer(tickets[0]), world.answer(tickets[2])] == ["text of a", "text of a"]


def test_a_future_that_is_closed_while_somebody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    files = SlowFiles(monkeypatch)
    with asking() as world:
        futures = [world.handle(1, "futures", "read", "a"), world.handle(1, "futures", "write", "text", "b")]
        tickets = [world.begin(2, "futures", "wait", future) for future in futures]
        world.ask(1, "handles", "close", futures[0])
        world.outside.leave(1)  # which closes the other one
        for ticket in tickets:
            kind, words = refused(world.answer(ticket))
            assert (kind, words.endswith("this one is closed")) == (CLOSED, True)
        assert world.refusal(2, "futures", "wait", futures[1])[0] == CLOSED
        files.go_on.set()
    assert files.written == ["text"], "what was to be written is written"


def test_a_disk_that_never_answers_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    files = SlowFiles(monkeypatch)
    with asking() as world:
        world.begin(1, "futures", "wait", world.handle(1, "futures", "read", "a"))
        assert files.begun.wait(20)
    files.go_on.set()


def test_memory() -> None:
    with asking() as world:
        stream = world.handle(1, "streams", "memory")
        assert world.ask(1, "streams", "read", stream, 5) == ""
        assert world.ask(1, "streams", "write", stream, Bytes(b"\xc3")) == 1
        assert world.ask(1, "streams", "read", stream, 5) == "", "half a character"
        assert world.ask(1, "streams", "write", stream, Bytes(b"\xa9!")) == 2
        assert world.ask(1, "streams", "read", stream, 1) == "é"
        assert world.ask(2, "streams", "read", stream, 5) == "!"
        world.outside.leave(1)
        assert world.ask(2, "streams", "close", stream) is TRUE, "it is that of process 2, who used it last"
        assert world.refusal(2, "streams", "close", stream)[0] == CLOSED


def test_memory_has_an_end() -> None:
    with asking() as world:
        stream = world.handle(1, "streams", "memory")
        assert world.ask(1, "streams", "write", stream, "x" * SIZE_LIMIT) == SIZE_LIMIT
        assert world.refusal(1, "streams", "write", stream, "x")[0] == FaultKind.LIMIT_EXCEEDED
        assert world.ask(1, "streams", "read", stream, 1) == "x"
        assert world.ask(1, "streams", "write", stream, "y") == 1
        assert world.ask(1, "streams", "read", stream, SIZE_LIMIT) == "x" * (SIZE_LIMIT - 1) + "y"


def test_a_file_is_made_read_from_its_beginning_and_written_at_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with asking() as world:
        stream = world.handle(1, "streams", "file", str(path))
        assert stream.title == f"file:{path}"
        assert path.read_text() == ""
        text = "é" * 100_000
        assert world.ask(1, "streams", "write", stream, text) == 100_000
        assert world.ask(1, "streams", "read", stream, 99_999) == "é" * 99_999
        path.write_text(path.read_text() + "z")
        assert world.ask(1, "streams", "read", stream, 10) == "éz"
        assert world.ask(1, "streams", "read", stream, 10) == ""
    assert path.read_text() == f"{text}z"


@pytest.mark.parametrize("grants", [Grants(), Grants(read=()), Grants(write=())])
def test_a_file_needs_both_permissions(grants: Grants, tmp_path: Path) -> None:
    with asking(grants) as world:
        assert world.refusal(1, "streams", "file", str(tmp_path / "a"))[0] == DENIED
    assert not list(tmp_path.iterdir())


def test_what_is_no_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with asking() as world:
        for path in (pipe, tmp_path, tmp_path / "missing" / "a", Path("/dev/zero")):
            kind, words = world.refusal(1, "streams", "file", str(path))
            assert (kind, str(path) in words) == (FILE, True)


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with asking() as world:
        stream = world.handle(1, "streams", "file", str(tmp_path / "a"))
        monkeypatch.setattr(os, "write", full)
        words = f"cannot write {tmp_path / 'a'}: No space left on device"
        assert world.refusal(1, "streams", "write", stream, "x") == (FILE, words)
        monkeypatch.undo()


def test_a_connection() -> None:
    def echo(server: Server, connection: socket.socket) -> None:
        while True:
            connection.sendall(receive(connection))

    with Server(echo) as server, asking() as world:
        stream = world.handle(1, "streams", "tcp", "127.0.0.1", server.port)
        assert (stream.kind, stream.title) == ("Stream", f"tcp:127.0.0.1:{server.port}")
        assert world.ask(1, "streams", "write", stream, "é") == 1
        assert world.ask(1, "streams", "read", stream, 10) == "é"
        waiting = world.begin(2, "streams", "read", stream, 10)
        assert world.ask(1, "streams", "close", stream) is TRUE
        assert world.answer(waiting) == ""
        assert world.refusal(1, "streams", "read", stream, 10)[0] == CLOSED
        assert world.refusal(1, "streams", "tcp", "127.0.0.1", closed_port())[0] == FaultKind.NETWORK_ERROR
    with asking(Grants()) as world:
        assert world.refusal(1, "streams", "tcp", "127.0.0.1", 9)[0] == DENIED


def test_many_pieces_are_read_as_they_came() -> None:
    buffer = TextBuffer()
    for number in range(1000):
        buffer.put(f"{number} ".encode())
    length = len(buffer)
    read = [buffer.take(7) for _ in range(1000)]
    assert "".join(read) == "".join(f"{number} " for number in range(1000))
    assert (length, len(buffer), buffer.take(5)) == (len("".join(read)), 0, "")
