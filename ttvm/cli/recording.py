"""``ttvm record`` and ``ttvm replay``."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ttvm.cli.options import RunOptions
from ttvm.cli.output_files import check_target
from ttvm.cli.parser import CleanParser, program_parser, run_options
from ttvm.cli.running import INTERRUPTED, PASSED_LIMIT, asker, drive
from ttvm.cli.terminal import say
from ttvm.errors import ReplayError, TtvmError
from ttvm.host.real import RealClock, StandardConsole, SystemSecrets
from ttvm.host.sources import SourceFiles
from ttvm.recording.log import LogReader
from ttvm.recording.runs import beside, compare_ending, ending_of, record_machine, replay_machine
from ttvm.vm import make_loader


def record(words: Sequence[str]) -> int:
    """``ttvm record FILE -o RUN``: run a program and write the run down; returns the exit status of the run."""
    parser = program_parser("record", "Run a program and write down every choice and answer of the run.")
    parser.add_argument("-o", "--output", metavar="RUN", help="the recording (default: the program's name.ttvmrun)")
    namespace = parser.parse_args(words)
    options = run_options(parser, namespace)
    if options.file == "-":
        raise TtvmError("a program from standard input cannot be recorded: a replay could not find its text again")
    target = namespace.output or f"{os.path.splitext(os.path.basename(options.file))[0]}.ttvmrun"
    check_target(target, options.file)
    if os.path.exists(target) and not os.path.isfile(target):
        # A device would be replaced by the recording, and not written.
        raise TtvmError(f"{target}: it cannot be written: it is no ordinary file; give another place with -o")
    unfinished = f"{target}.unfinished"
    console = StandardConsole()
    ask = asker(options, console)
    with open(unfinished, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        try:
            vm, log = record_machine(
                options.file, make_loader(), options.machine, console, RealClock(), file.write, SystemSecrets(), ask
            )
        except TtvmError:
            os.remove(unfinished)
            raise
        status = drive(vm, console, options)
        log.end(ending_of(vm, status))
    os.replace(unfinished, target)
    say(f"note: the run is recorded in {target}: {vm.steps:,} steps, {vm.ticks:,} turns")
    return status


def replay(words: Sequence[str]) -> int:
    """``ttvm replay RUN``: repeat a recorded run; returns its exit status."""
    parser = CleanParser(
        prog="ttvm replay",
        description="Repeat a recorded run, output included; the world is not asked again.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="RUN", help="what `ttvm record` wrote")
    parser.add_argument("--debug", action="store_true", help="a line for every instruction, on standard error")
    parser.add_argument("--trace-procs", action="store_true", help="a line for everything processes do to each other")
    parser.add_argument("--traceback", action="store_true", help="show Python's traceback of an internal error")
    namespace = parser.parse_args(words)
    log = LogReader(SourceFiles().read(namespace.file).lines, namespace.file)
    program = beside(log.header.program, log.name)
    console = StandardConsole()
    vm = replay_machine(program, make_loader(), log, console)
    ending = log.ending
    cut_short = ending is not None and ending.status in (PASSED_LIMIT, INTERRUPTED)
    options = RunOptions(
        program,
        debug=namespace.debug,
        trace_processes=namespace.trace_procs,
        max_steps=ending.steps if ending is not None and cut_short else None,
    )
    status = drive(vm, console, options)
    if ending is None:
        raise ReplayError(f"{log.name}: the recording has no end: it was cut off, or the run was killed")
    if cut_short:
        say("note: here the recorded run was interrupted, or passed a limit")
    compare_ending(vm, ending.status if cut_short else status, log, cut_short)
    return ending.status
