"""Hostile programs: without a flag, or with one that is too narrow, they get nowhere.

Each attempt runs in a folder with a secret, what was granted, and links of all kinds. It must be refused, nothing of
the secret may show in any output or message, and nothing may have changed afterwards.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.cli.command import program, ttvm
from tests.machines import Watched
from ttvm.cli.parser import read_run_options
from ttvm.values import SIZE_LIMIT

if sys.platform == "win32":
    pytest.skip("the paths of POSIX", allow_module_level=True)

SECRET = "the secret of the house"
WHOLE_SYSTEM = os.path.join("/proc/self", "root")
"""On Linux a link to the root of all files, so another way to each of them."""
VARIABLE = "TTVM_TEST_SECRET"


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with something to protect, and ``open``, which is granted."""
    folder = tmp_path / "house"
    (folder / "open" / "below").mkdir(parents=True)
    (folder / "opened").mkdir()
    (folder / "secrets").mkdir()
    (folder / "secret.txt").write_text(SECRET)
    (folder / "secrets" / "secret.txt").write_text(SECRET)
    (folder / "opened" / "secret.txt").write_text(SECRET)
    (folder / "open" / "free.txt").write_text("free")
    (folder / "open" / "to_secret").symlink_to("../secret.txt")
    (folder / "open" / "to_link").symlink_to("to_secret")
    (folder / "open" / "absolute").symlink_to(folder / "secret.txt")
    (folder / "open" / "to_folder").symlink_to("../secrets")
    (folder / "open" / "to_root").symlink_to("/")
    (folder / "open" / "dangling").symlink_to("../made.txt")
    (folder / "open" / "below" / "up").symlink_to("../..")
    script = folder / "secrets" / "printf"
    script.write_text(f"#!/bin/sh\ntouch {folder}/ran\necho {SECRET}\n")
    script.chmod(0o755)
    (folder / "open" / "printf").symlink_to(script)
    (folder / "open" / "true").symlink_to(script)
    monkeypatch.chdir(folder)
    monkeypatch.setenv(VARIABLE, SECRET)
    return folder


