"""`ttvm trace` and `ttvm profile` as a user runs them: where everything goes, and how a run may end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command import Done, program, ttvm
from tests.machines import ROOT
from ttvm.observers.exporters import FORMATS

RING = "examples/ring.ttvm"
LOOP = 'PUSH_STR "ready"\nPRINT\nagain:\nJMP again\n'
SPEAKER = """
    GET_ARGS
    PRINT
    PUSH_INT 1000
    RANDOM
    PRINT
    PUSH_INT 7
    EXIT
"""


def trace(*words: str | Path) -> Done:
    return ttvm("trace", *words)


def profile(*words: str | Path) -> Done:
    return ttvm("profile", *words)


def json_lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def first_of(name: str) -> str:
    """How a trace of that format begins."""
    return {
        "text": "    step   turn  process",
        "json": '{"kind": "header"',
        "mermaid": "sequenceDiagram\n",
        "shiviz": "(?<event>.*)\\n(?<host>",
        "chrome": '{"displayTimeUnit"',
        "diagram": "   step  1 main",
        "svg": '<svg xmlns="http://www.w3.org/2000/svg"',
    }[name]


@pytest.mark.parametrize("name", FORMATS)
def test_the_trace_is_on_standard_output_and_what_the_program_prints_is_not(name: str) -> None:
    done = trace("--format", name, RING)
    assert done.status == 0
    assert done.output.startswith(first_of(name))
    assert done.errors == ttvm(RING).output


@pytest.mark.parametrize("name", FORMATS)
def test_with_a_file_standard_output_is_the_programs_own(name: str, tmp_path: Path) -> None:
    target = tmp_path / "trace"
    done = trace("--format", name, "-o", target, RING)
    assert (done.status, done.output, done.errors) == (0, ttvm(RING).output, "")
    assert target.read_text(encoding="utf-8") == trace("--format", name, RING).output
    assert os.listdir(tmp_path) == ["trace"]


def test_what_the_program_prints_can_be_dropped() -> None:
    done = trace("--no-output", RING)
    assert done.errors == ""
    assert "prints" in done.output
    assert profile("--no-output", RING).output == ""


def test_a_dash_is_standard_output() -> None:
    assert trace("-o", "-", RING).output == trace(RING).output
    done = profile("-o", "-", "--json", "--no-output", RING)
    assert json.loads(done.output)["format"] == "ttvm-profile"
    assert done.errors == ""


def test_own_options_may_stand_behind_the_file(tmp_path: Path) -> None:
    assert trace(RING, "--format", "mermaid").output == trace("--format=mermaid", RING).output
    target = tmp_path / "out.json"
    assert profile(RING, "--json", "-o", target).status == 0
    assert json.loads(target.read_text(encoding="utf-8"))["version"] == 1


def test_other_words_behind_the_file_go_to_the_program(tmp_path: Path) -> None:
    path = program(tmp_path, SPEAKER)
    done = trace(path, "a", "--format", "json", "-x", "b", "--", "--format", "-o", "--")
    assert done.errors.splitlines()[0] == "[a, -x, b, --format, -o, --]"
    assert json_lines(done.output)[0]["format"] == "ttvm-trace"


def test_the_exit_status_is_that_of_the_program(tmp_path: Path) -> None:
    path = program(tmp_path, SPEAKER)
    assert trace(path).status == profile(path).status == ttvm(path).status == 7
    crash = program(tmp_path, "ADD\n", "crash.ttvm")
    assert trace(crash).status == profile(crash).status == 1


def test_the_options_of_the_machine_work_as_in_a_run(tmp_path: Path) -> None:
    path = program(tmp_path, SPEAKER)
    for options in (["--seed", "5"], ["--policy", "random", "--quantum", "1"], ["--no-smp"]):
        assert trace(*options, "-o", os.devnull, path).output == ttvm(*options, path).output
    lines = trace("--schedule", "1,3,2", "--policy", "scripted", "--quantum", "0", "--no-output", RING, "--format=json")
    turns = [line["pid"] for line in json_lines(lines.output) if line["kind"] == "TurnStarted"]
    assert turns[:3] == [1, 3, 2]
    done = trace("--trace-procs", "-o", os.devnull, RING)
    assert "spawned by 1: node" in done.errors


def test_the_trace_of_a_run_that_passed_a_limit(tmp_path: Path) -> None:
    path = program(tmp_path, LOOP)
    done = trace("--max-steps", "1000", path, "--format", "json")
    assert done.status == 4
    assert "--max-steps" in done.errors
    assert json_lines(done.output)[-1]["steps"] == 1000
    done = profile("--max-steps", "1000", path)
    assert (done.status, done.output) == (4, "ready\n")
    assert "1,000 steps" in done.errors
    assert trace("--timeout", "0.3", path, "--format", "json").status == 4


def test_the_trace_of_a_deadlock() -> None:
    done = trace("examples/dining_philosophers_deadlock.ttvm")
    assert done.status == 3
    assert "deadlock" in done.errors
    assert done.output.splitlines()[-1].endswith("processes alive at the end")
    assert "6 processes alive" not in trace(RING).output


@pytest.mark.parametrize("command", [["trace", "--format", "json"], ["profile", "--json", "-o", "-"]])
def test_ctrl_c_ends_the_run_and_not_the_trace(command: list[str], tmp_path: Path) -> None:
    path = program(tmp_path, LOOP)
    process = subprocess.Popen(
        [sys.executable, "-m", "ttvm", *command, str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    # The profiled program prints to standard output, the traced one to standard error.
    words = process.stdout if command[0] == "profile" else process.stderr
    assert words.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted after" in errors
    assert "Traceback" not in errors
    if command[0] == "profile":
        assert {"mnemonic": "PRINT", "count": 1} in json.loads(output)["instructions"]
    else:
        assert json_lines(output)[-1]["kind"] == "end"


def test_too_many_events_are_counted() -> None:
    done = trace("--max-events", "10", RING, "--no-output")
    found = re.search(
        r"^note: the trace has the first 10 events; (\d+) more are left out \(--max-events\)$", done.errors, re.M
    )
    assert found
    assert f"... and {found[1]} more events" in done.output
    assert len(done.output.splitlines()) == 13


def test_a_diagram_that_no_viewer_would_draw_is_cut(tmp_path: Path) -> None:
    text = (
        "PUSH_INT 2000\nSTORE i\nagain:\nTRUE\nSEND 1\nRECEIVE\nPOP\nLOAD i\nPUSH_INT 1\nSUB\nDUP\nSTORE i\nJNZ again\n"
    )
    done = trace(program(tmp_path, text), "--format", "mermaid")
    assert "note: the diagram is cut" in done.errors
    assert len(done.output) <= 50_000


def test_profile_goes_to_standard_error() -> None:
    done = profile(RING, "--top", "2")
    assert done.output == ttvm(RING).output
    assert done.errors.startswith("ring.ttvm: ")
    assert "node (ring.ttvm:" in done.errors
    assert "(--top)" in done.errors


def test_profile_in_json_has_all_rows_unless_told_otherwise() -> None:
    whole = json.loads(profile("--json", "-o", "-", "--no-output", RING).output)
    short = json.loads(profile("--json", "--top", "1", "-o", "-", "--no-output", RING).output)
    assert len(whole["processes"]) == 6
    assert len(short["processes"]) == len(short["instructions"]) == 1
    assert sum(each["self_reductions"] for each in whole["functions"]) == whole["reductions"]


@pytest.mark.parametrize("command", ["trace", "profile"])
def test_a_place_that_cannot_be_written_is_named_before_the_run(command: str, tmp_path: Path) -> None:
    for place, reason in ((tmp_path, "it is a directory"), (tmp_path / "no" / "out", "there is no directory")):
        done = ttvm(command, "-o", place, RING)
        assert (done.status, done.output) == (2, "")
        assert f"error: {place}: it cannot be written: {reason}" in done.errors
        assert "-o" in done.errors


@pytest.mark.skipif(os.name != "posix" or not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_full_disk_is_an_error_with_its_place() -> None:
    done = trace("-o", "/dev/full", RING)
    assert done.status == 2
    assert "/dev/full" in done.errors
    assert "No space left" in done.errors


@pytest.mark.parametrize("command", ["trace", "profile"])
def test_a_program_with_mistakes_leaves_no_trace(command: str, tmp_path: Path) -> None:
    path, target = program(tmp_path, "NONSENSE\n"), tmp_path / "out"
    done = ttvm(command, "-o", target, path)
    assert done.status == 2
    assert "NONSENSE" in done.errors
    assert not target.exists()
    assert ttvm(command, tmp_path / "nothing.ttvm").status == 2


@pytest.mark.parametrize(
    "words", [(), ("--format", "pdf", RING), ("--max-events", "0", RING), ("--max-events", "x", RING), ("--format",)]
)
def test_wrong_words_are_a_usage_error(words: tuple[str, ...]) -> None:
    done = trace(*words)
    assert (done.status, done.output) == (2, "")
    assert "usage: ttvm trace" in done.errors


@pytest.mark.parametrize("words", [(), ("--top", "0", RING), (RING, "--top", "many"), (RING, "--top")])
def test_wrong_words_are_a_usage_error_of_profile(words: tuple[str, ...]) -> None:
    done = profile(*words)
    assert (done.status, done.output) == (2, "")
    assert "usage: ttvm profile" in done.errors


def console_blocks() -> list[tuple[str, str]]:
    """The commands of docs/tracing.md that are shown with their output."""
    page = (ROOT / "docs" / "tracing.md").read_text(encoding="utf-8")
    return re.findall(r"^```console\n\$ (.*)\n((?s:.*?))```$", page, re.M)


@pytest.mark.parametrize(("command", "output"), console_blocks(), ids=lambda text: text.partition("\n")[0][:60])
def test_the_page_shows_what_really_comes_out(command: str, output: str) -> None:
    words = f'ttvm() {{ "{sys.executable}" -m ttvm "$@"; }}; {command}'
    done = subprocess.run(["sh", "-c", words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert without_times(done.stdout + done.stderr) == without_times(output)


def without_times(text: str) -> list[str]:
    """The lines of a text without real times (numbers with two or more decimals, deadlines) and without widths."""
    return [re.sub(r"[\d,]+\.\d\d+|\d+ ms", "#", re.sub(r" +", " ", line)) for line in text.splitlines()]


def test_the_page_has_such_blocks() -> None:
    assert {command.split()[1] for command, _ in console_blocks()} == {"trace", "profile"}


def test_the_picture_of_the_page_asks_nobody_for_anything() -> None:
    picture = (ROOT / "docs" / "coffee_shop_trace.svg").read_text(encoding="utf-8")
    assert len(picture) < 50_000
    assert set(re.findall(r"\w+://[^\s\"'<]*", picture)) == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"@import|@font-face|<script|<image|url\((?!#)", picture)
    for name in ("1 main", "2 barista", "3 cashier", "4 customer"):
        assert name in picture


def test_help_has_examples_and_says_where_the_trace_goes() -> None:
    assert "standard error" in trace("--help").output
    assert "examples:" in profile("--help").output
    assert "trace" in ttvm("--help").output


def test_a_program_from_standard_input() -> None:
    done = ttvm("trace", "-", "--format", "mermaid", input_text='PUSH_STR "x"\nSEND 1\n')
    assert "p1->>p1: #35;1 " in done.output


def test_no_reader_is_no_disaster() -> None:
    command = f"{sys.executable} -m ttvm trace --no-output examples/ping_pong.ttvm | head -n 1"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, encoding="utf-8", check=False)
    assert done.stdout.startswith("    step")
    assert "Traceback" not in done.stderr


def test_only_the_wanted_format_is_loaded() -> None:
    code = (
        "import sys; from ttvm.cli.main import main; main(sys.argv[1:]); "
        "print(*(name for name in sys.modules if name.startswith('ttvm.observers')), file=sys.stderr)"
    )
    words = [sys.executable, "-c", code, "trace", "--no-output", "--format", "text", RING]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    loaded = {name.rpartition(".")[2] for name in done.stderr.split()}
    assert {"text", "history"} <= loaded
    assert not {"mermaid", "chrome", "shiviz", "json", "clocks", "profiler", "svg", "diagram", "lanes"} & loaded


def test_hostile_text_is_valid_utf8_everywhere(tmp_path: Path) -> None:
    text = r'PUSH_STR "\x1b[2J é \u{1F600} ;#<b>-->\n"' + "\nDUP\nPRINT\nSEND 1\n"
    for name in FORMATS:
        words = ("trace", program(tmp_path, text), "--format", name, "-o", tmp_path / name)
        assert ttvm(*words, environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}).status == 0
        written = (tmp_path / name).read_text(encoding="utf-8")
        assert "\x1b" not in written
        assert ("\N{GRINNING FACE}" in written) == (name in ("text", "shiviz"))
