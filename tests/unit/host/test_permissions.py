"""Grants and what they are compared with: hosts in all spellings, and the answers of a person."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from ttvm.errors import FaultKind
from ttvm.host.addresses import Place, canonical, read_place
from ttvm.host.handles import Refused
from ttvm.host.memory import MemoryConsole
from ttvm.host.outside import ROOMS, RealOutside
from ttvm.host.permissions import ASKER, Permissions
from ttvm.outside import ALL, Consent, Grants, Request
from ttvm.values import Pid, Value


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Example.ORG", "example.org"),
        ("example.org.", "example.org"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("".join(chr(ord(each) + 0xFEE0) for each in "example") + "\u3002org", "example.org"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0X7F000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("\uff11\uff12\uff17.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("::FFFF:7f00:1", "127.0.0.1"),
        ("0:0:0:0:0:ffff:127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"),
        ("2001:DB8::0001", "2001:db8::1"),
        ("0", "0.0.0.0"),
        ("127.0.0.256", "127.0.0.256"),
        ("127.0.0.08", "127.0.0.08"),
        ("1.2.3.4.5", "1.2.3.4.5"),
        ("4294967296", "4294967296"),
        ("1_0.1", "1_0.1"),
        ("localhost", "localhost"),
        ("", ""),
        ("a..b", "a..b"),
        ("ü" * 70, "ü" * 70),
    ],
)
def test_hosts_are_compared_in_one_form(text: str, form: str) -> None:
    assert canonical(text) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("example.org", Place("example.org")),
        ("Example.org:443", Place("example.org", 443)),
        ("127.1:80", Place("127.0.0.1", 80)),
        ("::1", Place("::1")),
        ("[::1]", Place("::1")),
        ("[::1]:8080", Place("::1", 8080)),
        ("[::ffff:127.0.0.1]:1", Place("127.0.0.1", 1)),
        ("localhost:0", Place("localhost", 0)),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert read_place(text) == place
    assert read_place(str(place)) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "a:",
        "a:b",
        "a:65536",
        "a:-1",
        "a:+1",
        "a:\uff11",
        "a b",
        " a",
        "*",
        "a:*",
        "[::1",
        "[::1]x",
        "[a]:1",
        "::x",
    ],
)
def test_no_places(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_place(text)


def allowed(grants: tuple[str, ...] | None, host: str, port: int | None) -> bool:
    """Whether a host and a port may be used."""
    try:
        Permissions(Grants(net=grants)).net(host, port)
    except Refused as refused:
        return refused.refusal.kind is not FaultKind.PERMISSION_DENIED or "--allow-net=" not in refused.refusal.text
    return True


@pytest.mark.parametrize(
    ("grants", "host", "port", "answer"),
    [
        (None, "localhost", 80, False),
        ((), "localhost", 80, True),
        (("localhost",), "LOCALHOST.", 80, True),
        (("localhost:80",), "localhost", 80, True),
        (("localhost:80",), "localhost", 81, False),
        (("localhost:80",), "localhost", None, True),
        (("localhost:80",), "example.org", None, False),
        (("localhost",), "127.0.0.1", 80, False),
        (("127.0.0.1",), "localhost", 80, False),
        (("127.0.0.1",), "0.0.0.0", 80, False),
        (("127.0.0.1",), "0x7f.1", 80, True),
        (("127.0.0.1",), "::1", 80, False),
        (("::1",), "[0::1]", 80, True),
        (("example.org",), "www.example.org", 80, False),
        (("example.org",), "example.org.evil.net", 80, False),
        (("example.org",), "evil-example.org", 80, False),
        (("example.org",), "example.org:80@evil.net", 80, False),
        (("example.org",), "example.org\0.evil.net", 80, False),
        (("example.org",), "\u0435xample.org", 80, False),
        (("example.org:80", "example.org:443"), "example.org", 443, True),
    ],
)
def test_the_network(grants: tuple[str, ...] | None, host: str, port: int | None, answer: bool) -> None:
    assert allowed(grants, host, port) is answer


def test_a_refused_host_is_named_in_the_form_of_a_grant() -> None:
    with pytest.raises(Refused) as caught:
        Permissions(Grants()).net("0::1", 80)
    assert str(caught.value) == "may not use the network at [::1]:80: '--allow-net=[::1]:80' would allow it"
    with pytest.raises(Refused) as caught:
        Permissions(Grants()).net("127.1")
    assert str(caught.value) == "may not use the network at 127.0.0.1: --allow-net=127.0.0.1 would allow it"


def test_the_flag_of_a_refusal_allows_it() -> None:
    for host in ("0::1", "127.1", "EXAMPLE.org."):
        with pytest.raises(Refused) as caught:
            Permissions(Grants()).net(host, 80)
        flag = caught.value.refusal.text.partition("--allow-net=")[2].split()[0].strip("'")
        assert allowed((flag,), host, 80)


class Person:
    """Answers questions and remembers them."""

    def __init__(self, *answers: Consent) -> None:
        self.answers = list(answers)
        self.questions: list[str] = []

    def __call__(self, question: str) -> Consent:
        self.questions.append(question)
        return self.answers.pop(0)


def test_a_person_is_asked_once_about_each_thing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    person = Person(Consent.YES, Consent.NO, Consent.YES)
    permissions = Permissions(Grants(), person)
    ASKER.set(("READ_FILE", 7))
    assert permissions.read("a") == permissions.read("./b/../a") == str(tmp_path / "a")
    for _ in range(2):
        with pytest.raises(Refused, match="may not read b: --allow-read=b would allow it"):
            permissions.read("b")
    permissions.write("a")
    assert person.questions == [
        f"READ_FILE wants to read {tmp_path}/a (process 7)",
        f"READ_FILE wants to read {tmp_path}/b (process 7)",
        f"READ_FILE wants to write {tmp_path}/a (process 7)",
    ]


def test_all_of_a_kind_is_no_other_kind() -> None:
    person = Person(Consent.ALL, Consent.ALL, Consent.NO, Consent.ALL, Consent.ALL)
    permissions = Permissions(Grants(), person)
    permissions.env("A")
    permissions.env("B", change=True)
    permissions.net("example.org", 80)
    permissions.net("127.0.0.1")
    with pytest.raises(Refused):
        permissions.read("a")
    permissions.read("b")
    permissions.read("c")
    assert permissions.run("sh", "/bin:/usr/bin")
    assert len(person.questions) == 5


def test_guarded_files_are_asked_about_by_themselves() -> None:
    person = Person(Consent.ALL, Consent.NO)
    permissions = Permissions(Grants(), person)
    permissions.read("a")
    with pytest.raises(Refused):
        permissions.read("/proc/1/environ")
    assert len(person.questions) == 2


def test_nobody_is_asked_about_what_was_granted() -> None:
    permissions = Permissions(ALL, Person())
    permissions.read("a")
    permissions.write("/proc/self/comm")
    permissions.net("a", 1)
    permissions.env("LD_PRELOAD", change=True)


def test_two_threads_ask_one_after_the_other() -> None:
    """A redirection is followed in the background while the machine asks."""
    inside: list[int] = []
    asked: list[str] = []

    def person(question: str) -> Consent:
        inside.append(1)
        assert len(inside) == 1
        asked.append(question)
        inside.pop()
        return Consent.YES

    permissions = Permissions(Grants(), person)
    threads = [threading.Thread(target=permissions.net, args=("example.org", 80)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_work_in_the_background_asks_for_those_who_began_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a redirection does: by then others have asked for other things."""

    class Room:
        def __init__(self, outside: RealOutside) -> None:
            self.permissions = outside.permissions

        async def later(self, pid: Pid) -> Value:
            self.permissions.net("example.org", 80)
            return pid

        def at_once(self, pid: Pid) -> Value:
            return pid

    monkeypatch.setitem(ROOMS, "test", Room)
    person = Person(Consent.YES)
    outside = RealOutside(MemoryConsole(), Permissions(Grants(), person))
    outside.ask(3, Request("test", "later", (), "HTTP_GET"))
    outside.ask(4, Request("test", "at_once", (), "OTHER"))
    assert outside.wait(None)
    assert [answer for _, answer in outside.arrivals()] == [3]
    assert person.questions == ["HTTP_GET wants to use the network at example.org:80 (process 3)"]
    outside.close()


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tool").write_text("#!/bin/sh\n")
        (tmp_path / folder / "tool").chmod(0o755)
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    monkeypatch.setenv("PATH", one)
    permissions = Permissions(Grants(run=("tool", "missing")))
    assert permissions.run("tool", one) == permissions.run(f"{one}/tool", "") == f"{one}/tool"
    with pytest.raises(Refused, match="may not run tool: --allow-run=tool would allow it"):
        permissions.run("tool", two)
    with pytest.raises(Refused) as caught:
        permissions.run("missing", one)
    assert caught.value.refusal.kind is FaultKind.FILE_ERROR
    with pytest.raises(Refused, match="may not run other"):
        permissions.run("other", one)


def test_grants_that_lead_nowhere_are_no_errors(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    permissions = Permissions(Grants(read=(str(tmp_path / "a"), "/proc/1/root"), run=("a\0b", str(tmp_path / "a"))))
    with pytest.raises(Refused, match="may not read"):
        permissions.read(str(tmp_path / "b"))
    with pytest.raises(Refused, match="may not read"):
        permissions.read(str(tmp_path / "a" / "b"))
