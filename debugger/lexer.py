"""The Pygments lexer of the language, made from the instruction table.

A new row of ``ttvm.isa`` is known here without another word; only a new *family* wants a colour, and until
it has one it looks like any other keyword.
"""

from __future__ import annotations

import re
from typing import ClassVar

from pygments.lexer import RegexLexer, include, words
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Whitespace,
    _TokenType,
)

from ttvm.isa import ISA

FAMILY_TOKENS: dict[str, _TokenType] = {
    "stack": Name.Builtin,
    "variables": Name.Builtin,
    "arithmetic": Operator.Word,
    "comparison": Operator.Word,
    "logic": Operator.Word,
    "control flow": Keyword,
    "functions": Keyword,
    "exceptions": Keyword,
    "modules": Keyword.Namespace,
    "lists": Name.Function,
    "objects": Name.Function,
    "strings": Name.Function,
    "conversion": Name.Function,
    "formats": Name.Function,
    "crypto": Name.Function,
    "database": Name.Function,
    "console and surroundings": Name.Builtin.Pseudo,
    "files": Name.Builtin.Pseudo,
    "commands": Name.Builtin.Pseudo,
    "time and chance": Name.Builtin.Pseudo,
    "network": Name.Builtin.Pseudo,
    "async": Name.Builtin.Pseudo,
    "streams": Name.Builtin.Pseudo,
    "processes": Keyword.Pseudo,
    "messages": Keyword.Pseudo,
    "links and monitors": Keyword.Pseudo,
    "supervision": Keyword.Pseudo,
}
"""The token type of the mnemonics of each family."""

OPERAND_STATES = {"label": "target", "str": "text", "name": "name", "pattern": "pattern"}
"""The lexer state behind a mnemonic, by the type of its first operand; ``operands`` for all other types."""

WORD_END = r"(?=[\s;]|$)"


def _mnemonic_rules() -> list[tuple[words, _TokenType, str]]:
    """One rule per token type and operand state: the words, and where they lead."""
    groups: dict[tuple[_TokenType, str], list[str]] = {}
    for spelling in ISA.spellings:
        found = ISA.find(spelling)
        assert found is not None, spelling
        row = found[0]
        token = FAMILY_TOKENS.get(row.family, Keyword)
        state = OPERAND_STATES.get(row.operands[0].type, "operands") if row.operands else "operands"
        groups.setdefault((token, state), []).append(spelling)
    return [(words(tuple(group), suffix=WORD_END), token, state) for (token, state), group in groups.items()]


class TtvmLexer(RegexLexer):
    """Colours TTVM source. A line never depends on another one, so any line can be lexed alone.

    No state has a rule for the end of a line: RegexLexer itself goes back to ``root`` there, also out of a
    string that nobody closed.
    """

    name = "TinyTotVM"
    aliases: ClassVar[list[str]] = ["ttvm"]
    filenames: ClassVar[list[str]] = ["*.ttvm"]
    flags = re.MULTILINE | re.IGNORECASE

    tokens: ClassVar = {
        "root": [
            include("space"),
            (r"LABEL" + WORD_END, Keyword.Declaration, "target"),
            (r"[^\s;\"]+:(?=[ \t]*(?:;|$))", Name.Label),
            *_mnemonic_rules(),
            (r"[^\s;]+", Error, "operands"),
        ],
        "space": [
            (r"[^\S\n]+", Whitespace),
            (r";.*", Comment.Single),
        ],
        "target": [
            include("space"),
            (r"\d+" + WORD_END, Number.Integer, ("#pop", "name")),
            (r"[^\s;]+", Name.Label, ("#pop", "name")),
        ],
        "name": [
            include("space"),
            (r'"', String.Double, "string"),
            (r"[^\s;\"]+", Name.Variable),
        ],
        "text": [
            include("space"),
            (r'"', String.Double, ("#pop", "operands", "string")),
            (r"[^\"\s;][^;\n]*", String, ("#pop", "operands")),
        ],
        "pattern": [
            (r"AFTER\b", Keyword, "after"),
            (
                words(("int", "float", "str", "bool", "list", "object", "bytes"), prefix=r"\b", suffix=r"\b"),
                Keyword.Type,
            ),
            (r"\$\w+", Name.Variable),
            (r"_\b|[{}\[\],:|]", Punctuation),
            include("operands"),
        ],
        "after": [
            include("space"),
            (r"\d[\d_]*", Number.Integer, ("#pop", "target")),
        ],
        "operands": [
            include("space"),
            (r'"', String.Double, "string"),
            (r"[+-]?0x[0-9a-f_]+\b|[+-]?0b[01_]+\b", Number.Integer),
            (r"[+-]?(?:\d[\d_]*\.\d*(?:e[+-]?\d+)?|\d[\d_]*e[+-]?\d+|inf\b|nan\b)", Number.Float),
            (r"[+-]?\d[\d_]*", Number.Integer),
            (words(("true", "false", "null"), prefix=r"\b", suffix=r"\b"), Keyword.Constant),
            (r"\w+", Name),
            (r"[^\s\w;\"]", Punctuation),
        ],
        "string": [
            (r'[^"\\\n]+', String.Double),
            (r'\\(?:[ntr0"\\]|x[0-9a-f]{2}|u\{[0-9a-f]+\})', String.Escape),
            (r"\\.?", Error),
            (r'"', String.Double, "#pop"),
        ],
    }
