"""The room of commands: what ends them, and that nothing of them is left."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ttvm.errors import FaultKind
from ttvm.host.memory import MemoryConsole
from ttvm.host.outside import RealOutside
from ttvm.host.permissions import Permissions
from ttvm.outside import ALL, Grants, Pending, Refusal, Request
from ttvm.values import List, Object, Value

if sys.platform == "win32":
    pytest.skip("commands of POSIX", allow_module_level=True)


@contextlib.contextmanager
def world(grants: Grants = ALL) -> Iterator[RealOutside]:
    """A world outside that is closed in the end."""
    outside = RealOutside(MemoryConsole(), Permissions(grants))
    try:
        yield outside
    finally:
        outside.close()


def begin(outside: RealOutside, *words: str, verb: str = "capture") -> Value | Refusal | Pending:
    """Start a command for process 1."""
    return outside.ask(1, Request("commands", verb, (words[0], List(list[Value](words[1:])))))


def answer(outside: RealOutside, *words: str, verb: str = "capture") -> Value | Refusal:
    """Run a command to its end."""
    asked = begin(outside, *words, verb=verb)
    if not isinstance(asked, Pending):
        return asked
    assert outside.wait(None)
    [(ticket, found)] = outside.arrivals()
    assert ticket == asked.ticket
    return found


class Watched:
    """A command that tells when all its processes are gone: they hold the other end of a pipe."""

    def __init__(self, folder: Path) -> None:
        self.pipe = folder / "pipe"
        os.mkfifo(self.pipe)

    def script(self, rest: str) -> tuple[str, str, str]:
        """The command: it writes its number into the pipe and keeps it open."""
        return "sh", "-c", f"exec 9>'{self.pipe}'; echo $$ >&9; {rest}"

    def until_gone(self, end: Callable[[], None]) -> int:
        """Wait until the command has begun, call ``end``, and wait until nobody is left; its process number."""
        with open(self.pipe, encoding="ascii") as source:
            number = int(source.readline())
            end()
            assert source.read() == ""
        return number


def is_left(number: int) -> bool:
    """Whether there is such a process, be it a zombie."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


ENDLESS = "sleep 1000 & sleep 1000 & wait"


