"""The reference of the standard library, made from the comments in its source: `ttvm std`, and docs/stdlib.md.

A module begins with lines of ``;;;``, which speak of the whole of it. What it exports has a comment of a fixed form:

    ;; gcd ( a b -- divisor )
    ;; The greatest common divisor of two whole numbers; 0 when both are 0.
    ;; errors: Thrown unless both are Ints
    ;; example: PUSH_INT 12, PUSH_INT 18, LOAD gcd, CALL_FUNCTION => 6

A constant has no stack effect. Any of the lines may go on in the next one. The example is a program: commas stand
for ends of lines, and the text behind ``=>`` is what PRINT then shows of the value that is left.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import ttvm
from ttvm.asm.assembler import assemble
from ttvm.asm.loader import LIBRARY, SUFFIX
from ttvm.errors import TtvmError
from ttvm.host.sources import SourceFiles
from ttvm.record import Record
from ttvm.source import Source

FOLDER = os.path.join(os.path.dirname(os.path.abspath(ttvm.__file__)), LIBRARY)
_HEADER = re.compile(r"(\w+)(?: \( (.*?) ?\))?")
_STEP = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+')

_INTRODUCTION = """\
# The standard library

Made by `ttvm std --markdown` from the comments in the modules; do not edit it by hand.

The modules are written in TTVM and come with the machine. `IMPORT "std/math"` makes what a module exports known in
the importing call; `LOAD` puts one of its functions on the stack and `CALL_FUNCTION` calls it. `IMPORT "math"` is the
same as long as you have no `math.ttvm` of your own.

```ttvm
    IMPORT "std/math"
    IMPORT "std/list"
    PUSH_INT 6
    LOAD factorial
    CALL_FUNCTION           ; ( 6 factorial -- 720 )
    PRINT
    PUSH_INT 1
    PUSH_INT 5
    RANGE                   ; [1, 2, 3, 4]
    LOAD square             ; a function is a value: map wants one
    LOAD map
    CALL_FUNCTION           ; ( list square map -- list )
    LOAD sum
    CALL_FUNCTION
    PRINT
```
```text
720
30
```

A function takes its arguments off the stack, the last one from the top, and leaves exactly its result. It raises an
exception when it cannot do its work, and the message names the line of the library; `ERROR_TRACE` and the crash report
name yours. Questions (`is_even`, `contains`, `any`) give `true` or `false`. What a module exports can be sent to
another process and works there.

In the examples a comma stands for the end of a line; modules that an example needs besides its own are to be imported
too. `ttvm std gcd` shows the whole program.
"""


class Entry(Record):
    """What the library says of one thing that it exports."""

    module: str
    name: str
    effect: str | None
    """The stack effect of a function; None for a constant."""
    meaning: str
    errors: str
    steps: tuple[str, ...]
    """The instructions of the example."""
    result: str
    """What the example prints."""
    line: int

    @property
    def summary(self) -> str:
        """The first sentence of the meaning."""
        return self.meaning.partition(". ")[0].rstrip(".") + "."

    @property
    def signature(self) -> str:
        """The name with the stack effect."""
        return self.name if self.effect is None else f"{self.name} ( {self.effect} )"


class LibraryModule(Record):
    """A module of the library: what its comments say, and what it hands on of other modules."""

    name: str
    introduction: str
    """Paragraphs."""
    entries: tuple[Entry, ...]
    exports: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The first line of the introduction."""
        return self.introduction.partition("\n")[0]

    def handed_on(self, library: Library) -> dict[str, list[str]]:
        """What it exports besides its own entries, by the modules these are from."""
        own = {entry.name for entry in self.entries}
        found: dict[str, list[str]] = {}
        for name in self.exports:
            if name not in own:
                found.setdefault(library.entries[name].module, []).append(name)
        return found


class Library:
    """All modules, and all their entries by name: no two modules give one name two meanings."""

    def __init__(self, modules: tuple[LibraryModule, ...]) -> None:
        self.modules = modules
        self.entries = {entry.name: entry for module in modules for entry in module.entries}


def read_library() -> Library:
    """The library that comes with this package; ``prelude``, which is made of the others, last."""
    names = [name.removesuffix(SUFFIX) for name in os.listdir(FOLDER) if name.endswith(SUFFIX)]
    names.sort(key=lambda name: (name == "prelude", name))
    files = SourceFiles()
    return Library(tuple(read_module(name, files.read(os.path.join(FOLDER, name + SUFFIX))) for name in names))


