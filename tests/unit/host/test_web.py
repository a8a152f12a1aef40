"""HTTP_GET and HTTP_POST against servers that are as bad as servers can be."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import zlib

import httpx
import pytest

from tests.unit.host.outsides import asking
from tests.unit.host.servers import Server, answering, closed_port, read_request, silent
from ttvm.errors import FaultKind
from ttvm.host.web import BODY_LIMIT, decode, shown
from ttvm.outside import Grants
from ttvm.values import Bytes, Value

DENIED, NETWORK, DOMAIN = FaultKind.PERMISSION_DENIED, FaultKind.NETWORK_ERROR, FaultKind.DOMAIN_ERROR


def answer(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """A whole answer."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", ""))
    return head.encode("latin-1") + body


def redirect(target: str, status: str = "302 Found") -> bytes:
    return answer(b"", f"Location: {target}", status=status)


def packed(data: bytes) -> bytes:
    """Compressed, and the same bytes at any time of the day."""
    return gzip.compress(data, 1, mtime=0)


def raw_deflate(data: bytes) -> bytes:
    worker = zlib.compressobj(wbits=-15)
    return worker.compress(data) + worker.flush()


HEAD = b"HTTP/1.1 200 OK\r\n"
GZIP, DEFLATE = "Content-Encoding: gzip", "Content-Encoding: deflate"


@pytest.mark.parametrize(
    ("sent", "text"),
    [
        (answer("é".encode()), "é"),
        (answer("é".encode("latin-1"), "Content-Type: text/plain; charset=ISO-8859-1"), "é"),
        (answer("é".encode("latin-1")), "\ufffd"),
        (answer("é".encode(), "Content-Type: text/plain; charset=no-such"), "é"),
        (answer("é".encode(), "Content-Type: text/plain; charset=zip"), "é"),
        (answer(b"a-b", "Content-Type: text/plain; charset=punycode"), "a-b"),
        (HEAD + b"\r\nto the end", "to the end"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"after all"), "after all"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", ""),
        (answer(packed(b"small"), GZIP), "small"),
        (answer(packed(b"one ") + packed(b"two"), GZIP), "one two"),
        (answer(zlib.compress(b"small"), DEFLATE), "small"),
        (answer(raw_deflate(b"small"), DEFLATE), "small"),
        (answer(b"", GZIP), ""),
        (answer(b"x" * BODY_LIMIT), "x" * BODY_LIMIT),
        (answer(b"nowhere to go", status="302 Found"), "nowhere to go"),
    ],
    ids=itertools.count(),  # else whole answers would be the names of tests
)
def test_answers(sent: bytes, text: str) -> None:
    with Server(answering(sent)) as server, asking() as world:
        assert world.ask(1, "web", "get", f"{server.url}/page") == text


TOO_MUCH = f"got more than {BODY_LIMIT:,} bytes"
NO_HTTP = "got something that is not HTTP, or half of it"
NOT_PACKED = "got an answer that cannot be decompressed"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (b"I am no web server\r\n\r\n", NO_HTTP),
        (b"\0\xff\xfe" * 1000, NO_HTTP),
        (b"", NO_HTTP),
        (HEAD, NO_HTTP),
        (HEAD + b"Content-Length: 10\r\n\r\nhalf", NO_HTTP),
        (HEAD + b"Content-Length: many\r\n\r\n", NO_HTTP),
        (HEAD + b"Content-Length: -1\r\n\r\n", NO_HTTP),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", NO_HTTP),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", NO_HTTP),
        (HEAD + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n", NO_HTTP),
        (HEAD + b"no colon here\r\n\r\n", NO_HTTP),
        (answer(b"broken", GZIP), NOT_PACKED),
        (answer(packed(b"long" * 100)[:-9], GZIP), NOT_PACKED),
        (answer(b"x", "Content-Encoding: br"), NOT_PACKED),
        (answer(b"x" * (BODY_LIMIT + 1)), TOO_MUCH),
        (answer(packed(bytes(100_000_000)), GZIP), TOO_MUCH),
        (answer(zlib.compress(bytes(100_000_000), 1), DEFLATE), TOO_MUCH),
        (answer(b"", status="404 Not Found"), "got the answer 404 Not Found"),
        (answer(b"x", status="500 Out of cake"), "got the answer 500 Out of cake"),
        (answer(b"x", status="599 "), "got the answer 599"),
    ],
    ids=itertools.count(),  # else whole answers would be the names of tests
)
def test_answers_that_are_faults(sent: bytes, words: str) -> None:
    with Server(answering(sent)) as server, asking() as world:
        assert world.refusal(1, "web", "get", f"{server.url}/page") == (NETWORK, f"{words}: {server.url}/page")
        assert world.ask(1, "network", "resolve", "127.0.0.1") == "127.0.0.1", "the world is as it was"


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    sent: list[int] = []

    def endless(server: Server, connection: socket.socket) -> None:
        read_request(server, connection)
        connection.sendall(HEAD + b"\r\n")
        with contextlib.suppress(OSError):
            while len(sent) < 100:
                connection.sendall(bytes(1_000_000))
                sent.append(1)

    with Server(endless) as server, asking() as world:
        kind, words = world.refusal(1, "web", "get", server.url)
    assert (kind, words) == (NETWORK, f"{TOO_MUCH}: {server.url}/")
    assert len(sent) < 100, "100 MB were sent, and somebody took them"


def slow_header(server: Server, connection: socket.socket) -> None:
    connection.sendall(HEAD + b"X-Begin")
    server.over.wait()