def test_a_command_ends_with_all_it_started_when_its_process_does(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with world() as outside:
        begin(outside, *watched.script(ENDLESS))
        number = watched.until_gone(lambda: outside.leave(1))
        assert outside.arrivals() == []
    assert not is_left(number)


def test_a_command_ends_with_the_machine(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with world() as outside:
        begin(outside, *watched.script(ENDLESS))
        number = watched.until_gone(outside.close)
        assert not is_left(number)


def test_a_command_that_wants_no_signal_ends_as_well(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with world() as outside:
        begin(outside, *watched.script(f"trap '' TERM INT HUP; {ENDLESS}"))
        number = watched.until_gone(lambda: outside.leave(1))
    assert not is_left(number)


def test_who_left_the_group_is_not_waited_for(tmp_path: Path) -> None:
    """It still holds the output of the command open."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    script = f"import os, time; os.setsid(); open({str(pipe)!r}, 'w').write(str(os.getpid())); time.sleep(1000)"
    with world() as outside:
        begin(outside, "sh", "-c", f'"{sys.executable}" -c "{script}" & wait')
        stray = int(pipe.read_text())
        try:
            outside.leave(1)
            outside.close()
        finally:
            os.kill(stray, signal.SIGKILL)


@pytest.mark.parametrize("count", range(5))
def test_a_command_may_be_given_up_before_it_has_begun(count: int) -> None:
    with world() as outside:
        for _ in range(count):
            begin(outside, "sleep", "1000")
        outside.leave(1)
        begin(outside, "sleep", "1000")
    assert not outside.arrivals()


def test_commands_run_beside_each_other(tmp_path: Path) -> None:
    """One waits for what the other writes."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with world() as outside:
        begin(outside, "cat", str(pipe))
        begin(outside, "sh", "-c", f"echo through > '{pipe}'")
        found: list[Value | Refusal] = []
        while len(found) < 2:
            outside.wait(None)
            found += [each for _, each in outside.arrivals()]
    assert Object({"stdout": "through\n", "stderr": "", "exit_code": 0}) in found


def test_much_output_on_both_sides() -> None:
    with world() as outside:
        script = "yes out | head -c 300000; yes err | head -c 300000 >&2"
        found = answer(outside, "sh", "-c", script)
    assert isinstance(found, Object)
    assert (found["stdout"], found["stderr"]) == ("out\n" * 75000, "err\n" * 75000)


def test_errors_and_output_come_in_their_order() -> None:
    with world() as outside:
        found = answer(outside, "sh", "-c", "echo 1; echo 2 >&2; echo 3; exit 4", verb="run")
    assert found == Object({"output": "1\n2\n3\n", "exit_code": 4})


def test_a_signal_is_a_negative_status() -> None:
    with world() as outside:
        found = answer(outside, "sh", "-c", "kill -TERM $$")
    assert isinstance(found, Object)
    assert found["exit_code"] == -signal.SIGTERM


def test_the_command_is_told_the_name_under_which_it_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to("/bin/sh")
    with world() as outside:
        found = answer(outside, str(tmp_path / "other"), "-c", "echo $0", verb="run")
    assert found == Object({"output": f"{tmp_path}/other\n", "exit_code": 0})


@pytest.mark.parametrize(
    ("words", "content", "kind", "text"),
    [
        (["./garbage"], b"\x7fELF garbage", FaultKind.FILE_ERROR, "cannot run ./garbage: exec format error"),
        (["./nothing"], b"#!/no/such/program\n", FaultKind.FILE_ERROR, "finds no file ./nothing"),
        (["./nothing"], None, FaultKind.FILE_ERROR, "finds no command ./nothing"),
        (["true", "x" * 3_000_000], None, FaultKind.FILE_ERROR, "cannot run true: argument list too long"),
        (["true", "\ud800"], None, FaultKind.DOMAIN_ERROR, "without NUL and without halves of characters"),
        (["."], None, FaultKind.FILE_ERROR, "finds no command ."),
    ],
)
def test_what_cannot_be_run(
    words: list[str],
    content: bytes | None,
    kind: FaultKind,
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / words[0]).write_bytes(content)
        (tmp_path / words[0]).chmod(0o755)
    with world() as outside:
        found = answer(outside, *words)
    assert isinstance(found, Refusal)
    assert found.kind is kind
    assert text in found.text


def test_the_environment_is_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTVM_TEST", "old")
    with world() as outside:
        outside.ask(1, Request("commands", "set_variable", ("TTVM_TEST", "new")))
        assert outside.ask(2, Request("commands", "get_variable", ("TTVM_TEST",))) == "new"
        found = answer(outside, "sh", "-c", "echo $TTVM_TEST", verb="run")
    assert found == Object({"output": "new\n", "exit_code": 0})
    assert os.environ["TTVM_TEST"] == "old"


def test_commands_are_found_along_the_path_of_the_run(tmp_path: Path) -> None:
    script = tmp_path / "ttvm-test-command"
    script.write_text("#!/bin/sh\necho found\n")
    script.chmod(0o755)
    with world() as outside:
        assert isinstance(answer(outside, script.name), Refusal)
        outside.ask(1, Request("commands", "set_variable", ("PATH", str(tmp_path))))
        found = answer(outside, script.name, verb="run")
    assert found == Object({"output": "found\n", "exit_code": 0})


def test_the_limit_on_our_memory_is_none_of_the_commands() -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        pytest.skip("the limit cannot be lifted here")
    ours = 1 << 40
    resource.setrlimit(resource.RLIMIT_AS, (ours, hard))
    try:
        with world() as outside:
            found = answer(outside, "sh", "-c", "ulimit -v", verb="run")
        assert found == Object({"output": "unlimited\n", "exit_code": 0})
        assert resource.getrlimit(resource.RLIMIT_AS) == (ours, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def test_a_command_gets_none_of_our_open_files(tmp_path: Path) -> None:
    with open(tmp_path / "open", "w", encoding="ascii") as file, world() as outside:
        os.set_inheritable(file.fileno(), True)
        found = answer(outside, sys.executable, "-c", f"import os; os.fstat({file.fileno()})")
    assert isinstance(found, Object)
    assert "Bad file descriptor" in str(found["stderr"])
