"""Formats: values as JSON and CSV, and texts as bytes: compressed, hashed, in UTF-8.

The modules that do the work are imported inside the functions: few programs need them, and importing costs more
than running a short program.
"""

from __future__ import annotations

from ttvm.errors import Fault, FaultKind, mismatch
from ttvm.forms import debug, display
from ttvm.ops.checks import limited, text
from ttvm.values import SIZE_LIMIT, Bool, Bytes, List, Value, too_large


def json_parse(source: Value) -> Value:
    """Read a value from a JSON text.

    A number with neither fraction nor exponent becomes an Int. Of fields with the same name the last one counts.
    Anything that is no JSON, or a whole number that does not fit in 64 bits, is FormatError; more than 1,000 lists
    and objects inside of each other are LimitExceeded.
    """
    from ttvm.ops import json_text

    return json_text.read(text(source, "a text"))


def json_stringify(value: Value) -> Value:
    """Write a value as a JSON text, without spaces.

    Floats keep a point or an exponent, so that they are read back as Floats. NaN, infinite numbers, bytes,
    functions, exceptions and refs are FormatError: JSON has nothing like them.
    """
    from ttvm.ops import json_text

    return json_text.write(value)


def csv_parse(source: Value) -> Value:
    """Read CSV: a list with a list of texts for every row.

    A field in double quotes may contain commas, line ends and doubled quotes; after its closing quote must come a
    comma or a line end, or it is FormatError. An empty line is an empty list.
    """
    import csv
    import io

    whole = text(source, "a text")
    csv.field_size_limit(SIZE_LIMIT)  # Python's own limit of 131,072 is none of ours; it holds for all readers
    reader = csv.reader(io.StringIO(whole, newline=""), strict=True)
    try:
        return List([List(list[Value](row)) for row in reader])
    except csv.Error as error:
        if "end of data" in str(error):
            what = "a field in quotes that has no end"
        else:
            what = "something behind the closing quote of a field"
        raise Fault(FaultKind.FORMAT_ERROR, f"finds {what} (line {reader.line_num:,})", wants_operands=True) from None


def csv_write(rows: Value) -> Value:
    """Write a list of lists as CSV, a line each.

    Fields are in display form, null is an empty field. A field with a comma, a quote or a line end is put in double
    quotes. One that is no number, text, bool or null is FormatError.
    """
    import csv

    if not isinstance(rows, List):
        raise mismatch("a List of Lists")
    lines: list[str] = []
    size = 0
    # With line ends of two characters the writer quotes fields that contain either one; ours have one.
    writer = csv.writer(_Collector(lines), lineterminator="\r\n")
    for row in rows:
        if not isinstance(row, List):
            raise mismatch("a List of Lists")
        fields = [_csv_field(field) for field in row]
        # Before the line is made: a row may hold one long text many times.
        size = limited(size + sum(map(len, fields)) + max(1, len(fields)), "text")
        writer.writerow(fields)
        lines[-1] = lines[-1].removesuffix("\r\n") + "\n"
    limited(sum(map(len, lines)), "text")
    return "".join(lines)


class _Collector:
    """As much of a file as a CSV writer needs."""

    def __init__(self, lines: list[str]) -> None:
        self.write = lines.append


def _csv_field(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, (str, int, float, Bool)):
        return display(value)
    raise Fault(FaultKind.FORMAT_ERROR, f"cannot write {debug(value, 60)} in a field")


def _data(value: Value) -> bytes:
    """The bytes of a Str in UTF-8, or of Bytes."""
    if isinstance(value, Bytes):
        return value
    if not isinstance(value, str):
        raise mismatch("a Str or Bytes")
    return utf8(value)


def utf8(value: str) -> bytes:
    """A text in UTF-8. Raises FormatError: a word of the command line may hold what is no character."""
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise Fault(
            FaultKind.FORMAT_ERROR, f"finds half of a surrogate pair at position {error.start:,}", wants_operands=True
        ) from None


def _bytes(value: Value) -> Bytes:
    if not isinstance(value, Bytes):
        raise mismatch("Bytes")
    return value


def compress(data: Value) -> Value:
    """Compress a text, as UTF-8, or bytes. The result is in the zlib format (RFC 1950)."""
    import zlib

    result = zlib.compress(_data(data))
    limited(len(result), "run of bytes")
    return Bytes(result)


def decompress(data: Value) -> Value:
    """Give the bytes that COMPRESS, or another program that writes zlib, compressed.

    Anything else is FormatError. More than 2^24 bytes are LimitExceeded, and are never held in memory.
    """
    import zlib

    worker = zlib.decompressobj()
    try:
        result = worker.decompress(_bytes(data), SIZE_LIMIT + 1)
    except zlib.error:
        raise _no_zlib("is damaged, or no zlib data") from None
    if len(result) > SIZE_LIMIT:
        raise too_large("run of bytes")
    if not worker.eof:
        raise _no_zlib("ends too early")
    if worker.unused_data:
        raise _no_zlib("goes on behind its end")
    return Bytes(result)


def _no_zlib(reason: str) -> Fault:
    return Fault(FaultKind.FORMAT_ERROR, f"finds data that {reason}", wants_operands=True)


def digest(data: Value) -> Value:
    """Give the SHA-256 of a text, as UTF-8, or of bytes: 64 hexadecimal digits."""
    import hashlib

    return hashlib.sha256(_data(data)).hexdigest()


def encode(source: Value) -> Value:
    """Give the bytes of a text in UTF-8."""
    data = utf8(text(source, "a text"))
    limited(len(data), "run of bytes")
    return Bytes(data)


def decode(data: Value) -> Value:
    """Give the text that bytes in UTF-8 stand for; FormatError when they are no UTF-8."""
    try:
        return _bytes(data).decode("utf-8")
    except UnicodeDecodeError as error:
        place = f"byte 0x{error.object[error.start]:02X} at position {error.start:,}"
        raise Fault(FaultKind.FORMAT_ERROR, f"finds no UTF-8: {place}", wants_operands=True) from None
