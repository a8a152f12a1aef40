"""The real streams and the computer's clock."""

from __future__ import annotations

import io

import pytest

from ttvm.host.real import RealClock, StandardConsole


def streams(data: bytes = b"") -> tuple[io.BytesIO, io.TextIOWrapper, io.TextIOWrapper]:
    """Where output goes as bytes, and the two text streams of a machine with old settings."""
    raw = io.BytesIO()
    output = io.TextIOWrapper(raw, encoding="ascii", newline="\r\n")
    return raw, output, io.TextIOWrapper(io.BytesIO(data), encoding="ascii")


def test_output_is_utf8_with_lf_on_every_machine() -> None:
    raw, output, source = streams()
    console = StandardConsole(output, source)
    console.write(1, "é🙂\n")
    console.write(2, "x\n")
    console.flush()
    assert raw.getvalue() == "é🙂\nx\n".encode()


def test_output_can_be_seen_before_the_program_waits_for_input() -> None:
    raw, output, source = streams(b"line\nrest")
    console = StandardConsole(output, source)
    console.write(1, "your name? ")
    assert console.read_until_newline() == "line\n"
    assert raw.getvalue() == b"your name? "
    console.write(1, "again? ")
    assert console.read(1) == "r"
    assert raw.getvalue() == b"your name? again? "


def test_input_is_utf8_and_wrong_bytes_are_replaced() -> None:
    _, output, source = streams("é\n".encode() + b"\xff!")
    console = StandardConsole(output, source)
    assert console.read_until_newline() == "é\n"
    assert console.read(None) == "\N{REPLACEMENT CHARACTER}!"
    assert [console.read(1), console.read_until_newline(), console.read(None)] == ["", "", ""]


def test_streams_that_are_no_files_do_as_well() -> None:
    output = io.StringIO()
    console = StandardConsole(output, io.StringIO("a\nb"))
    console.write(1, "x")
    assert (console.read_until_newline(), console.read(None), output.getvalue()) == ("a\n", "b", "x")


def test_without_streams_the_standard_ones_are_meant(capsys: pytest.CaptureFixture[str]) -> None:
    console = StandardConsole()
    console.write(1, "to stdout\n")
    console.flush()
    assert capsys.readouterr().out == "to stdout\n"


def test_the_clock_never_goes_back_and_does_not_wait_for_the_past() -> None:
    clock = RealClock()
    first = clock.milliseconds()
    clock.wait_until(first)
    clock.wait_until(-5)
    assert 0 <= first <= clock.milliseconds()
    assert clock.seconds() > 1_700_000_000