def slow_body(server: Server, connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 10\r\n\r\nx")
    server.over.wait()


@pytest.mark.parametrize("handler", [silent, slow_header, slow_body])
def test_a_server_that_hangs_is_given_up(handler: object) -> None:
    with Server(handler) as server, asking(net_timeout=0.2) as world:  # type: ignore[arg-type]
        assert world.refusal(1, "web", "get", server.url) == (NETWORK, "got no answer within 0.2 s")


def test_redirects_are_followed() -> None:
    with Server(answering(redirect("/two"), redirect("three?x", "308 Permanent Redirect"), answer(b"here"))) as server:
        with asking() as world:
            assert world.ask(1, "web", "get", f"{server.url}/one") == "here"
        assert [request.split()[1] for request in server.requests] == [b"/one", b"/two", b"/three?x"]


@pytest.mark.parametrize(
    ("status", "method", "body"),
    [("301 Moved", b"GET", b""), ("303 See Other", b"GET", b""), ("307 Go There", b"POST", b"cake")],
)
def test_a_post_that_is_sent_on(status: str, method: bytes, body: bytes) -> None:
    with Server(answering(redirect("/there", status), answer(b"done"))) as server, asking() as world:
        assert world.ask(1, "web", "post", server.url, "cake") == "done"
        assert server.requests[0].startswith(b"POST / ")
        assert server.requests[0].endswith(b"\r\n\r\ncake")
        assert server.requests[1].startswith(method + b" /there ")
        assert server.requests[1].partition(b"\r\n\r\n")[2] == body


def test_a_redirect_needs_a_permission_of_its_own() -> None:
    with Server(answering(answer(b"secret"))) as secret:
        target = f"http://localhost:{secret.port}/secret"
        with Server(answering(redirect(target))) as server, asking(Grants(net=("127.0.0.1",))) as world:
            kind, words = world.refusal(1, "web", "get", server.url)
        assert (kind, f"--allow-net=localhost:{secret.port}" in words) == (DENIED, True)
        assert secret.requests == [], "it was never asked"


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("/again", "was sent on more than 10 times, at last to {url}/again"),
        ("ftp://127.0.0.1/", "was sent on by {url}/ to what is no page of http or https"),
        ("file:///etc/passwd", "was sent on by {url}/ to what is no page of http or https"),
        ("http://[", "was sent on by {url}/ to what is no page of http or https"),
        ("http://127.0.0.1:99999/", "was sent on by {url}/ to what is no page of http or https"),
    ],
)
def test_redirects_that_lead_nowhere(target: str, words: str) -> None:
    with Server(answering(redirect(target))) as server, asking() as world:
        assert world.refusal(1, "web", "get", server.url) == (NETWORK, words.format(url=server.url))
        assert len(server.requests) == (11 if target == "/again" else 1)


def test_passwords_are_used_and_never_shown() -> None:
    with Server(answering(answer(b"", status="403 Forbidden"))) as server, asking() as world:
        url = server.url.replace("//", "//joe:secret@")
        kind, words = world.refusal(1, "web", "get", f"{url}/page?token=secret")
        assert (kind, words) == (NETWORK, f"got the answer 403 Forbidden: {server.url}/page")
        assert b"uthorization: Basic am9lOnNlY3JldA==" in server.requests[0]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port()}")
    with Server(answering(answer(b"direct"))) as server, asking() as world:
        assert world.ask(1, "web", "get", server.url) == "direct"


@pytest.mark.parametrize(
    ("body", "kind"), [("é", b"text/plain; charset=utf-8"), (Bytes(b"\xff"), b"application/octet")]
)
def test_bodies(body: Value, kind: bytes) -> None:
    with Server(answering(answer(b"thanks"))) as server, asking() as world:
        assert world.ask(1, "web", "post", server.url, body) == "thanks"
        head, _, sent = server.requests[0].partition(b"\r\n\r\n")
        assert b"ontent-Type: " + kind in head
        assert sent == (body.encode() if isinstance(body, str) else body)


def test_a_server_that_is_not_there() -> None:
    with asking() as world:
        url = f"http://127.0.0.1:{closed_port()}"
        words = f"cannot connect, nobody listens there: the connection was refused: {url}/"
        assert world.refusal(1, "web", "get", url) == (NETWORK, words)


def test_a_server_that_does_not_speak_tls() -> None:
    def plain(server: Server, connection: socket.socket) -> None:
        connection.recv(4096)
        connection.sendall(b"what do you mean?\r\n\r\n")

    with Server(plain) as server, asking() as world:
        url = server.url.replace("http:", "https:")
        words = f"cannot connect, it does not speak TLS as it should: {url}/"
        assert world.refusal(1, "web", "get", url) == (NETWORK, words)


@pytest.mark.parametrize(
    "url", ["", "page", "ftp://h/", "file:///etc/passwd", "http://", "http:///x", "http://[", "http://h:99999", "\0"]
)
def test_what_is_no_url(url: str) -> None:
    with asking() as world:
        kind, words = world.refusal(1, "web", "get", url)
        assert (kind, words) == (DOMAIN, "needs a URL such as http://host:port/path or https://host/path")


def test_what_is_asked_for_is_what_is_compared() -> None:
    with asking(Grants(net=("127.0.0.1:80", "example.org"))) as world:
        for url in ("http://127.0.0.1:81/", "https://127.0.0.1/", "http://example.org@127.0.0.2/", "http://LOCALHOST/"):
            assert world.refusal(1, "web", "get", url)[0] == DENIED


def test_a_long_url_is_cut_in_messages() -> None:
    assert len(shown(httpx.URL(f"http://h/{'x' * 1000}"))) == 203


def test_encodings_that_make_no_text() -> None:
    assert decode(b"\xff", "undefined") == decode(b"\xff", "base64") == "\ufffd"
