"""Bytes in small pieces: the numbers, strings and counts that a bytecode file is made of."""

from __future__ import annotations

_MOST_BYTES_OF_A_NUMBER = 10
"""Seven bits a byte: ten bytes hold every number of 64 bits."""
MOST_SPELLED = 1 << 25
"""Most characters of all texts together, each counted as often as it is used. A small file that uses one long text
a million times would otherwise be a program of any size as soon as somebody writes it down."""


class DamagedError(Exception):
    """The bytes are not what the format says: what is wrong, and the offset in the file."""

    def __init__(self, text: str, offset: int) -> None:
        super().__init__(text)
        self.text = text
        self.offset = offset


class ByteWriter:
    """Puts pieces one behind the other. ``strings`` are the texts that were used, each with its number."""

    def __init__(self, strings: dict[str, int] | None = None) -> None:
        self.data = bytearray()
        self.strings: dict[str, int] = {} if strings is None else strings
        self.spelled = 0
        """How long all texts were, each as often as it was used."""

    def number(self, number: int) -> None:
        """A number from 0: seven bits a byte, the lowest first; the top bit says that more bytes follow."""
        while number > 0x7F:
            self.data.append(number & 0x7F | 0x80)
            number >>= 7
        self.data.append(number)

    def integer(self, number: int, size: int, signed: bool = False) -> None:
        """A number of a fixed size in bytes, the lowest first."""
        self.data += number.to_bytes(size, "little", signed=signed)

    def string(self, text: str) -> None:
        """A text: its number in the string table, which it joins when it is new."""
        self.number(self.strings.setdefault(text, len(self.strings)))
        self.spelled += len(text)

    def text(self, text: str) -> None:
        """A text on the spot, behind its length in bytes."""
        data = text.encode("utf-8")
        self.number(len(data))
        self.data += data

    def string_table(self) -> None:
        """All texts that were used, in the order of their numbers."""
        self.number(len(self.strings))
        for text in self.strings:
            self.text(text)


class ByteReader:
    """Takes pieces one after the other. Every method raises DamagedError and trusts no length it reads.

    ``strings`` is the string table once it was read.
    """

    def __init__(self, data: bytes, position: int, end: int) -> None:
        self.data = data
        self.position = position
        self.end = end
        self.strings: tuple[str, ...] = ()
        self.spelled = 0

    def damaged(self, text: str) -> DamagedError:
        """An error at this position."""
        return DamagedError(text, self.position)

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        start = self.position
        if size > self.end - start:
            raise self.damaged(f"{size:,} more bytes are needed and {self.end - start:,} are left")
        self.position = start + size
        return self.data[start : self.position]

    def number(self, what: str, most: int) -> int:
        """A number from 0 to ``most``; ``what`` is its name in messages."""
        start = position = self.position
        number = shift = 0
        while True:
            if position >= self.end:
                raise self.damaged("the file ends within a number")
            byte = self.data[position]
            position += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
            shift += 7
            if position - start >= _MOST_BYTES_OF_A_NUMBER:
                raise self.damaged("a number never ends")
        if number > most:
            raise self.damaged(f"the {what} {number:,} is larger than {most:,}")
        self.position = position
        return number

    def integer(self, size: int, signed: bool = False) -> int:
        """A number of a fixed size in bytes."""
        return int.from_bytes(self.take(size), "little", signed=signed)

    def count(self, what: str, size: int) -> int:
        """How many things follow, each at least ``size`` bytes long. So a short file cannot ask for much memory."""
        return self.number(f"number of {what}", (self.end - self.position) // size)

    def string(self) -> str:
        """A text of the string table."""
        text = self.strings[self.number("string number", len(self.strings) - 1)]
        self.spelled += len(text)
        if self.spelled > MOST_SPELLED:
            raise self.damaged("it stands for a program that is too large")
        return text

    def text(self) -> str:
        """A text on the spot."""
        size = self.number("length", self.end - self.position)
        start = self.position
        try:
            return self.take(size).decode("utf-8")
        except UnicodeDecodeError as error:
            raise DamagedError("a text is not UTF-8", start + error.start) from None

    def string_table(self) -> None:
        """Read the string table."""
        self.strings = tuple(self.text() for _ in range(self.count("strings", 1)))
