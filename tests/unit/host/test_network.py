"""TCP, UDP and names against this computer, with the other sides that one meets."""

from __future__ import annotations

import contextlib
import errno
import resource
import socket
import ssl
import threading

import pytest

from tests.unit.host.outsides import LONG, asking, refused
from tests.unit.host.servers import Server, closed_port, receive, reset, silent
from ttvm.errors import FaultKind
from ttvm.host import handles
from ttvm.host.handles import Refused
from ttvm.host.network import plain_host, refusing, words_for
from ttvm.host.sockets import address_text
from ttvm.outside import Grants, Pending, Request
from ttvm.values import Bytes, Handle, Object

NETWORK, CLOSED = FaultKind.NETWORK_ERROR, FaultKind.NO_SUCH_HANDLE
LOCAL = "127.0.0.1"
GONE = "the other side has closed the connection"


def echo(server: Server, connection: socket.socket) -> None:
    while True:
        connection.sendall(receive(connection))


def test_a_connection() -> None:
    with Server(echo) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        assert (connection.kind, connection.title) == ("Connection", f"tcp://{LOCAL}:{server.port}")
        assert world.port(connection) == server.port
        assert world.ask(1, "network", "send", connection, "é") == 2
        assert world.ask(1, "network", "receive", connection, 10) == "é"
        assert world.ask(1, "network", "send", connection, Bytes(b"\xff")) == 1
        assert world.ask(1, "network", "receive", connection, 10) == "\ufffd"
        assert world.ask(1, "handles", "close", connection) is None
        assert world.refusal(1, "handles", "close", connection)[0] == CLOSED
        assert world.refusal(1, "network", "send", connection, "x")[0] == CLOSED


def test_a_character_that_is_cut_in_two() -> None:
    first_half_read = threading.Event()

    def cut(server: Server, connection: socket.socket) -> None:
        connection.sendall(b"a\xc3")
        first_half_read.wait()
        connection.sendall(b"\xa9\xe2\x82")

    with Server(cut) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        assert world.ask(1, "network", "receive", connection, 10) == "a"
        ticket = world.begin(1, "network", "receive", connection, 10)
        first_half_read.set()
        assert world.answer(ticket) == "é"
        assert world.ask(1, "network", "receive", connection, 10) == "\ufffd", "half of a character at the end"
        assert world.ask(1, "network", "receive", connection, 10) == ""
        assert world.ask(1, "network", "receive", connection, 10) == ""


def test_large_data_arrives_whole() -> None:
    size, received = 8_000_000, []

    def count(server: Server, connection: socket.socket) -> None:
        with contextlib.suppress(ConnectionResetError):
            while True:
                received.append(len(receive(connection)))

    with Server(count) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        assert world.ask(1, "network", "send", connection, "x" * size) == size
        world.outside.leave(1)  # at once: nothing that was sent may be lost
        world.outside.close()
        server.join()
        assert sum(received) == size


def resetting(server: Server, connection: socket.socket) -> None:
    receive(connection)
    reset(connection)


def test_a_connection_that_is_reset() -> None:
    with Server(resetting) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        world.ask(1, "network", "send", connection, "x")
        title = f"{LOCAL}:{server.port}"
        words = f"cannot receive from tcp://{title}: {GONE}"
        assert world.refusal(1, "network", "receive", connection, 1) == (NETWORK, words)
        assert world.refusal(1, "network", "send", connection, "x") == (
            NETWORK,
            f"cannot send to tcp://{title}: {GONE}",
        )


def test_a_connection_that_is_reset_while_sending() -> None:
    with Server(resetting) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        answer = world.ask(1, "network", "send", connection, "x" * 16_000_000)
        assert refused(answer) == (NETWORK, f"cannot send to tcp://{LOCAL}:{server.port}: {GONE}")


