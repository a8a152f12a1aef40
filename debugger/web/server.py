"""Serves the debugger to browsers on this machine.

textual-serve starts a debugger for each page that is opened and carries keys and cells between the two. This module
keeps it within bounds: on loopback only, for pages that it has served itself, and with nothing fetched from elsewhere.
"""

from __future__ import annotations

import asyncio
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from textual_serve.server import Server

from ttvm.errors import TtvmError

HOST = "127.0.0.1"
PORT = 8000
_TEMPLATES = Path(__file__).with_name("templates")
"""One page, as that of textual-serve but for the font: that one asks a server of Google for it."""
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data:; connect-src 'self'"
)
"""What the page may load: only what comes from here."""


class LocalServer(Server):
    """A server that only pages of its own can talk to."""

    def __init__(self, command: Sequence[str], title: str, port: int = PORT) -> None:
        super().__init__(shlex.join(command), HOST, port, title, templates_path=_TEMPLATES)

    async def _make_app(self) -> web.Application:
        application: web.Application = await super()._make_app()
        application.middlewares.append(self._guard)
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Refuse what does not come from a page of this server.

        Any page in the browser can send requests to this machine; without this, one of a stranger could press keys.
        """
        own = self.public_url
        if request.host != own.removeprefix("http://") or request.headers.get("Origin", own) != own:
            raise web.HTTPForbidden(text="only pages of this server are answered")
        response: web.StreamResponse = await handler(request)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = _POLICY
        return response

    def initialize_logging(self) -> None:
        """Nothing: what goes wrong in a session, its own page shows."""

    async def on_startup(self, app: web.Application) -> None:
        """Say where the page is."""
        print(f"{self.title} is at {self.public_url} (Ctrl-C ends it)", flush=True)


def serve(arguments: Sequence[str], title: str, port: int = PORT) -> int:
    """Serve the debugger with ``arguments`` until Ctrl-C; returns the exit status.

    Raises TtvmError when the port is taken.
    """
    asyncio.set_event_loop(asyncio.new_event_loop())
    command = [sys.executable, "-m", "debugger.start", *arguments]
    try:
        LocalServer(command, title, port).serve()
    except OSError as error:
        raise TtvmError(f"port {port} cannot be used: {error.strerror}; choose another one with --port") from None
    return 0
