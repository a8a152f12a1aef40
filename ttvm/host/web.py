"""HTTP, as a client. Everything a server says may be wrong, too long or never come."""

from __future__ import annotations

import asyncio
import ssl
import warnings
import zlib
from collections.abc import Coroutine, Iterator
from typing import Any

import httpx

from ttvm import __version__
from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.host.network import USUAL_PATIENCE, as_bytes, no_answer, words_for
from ttvm.host.permissions import Permissions
from ttvm.ops.network import HIGHEST_PORT
from ttvm.values import SIZE_LIMIT, Pid, Value

MOST_REDIRECTS = 10
BODY_LIMIT = SIZE_LIMIT
"""Bytes of an answer, and bytes that its compressed form may come to."""
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}
_ENCODINGS = ("gzip", "x-gzip", "deflate")
_NOT_FOR_PAGES = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")
"""Encodings of Python that are none of web pages, and slow or full of surprises."""
_PIECE = 1 << 16
# Said by anyio, below httpx, of a connection that is given up before its first attempt; nothing is left open by that.
warnings.filterwarnings("ignore", "coroutine 'connect_tcp.*try_connect' was never awaited", RuntimeWarning)

_GRACE = 0.2
"""Seconds that the limit for connecting has to be the first that is reached."""


class Web:
    """The room of HTTP_GET and HTTP_POST."""

    def __init__(self, permissions: Permissions, timeout: float | None) -> None:
        self._permissions = permissions
        self._patience = timeout or USUAL_PATIENCE
        self._certificates: ssl.SSLContext | None = None

    def get(self, pid: Pid, url: str) -> Coroutine[Any, Any, Value]:
        """The text at a URL."""
        return self._fetch("GET", url, None, "")

    def post(self, pid: Pid, url: str, body: Value) -> Coroutine[Any, Any, Value]:
        """The text that answers a body."""
        kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/octet-stream"
        return self._fetch("POST", url, as_bytes(body), kind)

    def _fetch(self, method: str, text: str, body: bytes | None, kind: str) -> Coroutine[Any, Any, Value]:
        url = read_url(text)
        self._allow(url)
        return self._within_time(method, url, body, kind)

    def _allow(self, url: httpx.URL) -> None:
        """Raises Refused when the host of a URL may not be asked. It is the host as it will be connected to."""
        self._permissions.net(url.raw_host.decode("ascii").lower(), url.port or _PORTS[url.scheme])

    async def _within_time(self, method: str, url: httpx.URL, body: bytes | None, kind: str) -> Value:
        try:
            async with asyncio.timeout(self._patience + _GRACE):
                return await self._follow(method, url, body, kind)
        except TimeoutError:
            raise no_answer(self._patience) from None

    async def _follow(self, method: str, url: httpx.URL, body: bytes | None, kind: str) -> Value:
        headers = {"User-Agent": f"ttvm/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
        # What the environment says of proxies and passwords is not the program's business, and it was not allowed to
        # see it. The limit of time is ours: theirs begin anew with every byte. Only that for connecting is theirs, as
        # they do not close a socket whose TLS handshake is given up from outside.
        if self._certificates is None:  # a few hundred, which take a while to load
            self._certificates = httpx.create_ssl_context(trust_env=False)
        limit = httpx.Timeout(None, connect=self._patience)
        async with httpx.AsyncClient(
            verify=self._certificates, trust_env=False, headers=headers, timeout=limit
        ) as client:
            for _ in range(MOST_REDIRECTS + 1):
                content = {} if body is None else {"Content-Type": kind}
                try:
                    async with client.stream(method, url, content=body, headers=content) as response:
                        if response.status_code not in _REDIRECTS or "Location" not in response.headers:
                            return await read_answer(response)
                        target = redirect_of(response)
                except Refused:
                    raise
                except httpx.ConnectTimeout:
                    raise no_answer(self._patience) from None
                except Exception as error:  # four libraries work below, and not all of them keep to their exceptions
                    raise Refused(FaultKind.NETWORK_ERROR, f"{_words_for(error)}: {shown(url)}") from None
                self._allow(target)
                if response.status_code == 303 or (method == "POST" and response.status_code in (301, 302)):
                    method, body = "GET", None
                url = target
        raise Refused(FaultKind.NETWORK_ERROR, f"was sent on more than {MOST_REDIRECTS} times, at last to {shown(url)}")


def read_url(text: str) -> httpx.URL:
    """A URL of http or https with a host. Raises Refused."""
    try:
        return usable(httpx.URL(text))
    except (httpx.InvalidURL, ValueError):
        pass
    raise Refused(FaultKind.DOMAIN_ERROR, "needs a URL such as http://host:port/path or https://host/path")


def usable(url: httpx.URL) -> httpx.URL:
    """The URL, if it is one of http or https with a host and a port that can be. Raises ValueError."""
    known = url.scheme in _PORTS and url.host and "%" not in url.host
    if not known or not (url.port is None or 1 <= url.port <= HIGHEST_PORT):
        raise ValueError(url)
    return url


def redirect_of(response: httpx.Response) -> httpx.URL:
    """Where an answer sends the asker. Raises Refused when that is nowhere to go."""
    try:
        return usable(response.url.join(response.headers["Location"]))
    except (httpx.InvalidURL, ValueError):
        pass
    raise Refused(FaultKind.NETWORK_ERROR, f"was sent on by {shown(response.url)} to what is no page of http or https")


def shown(url: httpx.URL) -> str:
    """A URL for messages: user, password and what stands behind the ``?`` may be secret."""
    text = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}{url.path}"
    return text if len(text) <= 200 else f"{text[:200]}..."


