"""Hosts and ports as people write them, and in the one form in which they are compared.

There are many spellings of one host: ``LOCALHOST.``, ``127.1``, ``0x7f000001`` and ``::ffff:127.0.0.1``. A permission
that looked at the letters could be had with another spelling. A name and its address are two things all the same:
what a name leads to is decided by others, and may be different the next time.
"""

from __future__ import annotations

import ipaddress

from ttvm.record import Record

HIGHEST_PORT = 65535


class Place(Record):
    """A host in canonical form, and a port; None: any."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def canonical(host: str) -> str:
    """The form in which hosts are compared: addresses as usual, names in lower case, without last dot, in ASCII."""
    bare = host.strip().removeprefix("[").removesuffix("]")
    try:
        # Full-width digits and the like are digits to those who look names up, so they are turned into ASCII first.
        name = bare.lower().encode("ascii" if bare.isascii() else "idna").decode("ascii").lower()
    except UnicodeError:
        name = bare.lower()
    name = name.removesuffix(".")
    address = _address(name)
    return name if address is None else str(address)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a text means, in any of the ways in which it can be written; None for a name."""
    try:
        if ":" not in text:
            return _address_of_four(text)
        long = ipaddress.IPv6Address(text)
        return long.ipv4_mapped or long
    except ValueError:
        return None


def _address_of_four(text: str) -> ipaddress.IPv4Address:
    """As the C library reads it: one to four numbers, octal and hexadecimal too, the last one fills what is left."""
    *first, last = (_number(part) for part in text.split("."))
    room = 4 - len(first)
    if room < 1 or any(part > 255 for part in first) or last >= 256**room:
        raise ValueError(text)
    return ipaddress.IPv4Address(bytes([*first, *last.to_bytes(room, "big")]))


def _number(text: str) -> int:
    if not text.isascii() or not text[:1].isdigit() or "_" in text:
        raise ValueError(text)
    if text.startswith(("0x", "0X")):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)


def read_place(text: str) -> Place:
    """Read HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. Raises ValueError with words about what is wrong."""
    if "://" in text or "/" in text:
        raise ValueError(f"{text!r} is not HOST or HOST:PORT: leave out what belongs to a URL")
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")) or ":" not in host or _address(host.lower()) is None:
            raise ValueError(f"{text!r} is not [IPV6] or [IPV6]:PORT")
        return Place(canonical(host), _read_port(text, rest[1:]) if rest else None)
    if text.count(":") > 1:
        if _address(text.lower()) is None:
            raise ValueError(f"{text!r} is neither HOST:PORT nor an IPv6 address")
        return Place(canonical(text))
    host, colon, port = text.partition(":")
    if not host or host != host.strip() or any(each.isspace() or each in "*,[]@?#%" for each in host):
        raise ValueError(f"{text!r} does not begin with the name or the address of a host")
    return Place(canonical(host), _read_port(text, port) if colon else None)


def _read_port(text: str, port: str) -> int:
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= HIGHEST_PORT):
        raise ValueError(f"{text!r} does not end with a port from 0 to {HIGHEST_PORT}")
    return int(port)
