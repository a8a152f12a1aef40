"""The loader: from the names a program uses to assembled modules, each assembled once."""

from __future__ import annotations

import os.path
from collections.abc import Callable
from typing import Protocol

from ttvm.asm.assembler import assemble
from ttvm.errors import Fault, FaultKind, SourceError, UnreadableError
from ttvm.program import Module, whole_program
from ttvm.source import BytecodeFile, Source

SUFFIX = ".ttvm"
LIBRARY = "std"
"""The name of the standard library: a folder of the package, and the folder in which IMPORT seems to find it."""


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
        self._library = os.path.join(package_folder, LIBRARY)
        self._found: dict[str, Module | None] = {}
        self._decoded: dict[str, Module] = {}
        self._embedded: dict[str, Module] = {}
        """Modules that came inside of bytecode files, by the paths they would have beside these files."""
        self._folders: dict[str, str] = {}
        """The folders of these paths, by the identities of the modules."""
        self.modules: dict[str, Module] = {}
        self.on_load: Callable[[Module], None] | None = None
        """Called with each module when it is first used: a recording notes which text ran."""

    def load(self, path: str) -> Module:
        """The program of a file. Raises UnreadableError or SourceError."""
        return self.add(self._files.read(path))

    def add(self, source: Source) -> Module:
        """Assemble a source, unless a module of its identity is known. Raises SourceError, UnreadableError."""
        if isinstance(source, BytecodeFile):
            return self._add_decoded(source)
        module = self.modules.get(source.identity)
        return self._introduce(assemble(source)) if module is None else module

    def _introduce(self, module: Module) -> Module:
        """Make a module known when it is first used."""
        if module.identity not in self.modules:
            if self.on_load is not None:
                self.on_load(module)
            self.modules[module.identity] = module
        return module

    def _add_decoded(self, file: BytecodeFile) -> Module:
        """The program in a bytecode file. The modules that came with it are remembered for IMPORT and SPAWN."""
        module = self._decoded.get(file.identity)
        if module is None:
            from ttvm.asm.bytecode import decode  # most programs are text

            module = self._decoded[file.identity] = decode(file.data, file.path, file.identity)
            beside = os.path.dirname(file.identity)
            for each in whole_program(module):
                path = os.path.normpath(os.path.join(beside, each.source.path))
                self._folders[each.identity] = os.path.dirname(path)
                self._embedded.setdefault(path, each)
        return self._introduce(module)

    def _folder(self, module: Module) -> str:
        """The folder in which the files that a module names are looked for first."""
        identity = module.identity
        return self._folders[identity] if identity in self._folders else os.path.dirname(identity)

    def find_import(self, path: str, importer: Module) -> Module:
        """The module IMPORT means.

        It is looked for beside the importer, in the working directory, in the folders of TTVM_PATH, and last among
        the modules of the standard library: ``std/math``, or just ``math``.
        """
        if path in importer.imports:
            return self._introduce(importer.imports[path])
        name = path if path.endswith(SUFFIX) else path + SUFFIX
        folder = self._folder(importer)
        found = self._files.find(name, (folder, "", *self._files.search_path())) or self._find_in_library(name)
        if found is None:
            raise Fault(FaultKind.IMPORT_ERROR, f'finds no module "{path}"')
        return self._load_for_guest(found, path)

    def _find_in_library(self, name: str) -> str | None:
        """The path of a module of the standard library. Only plain names are, so no name leads out of its folder."""
        plain = name.removeprefix(f"{LIBRARY}/")
        return self._files.find(plain, (self._library,)) if plain.removesuffix(SUFFIX).isidentifier() else None

    def find_program(self, name: str, beside: Module) -> Module | None:
        """The program NAME.ttvm beside another, in the working directory, or in its folder ``examples``.

        Only plain names are looked up, so that a text from elsewhere cannot choose a folder.
        """
        if not name or name != os.path.basename(name) or "\\" in name or "\0" in name or name in (".", ".."):
            return None
        folder = self._folder(beside)
        inside = os.path.join(folder, name + SUFFIX)
        if beside.identity in self._folders and inside in self._embedded:
            return self._introduce(self._embedded[inside])
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
