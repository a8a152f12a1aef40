"""Source lines in colour: the tokens of Pygments as pieces with roles."""

from __future__ import annotations

from functools import lru_cache

from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, _TokenType

from debugger.lexer import TtvmLexer
from debugger.tui.painting import LONGEST, Piece
from ttvm.source import visible

TAB_WIDTH = 4

ROLES: dict[_TokenType, str] = {
    Comment: "token-comment",
    Error: "token-error",
    Keyword: "token-keyword",
    Keyword.Pseudo: "token-actor",
    Keyword.Constant: "token-number",
    Name.Builtin: "token-builtin",
    Name.Builtin.Pseudo: "token-effect",
    Name.Function: "token-function",
    Name.Label: "token-label",
    Name.Variable: "token-name",
    Number: "token-number",
    Operator.Word: "token-operator",
    String: "token-string",
}
"""The role of a token type and of all types below it that have none of their own."""

_lexer = TtvmLexer()


def _role(token: _TokenType) -> str:
    while token.parent is not None:
        if token in ROLES:
            return ROLES[token]
        token = token.parent
    return ""


def shown(text: str) -> str:
    """A source line as it is drawn: tabs widened, control characters replaced, cut when absurdly long."""
    return visible(text[:LONGEST].expandtabs(TAB_WIDTH))


@lru_cache(maxsize=4096)
def highlight(text: str) -> tuple[Piece, ...]:
    """The pieces of one source line. Lines do not depend on each other, so only visible ones are lexed."""
    return tuple(Piece(word, _role(token)) for _, token, word in _lexer.get_tokens_unprocessed(shown(text)))
