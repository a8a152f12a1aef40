"""``ttvm explore FILE``: every outcome of a program, and the schedules that lead to the bad ones."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from functools import partial

from ttvm.cli.interrupts import HeldInterrupt
from ttvm.cli.output_files import check_target, write_file
from ttvm.cli.parser import CleanParser, add_limit_options, read_limits, seconds, whole_number
from ttvm.cli.progress import ProgressLine
from ttvm.cli.running import limit_memory
from ttvm.cli.terminal import say
from ttvm.errors import InternalError, OutOfMemory, TtvmError
from ttvm.explore.exploring import Exploration
from ttvm.explore.graph import GraphRecorder
from ttvm.explore.options import Options
from ttvm.explore.report import Report, as_json
from ttvm.explore.search import Strategy
from ttvm.explore.telling import advice, as_text
from ttvm.vm import make_loader

FOUND, INCOMPLETE = 1, 2
_DEFAULTS = Options()
_MOST_CHANGES = 1_000
"""Of priorities in one random execution; few executions have more steps."""
_LEAST_SHARE = 64
"""Megabytes that each process has at least when several search: less does not even do for its threads."""
_EPILOG = """\
examples:
  ttvm explore examples/dining_philosophers_deadlock.ttvm
  ttvm explore --json examples/registry_race.ttvm
  ttvm explore --save runs examples/registry_race.ttvm     then: ttvm replay runs/1-lost-message.ttvmrun
  ttvm explore --expect "only outputs: 2" examples/lost_update.ttvm
  ttvm explore --recorded prog.ttvmrun prog.ttvm           what `ttvm record` wrote answers for the world outside
  ttvm explore --pct 3 --seed 7 examples/worker_pool.ttvm