def state_of(folder: Path) -> dict[str, str]:
    """All that could be changed in a folder."""
    return {
        str(path.relative_to(folder)): os.readlink(path) if path.is_symlink() else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def run(text: str, *options: str) -> tuple[str, str, str]:
    """The fault of a program, what it printed, and what was said about it."""
    machine = read_run_options([*options, "program"]).machine
    done = Watched("program.ttvm", machine, text=text).run_to_end()
    return done.fault, done.output, done.errors


def path_program(instruction: str, path: str) -> str:
    """A program that uses an instruction on a path."""
    content = 'PUSH_STR "broken in"\n' if instruction in ("WRITE_FILE", "APPEND_FILE", "WRITE_BYTES") else ""
    content += "ENCODE\n" if instruction == "WRITE_BYTES" else ""
    result = "" if instruction in ("WRITE_FILE", "APPEND_FILE", "WRITE_BYTES", "DELETE_FILE") else "PRINT\n"
    return f'{content}PUSH_STR "{path}"\n{instruction}\n{result}'


READING = ("READ_FILE", "READ_BYTES", "FILE_EXISTS", "FILE_SIZE", "LIST_DIR")
WRITING = ("WRITE_FILE", "APPEND_FILE", "WRITE_BYTES", "DELETE_FILE")
WAYS_IN = {
    "plain": "secret.txt",
    "dots": "open/../secret.txt",
    "many dots": "open/below/../../secret.txt",
    "dots through nothing": "open/missing/../../secret.txt",
    "dots above the root": "open/../../../../../../../../../../{house}/secret.txt",
    "absolute": "{house}/secret.txt",
    "two slashes": "//{house}//secret.txt",
    "slash behind": "secret.txt/",
    "dot": "./secret.txt",
    "dot behind a granted folder": "open/.././secret.txt",
    "longer name": "opened/secret.txt",
    "link": "open/to_secret",
    "chain of links": "open/to_link",
    "absolute link": "open/absolute",
    "link to a folder": "open/to_folder/secret.txt",
    "link to a folder and back": "open/to_folder/../secret.txt",
    "link to the root": "open/to_root{house}/secret.txt",
    "link upwards": "open/below/up/secret.txt",
    "root of the process": "/proc/self/root{house}/secret.txt",
    "root of another process": "/proc/1/root{house}/secret.txt",
    "working directory of the process": "/proc/self/cwd/secret.txt",
    "through a thread": "/proc/thread-self/cwd/secret.txt",
    "other letters": "OPEN/../secret.txt",
    "space in front": "open/ /../../secret.txt",
    "home": "~/secret.txt",
}


@pytest.mark.parametrize("way", WAYS_IN)
@pytest.mark.parametrize("options", [(), ("--allow-read=open",), ("--allow-write", "--allow-env", "--allow-run=true")])
def test_reading(house: Path, way: str, options: tuple[str, ...]) -> None:
    path = WAYS_IN[way].replace("{house}", str(house))
    before = state_of(house)
    for instruction in READING:
        fault, output, errors = run(path_program(instruction, path), *options)
        assert (fault, output) == ("PermissionDenied", "")
        assert f"{instruction} may not read {path}: " in errors
        assert "--allow-read=" in errors
        assert SECRET not in errors
    assert state_of(house) == before


@pytest.mark.parametrize("way", [*WAYS_IN, "dangling link"])
@pytest.mark.parametrize("options", [(), ("--allow-write=open",), ("--allow-read", "--allow-env", "--allow-run=true")])
def test_writing(house: Path, way: str, options: tuple[str, ...]) -> None:
    path = {**WAYS_IN, "dangling link": "open/dangling"}[way].replace("{house}", str(house))
    before = state_of(house)
    for instruction in WRITING:
        if instruction == "DELETE_FILE" and path.startswith("open/") and os.path.islink(path):
            continue  # the link lies in the granted folder, and only the link would be deleted: see below
        fault, output, errors = run(path_program(instruction, path), *options)
        assert (fault, output) == ("PermissionDenied", "")
        assert f"{instruction} may not write {path}: " in errors
        assert "--allow-write=" in errors
    assert state_of(house) == before


def test_deleting_a_link_leaves_its_target(house: Path) -> None:
    assert run(path_program("DELETE_FILE", "open/to_secret"), "--allow-write=open")[0] == ""
    assert not (house / "open" / "to_secret").is_symlink()
    assert (house / "secret.txt").read_text() == SECRET


def test_a_grant_for_the_target_of_a_link_is_none_for_the_link(house: Path) -> None:
    (house / "link").symlink_to("open/free.txt")
    fault, _, errors = run(path_program("DELETE_FILE", "link"), "--allow-write=open")
    assert fault == "PermissionDenied"
    assert "--allow-write=link would allow it" in errors
    assert (house / "link").is_symlink()


def test_a_granted_file_is_no_grant_for_its_folder(house: Path) -> None:
    assert run(path_program("READ_FILE", "open/free.txt"), "--allow-read=open/free.txt") == ("", "free\n", "")
    for instruction, path in (("LIST_DIR", "open"), ("READ_FILE", "open/free.txt2"), ("READ_FILE", "open/free")):
        assert run(path_program(instruction, path), "--allow-read=open/free.txt")[0] == "PermissionDenied"


def test_what_a_grant_means_is_fixed_at_the_start(house: Path) -> None:
    """A link that appears where a grant points to does not move the grant."""
    text = """\
    PUSH_STR "later"
    FILE_EXISTS
    PRINT
    PUSH_STR "ln"
    PUSH_STR "-s"
    PUSH_STR "secrets"
    PUSH_STR "later"
    MAKE_LIST 3
    EXEC
    PRINT
    PUSH_STR "later/secret.txt"
    READ_FILE
    PRINT
"""
    fault, output, errors = run(text, "--allow-read=later", "--allow-run=ln")
    assert (fault, output) == ("PermissionDenied", "false\n0\n")
    assert SECRET not in errors


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("open/free.txt\\0/../../secret.txt", "FileError"),
        ("secret.txt\\0", "FileError"),
        ("", "FileError"),
        ("open/" + "a/../" * 900 + "free.txt", "FileError"),
        ("open/" + "a/../" * 700 + "../secret.txt", "PermissionDenied"),
        ("open/fifo", "FileError"),
        ("/dev/stdin", "PermissionDenied"),
        ("/dev/fd/0", "PermissionDenied"),
        ("/proc/self/fd/0", "PermissionDenied"),
    ],
)
def test_odd_paths(house: Path, path: str, fault: str) -> None:
    os.mkfifo(house / "open" / "fifo")
    assert run(path_program("READ_FILE", path), "--allow-read=open")[:2] == (fault, "")