def test_somebody_who_does_not_answer() -> None:
    with Server(silent) as server, asking(net_timeout=0.1) as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        too_long = (NETWORK, "got no answer within 0.1 s")
        assert world.refusal(1, "network", "receive", connection, 1) == too_long
        assert world.refusal(1, "network", "send", connection, "x" * 16_000_000) == too_long
        assert world.refusal(1, "network", "send", connection, "x")[0] == NETWORK, "half of it was sent"
        listener = world.handle(1, "network", "listen", 0)
        assert world.refusal(1, "network", "accept", listener) == too_long
        datagrams = world.handle(1, "network", "bind_datagrams", 0)
        assert world.refusal(1, "network", "receive_datagram", datagrams, 1) == too_long


def test_a_connection_that_cannot_be_made() -> None:
    with asking() as world:
        port = closed_port()
        words = f"cannot connect to {LOCAL}:{port}: nobody listens there: the connection was refused"
        assert world.refusal(1, "network", "connect", LOCAL, port) == (NETWORK, words)
        for host in ("no..name", "two words", "a\0b", "x" * 300):
            words = "needs a host: there is none of that name"
            assert world.refusal(1, "network", "connect", host, 80) == (NETWORK, words)


def test_every_address_of_a_name_is_tried() -> None:
    with Server(echo) as server, asking() as world:  # localhost may be ::1 first, where nobody listens
        connection = world.handle(1, "network", "connect", "LocalHost", server.port)
        assert connection.title == f"tcp://localhost:{server.port}"


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_the_longer_addresses() -> None:
    try:
        server = Server(echo, socket.AF_INET6)
    except OSError:
        pytest.skip("there is no ::1 here")
    with server, asking() as world:
        connection = world.handle(1, "network", "connect", "::1", server.port)
        assert connection.title == f"tcp://[::1]:{server.port}"
        assert world.ask(1, "network", "send", connection, "x") == 1
        assert world.ask(1, "network", "receive", connection, 1) == "x"


def test_ports_in_use() -> None:
    with asking() as world:
        for verb in ("listen", "bind_datagrams"):
            port = world.port(world.handle(1, "network", verb, 0))
            assert world.refusal(1, "network", verb, port) == (
                NETWORK,
                f"cannot have port {port}: that port is in use",
            )


def test_a_closed_port_is_free_at_once() -> None:
    with asking() as world:
        for verb in ("listen", "bind_datagrams"):
            first = world.handle(1, "network", verb, 0)
            for _ in range(20):
                port = world.port(first)
                world.ask(1, "handles", "close", first)
                first = world.handle(1, "network", verb, port)


def test_whoever_has_waited_longest_gets_the_next_connection() -> None:
    with asking() as world:
        listener = world.handle(1, "network", "listen", 0)
        port = world.port(listener)
        tickets = [world.begin(pid, "network", "accept", listener) for pid in (1, 2, 3)]
        world.outside.leave(2)  # the one who has died gets none
        ours = [world.handle(4, "network", "connect", LOCAL, port) for _ in range(2)]
        for ticket, client in zip((tickets[0], tickets[2]), ours, strict=True):
            server = world.answer(ticket)
            assert isinstance(server, Handle)
            world.ask(4, "network", "send", client, client.title)
            assert world.ask(1, "network", "receive", server, 100) == client.title


def test_a_connection_that_is_gone_before_it_is_accepted() -> None:
    with asking() as world:
        listener = world.handle(1, "network", "listen", 0)
        gone = socket.create_connection((LOCAL, world.port(listener)))
        reset(gone)
        with socket.create_connection((LOCAL, world.port(listener))) as client:
            client.sendall(b"here")
            connection = world.handle(1, "network", "accept", listener)
            assert world.ask(1, "network", "receive", connection, 9) == "here"


