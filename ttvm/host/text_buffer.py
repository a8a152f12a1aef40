"""Bytes that arrive in pieces, read as text."""

from __future__ import annotations

import codecs
from collections import deque


class TextBuffer:
    """Text that has come and was not read yet.

    A character that was cut in two by the network, or by whoever writes, becomes whole. Bytes that are not UTF-8
    become U+FFFD.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pieces: deque[str] = deque()
        self._start = 0
        """Characters of the first piece that were read."""
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def put(self, data: bytes) -> None:
        """Put bytes at the end."""
        self._keep(self._decoder.decode(data))

    def end(self) -> None:
        """There will be no more bytes: half a character stays half."""
        self._keep(self._decoder.decode(b"", final=True))

    def _keep(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)

    def take(self, most: int) -> str:
        """Read at most so many characters."""
        parts = []
        wanted = min(most, self._length)
        self._length -= wanted
        while wanted:
            part = self._pieces[0][self._start : self._start + wanted]
            parts.append(part)
            wanted -= len(part)
            self._start += len(part)
            if self._start == len(self._pieces[0]):
                self._pieces.popleft()
                self._start = 0
        return "".join(parts)
