"""The colours of what is typed: the lexer of the language, piece by piece, as ``;;`` begins no comment here."""

from __future__ import annotations

from collections.abc import Callable

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles.pygments import pygments_token_to_classname

from debugger.lexer import TtvmLexer
from debugger.repl.evaluator import Evaluator
from debugger.repl.typed import split_line

STYLE = {
    "prompt": "bold",
    "effect": "ansigreen",
    "error": "ansired bold",
    "warning": "ansiyellow",
    "quiet": "ansibrightblack",
    "command": "ansimagenta",
    "pygments.keyword": "ansiblue bold",
    "pygments.operator.word": "ansiblue",
    "pygments.name.builtin": "ansiblue",
    "pygments.name.function": "ansiblue",
    "pygments.name.label": "ansiyellow",
    "pygments.name.variable": "ansicyan",
    "pygments.literal.number": "ansigreen",
    "pygments.literal.string": "ansigreen",
    "pygments.comment": "ansibrightblack",
    "pygments.error": "ansired",
}
"""Only colours that each terminal has in its own light or dark form."""


class TypedLexer(Lexer):
    """Colours a text that is being typed."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._lexer = TtvmLexer(stripnl=False, ensurenl=False)

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        lines = document.lines

        def line(number: int) -> StyleAndTextTuples:
            return self._line(lines[number]) if number < len(lines) else []

        return line

    def _line(self, line: str) -> StyleAndTextTuples:
        if self._evaluator.is_command(line):
            return [("class:command", line)]
        words: StyleAndTextTuples = []
        position = 0
        for piece in split_line(line):
            words.append(("class:quiet", line[position : piece.column]))
            words += (
                (f"class:{pygments_token_to_classname(token)}", text)
                for token, text in self._lexer.get_tokens(piece.text)
            )
            position = piece.column + len(piece.text)
        words.append(("class:quiet", line[position:]))
        return words
