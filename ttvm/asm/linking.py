"""Which modules belong to a program, and how each is called inside of a bytecode file."""

from __future__ import annotations

import os.path
import posixpath
from collections.abc import Callable

from ttvm.program import Module
from ttvm.record import Record
from ttvm.source import visible

FindImport = Callable[[str, Module], Module | None]
"""Which module IMPORT of a text means for an importer; None when it cannot be said before the program runs."""


class Linked(Record):
    """A module of a program: its path as seen from the program's folder, and the number of each module it imports."""

    module: Module
    path: str
    imports: list[tuple[str, int]]


def link(program: Module, find: FindImport) -> list[Linked]:
    """The program and all modules that it and they import, each once, in the order in which they are met."""
    folder = os.path.dirname(program.identity)
    linked = [Linked(program, visible(program.name) or "program", [])]
    numbers = {program.identity: 0}
    paths = {linked[0].path}
    for importer in linked:  # grows while it is walked
        for text in imported_texts(importer.module):
            module = find(text, importer.module)
            if module is None:
                continue
            if module.identity not in numbers:
                numbers[module.identity] = len(linked)
                path = _unused(_path(module, folder, importer.path, text), paths)
                paths.add(path)
                linked.append(Linked(module, path, []))
            importer.imports.append((text, numbers[module.identity]))
    return linked


def imported_texts(module: Module) -> list[str]:
    """The operands of all IMPORT of a module, each once."""
    return list(dict.fromkeys(op.operands[0] for op in module.ops if op.row.mnemonic == "IMPORT"))


def _path(module: Module, folder: str, importer: str, text: str) -> str:
    """The path of a module inside of the file.

    A module below the program's folder keeps its way from there. One from elsewhere (a search path, the
    bundled library) is called as its importer calls it, so that nobody learns where it was when it was compiled.
    """
    try:
        path = os.path.relpath(module.identity, folder or os.curdir)
    except ValueError:  # another drive
        path = os.pardir
    if path.split(os.sep, 1)[0] == os.pardir:
        suffix = os.path.splitext(module.identity)[1]
        path = text if text.endswith(suffix) else text + suffix
        path = posixpath.join(posixpath.dirname(importer), path.replace("\\", "/"))
    return visible(posixpath.normpath(path.replace("\\", "/")).lstrip("/")) or "module"


def is_path_inside(path: str) -> bool:
    """Whether ``link`` could give a module this path."""
    plain = path.isprintable() and "\\" not in path and not path.startswith("/")
    return plain and path == posixpath.normpath(path) and posixpath.basename(path) not in (".", "..")


def _unused(path: str, paths: set[str]) -> str:
    """``path``, or one like it that no other module has."""
    stem, suffix = os.path.splitext(path)
    candidate, number = path, 1
    while candidate in paths:
        number += 1
        candidate = f"{stem}~{number}{suffix}"
    return candidate