async def read_answer(response: httpx.Response) -> str:
    """The text of an answer. Raises Refused for an error of the server, and for more than is wanted."""
    if response.status_code >= 400:
        reason = "".join(each for each in response.reason_phrase[:80] if each.isprintable())
        raise Refused(
            FaultKind.NETWORK_ERROR,
            f"got the answer {f'{response.status_code} {reason}'.strip()}: {shown(response.url)}",
        )
    plain = bytearray()
    unpack = Unpacking(response.headers.get("Content-Encoding", "").strip().lower())
    async for packed in response.aiter_raw(_PIECE):
        for piece in unpack.pieces(packed):
            plain += piece
            if len(plain) > BODY_LIMIT:
                raise Refused(FaultKind.NETWORK_ERROR, f"got more than {BODY_LIMIT:,} bytes: {shown(response.url)}")
    unpack.end()
    return decode(bytes(plain), response.charset_encoding or "utf-8")


def decode(data: bytes, encoding: str) -> str:
    """Bytes as text; what does not belong becomes U+FFFD, and an encoding that nobody knows is taken for UTF-8."""
    if encoding.lower().replace("-", "_") not in _NOT_FOR_PAGES:
        try:
            return data.decode(encoding, "replace")
        except (LookupError, ValueError):  # also a codec that makes no text, such as zip
            pass
    return data.decode("utf-8", "replace")


class Unpacking:
    """Takes the compression off a body, a piece at a time: a few bytes can stand for gigabytes."""

    def __init__(self, encoding: str) -> None:
        if encoding not in ("", "identity", *_ENCODINGS):
            raise ValueError("unasked compression")
        self._encoding = encoding
        self._bits = 47 if encoding.endswith("gzip") else 15
        self._begun = False
        self._inner = zlib.decompressobj(self._bits) if encoding in _ENCODINGS else None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What a piece of the body stands for, in pieces. Raises ValueError when it stands for nothing."""
        if self._inner is None:
            yield data
            return
        while data:
            if self._inner.eof:
                self._inner = zlib.decompressobj(self._bits)  # gzip files may stand behind each other
            yield self._unpack(data)
            data = self._inner.unconsumed_tail or self._inner.unused_data

    def _unpack(self, data: bytes) -> bytes:
        assert self._inner is not None
        try:
            plain = self._inner.decompress(data, _PIECE)
        except zlib.error:
            if self._begun or self._encoding != "deflate":
                raise ValueError("broken compression") from None
            # Some servers take deflate for what it says, without the header of zlib.
            self._bits = -15
            self._inner = zlib.decompressobj(self._bits)
            self._begun = True
            return self._unpack(data)
        self._begun = True
        return plain

    def end(self) -> None:
        """The body has ended. Raises ValueError when something is missing."""
        if self._inner is not None and self._begun and not self._inner.eof:
            raise ValueError("broken compression")


def _words_for(error: Exception) -> str:
    """What went wrong, for people: httpx says it in its own words, or in those of four libraries below it."""
    cause = _system_error(error)
    if isinstance(error, httpx.ConnectError):
        return f"cannot connect, {words_for(cause) if cause else 'nobody answers'}"
    if isinstance(error, httpx.RemoteProtocolError):
        return "got something that is not HTTP, or half of it"
    if isinstance(error, httpx.NetworkError):
        return f"lost the connection, {words_for(cause) if cause else 'the other side has closed it'}"
    if isinstance(error, ValueError):
        return "got an answer that cannot be decompressed"
    return "got no sensible answer"


def _system_error(error: BaseException | None) -> OSError | None:
    """The error of the operating system behind one of a library."""
    while error is not None:
        if isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, OSError) and (error.errno is not None or error.__cause__ is None):
            return error
        error = error.__cause__ or error.__context__
    return None
