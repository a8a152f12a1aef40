"""What ``e`` writes to files: the screen, the diagram and the run."""

from __future__ import annotations

import re
from pathlib import Path

from debugger.tui.commanding import Commanding
from debugger.tui.widgets.chooser import Choice, Chooser
from ttvm.errors import TtvmError

KINDS = (
    ("svg", "screen as SVG", "a picture that scales, for slides and papers"),
    ("txt", "screen as text", "for mails and for whoever cannot see pictures"),
    ("diagram.svg", "diagram as SVG", "who sent what to whom, as a picture"),
    ("mmd", "diagram as Mermaid", "the same as text that wikis and notebooks draw"),
    ("ttvmrun", "run", "all branches, bookmarks and breakpoints; ttvm-debug opens it again"),
)
"""Extension, name, and what it is good for."""
COMMANDS = {"ttvmrun": "save", "mmd": "export diagram", "diagram.svg": "export diagram"}
"""What is written by a command: its beginning, by the extension."""
MOST_FILES = 1_000


class Exporting(Commanding):
    """Actions that write files. They write into the current folder and never over another file."""

    def action_export(self) -> None:
        """Choose what to write."""

        def chosen(number: int | None) -> None:
            if number is not None:
                with self._guarded():
                    self._export(KINDS[number][0])

        self.push_screen(Chooser(self._glyphs, "Export", [Choice(name, what) for _, name, what in KINDS]), chosen)

    def _export(self, extension: str) -> None:
        file = self._new_file(extension)
        if extension in COMMANDS:
            self._execute(f"{COMMANDS[extension]} {file}")
            return
        text = self.screen_svg() if extension == "svg" else self.screen_text()
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise TtvmError(f"{file} cannot be written: {error.strerror}") from None
        self._notify(f"wrote {file}")

    def _new_file(self, extension: str) -> Path:
        """A name that says which moment it is, and that no file has yet."""
        stem = f"{Path(self._session.program).stem}-step-{self._view.step}"
        for number in range(1, MOST_FILES):
            file = Path(f"{stem}{f'-{number}' if number > 1 else ''}.{extension}")
            if not file.exists():
                return file
        raise TtvmError(f"there are {MOST_FILES:,} files like {stem}.{extension} already")

    def screen_svg(self) -> str:
        """The screen as a picture that asks nobody for a font."""
        svg = self.export_screenshot(title=self.TITLE, simplify=True)
        svg = re.sub(r"@font-face\s*\{[^}]*\}", "", svg)
        return re.sub(r"[ \t]+$", "", svg, flags=re.M)

    def screen_text(self) -> str:
        """The screen as lines of text."""
        # The compositor is what Textual's own screenshots are made from; there is no other way to it.
        strips = self.screen_stack[0]._compositor.render_strips()
        return "".join(f"{strip.text.rstrip()}\n" for strip in strips)
