"""The loader: where programs, imports and templates are found, and what goes wrong."""

from __future__ import annotations

import pytest

from tests.unit.helpers import FOLDER, PACKAGE, MemoryFiles
from ttvm.asm.loader import Loader
from ttvm.errors import Fault, FaultKind, SourceError, UnreadableError
from ttvm.program import Module
from ttvm.source import Source

MAIN = Source(f"{FOLDER}/shop/main.ttvm", "NOP\n")


def loader_with(files: dict[str, str], search_path: tuple[str, ...] = ()) -> tuple[Loader, MemoryFiles, Module]:
    """A loader, its files, and the main program in the folder ``shop``."""
    memory = MemoryFiles(files, search_path)
    loader = Loader(memory, PACKAGE)
    return loader, memory, loader.add(MAIN)


def fault_of(loader: Loader, path: str, importer: Module) -> Fault:
    with pytest.raises(Fault) as caught:
        loader.find_import(path, importer)
    return caught.value


# -- programs


def test_load_reads_and_assembles() -> None:
    loader, _, _ = loader_with({"/ttvm-test-home/a.ttvm": "PUSH_INT 1\n"})
    module = loader.load("/ttvm-test-home/a.ttvm")
    assert [op.row.mnemonic for op in module.ops] == ["PUSH_INT"]
    assert loader.modules[module.identity] is module


def test_load_of_a_missing_file_and_of_a_bad_one() -> None:
    loader, _, _ = loader_with({"bad.ttvm": "NONSENSE\n"})
    with pytest.raises(UnreadableError):
        loader.load("missing.ttvm")
    with pytest.raises(SourceError):
        loader.load("bad.ttvm")
    assert list(loader.modules) == [MAIN.identity]


def test_a_source_is_assembled_once() -> None:
    loader, _, main = loader_with({})
    assert loader.add(MAIN) is main
    assert loader.add(Source("another name", "POP\n", MAIN.identity)) is main


# -- imports


def test_where_an_import_is_looked_for() -> None:
    loader, files, main = loader_with({}, ("/lib/one", "/lib/two"))
    fault_of(loader, "tools", main)
    assert files.looked == [
        f"{FOLDER}/shop/tools.ttvm",
        "tools.ttvm",
        "/lib/one/tools.ttvm",
        "/lib/two/tools.ttvm",
        f"{PACKAGE}/std/tools.ttvm",
    ]


PLACES = [f"{FOLDER}/shop/m.ttvm", "m.ttvm", "/lib/one/m.ttvm", "/lib/two/m.ttvm", f"{PACKAGE}/std/m.ttvm"]


@pytest.mark.parametrize("first", range(len(PLACES)), ids=PLACES)
@pytest.mark.parametrize("spelling", ["m", "m.ttvm"])
def test_the_first_place_that_has_it_wins(first: int, spelling: str) -> None:
    loader, _, main = loader_with(dict.fromkeys(PLACES[first:], "NOP\n"), ("/lib/one", "/lib/two"))
    assert loader.find_import(spelling, main).source.path == PLACES[first]


@pytest.mark.parametrize("spelling", ["std/math", "std/math.ttvm", "math", "math.ttvm"])
def test_the_bundled_library_is_called_std(spelling: str) -> None:
    loader, _, main = loader_with({f"{PACKAGE}/std/math.ttvm": "NOP\n"})
    assert loader.find_import(spelling, main).source.path == f"{PACKAGE}/std/math.ttvm"


def test_a_std_folder_of_ones_own_comes_before_the_bundled_library() -> None:
    own = f"{FOLDER}/shop/std/math.ttvm"
    loader, _, main = loader_with({own: "NOP\n", f"{PACKAGE}/std/math.ttvm": "NOP\n"})
    assert loader.find_import("std/math", main).source.path == own


def test_an_import_is_relative_to_its_importer_and_not_to_the_program() -> None:
    loader, _, main = loader_with({
        f"{FOLDER}/shop/sub/a.ttvm": 'IMPORT "b"\n',
        f"{FOLDER}/shop/sub/b.ttvm": "NOP\n",
        f"{FOLDER}/shop/b.ttvm": "POP\n",
    })  # fmt: skip
    a = loader.find_import("sub/a", main)
    assert loader.find_import("b", a).source.path == f"{FOLDER}/shop/sub/b.ttvm"
    assert loader.find_import("b", main).source.path == f"{FOLDER}/shop/b.ttvm"