def read_module(name: str, source: Source) -> LibraryModule:
    """What the comments of a module say. Raises TtvmError where one has not the fixed form."""
    entries = tuple(_entry(name, source, number, block) for number, block in _blocks(source))
    exports = tuple(op.operands[0] for op in assemble(source).ops if op.row.mnemonic == "EXPORT")
    introduction = "\n".join(line[3:].strip() for line in source.lines if line.startswith(";;;"))
    return LibraryModule(name, introduction, entries, exports)


def _blocks(source: Source) -> Iterator[tuple[int, list[str]]]:
    """The comments of entries: the number of the first line, and the texts of all."""
    block: list[str] = []
    for number, line in enumerate([*source.lines, ""], 1):
        if line.startswith(";; "):
            block.append(line[3:].strip())
        elif block:
            yield number - len(block), block
            block = []


def _entry(module: str, source: Source, line: int, block: list[str]) -> Entry:
    parts = {"meaning": "", "errors": "", "example": ""}
    part = "meaning"
    for text in block[1:]:
        key, colon, rest = text.partition(": ")
        if colon and key in parts:
            part, text = key, rest
        parts[part] = f"{parts[part]} {text}".strip()
    header = _HEADER.fullmatch(block[0])
    example, arrow, result = parts["example"].rpartition(" => ")
    if header is None or not arrow or not parts["meaning"] or not parts["errors"]:
        raise TtvmError(f"{source.path}:{line}: this comment has not the form of a reference: {block[0]}")
    steps = tuple(step.strip() for step in _STEP.findall(example))
    return Entry(module, header[1], header[2], parts["meaning"], parts["errors"], steps, result, line)


def example_program(entry: Entry, library: Library) -> str:
    """The example of an entry as a whole program."""
    loaded = [step.partition(" ")[2] for step in entry.steps if step.startswith("LOAD ")]
    needed = {library.entries[name].module for name in loaded if name in library.entries} | {entry.module}
    lines = [f'IMPORT "{LIBRARY}/{name}"' for name in sorted(needed)]
    lines += entry.steps
    if "PRINT" not in entry.steps:
        lines.append("PRINT")
    return "".join(f"{line}\n" if line.endswith(":") else f"    {line}\n" for line in lines)


def overview(library: Library) -> str:
    """All modules and what they export, a line each."""
    lines: list[str] = []
    for module in library.modules:
        lines += _module_lines(module, library)
    return "\n".join([*lines, f"{len(library.entries)} names; `ttvm std NAME` tells more of one", ""])


def _module_lines(module: LibraryModule, library: Library) -> list[str]:
    lines = [f'{module.name}: {module.summary}  IMPORT "{LIBRARY}/{module.name}"']
    width = max((len(entry.signature) for entry in module.entries), default=0)
    lines += (f"  {entry.signature:<{width}}  {entry.summary}" for entry in module.entries)
    lines += (f"  of {origin}: {' '.join(names)}" for origin, names in module.handed_on(library).items())
    return [*lines, ""]


def page(name: str, library: Library) -> str:
    """Everything about one entry, or about one module. Raises TtvmError when there is none of that name."""
    for module in library.modules:
        if module.name == name:
            return "\n".join(_module_lines(module, library))
    entry = library.entries.get(name)
    if entry is None:
        import difflib

        close = difflib.get_close_matches(name, [*library.entries, *(each.name for each in library.modules)], 3, 0.5)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        raise TtvmError(f"the standard library has nothing called {name}{hint}")
    lines = [entry.signature, "", entry.meaning]
    if entry.errors != "none":
        lines.append(f"Errors: {entry.errors}.")
    also = [each.name for each in library.modules if name in each.exports and each.name != entry.module]
    others = f" (also from {', '.join(also)})" if also else ""
    lines += ["", f"Example, which prints {entry.result}:", "", example_program(entry, library)]
    return "\n".join([*lines, f"  module: {entry.module}{others}   line {entry.line} of {entry.module}{SUFFIX}", ""])


def markdown(library: Library) -> str:
    """The whole reference as a page of the documentation."""
    lines = [_INTRODUCTION]
    lines += (f"- [{each.name}](#{each.name}): {each.summary}" for each in library.modules)
    for module in library.modules:
        lines += ["", f"## {module.name}", "", module.introduction]
        for origin, names in module.handed_on(library).items():
            words = ", ".join(f"`{name}`" for name in names)
            lines += ["", f"Of [{origin}](#{origin}) it also exports {words}."]
        for entry in module.entries:
            lines += ["", f"### {entry.name}", ""]
            if entry.effect is not None:
                lines += [f"`{entry.name}` ( {entry.effect} )", ""]
            lines += [entry.meaning, ""]
            if entry.errors != "none":
                lines.append(f"- Errors: {entry.errors}.")
            lines.append(f"- Example: `{', '.join(entry.steps)}` gives `{entry.result}`.")
    return "\n".join([*lines, ""])
