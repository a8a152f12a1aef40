"""The network: HTTP, TCP, UDP, names.

All but TCP_ACCEPT and UDP_RECV give up after 30 seconds, or those of --net-timeout.
"""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.ops import checks
from ttvm.ops.handles import of_kind
from ttvm.ops.protocol import Actors
from ttvm.process.state import Process
from ttvm.values import SIZE_LIMIT, Bytes, Handle, Value, type_name

HIGHEST_PORT = 65_535
MOST_SHOWN = 100
"""Characters of a URL in a sentence."""


def http_get(process: Process, system: Actors, url: Value) -> Value:
    """Fetch the text of a page by HTTP or HTTPS.

    Redirects are followed, up to 10 of them, each only where --allow-net allows it. The text may have 16 MiB; bytes
    that are not of the page's encoding (UTF-8 when it names none) become U+FFFD. Without an answer, with one of
    status 400 or more, and with one that makes no sense, it is NetworkError.
    """
    if type(url) is not str:
        raise mismatch("a URL that is a Str")
    return system.ask(process, f"the answer of {without_secrets(url)}", "web", "get", url)


def http_post(process: Process, system: Actors, url: Value, body: Value) -> Value:
    """Send a body, a Str (as UTF-8) or Bytes, by HTTP or HTTPS, and give the text of the answer.

    Redirects, limits and faults are those of HTTP_GET. A redirect with status 307 or 308 sends the body again.
    """
    if type(url) is not str or type(body) not in (str, Bytes):
        # The found values are not shown, as they are elsewhere: a URL may hold a password.
        found = f"{type_name(url)} and {type_name(body)}"
        raise Fault(
            FaultKind.TYPE_MISMATCH, f"needs a URL that is a Str and a body that is a Str or Bytes: got {found}"
        )
    return system.ask(process, f"the answer of {without_secrets(url)}", "web", "post", url, body)


def tcp_connect(process: Process, system: Actors, host: Value, port: Value) -> Value:
    """Connect to a port of a host, a name or an address.

    The connection belongs to the process that used it last: when that one ends, it is closed. When nobody listens
    there, or nobody answers, it is NetworkError.
    """
    name, number = _host(host), _port(port, 1)
    return system.ask(process, f"a connection to {name}:{number}", "network", "connect", name, number)


def tcp_listen(process: Process, system: Actors, port: Value) -> Value:
    """Listen for connections from this computer (127.0.0.1) at a port; port 0 is any free one: see PORT_OF.

    The listener is closed when its process ends. A port that is in use is NetworkError.
    """
    return system.ask(process, "a port", "network", "listen", _port(port, 0))


def tcp_accept(process: Process, system: Actors, listener: Value) -> Value:
    """Wait for the next connection to a listener, as long as it takes, and give it.

    Several processes may wait at one listener: whoever has waited longest gets the next connection.
    """
    handle = of_kind(listener, "Listener")
    return system.ask(process, f"a connection on {handle.title}", "network", "accept", handle)


def tcp_send(process: Process, system: Actors, connection: Value, data: Value) -> Value:
    """Send a Str (as UTF-8) or Bytes on a connection, all of it, and give the number of bytes.

    It waits while the other side does not read. To a side that has closed the connection it is NetworkError,
    though not always at once: what is under way is not known to be lost.
    """
    handle = of_kind(connection, "Connection")
    return system.ask(process, f"{handle.title} to take its data", "network", "send", handle, _data(data))


def tcp_recv(process: Process, system: Actors, connection: Value, most: Value) -> Value:
    """Wait until something comes on a connection, and give it: at most so many characters, at least one.

    At the end of the connection it is the empty text. A character that arrives in two pieces is given whole; bytes
    that are not UTF-8 become U+FFFD. Only one process may receive on a connection at a time.
    """
    handle, limit = of_kind(connection, "Connection"), _most(most)
    return system.ask(process, f"data on {handle.title}", "network", "receive", handle, limit)


def udp_bind(process: Process, system: Actors, port: Value) -> Value:
    """Make a socket for datagrams to and from this computer (127.0.0.1); port 0 is any free one: see PORT_OF.

    The socket is closed when its process ends. A port that is in use is NetworkError.
    """
    return system.ask(process, "a port", "network", "bind_datagrams", _port(port, 0))


def udp_send(process: Process, system: Actors, socket: Value, host: Value, port: Value, data: Value) -> Value:
    """Send a Str (as UTF-8) or Bytes as one datagram, and give the number of bytes.

    Nobody learns whether it has arrived. More than 65,507 bytes, or a host that is not this computer, is
    NetworkError.
    """
    handle, name, number = of_kind(socket, "Socket"), _host(host), _port(port, 1)
    what = f"a datagram to leave for {name}:{number}"
    return system.ask(process, what, "network", "send_datagram", handle, name, number, _data(data))


def udp_recv(process: Process, system: Actors, socket: Value, most: Value) -> Value:
    """Wait for the next datagram, as long as it takes, and give {data, sender_host, sender_port}.

    Of its data there are at most so many characters, and the rest is lost; bytes that are not UTF-8 become U+FFFD.
    """
    handle, limit = of_kind(socket, "Socket"), _most(most)
    return system.ask(process, f"a datagram on {handle.title}", "network", "receive_datagram", handle, limit)


def dns_resolve(process: Process, system: Actors, host: Value) -> Value:
    """Give the first address of a host as a text, `127.0.0.1` or `::1`; null when there is no host of that name.

    When no name server answers, it is NetworkError.
    """
    name = _host(host)
    return system.ask(process, f"the address of {name}", "network", "resolve", name)


def port_of(process: Process, system: Actors, handle: Value) -> Value:
    """Give the port of a Listener or a Socket, or the port of the other side of a Connection.

    So a program that listens at port 0 learns where.
    """
    if type(handle) is not Handle or handle.kind not in ("Listener", "Socket", "Connection"):
        raise mismatch("a Listener, a Socket or a Connection")
    return system.ask(process, f"the port of {handle.title}", "network", "port_of", handle)


def without_secrets(url: str) -> str:
    """A URL for people: without user, password and what is asked for behind the ``?``."""
    scheme, colon, rest = url.partition("://")
    if not colon:
        return "that URL"
    for end in "?#":
        rest = rest.partition(end)[0]
    authority, slash, path = rest.partition("/")
    shown = f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
    return shown if len(shown) <= MOST_SHOWN else f"{shown[:MOST_SHOWN]}..."


def _host(value: Value) -> str:
    host = checks.text(value, "a host")
    if not host:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs a host: the text is empty", wants_operands=True)
    return host


def _port(value: Value, least: int) -> int:
    number = checks.integer(value, "a port")
    if not least <= number <= HIGHEST_PORT:
        raise Fault(FaultKind.DOMAIN_ERROR, f"needs a port from {least} to {HIGHEST_PORT}", wants_operands=True)
    return number


def _most(value: Value) -> int:
    number = checks.integer(value, "a length")
    if number < 1:
        raise Fault(FaultKind.DOMAIN_ERROR, "needs a length of 1 or more", wants_operands=True)
    return min(number, SIZE_LIMIT)


def _data(value: Value) -> str | Bytes:
    if isinstance(value, (str, Bytes)):
        return value
    raise mismatch("data that is a Str or Bytes")
