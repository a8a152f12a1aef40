"""What a person types at the terminal on standard input, for the program and for questions of ttvm itself.

It is read from the descriptor, and only when it can be read: a thread that waits in ``sys.stdin`` cannot be told to
stop, and would keep the run from ending.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import select
import threading
from collections.abc import Callable
from typing import Any

from ttvm.errors import FaultKind
from ttvm.host.handles import Refused
from ttvm.values import SIZE_LIMIT, Pid, Value

_PIECE = 65536


class Keyboard:
    """The terminal that people type at. A question and the program never read the same line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._turn = threading.Lock()
        """Held by whoever reads now: the machine for a question, or the background for the program."""

    async def read(self) -> bytes:
        """Wait for something that is typed, usually a line; empty at its end."""
        loop = asyncio.get_running_loop()
        typed: asyncio.Future[bytes] = loop.create_future()
        loop.add_reader(self._descriptor, self._read, typed)
        try:
            return await typed
        finally:
            loop.remove_reader(self._descriptor)

    def _read(self, typed: asyncio.Future[bytes]) -> None:
        if typed.done() or not self._turn.acquire(blocking=False):
            return
        try:
            # What was there a moment ago may have been the answer to a question.
            if self._is_ready(0):
                typed.set_result(self._take())
        finally:
            self._turn.release()

    def ask(self, show: Callable[[], object]) -> str:
        """What is typed once ``show`` has shown a question; nothing that was typed before it can be the answer."""
        import termios  # Windows has none, and no interactive console of ours either

        with self._turn:
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
            show()
            answer = b""
            while not answer.endswith(b"\n") and self._is_ready(None) and (piece := self._take()):
                answer += piece
            return answer.decode("utf-8", "replace")

    def _is_ready(self, seconds: float | None) -> bool:
        return bool(select.select([self._descriptor], [], [], seconds)[0])

    def _take(self) -> bytes:
        try:
            return os.read(self._descriptor, _PIECE)
        except OSError:  # the terminal has been closed
            return b""


class TypedInput:
    """The room of READ_LINE, READ_CHAR and READ_INPUT when a person types the input.

    Those who wait get it in the order in which they asked. Once it has ended, it has ended for all.
    """

    def __init__(self, keyboard: Keyboard, flush: Callable[[], object]) -> None:
        self._keyboard = keyboard
        self._flush = flush
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        """What was typed and nobody has read."""
        self._ended = False
        self._turn = asyncio.Lock()

    def read_line(self, pid: Pid) -> Any:
        """The next line, without its end."""
        self._flush()
        return self._read(lambda text: text.find("\n") + 1, "\n")

    def read_character(self, pid: Pid) -> Any:
        """The next character."""
        self._flush()
        return self._read(lambda text: min(1, len(text)), "")

    def read_input(self, pid: Pid) -> Any:
        """All that is typed until the end."""
        self._flush()
        return self._read(lambda _: 0, "")

    async def _read(self, measure: Callable[[str], int], ending: str) -> Value:
        """Wait until ``measure`` finds how much of the text is wanted, or for the end of all input."""
        async with self._turn:
            while not (size := measure(self._text)) and not self._ended:
                if len(self._text) > SIZE_LIMIT:
                    raise Refused(FaultKind.LIMIT_EXCEEDED, f"would read more than {SIZE_LIMIT:,} characters")
                data = await self._keyboard.read()
                self._ended = not data
                self._text += self._decoder.decode(data, final=self._ended)
            size = size or len(self._text)
            text, self._text = self._text[:size], self._text[size:]
        return text.removesuffix(ending).removesuffix("\r") if ending else text