def test_a_connection_nobody_wants_any_more_is_closed() -> None:
    with asking() as world:
        listener = world.handle(1, "network", "listen", 0)
        port = world.port(listener)
        world.begin(2, "network", "accept", listener)
        with socket.create_connection((LOCAL, port)) as client:
            assert world.outside.wait(LONG)  # it was accepted, but its process ends before it hears of it
            world.outside.leave(2)
            assert world.outside.arrivals() == []
            assert client.recv(1) == b""


def test_the_end_of_a_process_closes_its_connections() -> None:
    with Server(echo) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        world.ask(2, "network", "send", connection, "x")
        world.outside.leave(1)
        assert world.ask(2, "network", "receive", connection, 1) == "x", "it belongs to process 2 since it sent"
        ticket = world.begin(3, "network", "receive", connection, 1)
        world.outside.leave(3)
        assert world.refusal(2, "network", "send", connection, "x")[0] == CLOSED
        assert ticket


def test_whoever_waits_at_something_that_is_closed() -> None:
    with Server(silent) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        listener = world.handle(1, "network", "listen", 0)
        datagrams = world.handle(1, "network", "bind_datagrams", 0)
        receiving = world.begin(2, "network", "receive", connection, 1)
        sending = world.begin(3, "network", "send", connection, "x" * 16_000_000)
        accepting = world.begin(2, "network", "accept", listener)
        waiting = world.begin(2, "network", "receive_datagram", datagrams, 1)
        for handle in (connection, listener, datagrams):
            assert world.ask(1, "handles", "close", handle) is None
        assert world.answer(receiving) == ""
        assert refused(world.answer(sending)) == (CLOSED, f"would send on {connection.title}, which was closed")
        assert refused(world.answer(accepting)) == (CLOSED, f"waited at {listener.title}, which was closed")
        assert refused(world.answer(waiting)) == (CLOSED, f"waited at {datagrams.title}, which was closed")


def test_two_processes_may_not_receive_at_once() -> None:
    with Server(echo) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        first = world.begin(1, "network", "receive", connection, 1)
        words = f"would receive where process 1 is receiving: {connection.title}"
        assert world.refusal(2, "network", "receive", connection, 1) == (NETWORK, words)
        world.ask(2, "network", "send", connection, "x")
        assert world.answer(first) == "x"


def test_too_many_things_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handles, "MOST_HANDLES", 1)
    with Server(silent) as server, asking() as world:
        world.handle(1, "network", "connect", LOCAL, server.port)
        for verb, arguments in (("connect", (LOCAL, server.port)), ("listen", (0,)), ("bind_datagrams", (0,))):
            assert world.refusal(1, "network", verb, *arguments)[0] == FaultKind.LIMIT_EXCEEDED


def test_datagrams() -> None:
    with asking() as world:
        one, two = (world.handle(1, "network", "bind_datagrams", 0) for _ in range(2))
        port_one, port_two = (world.port(each) for each in (one, two))
        assert one.title == f"udp://{LOCAL}:{port_one}"
        assert world.ask(1, "network", "send_datagram", one, "localhost", port_two, "") == 0
        expected = Object({"data": "", "sender_host": LOCAL, "sender_port": port_one})
        assert world.ask(1, "network", "receive_datagram", two, 5) == expected
        largest = 65_507
        assert world.ask(1, "network", "send_datagram", one, LOCAL, port_two, Bytes(largest)) == largest
        received = world.ask(1, "network", "receive_datagram", two, largest)
        assert isinstance(received, Object)
        assert received["data"] == "\0" * largest
        words = f"cannot send to {LOCAL}:{port_two}: it is too much for one datagram"
        too_large = Bytes(largest + 1)
        assert world.refusal(1, "network", "send_datagram", one, LOCAL, port_two, too_large) == (NETWORK, words)
        kind, words = world.refusal(1, "network", "send_datagram", one, "192.0.2.1", 9, "x")
        assert (kind, "this computer cannot get there" in words or "no way" in words) == (NETWORK, True)


