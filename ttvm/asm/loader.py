"""The loader: from the names a program uses to assembled modules, each assembled once."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import Protocol

from ttvm.asm.assembler import assemble
from ttvm.errors import Fault, FaultKind, SourceError, UnreadableError
from ttvm.program import Module
from ttvm.source import Source

SUFFIX = ".ttvm"


class Files(Protocol):
    """Where program files come from. ``ttvm.host.sources.SourceFiles`` reads the real ones."""

    def find(self, name: str, folders: tuple[str, ...]) -> str | None:
        """The path of the first existing file of that name; None when there is none."""
        ...

    def search_path(self) -> tuple[str, ...]:
        """Folders in which the user wants modules to be found."""
        ...

    def read(self, path: str) -> Source:
        """The text of a file; raises UnreadableError."""
        ...


class Loader:
    """Loads programs, imports and templates. ``modules`` holds all that were loaded, by identity."""

    def __init__(self, files: Files, package_folder: str) -> None:
        self._files = files
        self._templates = os.path.join(package_folder, "templates")
        self._found: dict[str, Module | None] = {}
        self.modules: dict[str, Module] = {}
        self.on_load: Callable[[Module], None] | None = None
        """Called with each module when it is first used: a recording notes which text ran."""

    def load(self, path: str) -> Module:
        """The program of a file. Raises UnreadableError or SourceError."""
        return self.add(self._files.read(path))

    def add(self, source: Source) -> Module:
        """Assemble a source, unless a module of its identity is known. Raises SourceError."""
        module = self.modules.get(source.identity)
        if module is None:
            module = assemble(source)
            if self.on_load is not None:
                self.on_load(module)
            self.modules[source.identity] = module
        return module

    def find_import(self, path: str, importer: Module) -> Module:
        """The module IMPORT means: beside the importer, in the working directory, or in a folder of TTVM_PATH."""
        name = path if path.endswith(SUFFIX) else path + SUFFIX
        folder = os.path.dirname(importer.identity)
        found = self._files.find(name, (folder, "", *self._files.search_path()))
        if found is None:
            raise Fault(FaultKind.IMPORT_ERROR, f'finds no module "{path}"')
        return self._load_for_guest(found, path)

    def find_program(self, name: str, beside: Module) -> Module | None:
        """The program NAME.ttvm beside another, in the working directory, or in its folder ``examples``.

        Only plain names are looked up, so that a text from elsewhere cannot choose a folder.
        """
        if not name or name != os.path.basename(name) or "\\" in name or "\0" in name or name in (".", ".."):
            return None
        folder = os.path.dirname(beside.identity)
        key = f"{folder}\0{name}"
        if key not in self._found:
            path = self._files.find(name + SUFFIX, (folder, "", "examples"))
            self._found[key] = self._load_for_guest(path, name) if path else None
        return self._found[key]

    def find_template(self, name: str) -> Module | None:
        """A template of the package; None when there is none of that name."""
        if not name.isidentifier():
            return None
        path = self._files.find(name + SUFFIX, (self._templates,))
        return self._load_for_guest(path, name) if path else None

    def _load_for_guest(self, path: str, name: str) -> Module:
        """Load a file that a running program named: what is wrong with it is a fault of that program."""
        identity = os.path.realpath(path)
        if identity in self.modules:
            return self.modules[identity]
        try:
            return self.load(path)
        except UnreadableError as error:
            raise Fault(FaultKind.IMPORT_ERROR, f'cannot read "{name}": {error}') from None
        except SourceError as error:
            problem = error.problems[0]
            more = f" (and {len(error.problems) - 1} more)" if len(error.problems) > 1 else ""
            raise Fault(FaultKind.IMPORT_ERROR, f'cannot use "{name}": {problem.span}: {problem.text}{more}') from None
