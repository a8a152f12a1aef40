"""The rules of the house, run as tests."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from debugger import commands
from tests.machines import LIBRARY_PROGRAMS, PROGRAMS, ROOT
from ttvm import effects
from ttvm.cli import reference
from ttvm.instruction import Kind
from ttvm.isa import ISA

CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHON_FILES = sorted(path for folder in ("ttvm", "debugger") for path in (ROOT / folder).rglob("*.py"))
WORLDLY = re.compile(r"^\s*(?:import|from) (?:time|random|socket|subprocess)\b|\b(?:open|print|input)\(", re.M)
"""What only hosts and front ends may write."""
HEAVY = (
    *("textual", "prompt_toolkit", "pygments", "rich", "debugger"),
    *("asyncio", "dataclasses", "inspect", "difflib"),
    *("json", "csv", "zlib", "hashlib", "cryptography", "sqlalchemy", "sqlite3"),
)


def run_tool(*command: str) -> None:
    """Run a tool of this virtual environment; its words are the message when it complains."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_is_content() -> None:
    run_tool("ruff", "check", ".")
    run_tool("ruff", "format", "--check", ".")


def test_types_are_strict() -> None:
    run_tool("mypy")


def test_imports_keep_to_the_layers() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def imported_by(module: str) -> set[str]:
    """The modules a fresh interpreter has loaded after importing one."""
    code = f"import sys; before = set(sys.modules); import {module}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    return set(done.stdout.split())


def test_ttvm_starts_light() -> None:
    loaded = imported_by("ttvm.cli.running")
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY}


def test_the_debug_engine_loads_no_front_end() -> None:
    loaded = imported_by("debugger.session")
    assert not {name for name in loaded if name.partition(".")[0] in ("textual", "prompt_toolkit", "pygments", "rich")}


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_hosts_and_front_ends_touch_the_world(path: Path) -> None:
    relative = path.relative_to(ROOT)
    if relative.parts[0] == "ttvm" and relative.parts[1] not in ("host", "cli"):
        forbidden = re.compile(
            r"^\s*(?:import|from) (?:time|random|socket|subprocess)\b|\b(?:open|print|input)\(", re.M
        )
        found = forbidden.search(path.read_text(encoding="utf-8"))
        assert found is None, f"{found[0] if found else ''} belongs to ttvm/host or a front end"


@pytest.mark.parametrize("path", PYTHON_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_readable(path: Path) -> None:
    if path == ROOT / "ttvm" / "isa.py":
        return  # one table, however many instructions there are
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 420


@pytest.mark.parametrize("mnemonic", ISA)
def test_row_is_complete(mnemonic: str) -> None:
    row = ISA[mnemonic]
    assert row.summary.endswith((".", "?")) or len(row.documentation.splitlines()) > 1, "a sentence, please"
    assert len(row.summary) <= 120
    if row.kind is Kind.EFFECT and "." not in row.function.__qualname__:
        assert row.function.__module__.startswith("ttvm.ops."), "a question to the world outside"
    elif row.kind is Kind.EFFECT:
        owner = getattr(effects, row.function.__qualname__.partition(".")[0])
        assert getattr(owner, row.function.__name__) is row.function
    parameters = list(inspect.signature(row.function).parameters.values())
    before = {Kind.PURE: 0, Kind.CONTROL: 1, Kind.EFFECT: 2, Kind.ACTOR: 2}[row.kind]
    fixed = [each for each in parameters if each.kind is not inspect.Parameter.VAR_POSITIONAL]
    counted = [slot for slot in row.effect.pops if not (slot.times or slot.unless or slot.open)]
    open_ended = len(fixed) < len(parameters) or any(slot.open for slot in row.effect.pops)
    assert open_ended or len(fixed) == before + len(row.operands) + len(counted)


def test_words_of_rows_name_their_own_operands() -> None:
    for row in ISA.values():
        known = {operand.name for operand in row.operands} | {slot.name for slot in row.effect.pops} | {"top"}
        used = set(re.findall(r"\{(\w+)", row.words))
        assert used <= known, row


def test_every_instruction_has_a_program() -> None:
    words: set[str] = set()
    for path in (*PROGRAMS, *LIBRARY_PROGRAMS):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            code = line.partition(";")[0].split()
            words.update(code[:1])
    spellings = {word.upper() for word in words}
    assert {row for row in ISA if row not in spellings} == set()
    missing_aliases = {word for word in ISA.spellings if word not in spellings}
    assert missing_aliases == set()


def test_command_reference_is_fresh() -> None:
    shown = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert shown == commands.reference(), "ttvm-debug --commands > docs/commands.md"


def test_instruction_reference_is_fresh() -> None:
    page = (ROOT / "docs" / "instructions.md").read_text(encoding="utf-8")
    assert page == reference.markdown(), "run `ttvm isa --markdown > docs/instructions.md`"


def test_ci_calls_the_test_command_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python3 -m venv .*$", readme, re.M)
    assert len(commands) == 2, "README promises two commands"
    expected = re.sub(r"\.venv", '"$environment"', commands[1]).replace('"$environment"/bin/', '"$environment/bin/')
    expected = re.sub(r'"\$environment/bin/(\w+)', r'"$environment/bin/\1"', expected)
    assert expected in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_every_dependency_has_a_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for name in CONFIGURATION["project"]["dependencies"]:
        before = text[: text.index(f'"{name}"')].rstrip().splitlines()[-1].strip()
        assert before.startswith("#") or before.endswith(","), name


def test_links_of_the_documentation_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} links to {target}"