@pytest.mark.parametrize(
    "path", ["/proc/self/environ", "/proc/thread-self/environ", f"{WHOLE_SYSTEM}/proc/self/environ"]
)
@pytest.mark.parametrize("instruction", ["READ_FILE", "READ_BYTES", "FILE_SIZE"])
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_reading_everything_does_not_show_the_environment(house: Path, path: str, instruction: str) -> None:
    fault, output, errors = run(path_program(instruction, path), "--allow-read", "--allow-write", "--allow-run=true")
    assert (fault, output) == ("PermissionDenied", "")
    assert f"--allow-read={path} would allow it" in errors


@pytest.mark.parametrize("path", ["/proc/self/mem", "/proc/self/comm", f"{WHOLE_SYSTEM}/proc/self/comm", "/sys/x"])
def test_writing_everything_does_not_reach_into_the_system(house: Path, path: str) -> None:
    for instruction in WRITING:
        assert run(path_program(instruction, path), "--allow-write", "--allow-read")[0] == "PermissionDenied"


def test_a_hard_link_in_a_granted_folder_is_that_file(house: Path) -> None:
    """What is at a path cannot be told from what is at another one; docs/permissions.md says so.

    Making such a link needs a right of its own, and WRITE_FILE makes a new file.
    """
    os.link(house / "secret.txt", house / "open" / "hard")
    assert run(path_program("READ_FILE", "open/hard"), "--allow-read=open")[1] == f"{SECRET}\n"
    assert run(path_program("WRITE_FILE", "open/hard"), "--allow-write=open")[0] == ""
    assert (house / "secret.txt").read_text() == SECRET


def command_program(command: str, *arguments: str, instruction: str = "EXEC") -> str:
    """A program that runs a command."""
    pushes = "".join(f'PUSH_STR "{word}"\n' for word in (command, *arguments))
    return f"{pushes}MAKE_LIST {len(arguments)}\n{instruction}\nPRINT\n"


@pytest.mark.parametrize(
    "options", [(), ("--allow-run=true,/bin/echo",), ("--allow-read", "--allow-write", "--allow-env")]
)
@pytest.mark.parametrize(
    "command",
    [
        "printf",
        "sh",
        "/bin/sh",
        "./secrets/printf",
        "secrets/printf",
        "{house}/secrets/printf",
        "open/printf",
        "./open/true",
        "{house}/open/true",
        "true;sh",
        "true sh",
        "../house/secrets/printf",
        "/proc/self/exe",
        f"{WHOLE_SYSTEM}/bin/sh",
        "/bin/../bin/sh",
        "//bin//sh",
        "no such command",
        "TRUE",
    ],
)
def test_running(house: Path, command: str, options: tuple[str, ...]) -> None:
    path = command.replace("{house}", str(house))
    before = state_of(house)
    for instruction in ("EXEC", "EXEC_CAPTURE"):
        fault, output, errors = run(command_program(path, "-c", "touch ran", instruction=instruction), *options)
        assert (fault, output) == ("PermissionDenied", "")
        assert f"{instruction} may not run {path}: " in errors
        assert "--allow-run=" in errors
    assert state_of(house) == before


