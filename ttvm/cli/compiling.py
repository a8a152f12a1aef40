"""``ttvm compile``: a program and all it imports as one bytecode file."""

from __future__ import annotations

import argparse
import os.path
import sys

from ttvm.asm.bytecode import encode
from ttvm.asm.loader import Loader
from ttvm.cli.output_files import write_file
from ttvm.cli.terminal import say
from ttvm.errors import Fault, TtvmError
from ttvm.host.sources import read_standard_input
from ttvm.program import Module
from ttvm.vm import make_loader

SUFFIX = ".ttb"


def compile_file(options: argparse.Namespace) -> int:
    """Compile a program; returns the exit status. Raises TtvmError for everything that goes wrong."""
    output = options.output or _output_for(options.file)
    loader = make_loader()
    program = loader.add(read_standard_input()) if options.file == "-" else loader.load(options.file)
    finder = _Finder(loader)
    data = encode(program, finder.find, with_texts=not options.strip)
    inputs = {os.path.realpath(options.file), *loader.modules}
    if output == "-":
        if sys.stdout.isatty():
            raise TtvmError("bytecode is not for a terminal; write it to a file, or into a pipe")
    elif os.path.realpath(output) in inputs:
        raise TtvmError(f"{output}: this file is part of the program; give another one with -o")
    write_file(output, data)
    if output != "-":
        print(f"{output}: {_sizes(finder.included | {program.identity: program})}, {len(data):,} bytes")
    return 0


def _output_for(file: str) -> str:
    if file == "-":
        raise TtvmError("a program from standard input needs -o FILE")
    return os.path.splitext(file)[0] + SUFFIX


def _sizes(modules: dict[str, Module]) -> str:
    instructions = sum(len(module.ops) for module in modules.values())
    of = f" in {len(modules)} modules" if len(modules) > 1 else ""
    return f"{instructions:,} instruction{'' if instructions == 1 else 's'}{of}"


class _Finder:
    """Finds what a program imports, and warns of each import that cannot be included."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self.included: dict[str, Module] = {}

    def find(self, text: str, importer: Module) -> Module | None:
        """The module an IMPORT means; None, and a warning, when there is none, or one with errors."""
        try:
            module = self._loader.find_import(text, importer)
        except Fault as fault:
            address = next(
                number for number, op in enumerate(importer.ops) if op.row.mnemonic == "IMPORT" and text in op.operands
            )
            say(
                f"warning: {importer.place(address)}: IMPORT {fault.text}; "
                "it is left out, and looked for when the program runs"
            )
            return None
        self.included[module.identity] = module
        return module
