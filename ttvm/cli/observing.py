"""``ttvm trace`` and ``ttvm profile``: run a program and tell what happened in the run."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence

from ttvm.cli.output_files import check_target, write_file
from ttvm.cli.parser import add_profile_options, add_trace_options, program_parser, read_own_options
from ttvm.cli.running import drive, load_machine
from ttvm.cli.terminal import say
from ttvm.host.real import StandardConsole

_STANDARD_OUTPUT = "-"
_TOP = 20
_TRACE_HELP = """\
The trace goes to standard output, and what the program prints to standard error; with -o OUT the trace goes
there, and standard output is the program's own. It is also written when the run ends by a limit, a deadlock or
Ctrl-C. The exit status is that of the program. The options of the trace may also stand behind the file; what
stands behind -- goes to the program unread.

examples:
  ttvm trace examples/ping_pong.ttvm                          a line an event, for people
  ttvm trace examples/ring.ttvm --format mermaid              a diagram for Markdown
  ttvm trace examples/ring.ttvm --format chrome -o ring.json  for https://ui.perfetto.dev
"""
_PROFILE_HELP = """\
The report goes to standard error when the run is over, however it ends; -o OUT puts it somewhere else. The exit
status is that of the program. The options of the profile may also stand behind the file; what stands behind --
goes to the program unread.

examples:
  ttvm profile examples/worker_pool.ttvm
  ttvm profile --json -o profile.json examples/worker_pool.ttvm
"""


def trace(words: Sequence[str]) -> int:
    """``ttvm trace FILE``: run a program and write down what happened; returns the exit status of the run."""
    parser = program_parser("trace", "Run a program and write down what its processes do.", _TRACE_HELP)
    chosen, options = read_own_options(parser, add_trace_options, words)
    check_target(chosen.output, options.file)
    # Imported only now: a usage error needs none of it.
    from ttvm.observers.exporters import find_exporter
    from ttvm.observers.history import DEFAULT_LIMIT, History

    with _console(chosen.no_output, chosen.output == _STANDARD_OUTPUT) as console:
        vm = load_machine(options, console)
        history = History(vm, chosen.max_events or DEFAULT_LIMIT)
        try:
            return drive(vm, console, options)
        finally:
            pieces = find_exporter(chosen.format)(history, lambda text: say(f"note: {text}"))
            write_file(chosen.output, "".join(pieces).encode("utf-8", "replace"))
            if history.left_out:
                say(
                    f"note: the trace has the first {history.limit:,} events; {history.left_out:,} more are left out "
                    "(--max-events)"
                )


def profile(words: Sequence[str]) -> int:
    """``ttvm profile FILE``: run a program and tell what it spent where; returns the exit status of the run."""
    parser = program_parser("profile", "Run a program and count where its steps and its time go.", _PROFILE_HELP)
    chosen, options = read_own_options(parser, add_profile_options, words)
    check_target(chosen.output, options.file)
    from ttvm.observers.profile_report import as_json, as_text
    from ttvm.observers.profiler import Profiler

    with _console(chosen.no_output, False) as console:
        vm = load_machine(options, console)
        profiler = Profiler(vm, time.perf_counter)
        try:
            return drive(vm, console, options)
        finally:
            result = profiler.finish()
            report = as_json(result, chosen.top) if chosen.json else as_text(result, chosen.top or _TOP)
            if chosen.output is None:
                say(report.removesuffix("\n"))
            else:
                write_file(chosen.output, report.encode("utf-8", "replace"))


@contextlib.contextmanager
def _console(silent: bool, to_standard_error: bool) -> Iterator[StandardConsole]:
    """Where the program prints: nowhere, to standard error, or to standard output as usual."""
    if silent:
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            yield StandardConsole(nowhere)
    else:
        yield StandardConsole(sys.stderr if to_standard_error else None)