def test_a_path_that_is_set_does_not_change_which_command_was_granted(house: Path) -> None:
    path = f'PUSH_STR "PATH"\nPUSH_STR "{house}/secrets"\nSET_ENV\n'
    fault, output, errors = run(path + command_program("printf"), "--allow-run=printf", "--allow-env=PATH")
    assert (fault, output) == ("PermissionDenied", "")
    assert SECRET not in errors
    assert not (house / "ran").exists()


def test_a_path_of_the_working_directory(house: Path) -> None:
    """An empty entry of PATH means the working directory."""
    (house / "true").symlink_to("secrets/printf")
    path = 'PUSH_STR "PATH"\nPUSH_STR ":/bin"\nSET_ENV\n'
    assert run(path + command_program("true"), "--allow-run=true", "--allow-env=PATH")[0] == "PermissionDenied"
    assert not (house / "ran").exists()


def test_another_name_of_a_granted_file_is_another_command(house: Path) -> None:
    """Some files are many commands, and look at the name under which they run."""
    (house / "cat").symlink_to("/bin/true")
    assert run(command_program("./cat"), "--allow-run=true")[0] == "PermissionDenied"


def test_a_granted_command_may_be_called_by_its_path(house: Path) -> None:
    assert run(command_program("echo", "hi"), "--allow-run=/bin/echo") == ("", "hi\n0\n", "")
    assert run(command_program("/bin/../bin/echo", "hi"), "--allow-run=echo") == ("", "hi\n0\n", "")