exit status: 0 nothing found, and these are all outcomes; 1 something was found; 2 nothing was found, but there may be
more outcomes than were seen (or the program cannot be explored at all)
"""


def explore(words: Sequence[str]) -> int:
    """``ttvm explore FILE``; returns the exit status."""
    namespace = _parser().parse_args(words)
    if namespace.file == "-" and namespace.save:
        raise TtvmError("a program from standard input cannot be saved: a replay could not find its text again")
    if namespace.file == "-" and namespace.jobs > 1:
        raise TtvmError("a program from standard input cannot be explored by several workers (--jobs)")
    for target in filter(None, (namespace.output, namespace.graph)):
        check_target(target, namespace.file)
    _check_resume(namespace)
    check_folder(namespace.save)
    options = _options(namespace)
    exploration = _make(namespace, options)
    if namespace.resume and os.path.exists(namespace.resume):
        from ttvm.cli.saved_search import load_search

        load_search(exploration, namespace.resume)
    if namespace.graph:
        exploration.recorder = GraphRecorder()
    _work(exploration, namespace)
    return _write_all(exploration, _report(exploration, namespace), namespace)


def _check_resume(namespace: argparse.Namespace) -> None:
    """Say before the search that it cannot be kept. Raises TtvmError."""
    path = namespace.resume
    check_target(path, namespace.file, "give another place with --resume")
    if path is not None and os.path.exists(path) and not os.path.isfile(path):
        raise TtvmError(f"{path}: no search can be kept there: it is no ordinary file")


def _write_all(exploration: Exploration, report: Report, namespace: argparse.Namespace) -> int:
    """Write whatever was asked for; returns the exit status. What goes wrong with one keeps none of the others back."""
    status = FOUND if report.findings else 0 if report.complete else INCOMPLETE

    def tell() -> None:
        _tell(report, namespace)

    def save_search() -> None:
        from ttvm.cli.saved_search import save_search

        save_search(exploration, namespace.resume)

    def save_runs() -> None:
        from ttvm.cli.saved_runs import save_runs

        save_runs(exploration, report, namespace.save, namespace.file)

    def draw() -> None:
        assert isinstance(exploration.recorder, GraphRecorder)
        drawn = exploration.recorder.draw(report, namespace.graph.endswith(".svg"))
        write_file(namespace.graph, drawn.encode("utf-8"))

    for wanted, write in (
        (True, tell),
        (namespace.resume, save_search),
        (namespace.save, save_runs),
        (namespace.graph, draw),
    ):
        try:
            if wanted:
                write()
        except InternalError:
            raise
        except TtvmError as error:
            say(f"error: {error}")
            status = INCOMPLETE
    return status


def _parser() -> argparse.ArgumentParser:
    parser = CleanParser(
        prog="ttvm explore",
        usage="ttvm explore [options] FILE [ARGS ...]",
        description="Find every outcome of a program, whoever runs when, and the schedules that lead to trouble.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", help="a .ttvm program, or - for standard input")
    parser.add_argument("args", metavar="ARGS", nargs=argparse.REMAINDER, help="words for GET_ARGS")
    parser.add_argument("--traceback", action="store_true", help="show Python's traceback of an internal error")
    _add_result_options(parser.add_argument_group("result"))
    _add_search_options(parser.add_argument_group("search"))
    _add_limits(parser.add_argument_group("limits"))
    return parser


def _add_result_options(result: argparse._ArgumentGroup) -> None:
    """What is made of what is found."""
    result.add_argument("--json", action="store_true", help="one JSON object instead of a text (docs/exploring.md)")
    result.add_argument("-o", dest="output", metavar="OUT", default="-", help="where to (default: standard output)")
    result.add_argument("--save", metavar="DIR", help="write a .ttvmrun for every outcome and finding, for ttvm replay")
    result.add_argument("--graph", metavar="OUT", help="draw the tree of explored schedules: .svg, else DOT")
    result.add_argument(
        "--expect", metavar="TEXT", help='"only outputs: A | B": anything else that is printed is a finding'
    )
    result.add_argument("--no-progress", action="store_true", help="no progress on a terminal")


def _add_search_options(search: argparse._ArgumentGroup) -> None:
    """Which schedules are run, and by whom."""
    strategies = [str(each) for each in Strategy]
    search.add_argument("--strategy", choices=strategies, default=strategies[0], help="(default: %(default)s)")
    search.add_argument("--pids", choices=("auto", "stable", "counter"), default="auto", help="(default: %(default)s)")
    search.add_argument("--ordered-output", action="store_true", help="the order in which processes print counts too")
    search.add_argument(
        "--random",
        type=whole_number(1),
        default=0,
        metavar="N",
        help="N random schedules instead (or with --pct: N of them)",
    )
    search.add_argument(
        "--pct", type=whole_number(1, _MOST_CHANGES), default=0, metavar="D", help="random priorities, D - 1 changes"
    )
    search.add_argument("--preemptions", type=whole_number(0), metavar="C", help="only schedules with at most C")
    search.add_argument("--seed", type=whole_number(0, (1 << 64) - 1), default=0, metavar="N", help="of all chance")
    search.add_argument(
        "--recorded",
        metavar="RUN",
        default="",
        help="the world outside answers as in RUN, which `ttvm record` wrote (else it refuses everything)",
    )
    search.add_argument(
        "--jobs", type=whole_number(1, 256), default=1, metavar="N", help="processes that search, with source sets"
    )
    search.add_argument("--cluster", metavar="tcp://HOST:PORT", help="let a Dask cluster search")
    search.add_argument("--resume", metavar="FILE", help="go on with the search in FILE, and keep it there")


def _add_limits(limits: argparse._ArgumentGroup) -> None:
    """When to stop."""
    for name, default, what in (
        ("executions", _DEFAULTS.max_executions, "executions"),
        ("steps", _DEFAULTS.max_steps, "visible steps of one execution"),
        ("loop", _DEFAULTS.loop_bound, "instructions of a process that nobody else can see"),
    ):
        limits.add_argument(
            f"--max-{name}",
            type=whole_number(1),
            default=default,
            metavar="N",
            help=f"most {what} (default: {default:,})",
        )
    limits.add_argument("--timeout", type=seconds, metavar="S", help="end after S seconds, with what is known then")
    limits.add_argument(
        "--max-memory-mb",
        type=whole_number(16),
        default=4096,
        metavar="N",
        help="end at N MB; with --jobs each process has its share, at least 64 (default: %(default)s)",
    )
    add_limit_options(limits)


def _options(namespace: argparse.Namespace) -> Options:
    chosen = [name for name in ("random", "pct", "preemptions") if getattr(namespace, name) not in (0, None)]
    if len(chosen) > 1 and set(chosen) != {"random", "pct"}:
        raise TtvmError(f"--{chosen[0]} and --{chosen[1]} contradict each other")
    if chosen and (namespace.jobs > 1 or namespace.cluster or namespace.resume):
        raise TtvmError(f"--{chosen[0]} does not go together with --jobs, --cluster or --resume")
    if namespace.recorded and (namespace.args or namespace.seed or namespace.file == "-"):
        raise TtvmError("--recorded: program, ARGS and --seed are those of the recording, so give none of your own")
    if namespace.graph and (namespace.jobs > 1 or namespace.cluster or namespace.resume):
        raise TtvmError(
            "--graph draws all executions of one search: it does not go together with --jobs, --cluster or --resume"
        )
    if namespace.cluster and namespace.jobs > 1:
        raise TtvmError("--cluster does not go together with --jobs: the cluster knows how many workers it has")
    if namespace.resume and (namespace.jobs > 1 or namespace.cluster):
        raise TtvmError("--resume does not go together with --jobs or --cluster")
    return Options(
        Strategy(namespace.strategy),
        namespace.pids,
        namespace.ordered_output,
        namespace.max_executions,
        namespace.max_steps,
        namespace.max_loop,
        0 if namespace.pct else namespace.random,
        namespace.pct,
        namespace.random or _DEFAULTS.samples,
        namespace.preemptions,
        namespace.seed,
        tuple(namespace.args),
        limits=read_limits(namespace),
        recorded=namespace.recorded,
        expected=_expected(namespace.expect) if namespace.expect is not None else None,
    )


def _make(namespace: argparse.Namespace, options: Options) -> Exploration:
    from ttvm.host.sources import read_standard_input

    loader = make_loader()
    module = loader.add(read_standard_input()) if namespace.file == "-" else loader.load(namespace.file)
    reads = any(op.row.mnemonic.startswith("READ_") and op.row.family.startswith("console") for op in module.ops)
    if reads and not namespace.recorded and namespace.file != "-" and not sys.stdin.isatty():
        options = options.replace(input=sys.stdin.read())
    if namespace.cluster:
        from ttvm.explore.cluster import ClusterPool
        from ttvm.explore.parallel import ParallelExploration

        return ParallelExploration(namespace.file, options, lambda: ClusterPool(namespace.cluster))
    if namespace.jobs > 1:
        from ttvm.explore.parallel import ParallelExploration
        from ttvm.explore.pools import LocalPool

        share = max(_LEAST_SHARE, namespace.max_memory_mb // (namespace.jobs + 1))
        limit_memory(share)
        return ParallelExploration(
            namespace.file, options, lambda: LocalPool(namespace.jobs, partial(limit_memory, share))
        )
    limit_memory(namespace.max_memory_mb)  # only now: reading a file takes much memory for a moment
    return Exploration(module, options, loader)


def _work(exploration: Exploration, namespace: argparse.Namespace) -> None:
    """Let the exploration work until it is over, or its time is, or somebody presses Ctrl-C."""
    deadline = time.monotonic() + namespace.timeout if namespace.timeout else None
    with ProgressLine(not namespace.no_progress) as line, HeldInterrupt() as interrupt:
        work = iter(exploration)
        try:
            for progress in work:
                line.show(progress)
                if interrupt.was_pressed:
                    exploration.bound = "it was interrupted"
                    break
                if deadline is not None and time.monotonic() >= deadline:
                    exploration.bound = f"it was stopped after {namespace.timeout:g} s (--timeout)"
                    break
        except KeyboardInterrupt:
            exploration.break_off("it was interrupted")
        except InternalError:
            raise
        except (OutOfMemory, MemoryError) as error:
            exploration.break_off(str(error) or "no memory is left")
        except TtvmError as error:  # the workers have gone; what they found stays
            exploration.bound = str(error)
        finally:
            work.close()


def _report(exploration: Exploration, namespace: argparse.Namespace) -> Report:
    """What was found, in its simplest form; or as it was met, where there is no time or memory for that, or Ctrl-C."""
    deadline = time.monotonic() + namespace.timeout if namespace.timeout else None
    work = exploration.reporting()
    with ProgressLine(not namespace.no_progress) as line:
        try:
            while deadline is None or time.monotonic() < deadline:
                line.tell("simplifying what was found; Ctrl-C leaves it as it is")
                next(work)
        except StopIteration as end:
            report: Report = end.value
            return report
        except (KeyboardInterrupt, OutOfMemory, MemoryError):
            pass
    work.close()
    return exploration.report(explained=0)


def _tell(report: Report, namespace: argparse.Namespace) -> None:
    """Write the report down."""
    text = json.dumps(as_json(report), ensure_ascii=False, indent=2) + "\n" if namespace.json else as_text(report)
    write_file(namespace.output, text.encode("utf-8", "replace"))
    if report.bound:
        say(f"note: these may not be all outcomes: {report.bound}")
        for line in advice(report):
            say(f"note: {line}")


def _expected(text: str) -> tuple[tuple[str, ...], ...]:
    """The outputs of --expect. Raises TtvmError."""
    keyword, colon, texts = text.partition(":")
    if keyword.strip() != "only outputs" or not colon:
        raise TtvmError(f'--expect {text!r}: it begins with "only outputs:", then come outputs with | between them')
    return tuple(tuple(each.strip().split("\\n")) if each.strip() else () for each in texts.split("|"))


def check_folder(path: str | None) -> None:
    """Say before a long search, and not behind it, that the runs cannot be written. Raises TtvmError."""
    if path is None:
        return
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise TtvmError(f"{path}: this folder cannot be made: {error.strerror}") from None
    if not os.access(path, os.W_OK):
        raise TtvmError(f"{path}: you have no permission to write there")
