"""The transcript in docs/repl.md: ``python -m tests.repl.transcript`` writes it anew, by running what it shows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from debugger.live_module import LIVE
from debugger.repl.evaluator import Evaluator
from debugger.repl.plain import output_text
from debugger.session import Session
from debugger.views import OutputLine
from tests.machines import ROOT

PAGE = ROOT / "docs" / "repl.md"
_SHOWN = re.compile(r"(?<=<!-- transcript -->\n```text\n).*?(?=```\n)", re.DOTALL)

TYPED = (
    "PUSH_INT 1",
    "PUSH_INT 2 ;; ADD",
    'PUSH_STR "?" ;; ADD',
    "square:\n    DUP\n    MUL\n    RET",
    "CALL square ;; PRINT",
    "back",
    "echo:\n    RECEIVE\n    SELF\n    PRINT\n    SEND 1\n    JMP echo",
    'PUSH_STR "echo" ;; SPAWN ;; STORE other',
    "SEND 2",
    "RECEIVE",
    "turn",
    "ps",
    "turn",
    "RECEIVE",
    "back",
    "stack",
    "help SWAP",
)
"""What is typed, from the first number to two processes talking, a deadlock, and out of it again."""


class _Page:
    """A front end that writes on a page."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show_output(self, lines: Sequence[OutputLine], own: int) -> None:
        self.lines += (output_text(line, own) for line in lines)

    def show_trace(self, line: str) -> None:
        self.lines.append(line)

    def is_interrupted(self) -> bool:
        return False


def transcript() -> str:
    """What is on the screen when ``TYPED`` is typed."""
    page = _Page()
    session = Session(LIVE)
    evaluator = Evaluator(session, page)
    for typed in TYPED:
        prompt = f"{evaluator.prompt}> "
        lines = typed.split("\n")
        page.lines.append(prompt + lines[0])
        for number in range(1, len(lines)):
            nesting = str(evaluator.nesting("\n".join(lines[:number])))
            page.lines.append(f"{nesting} ...> ".rjust(len(prompt)) + lines[number])
        for answer in evaluator.enter(typed):
            error = f"error: {answer.error}" if answer.error else ""
            page.lines += filter(None, (answer.text, answer.effect, error))
    session.close()
    return "\n".join(page.lines) + "\n"


def shown() -> str:
    """The transcript that is in the page."""
    found = _SHOWN.search(PAGE.read_text(encoding="utf-8"))
    assert found is not None, "docs/repl.md has no place for the transcript"
    return found[0]


def main() -> None:
    """Write it into the page."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(_SHOWN.sub(lambda _: transcript(), text), encoding="utf-8")


if __name__ == "__main__":
    main()
