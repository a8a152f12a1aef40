"""Whatever a program prints, stores or is called: the terminal gets plain text of the right width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from debugger.tui.app import DebuggerApp
from debugger.tui.glyphs import ASCII, UNICODE
from debugger.tui.highlight import highlight, shown
from debugger.tui.painting import Painted, Piece, flow, line, line_width, words
from debugger.views import (
    FrameView,
    MessageView,
    NameView,
    OutputLine,
    RelationsView,
    StopView,
    ValueView,
    VariableView,
)
from ttvm.source import visible

from .fake_session import FakeSession, code_view, near, row, system_view
from .screens import SMALL, WIDE, press, screen_text, settle

HOSTILE = {
    "escapes": "\x1b[2J\x1b[31m",
    "controls": "a\rb\x00c\x07\x9b31m",
    "markup": "[red]not red[/red] [link=x]",
    "bidi": "\u202ereversed\u2066",
    "surrogate": "\ud800 lonely",
    "wide": "漢字漢字漢字 wide",
    "combining": "e\u0301a\u0308 combined",
    "joined": "👩\u200d👩\u200d👧 family",
    "long": "x" * 100_000,
    "empty": "",
}


def hostile_session(text: str) -> FakeSession:
    """A session in which everything is called ``text``."""
    value = ValueView(text, changed=True)
    shown_row = row(2, text, "running", target=text, last=text, line=2)
    process = near(
        shown_row,
        code=code_view(f"    PUSH_STR {text}\n{text}\n    PRINT ; {text}", text),
        stack=(value, value),
        frames=(FrameView(text, 3, (VariableView(text, value),)),),
        handlers=(text,),
        mailbox=(MessageView(1, 2, text, 3, text, new=True, skipped=True),),
        waits_for=text,
    )
    view = system_view(
        process,
        program=text,
        policy=text,
        processes=(shown_row,),
        relations=RelationsView((NameView(text, 2),), (), ()),
        stop=StopView("step", text, 2),
        did=text,
        next=text,
    )
    return FakeSession(view, [OutputLine(2, 1, text), OutputLine(2, 1, text, "crash")])


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["wide", "small"])
async def test_every_row_is_printable_and_exactly_as_wide_as_the_screen(text: str, size: tuple[int, int]) -> None:
    app = DebuggerApp(hostile_session(text).as_session())
    async with app.run_test(size=size) as pilot:
        for keys in ("", "4", "5", "6", "3 shift+right shift+right", "1 ctrl+end shift+right"):
            await press(pilot, keys)
            for strip in app.screen._compositor.render_strips():
                assert strip.text.isprintable()
                assert strip.cell_length == size[0]
                assert cell_len(strip.text) == size[0]
        if "[red]" in text:
            assert "[red]not red[/red]" in screen_text(app)


async def test_no_colour_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = DebuggerApp(FakeSession(printed=[OutputLine(2, 1, "boom", "crash")]).as_session())
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        for strip in app.screen._compositor.render_strips():
            for segment in strip:
                if segment.style is not None:
                    assert segment.style.color is None or segment.style.color.is_default
                    assert segment.style.bgcolor is None or segment.style.bgcolor.is_default


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord", "dracula"])
async def test_every_theme_has_a_colour_for_every_role(theme: str) -> None:
    app = DebuggerApp(FakeSession().as_session())
    async with app.run_test(size=WIDE) as pilot:
        app.theme = theme
        await settle(pilot)
        colours = {app.get_component_styles(f"process-{number}").rich_style.color for number in range(1, 9)}
        assert len(colours) == 8


texts = st.text(st.characters(codec=None, categories=None))


@given(texts, st.integers(1, 40))
def test_fitted_text_has_exactly_the_width(text: str, width: int) -> None:
    for glyphs in (UNICODE, ASCII):
        fitted = Painted(glyphs).fit(text, width)
        assert cell_len(fitted) == width
        assert fitted.isprintable()


@given(texts, st.integers(2, 40))
def test_flowing_words_keeps_the_text_and_the_width(text: str, width: int) -> None:
    rows = flow(words(text, longest=width), width)
    assert "".join(piece.text for drawn in rows for piece in drawn.pieces) == " " + visible(text)
    assert all(line_width(drawn) <= width for drawn in rows)


@given(texts)
def test_highlighting_changes_no_character(text: str) -> None:
    single = text.replace("\n", " ")
    assert "".join(piece.text for piece in highlight(single)) == shown(single)


def test_a_line_of_words_and_pieces() -> None:
    assert line("a", Piece("b", "strong")).pieces == (Piece("a"), Piece("b", "strong"))
    assert [drawn.pieces for drawn in flow([(Piece("one"),), (Piece("two"),)], 4, indent=2)] == [
        (Piece("one"),),
        (Piece("  "), Piece("two")),
    ]