@pytest.mark.parametrize("name", ["LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "DYLD_INSERT_LIBRARIES"])
def test_a_granted_command_gets_no_other_code(house: Path, name: str) -> None:
    text = f'PUSH_STR "{name}"\nPUSH_STR "{house}/evil.so"\nSET_ENV\n{command_program("true")}'
    fault, output, errors = run(text, "--allow-run=true", "--allow-env")
    assert (fault, output) == ("PermissionDenied", "")
    assert "--allow-run would allow it" in errors


@pytest.mark.parametrize("options", [(), ("--allow-env=HOME",), ("--allow-read", "--allow-write", "--allow-run=true")])
@pytest.mark.parametrize(
    "name", [VARIABLE, VARIABLE.lower(), "PATH", "HOME2", "HOM", "home", "*", "HOME ", " HOME", "H*"]
)
def test_the_environment(house: Path, name: str, options: tuple[str, ...]) -> None:
    for text in (f'PUSH_STR "{name}"\nGET_ENV\nPRINT\n', f'PUSH_STR "{name}"\nPUSH_STR "x"\nSET_ENV\n'):
        fault, output, errors = run(text, *options)
        assert (fault, output) == ("PermissionDenied", "")
        assert "--allow-env=" in errors
        assert SECRET not in errors


def test_what_is_set_stays_in_the_run(house: Path) -> None:
    assert run(f'PUSH_STR "{VARIABLE}"\nPUSH_STR "x"\nSET_ENV\n', "--allow-env")[0] == ""
    assert os.environ[VARIABLE] == SECRET
    assert run(f'PUSH_STR "{VARIABLE}"\nGET_ENV\nPRINT\n', "--allow-env")[1] == f"{SECRET}\n"


@pytest.mark.parametrize("module", ["secret.txt", "../house/secret.txt", "secret.txt\\0.ttvm", "/proc/self/environ"])
def test_modules_are_no_way_to_read_files(house: Path, module: str) -> None:
    fault, output, errors = run(f'IMPORT "{module}"\n')
    assert (fault, output) == ("ImportError", "")
    assert SECRET not in errors
    assert "broken" not in errors


def test_a_spawned_process_and_a_handler_have_no_more_rights(house: Path) -> None:
    text = """\
    MAKE_FUNCTION thief
    SPAWN
    POP
    HALT
thief:
    TRY
        PUSH_STR "secret.txt"
        READ_FILE
        PRINT
    CATCH problem
        ERROR_KIND
        PRINT
        PUSH_STR "open/to_secret"
        READ_FILE
        PRINT
    END_TRY
"""
    _, output, errors = run(text, "--allow-read=open")
    assert output == "PermissionDenied\n"
    assert SECRET not in errors


def test_a_refusal_does_not_tell_whether_there_is_a_file(house: Path) -> None:
    there = run(path_program("FILE_EXISTS", "secret.txt"))
    missing = run(path_program("FILE_EXISTS", "sacred.txt"))
    assert [each.replace("sacred", "secret") for each in missing] == list(there)
    command = run(command_program("sh"), "--allow-run=true")
    nothing = run(command_program("qqq"), "--allow-run=true,no-such-command")
    assert [each.replace("qqq", "sh") for each in nothing] == list(command)


def test_words_of_the_program_are_no_flags(house: Path) -> None:
    """Options stand before the file: a program cannot be given rights by its arguments."""
    path = program(house, path_program("READ_FILE", "secret.txt"))
    before = state_of(house)
    done = ttvm(path, "--allow-all", "-A", "--allow-read", folder=house)
    assert (done.status, done.output) == (1, "")
    assert "PermissionDenied" in done.errors
    assert state_of(house) == before


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--allow-read=", "empty entry"),
        ("--allow-write=a,", "empty entry"),
        ("--allow-net=", "empty entry"),
        ("--allow-net=example.org:99999", "port from 0 to 65535"),
        ("--allow-net=example.org:*", "port from 0 to 65535"),
        ("--allow-net=example.org:", "port from 0 to 65535"),
        ("--allow-net=:80", "the name or the address of a host"),
        ("--allow-net=*", "the name or the address of a host"),
        ("--allow-net=*.example.org", "the name or the address of a host"),
        ("--allow-net=https://example.org", "leave out what belongs to a URL"),
        ("--allow-net=[::1", "[IPV6]"),
        ("--allow-net=[example.org]:80", "[IPV6]"),
        ("--allow-net=1:2:3:x", "neither HOST:PORT nor an IPv6 address"),
        ("--allow-env=A=B", "only the names of variables"),
        ("--allow-everything", "unrecognized"),
        ("--allow-rea", "unrecognized"),
    ],
)
def test_malformed_grants_are_usage_errors(house: Path, flag: str, words: str) -> None:
    done = ttvm(flag, program(house, "HALT\n"), folder=house)
    assert (done.status, done.output) == (2, "")
    assert words in done.errors


def test_a_comma_in_a_path_is_written_twice(house: Path) -> None:
    (house / "a,b").write_text("commas")
    assert run(path_program("READ_FILE", "a,b"), "--allow-read=open,a,,b")[1] == "commas\n"
    fault, _, errors = run(path_program("READ_FILE", "a,b"), "--allow-read=a,b")
    assert fault == "PermissionDenied"
    assert "--allow-read=a,,b would allow it" in errors


def test_the_flag_of_a_refusal_allows_it(house: Path) -> None:
    """For everything that was refused above: what the message says is true."""
    for path in ("secret.txt", "open/../secret.txt", "open/to_link", "/proc/self/environ"):
        assert run(path_program("READ_FILE", path), f"--allow-read={path}")[0] == ""
    assert run(command_program("secrets/printf"), "--allow-run=secrets/printf")[1] == f"{SECRET}\n0\n"
    assert run(f'PUSH_STR "{VARIABLE}"\nGET_ENV\nPRINT\n', f"--allow-env={VARIABLE}")[1] == f"{SECRET}\n"


def test_a_huge_file_is_refused_and_not_read(house: Path) -> None:
    with open(house / "open" / "huge", "wb") as file:
        file.truncate(SIZE_LIMIT * 1000)
    for instruction in ("READ_FILE", "READ_BYTES"):
        assert run(path_program(instruction, "open/huge"), "--allow-read=open")[0] == "LimitExceeded"