def test_names() -> None:
    with asking() as world:
        assert world.ask(1, "network", "resolve", "127.0.0.1") == "127.0.0.1"
        assert world.ask(1, "network", "resolve", "LOCALHOST") in ("127.0.0.1", "::1")
        assert world.ask(1, "network", "resolve", "no..name") is None


def test_a_name_that_nobody_knows_is_null(monkeypatch: pytest.MonkeyPatch) -> None:
    def look_up(*_: object, **__: object) -> object:
        raise socket.gaierror(codes.pop(), "words of the library")

    codes = [socket.EAI_AGAIN, socket.EAI_NONAME]
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with asking() as world:
        assert world.ask(1, "network", "resolve", "nobody.example") is None
        words = "cannot look up nobody.example: no name server answers"
        assert world.refusal(1, "network", "resolve", "nobody.example") == (NETWORK, words)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("connect", ("127.0.0.1", 9)), ("listen", (0,)), ("bind_datagrams", (0,)), ("resolve", ("h",))],
)
def test_nothing_is_allowed_by_itself(verb: str, arguments: tuple[str | int, ...]) -> None:
    with asking(Grants()) as world:
        kind, words = world.refusal(1, "network", verb, *arguments)
        assert (kind, "--allow-net=" in words) == (FaultKind.PERMISSION_DENIED, True)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("LOCALHOST", "localhost"),
        ("\N{FULLWIDTH DIGIT ONE}\N{FULLWIDTH DIGIT TWO}\N{FULLWIDTH DIGIT SEVEN}.0.0.1", "127.0.0.1"),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_hosts_are_compared_as_they_are_looked_up(host: str, plain: str) -> None:
    assert plain_host(host) == plain


def test_as_many_sockets_as_the_system_allows() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        with asking() as world:
            world.ask(1, "network", "resolve", LOCAL)
            assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (OSError(errno.EMFILE, ""), FaultKind.LIMIT_EXCEEDED, "too many files and connections are open"),
        (OSError(errno.ENETUNREACH, ""), NETWORK, "there is no way to that network"),
        (OSError(errno.EACCES, ""), NETWORK, "the system does not allow it"),
        (OSError(errno.EIO, "its own words"), NETWORK, "its own words"),
        (OSError(), NETWORK, "OSError"),
        (ConnectionResetError(), NETWORK, GONE),
        (TimeoutError(errno.ETIMEDOUT, ""), NETWORK, "the other side does not answer"),
        (socket.gaierror(socket.EAI_NONAME, ""), NETWORK, "there is no host of that name"),
        (UnicodeError(), NETWORK, "there is no host of that name"),
        (ssl.SSLError(), NETWORK, "it does not speak TLS as it should"),
    ],
)
def test_words_for_errors(error: Exception, kind: FaultKind, words: str) -> None:
    with pytest.raises(Refused) as caught, refusing("cannot do it"):
        raise error
    assert (caught.value.refusal.kind, caught.value.refusal.text) == (kind, f"cannot do it: {words}")


def test_words_for_a_certificate() -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_message = "it has expired"
    assert words_for(error) == "its certificate is not valid: it has expired"


def test_addresses_for_people() -> None:
    assert (address_text("tcp", "h", 1), address_text("udp", "::1", 2)) == ("tcp://h:1", "udp://[::1]:2")


def test_a_world_that_is_closed_while_everybody_waits() -> None:
    with Server(silent) as server, asking() as world:
        connection = world.handle(1, "network", "connect", LOCAL, server.port)
        listener = world.handle(1, "network", "listen", 0)
        requests = [
            Request("network", "receive", (connection, 1)),
            Request("network", "send", (connection, "x" * 16_000_000)),
            Request("network", "accept", (listener,)),
            Request("network", "connect", (LOCAL, server.port)),
            Request("web", "get", (server.url,)),
        ]
        for request in requests:
            assert isinstance(world.outside.ask(1, request), Pending)
