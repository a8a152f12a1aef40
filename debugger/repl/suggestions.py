"""What the word at the cursor may become: instructions, labels, variables, names, commands, files."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from debugger.commands import complete, find_command
from debugger.repl.commands import COMMANDS
from debugger.repl.evaluator import Evaluator
from debugger.repl.typed import read_block, split_line
from ttvm.errors import TtvmError
from ttvm.isa import ISA

MOST_FILES = 200
_NAMED = frozenset({"REGISTER", "UNREGISTER", "WHEREIS", "SENDNAMED", "SEND_NAMED"})
"""Instructions whose name is that of a process, and not that of a variable."""


class Suggestion(NamedTuple):
    """A word that may stand instead of the last ``length`` characters, and what to say of it."""

    text: str
    length: int
    note: str = ""


def suggest(evaluator: Evaluator, text: str) -> list[Suggestion]:
    """What the end of a text may become."""
    line = text.rpartition("\n")[2]
    pieces = split_line(line)
    piece = (
        line[pieces[-1].column :] if pieces and not line.rstrip().endswith(";;") else line.rpartition(";;")[2].lstrip()
    )
    if piece.startswith(";"):
        return []
    first, space, rest = piece.partition(" ")
    if not space:
        return list(_first_words(first))
    if evaluator.is_command(piece):
        return list(_of_command(evaluator, first.removeprefix(":"), rest))
    return list(_of_instruction(evaluator, text, first, rest))


def _first_words(word: str) -> Iterator[Suggestion]:
    """Instructions and commands; the commands first for whoever types in lower case."""
    plain = word.removeprefix(":")
    commands = [
        Suggestion(each.name, len(plain), f"{each.usage}  {each.help.partition('. ')[0].rstrip('.')}".strip())
        for each in COMMANDS
        if each.name.startswith(plain)
    ]
    instructions = [
        Suggestion(row.mnemonic, len(word), f"( {row.effect} )  {row.summary}")
        for row in ISA.values()
        if row.mnemonic.startswith(word.upper()) and not word.startswith(":")
    ]
    if not plain:
        return iter(commands if word else ())
    return iter(commands + instructions if plain.islower() else instructions + commands)


def _of_command(evaluator: Evaluator, name: str, rest: str) -> Iterator[Suggestion]:
    word = rest.rpartition(" ")[2]
    try:
        command = find_command(name, COMMANDS)
    except TtvmError:
        return
    if command.name == "help":
        yield from (each for each in _first_words(word) if word)
    elif "FILE" in command.usage:
        yield from _files(rest)
    elif command.usage.startswith(("[on", "[emacs")):
        yield from _matching(command.usage.strip("[]").split("|"), word)
    elif command.name == "set":
        yield from _matching(_variables(evaluator), word)
    else:
        yield from _matching(complete(f"{command.name} {rest}", evaluator.session, COMMANDS), word)


def _of_instruction(evaluator: Evaluator, text: str, mnemonic: str, rest: str) -> Iterator[Suggestion]:
    found = ISA.find(mnemonic)
    if rest.count('"') % 2:
        word = rest.rpartition('"')[2]
        yield from _matching([*_labels(evaluator, text), *_names(evaluator)], word)
        yield from _files(word)
        return
    word = rest.rpartition(" ")[2]
    types = {operand.type for operand in found[0].operands} if found is not None else set[str]()
    if types & {"label", "timeout"}:
        yield from _matching(_labels(evaluator, text), word)
    if "name" in types:
        named = found is not None and found[0].mnemonic in _NAMED
        yield from _matching(_names(evaluator) if named else _variables(evaluator), word)
    if "pid" in types:
        rows = evaluator.session.view().processes
        yield from (
            Suggestion(str(row.pid), len(word), row.name or row.target)
            for row in rows
            if row.state != "exited" and str(row.pid).startswith(word)
        )


def _matching(candidates: Iterable[str], word: str) -> Iterator[Suggestion]:
    return (Suggestion(each, len(word)) for each in dict.fromkeys(candidates) if each.startswith(word))


def _labels(evaluator: Evaluator, text: str) -> list[str]:
    """The labels of the program, and those in what is being typed."""
    typed = read_block(text, evaluator.session.fragment).fragment.labels
    return sorted({*evaluator.session.labels(), *typed})


def _variables(evaluator: Evaluator) -> list[str]:
    selected = evaluator.session.view(evaluator.pid).selected
    frames = selected.frames if selected is not None else ()
    return sorted({variable.name for frame in frames for variable in frame.variables})


def _names(evaluator: Evaluator) -> list[str]:
    return [each.name for each in evaluator.session.view().relations.names]


def _files(word: str) -> Iterator[Suggestion]:
    """Files and folders whose path begins so."""
    start = os.path.expanduser(word)
    for path in sorted(glob.iglob(f"{glob.escape(start)}*"))[:MOST_FILES]:
        yield Suggestion(path + (os.sep if os.path.isdir(path) else ""), len(word))