def test_a_module_is_read_once() -> None:
    loader, files, main = loader_with({f"{FOLDER}/shop/m.ttvm": "NOP\n"})
    module = loader.find_import("m", main)
    assert loader.find_import("m.ttvm", main) is module
    assert files.reads == [f"{FOLDER}/shop/m.ttvm"]


@pytest.mark.parametrize("path", ["missing", "", "a/b/c", "../x", "/etc/passwd", "a\0b", "x" * 100_000])
def test_an_import_that_is_not_there(path: str) -> None:
    loader, _, main = loader_with({})
    fault = fault_of(loader, path, main)
    assert fault.kind is FaultKind.IMPORT_ERROR
    assert fault.text.startswith("finds no module")


def test_an_import_with_errors_names_the_first_and_counts_the_others() -> None:
    path = f"{FOLDER}/shop/m.ttvm"
    loader, files, main = loader_with({path: "NOP\n  PUSHINT 5\nADD 1\nJMP x\n"})
    fault = fault_of(loader, "m", main)
    assert fault.kind is FaultKind.IMPORT_ERROR
    assert fault.text == f'cannot use "m": {path}:2:3: unknown instruction PUSHINT (and 2 more)'
    files.files[path] = "NONSENSE\n"
    assert fault_of(loader, "m", main).text == f'cannot use "m": {path}:1:1: unknown instruction NONSENSE'
    files.files[path] = "NOP\n"
    assert len(loader.find_import("m", main).ops) == 1, "a failed import can be tried again"


def test_an_import_that_cannot_be_read() -> None:
    path = f"{FOLDER}/shop/m.ttvm"

    class Vanishing(MemoryFiles):
        def read(self, path: str) -> Source:
            raise UnreadableError(f"{path}: reading this file is not permitted")

    loader = Loader(Vanishing({path: "NOP\n"}), PACKAGE)
    fault = fault_of(loader, "m", loader.add(MAIN))
    assert fault.kind is FaultKind.IMPORT_ERROR
    assert fault.text == f'cannot read "m": {path}: reading this file is not permitted'


# -- programs by name


def test_where_a_program_is_looked_for() -> None:
    loader, files, main = loader_with({})
    assert loader.find_program("barista", main) is None
    assert files.looked == [f"{FOLDER}/shop/barista.ttvm", "barista.ttvm", "examples/barista.ttvm"]


@pytest.mark.parametrize("first", range(3))
def test_the_first_program_wins(first: int) -> None:
    places = [f"{FOLDER}/shop/p.ttvm", "p.ttvm", "examples/p.ttvm"]
    loader, _, main = loader_with(dict.fromkeys(places[first:], "NOP\n"))
    found = loader.find_program("p", main)
    assert found is not None
    assert found.source.path == places[first]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../p", "/p", "a\\b", "p\0", "/"])
def test_only_plain_names_are_looked_up(name: str) -> None:
    loader, files, main = loader_with({f"{FOLDER}/shop/p.ttvm": "NOP\n"})
    assert loader.find_program(name, main) is None
    assert files.looked == []


def test_a_program_with_errors_is_a_fault_of_who_spawned_it() -> None:
    loader, _, main = loader_with({f"{FOLDER}/shop/p.ttvm": "NONSENSE\n"})
    with pytest.raises(Fault, match="unknown instruction NONSENSE") as caught:
        loader.find_program("p", main)
    assert caught.value.kind is FaultKind.IMPORT_ERROR


def test_a_thousand_processes_look_for_their_program_once() -> None:
    loader, files, main = loader_with({f"{FOLDER}/shop/p.ttvm": "NOP\n"})
    modules = {loader.find_program("p", main) for _ in range(1000)}
    assert len(modules) == 1
    assert len(files.looked) == 1


# -- templates


def test_a_template_comes_from_the_package_only() -> None:
    template = f"{PACKAGE}/templates/counter.ttvm"
    loader, files, _ = loader_with({template: "NOP\n", f"{FOLDER}/shop/counter.ttvm": "POP\n"})
    found = loader.find_template("counter")
    assert found is not None
    assert found.source.path == template
    assert files.looked == [template]
    assert loader.find_template("counter") is found
    assert loader.find_template("nobody") is None


@pytest.mark.parametrize("name", ["", "a b", "../std/math", "a/b", "a.b", "1a", "a\0"])
def test_only_words_are_names_of_templates(name: str) -> None:
    loader, files, _ = loader_with({})
    assert loader.find_template(name) is None
    assert files.looked == []
