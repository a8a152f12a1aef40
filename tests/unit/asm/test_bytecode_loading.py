"""Bytecode files in the loader: what comes inside of a file goes before what lies beside it."""

from __future__ import annotations

import pytest

from tests.unit.helpers import FOLDER, PACKAGE, MemoryFiles
from ttvm.asm.bytecode import encode
from ttvm.asm.loader import Loader
from ttvm.errors import Fault, FaultKind, UnreadableError
from ttvm.program import Module, whole_program
from ttvm.source import BytecodeFile, Source

SOURCES = {
    f"{FOLDER}/src/main.ttvm": 'IMPORT "lib/tools"\nIMPORT "helper"\nIMPORT "missing"\n',
    f"{FOLDER}/src/helper.ttvm": 'IMPORT "main"\n',
    f"{FOLDER}/src/lib/tools.ttvm": 'IMPORT "deep"\n',
    f"{FOLDER}/src/lib/deep.ttvm": "NOP\n",
}
FILE = f"{FOLDER}/bin/program.ttb"


def compiled() -> bytes:
    """The bytecode of the program."""
    loader = Loader(MemoryFiles(SOURCES), PACKAGE)

    def find(text: str, importer: Module) -> Module | None:
        return None if text == "missing" else loader.find_import(text, importer)

    return encode(loader.load(f"{FOLDER}/src/main.ttvm"), find)


class MixedFiles(MemoryFiles):
    """Program files in a dict, some of them bytecode."""

    def __init__(self, files: dict[str, str | bytes]) -> None:
        super().__init__({path: text for path, text in files.items() if isinstance(text, str)})
        self.bytecode = {path: data for path, data in files.items() if isinstance(data, bytes)}
        self.files.update(dict.fromkeys(self.bytecode, ""))

    def read(self, path: str) -> Source:
        return BytecodeFile(path, self.bytecode[path]) if path in self.bytecode else super().read(path)


def loaded(**beside: str) -> tuple[Loader, MixedFiles, Module]:
    """The program loaded from its bytecode; ``beside`` are other files in the same folder."""
    files = MixedFiles({FILE: compiled(), **{f"{FOLDER}/bin/{name}.ttvm": text for name, text in beside.items()}})
    loader = Loader(files, PACKAGE)
    return loader, files, loader.load(FILE)


def test_a_program_is_decoded_once() -> None:
    loader, files, program = loaded()
    assert loader.load(FILE) is program
    assert loader.modules == {program.identity: program}
    assert files.reads == []


def test_imports_come_out_of_the_file() -> None:
    loader, files, program = loaded(helper="POP\n")
    tools = loader.find_import("lib/tools", program)
    deep = loader.find_import("deep", tools)
    helper = loader.find_import("helper", program)
    assert [module.name for module in (tools, deep, helper)] == ["tools.ttvm", "deep.ttvm", "helper.ttvm"]
    assert helper.ops[0].row.mnemonic == "IMPORT", "the helper inside, not the one beside"
    assert loader.find_import("main", helper) is program
    assert files.looked == []
    assert list(loader.modules.values()) == [program, tools, deep, helper]
    assert whole_program(program) == [program, tools, helper, deep]


def test_modules_are_introduced_when_they_are_first_used() -> None:
    loader = Loader(MixedFiles({FILE: compiled()}), PACKAGE)
    introduced: list[str] = []
    loader.on_load = lambda module: introduced.append(module.name)
    program = loader.load(FILE)
    assert introduced == ["main.ttvm"]
    for _ in range(2):
        loader.find_import("helper", program)
    assert introduced == ["main.ttvm", "helper.ttvm"]


def test_an_import_that_is_not_inside_is_looked_for_beside_the_file() -> None:
    loader, files, program = loaded(missing="NOP\n")
    assert loader.find_import("missing", program).source.path == f"{FOLDER}/bin/missing.ttvm"
    with pytest.raises(Fault, match="finds no module") as caught:
        loader.find_import("nowhere", loader.find_import("lib/tools", program))
    assert caught.value.kind is FaultKind.IMPORT_ERROR
    assert f"{FOLDER}/bin/lib/nowhere.ttvm" in files.looked


def test_spawn_finds_modules_inside_first_and_then_programs_beside() -> None:
    loader, _, program = loaded(helper="POP\n", child="NOP\n")
    assert loader.find_program("helper", program) is program.imports["helper"]
    assert loader.find_program("main", program) is program
    child = loader.find_program("child", program)
    assert child is not None
    assert child.source.path == f"{FOLDER}/bin/child.ttvm"
    assert loader.find_program("tools", program) is None
    tools = loader.find_import("lib/tools", program)
    assert loader.find_program("deep", tools) is tools.imports["deep"]


def test_a_file_is_known_by_its_contents_and_not_by_its_name() -> None:
    loader = Loader(MixedFiles({f"{FOLDER}/tool.ttvm": compiled()}), PACKAGE)
    main = loader.add(Source(f"{FOLDER}/x.ttvm", 'IMPORT "tool"\n'))
    tool = loader.find_import("tool", main)
    assert tool.name == "main.ttvm"
    assert loader.find_import("tool", main) is tool
    assert loader.find_program("tool", main) is tool
    assert loader.find_program("helper", main) is None, "what is inside of a file is for what came in it"


def test_a_damaged_file_is_a_fault_of_who_imports_it() -> None:
    damaged = compiled()[:-1]
    loader = Loader(MixedFiles({f"{FOLDER}/tool.ttvm": damaged}), PACKAGE)
    with pytest.raises(Fault, match=r'cannot read "tool": .*damaged') as caught:
        loader.find_import("tool", loader.add(Source(f"{FOLDER}/x.ttvm", "NOP\n")))
    assert caught.value.kind is FaultKind.IMPORT_ERROR
    with pytest.raises(UnreadableError):
        loader.load(f"{FOLDER}/tool.ttvm")
