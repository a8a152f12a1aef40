"""The screen in a browser: what the server answers and what it refuses; and a real browser that presses keys."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pyte
import pytest
from aiohttp import web

from debugger.cli import main
from debugger.web.server import HOST, LocalServer
from tests.machines import ROOT

RING = str(ROOT / "examples" / "ring.ttvm")
UNKNOWN_TO_PYTE = re.compile(r"\x1b\[[<>=?]\d*u")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def serving(*arguments: str) -> AsyncIterator[str]:
    """The server on a port of its own; gives its address."""
    command = [sys.executable, "-m", "debugger.start", *arguments]
    server = LocalServer(command, "ttvm-debug", free_port())
    runner = web.AppRunner(await server._make_app(), shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, HOST, server.port).start()
    try:
        yield server.public_url
    finally:
        await runner.cleanup()


async def test_the_page_asks_nobody_else_for_anything() -> None:
    async with serving(RING) as address, aiohttp.ClientSession() as client:
        async with client.get(address) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        links = re.findall(r'(?:src|href|url)[=(]"?([^"\s)]+)', page)
        assert links
        assert all(link.startswith((address, address.replace("http:", "ws:"), "data:")) for link in links)
        for link in links:
            if link.startswith(address):
                async with client.get(link) as answer:
                    assert answer.status == 200


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://stranger.example"}, {"Host": "stranger.example:8000"}], ids=["origin", "host"]
)
@pytest.mark.parametrize("path", ["/", "/ws"])
async def test_strangers_are_refused(path: str, headers: dict[str, str]) -> None:
    async with (
        serving(RING) as address,
        aiohttp.ClientSession() as client,
        client.get(address + path, headers=headers) as answer,
    ):
        assert answer.status == 403


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--web", "-A", RING], "has no permissions"),
        (["--web", "--allow-read", RING], "has no permissions"),
        (["--web", "--port", "0", RING], "a port is a number from 1 to 65535"),
    ],
)
def test_what_the_command_line_refuses(options: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(options) == 2
    assert message in capsys.readouterr().err


class Page:
    """A page of a browser, driven through its debugging protocol. ``received`` is what the server sent to it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._number = 0
        self.requests: list[str] = []
        self.screen = pyte.Screen(400, 100)
        self._stream = pyte.ByteStream(self.screen)

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._next()
            if message.get("id") == number:
                result: dict[str, Any] = message["result"]
                return result

    async def _next(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads((await self._socket.receive(timeout=60)).data)
        parameters = message.get("params", {})
        if message.get("method") == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif message.get("method") == "Network.webSocketFrameReceived" and parameters["response"]["opcode"] == 2:
            text = base64.b64decode(parameters["response"]["payloadData"]).decode("utf-8", "replace")
            self._stream.feed(UNKNOWN_TO_PYTE.sub("", text).encode("utf-8"))
        return message

    async def until(self, text: str) -> None:
        """Wait until the terminal in the page shows a text."""
        while not any(text in row for row in self.screen.display):
            await self._next()

    async def press(self, key: str) -> None:
        """Press a letter."""
        code = f"Key{key.upper()}"
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, **text)


@asynccontextmanager
async def browsing(address: str, profile: Path) -> AsyncIterator[Page]:
    """A headless Chromium on a page."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium is not None, "install chromium, as .ci/run does"
    process = await asyncio.create_subprocess_exec(
        chromium,
        *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,800"),
        *("--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        found = None
        while found is None:
            line = (await process.stderr.readline()).decode()
            assert line, "chromium ended"
            found = re.search(r"ws://([^/]+)/devtools", line)
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://{found[1]}/json/list") as answer:
                target = next(each for each in await answer.json() if each["type"] == "page")
            async with client.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as connection:
                page = Page(connection)
                await page.call("Network.enable")
                await page.call("Page.enable")
                await page.call("Emulation.setFocusEmulationEnabled", enabled=True)  # it is in nobody's sight
                await page.call("Page.navigate", url=address)
                yield page
    finally:
        process.kill()
        await process.communicate()  # closes its pipe too


@asynccontextmanager
async def command(*arguments: str) -> AsyncIterator[str]:
    """``ttvm-debug --web`` as a program of its own; gives the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "debugger.start", "--web", "--port", str(free_port()), *arguments),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        told = (await process.stdout.readline()).decode()
        assert "(Ctrl-C ends it)" in told
        yield next(word for word in told.split() if word.startswith("http://"))
    finally:
        process.send_signal(signal.SIGINT)
        await process.communicate()
        assert process.returncode == 0


@pytest.mark.slow
async def test_a_browser_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ttvm-debug").mkdir()
    (tmp_path / "ttvm-debug" / "welcomed").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    async with command(RING) as address, browsing(address, tmp_path / "profile") as page:
        await page.until("step 0 ")
        before = (await page.call("Page.captureScreenshot"))["data"]
        await page.press("s")
        await page.until("step 1 ")
        await page.press("t")
        await page.until("after a turn")
        assert not any("step 1 of 1 " in row for row in page.screen.display)
        assert (await page.call("Page.captureScreenshot"))["data"] != before
        own = (address, "data:", "about:")
        assert [url for url in page.requests if not url.startswith(own)] == []
