"""Every program does the same from a bytecode file, with and without the source texts, as from its text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.machines import EXAMPLES, PROGRAMS, cheap_keys, folder_for, promises, run_program
from tests.test_programs import ALL, check, name_of, options_for
from tests.unit.asm.sources import anatomy
from ttvm.asm.bytecode import decode, encode
from ttvm.asm.linking import link
from ttvm.asm.loader import Loader
from ttvm.errors import Fault
from ttvm.program import Module
from ttvm.vm import make_loader

SOUND = [path for path in (*PROGRAMS, *EXAMPLES) if promises(path).exit_status != 2]


def finder(loader: Loader, text: str, importer: Module) -> Module | None:
    """What IMPORT means; None when it fails."""
    try:
        return loader.find_import(text, importer)
    except Fault:
        return None


@pytest.fixture(autouse=True, scope="module")
def keys_are_cheap() -> Iterator[None]:
    with cheap_keys():
        yield


@pytest.mark.parametrize("path", SOUND, ids=name_of)
def test_program_is_the_same_after_encoding_and_decoding(path: Path) -> None:
    loader = make_loader()
    program = loader.load(str(path))
    linked = link(program, lambda text, importer: finder(loader, text, importer))
    for each in linked:
        each.module.imports.update({text: linked[number].module for text, number in each.imports})
    data = encode(program)
    assert anatomy(decode(data, str(path))) == anatomy(program)
    assert encode(decode(data, "x.ttb")) == data
    stripped = encode(program, with_texts=False)
    assert anatomy(decode(stripped, str(path)), texts=False) == anatomy(program, texts=False)


RUNNING = [path for path in ALL if path in SOUND]
TELLING_PLACES = ("modules", "exceptions", "examples")
"""Folders of programs whose output shows lines and names of files, which a file without texts must know as well."""


@pytest.mark.parametrize(
    ("path", "with_texts"),
    [
        *(pytest.param(path, True, id=name_of(path)) for path in RUNNING),
        *(
            pytest.param(path, False, id=f"{name_of(path)}-stripped")
            for path in RUNNING
            if path.parent.name in TELLING_PLACES
        ),
    ],
)
def test_program_runs_from_bytecode(
    path: Path, with_texts: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Here SPAWN finds files, and IMPORT those with errors, which are in no bytecode file.
    monkeypatch.chdir(folder_for(path, tmp_path))
    loader = make_loader()
    program = loader.load(str(path))
    beside = tmp_path / "bytecode"
    beside.mkdir()
    file = beside / f"{path.stem}.ttb"
    file.write_bytes(encode(program, lambda text, importer: finder(loader, text, importer), with_texts))
    check(path, run_program(file, options_for(path, {}), promises(path).input))


def test_imported_modules_are_in_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one source file is read: the folder of the program is out of reach."""
    path = next(path for path in SOUND if path.stem == "reexport_through_several_modules")
    loader = make_loader()
    program = loader.load(str(path))
    file = tmp_path / "alone.ttb"
    file.write_bytes(encode(program, lambda text, importer: finder(loader, text, importer)))
    monkeypatch.chdir(tmp_path)
    check(path, run_program(file, options_for(path, {}), promises(path).input))
