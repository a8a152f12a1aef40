"""What is on the screen before there is a session: the choice of an example, and the mistakes of a program.

Each is a small application of its own that runs before the debugger does.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Footer

from debugger.tui.glyphs import ASCII, UNICODE, Glyphs
from debugger.tui.options import ScreenOptions
from debugger.tui.painting import ROLES, Line, Piece
from debugger.tui.themes import HIGH_CONTRAST, THEMES
from debugger.tui.widgets.chooser import Choice, Chooser
from debugger.tui.widgets.line_pane import LinePane, text_width
from ttvm.errors import Problem, SourceError, TtvmError

CSS = Path(__file__).with_name("app.tcss")


class _Door(App[str]):
    """A screen in the looks of the debugger."""

    CSS_PATH = CSS
    TITLE = "ttvm-debug"
    COMPONENT_CLASSES: ClassVar[set[str]] = set(ROLES)
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "leave", "Quit", show=False, priority=True)]

    def __init__(self, options: ScreenOptions) -> None:
        super().__init__()
        self.set_class(options.ascii, "-ascii")
        self.register_theme(HIGH_CONTRAST)
        if options.theme:
            self.theme = THEMES[options.theme]
        self._glyphs: Glyphs = ASCII if options.ascii else UNICODE

    def action_leave(self) -> None:
        """Give up."""
        self.exit("")


# -- the choice of an example


def examples_folder() -> Path | None:
    """Where the example programs are: beside the package in a source tree, inside it when installed."""
    import ttvm

    package = Path(ttvm.__file__).resolve().parent
    return next((each for each in (package / "examples", package.parent / "examples") if each.is_dir()), None)


def describe_example(file: Path) -> str:
    """The first words of a program's first comment."""
    for line in file.read_text(encoding="utf-8", errors="replace").split("\n"):
        if line.startswith(";") and (text := line.strip("; -=")):
            return text
    return ""


class ExamplePicker(_Door):
    """Lists the examples; its result is the path of the chosen one, empty when there is none."""

    def on_mount(self) -> None:
        folder = examples_folder()
        files = sorted(folder.glob("*.ttvm")) if folder is not None else []
        files.sort(key=lambda each: each.name != "coffee_shop_demo.ttvm")  # where everybody should begin
        choices = [Choice(each.stem, describe_example(each)) for each in files]

        def chosen(number: int | None) -> None:
            self.exit(str(files[number]) if number is not None else "")

        self.push_screen(Chooser(self._glyphs, "Choose a program to step through", choices), chosen)


def pick_example(options: ScreenOptions) -> str:
    """Let the user choose one of the examples; empty when they do not want any."""
    return ExamplePicker(options).run() or ""


# -- the mistakes of a program


class MistakesPane(LinePane):
    """The source with its mistakes: carets below the line, what is wrong behind them, and a hint."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__(glyphs)
        self._lines: list[Line] = []
        self._places: list[int] = []
        """The lines with carets."""

    def show(self, problems: tuple[Problem, ...]) -> None:
        """Show the text of the first source that has mistakes, all of it."""
        source = problems[0].span.source
        here = [each for each in problems if each.span.source is source]
        self._lines, self._places = [], []
        for number, text in enumerate(source.lines, 1):
            found = [each for each in here if each.span.line == number]
            sign = self.glyphs.breakpoint if found else " "
            self._lines.append(Line((Piece(f"{sign} {number:>5}  ", "crash" if found else "muted"), Piece(text))))
            for problem in found:
                self._places.append(len(self._lines))
                self._lines.append(_carets(problem))
                if problem.hint:
                    self._lines.append(Line((Piece(f"{'':9}hint: {problem.hint}", "muted"),)))
        for problem in here:
            if not 1 <= problem.span.line <= len(source.lines):
                self._lines.append(Line((Piece(f"{'':9}{problem.text}", "crash"),)))
        for problem in problems:
            if problem.span.source is not source:
                self._lines.append(Line((Piece(f"{problem.span}: {problem.text}", "crash"),)))
        widest = max((text_width(piece.text) for drawn in self._lines for piece in drawn.pieces), default=0)
        self.show_lines(len(self._lines), min(widest + 20, 5_000))
        if self._places:
            self.reveal(self._places[0])

    def build(self, index: int) -> Line:
        """A line of the text, or of what is wrong with it."""
        return self._lines[index]


def _carets(problem: Problem) -> Line:
    """The line below a mistake. Tabs of the source are one cell here, as everywhere in this pane."""
    column = min(problem.span.column, 400)
    return Line((Piece(f"{'':{8 + column}}{'^' * max(1, min(problem.span.width, 200))} {problem.text}", "crash"),))


class MistakesApp(_Door):
    """Shows why a program cannot be loaded, until it can. Its result is ``loaded``, or empty when the user leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R,r", "again", "Read the file again"),
        Binding("q,escape", "leave", "Quit"),
    ]

    def __init__(self, options: ScreenOptions, error: SourceError, load: Callable[[], object]) -> None:
        super().__init__(options)
        self._error = error
        self._load = load
        self._pane = MistakesPane(self._glyphs)

    def compose(self) -> ComposeResult:
        yield self._pane
        yield Footer()

    def on_mount(self) -> None:
        self._pane.focus()
        self._show(self._error)

    def _show(self, error: SourceError) -> None:
        self._pane.border_title = Content(f"{error} in {error.problems[0].span.source.path}")
        self._pane.border_subtitle = Content("correct the file, then R")
        self._pane.show(error.problems)

    def action_again(self) -> None:
        """Try to load the program again."""
        try:
            self._load()
        except SourceError as error:
            self._show(error)
        except TtvmError as error:
            self._pane.border_subtitle = Content(str(error))
        else:
            self.exit("loaded")


def show_mistakes(options: ScreenOptions, error: SourceError, load: Callable[[], object]) -> bool:
    """Show the mistakes of a program until ``load`` succeeds; False when the user leaves before."""
    return MistakesApp(options, error, load).run() == "loaded"
