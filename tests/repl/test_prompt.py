"""The keys of the REPL, typed into a pipe: what is on the screen is not looked at, what happens is."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from debugger.live_module import LIVE
from debugger.repl import prompt as prompt_module
from debugger.repl.evaluator import Answer
from debugger.repl.prompt import Prompt
from debugger.repl.settings import Settings
from debugger.session import Session
from debugger.views import OutputLine

UP = "\x1b[A"
LEAVE = "\x04"
CTRL_C = "\x03"
CTRL_E = "\x05"
CTRL_R = "\x12"
F2, F3, F4 = "\x1bOQ", "\x1bOR", "\x1bOS"
ESCAPE = "\x1b"
QUIET = Settings(history=False)
PASTED = "\x1b[200~{}\x1b[201~"


class Typist(Prompt):
    """A prompt whose keys come from a pipe, and that keeps what it shows."""

    def __init__(self, keys: PipeInput, settings: Settings) -> None:
        self.said: list[str] = []
        self.printed: list[str] = []
        self.on_output: Callable[[], None] = lambda: None
        self._pipe = keys
        self.typed: list[str] = []
        """What is typed at each prompt."""
        super().__init__(Session(LIVE), settings, input=keys, output=DummyOutput())

    def _read(self) -> str:
        return self._lines.prompt(pre_run=self._type)

    def _type(self) -> None:
        buffer = self._lines.default_buffer

        async def send(keys: str) -> None:
            # What was typed before is read in the background; a person would not be so quick.
            buffer.load_history_if_not_yet_loaded()
            await asyncio.wait_for(buffer._load_history_task, None)  # type: ignore[arg-type]
            self._pipe.send_text(keys)

        self._lines.app.create_background_task(send(self.typed.pop(0) if self.typed else LEAVE))

    def show_output(self, lines: Sequence[OutputLine], own: int) -> None:
        self.printed += (line.text for line in lines)
        self.on_output()

    def _show_answer(self, answer: Answer) -> None:
        self.said += filter(None, (answer.text, answer.effect, answer.error))

    @property
    def stack(self) -> list[str]:
        """The stack of process 1, the bottom first."""
        selected = self.evaluator.session.view(1).selected
        assert selected is not None
        return [value.text for value in reversed(selected.stack)]


@pytest.fixture
def pipe() -> Iterator[PipeInput]:
    with create_pipe_input() as keys:
        yield keys


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "state" / "history"
    monkeypatch.setattr(prompt_module, "history_file", lambda: file)
    return file


def type_keys(pipe: PipeInput, *keys: str, settings: Settings = QUIET) -> Typist:
    """Type some keys at each prompt, and leave at the one behind."""
    typist = Typist(pipe, settings)
    typist.typed = list(keys)
    assert typist.run() == 0
    return typist


def test_a_line_and_the_end(pipe: PipeInput) -> None:
    typist = type_keys(pipe, "PUSH_INT 2\r", "DUP ;; ADD\r")
    assert typist.said == ["stack: [Int 2]", "stack: [Int 4]"]


def test_a_block_goes_on_until_it_is_complete(pipe: PipeInput) -> None:
    typist = type_keys(pipe, "square:\rDUP\rMUL\rRET\r", "PUSH_INT 3 ;; CALL square\r")
    assert typist.said == ["defined square: 3 instructions", "stack: [Int 9]"]
    assert "square:\n    DUP\n    MUL\n    RET\n" in typist.evaluator.session.text


def test_an_empty_line_ends_a_loop(pipe: PipeInput) -> None:
    typist = type_keys(pipe, "PUSH_INT 2\r", "down:\rPUSH_INT 1 ;; SUB ;; DUP\rJNZ down\r\r")
    assert typist.stack == ["Int 0"]


def test_a_pasted_text_is_taken_as_a_whole(pipe: PipeInput) -> None:
    typist = type_keys(pipe, PASTED.format("PUSH_INT 1\nPUSH_INT 2\nADD") + "\r")
    assert typist.said == ["stack: [Int 1]", "stack: [Int 1, Int 2]", "stack: [Int 3]"]


def test_lines_above_can_be_edited(pipe: PipeInput) -> None:
    typist = type_keys(pipe, f"f:\rPUSH_INT 1\rRET{UP}{CTRL_E}2\x1b[B{CTRL_E}\r", "CALL f\r")
    assert typist.stack == ["Int 12"]


def test_ctrl_c_gives_up_what_is_typed(pipe: PipeInput) -> None:
    typist = type_keys(pipe, "PUSH_INT 1\r", f"open:\rPUSH_INT 9{CTRL_C}", "PUSH_INT 2\r")
    assert typist.stack == ["Int 1", "Int 2"]


def test_the_last_line_comes_back(pipe: PipeInput) -> None:
    assert type_keys(pipe, "PUSH_INT 7\r", f"{UP}\r").stack == ["Int 7", "Int 7"]


def test_what_was_typed_is_found_again_another_day(pipe: PipeInput, history: Path) -> None:
    type_keys(pipe, "PUSH_INT 77\r", "PUSH_INT 5\r", settings=Settings())
    assert "+PUSH_INT 77" in history.read_text(encoding="utf-8")
    with create_pipe_input() as again:
        assert type_keys(again, f"{CTRL_R}77\r\r", settings=Settings()).stack == ["Int 77"]


def test_where_no_history_can_be_kept_there_is_none(
    pipe: PipeInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(prompt_module, "history_file", lambda: tmp_path / "file" / "history")
    assert type_keys(pipe, "PUSH_INT 7\r", f"{UP}\r", settings=Settings()).stack == ["Int 7", "Int 7"]


def test_keys_of_vi(pipe: PipeInput) -> None:
    # Escape, to the start of the line, change to the end of the word.
    typist = type_keys(pipe, "PUSH_INT 1\r", f"XXX 5{ESCAPE}0cePUSH_INT\r", settings=QUIET.replace(mode="vi"))
    assert typist.stack == ["Int 1", "Int 5"]


def test_keys_that_switch(pipe: PipeInput) -> None:
    typist = type_keys(pipe, F2 + F3 + F4 + LEAVE)
    chosen = typist.evaluator.chosen
    assert (chosen.auto, chosen.trace, chosen.mode) == (True, True, "vi")


def test_quit_leaves(pipe: PipeInput) -> None:
    assert type_keys(pipe, "quit\r", "PUSH_INT 1\r").stack == []


def test_ctrl_c_stops_what_runs_and_keeps_its_state(pipe: PipeInput) -> None:
    typist = Typist(pipe, QUIET)
    typist.on_output = lambda: signal.raise_signal(signal.SIGINT)
    typist.typed = ["up:\rPUSH_INT 1\rPRINT\rJMP up\r", "JMP up\r", "PUSH_INT 5\r"]
    before = signal.getsignal(signal.SIGINT)
    typist.run()
    assert signal.getsignal(signal.SIGINT) is before
    stopped = next(said for said in typist.said if said.startswith("stopped at repl:"))
    assert "continue goes on" in stopped
    assert typist.printed
    assert typist.said[-1].endswith("Int 5]")


def test_a_crash_of_the_repl_restores_the_handler(pipe: PipeInput, monkeypatch: pytest.MonkeyPatch) -> None:
    typist = Typist(pipe, QUIET)
    monkeypatch.setattr(typist.evaluator, "enter", lambda text: 1 / 0)
    before = signal.getsignal(signal.SIGINT)
    typist.typed = ["PUSH_INT 1\r"]
    with pytest.raises(ZeroDivisionError):
        typist.run()
    assert signal.getsignal(signal.SIGINT) is before


def test_tab_completes(pipe: PipeInput) -> None:
    typist = Typist(pipe, QUIET.replace(completion="tab"))

    def changed(buffer: Buffer) -> None:
        if buffer.text == "PUSH_INT":
            pipe.send_text(" 4\r")

    typist._lines.default_buffer.on_text_changed += changed
    typist.typed = ["PUSH_I\t"]
    typist.run()
    assert typist.stack == ["Int 4"]


def test_what_stands_around_the_text(pipe: PipeInput) -> None:
    typist = Typist(pipe, QUIET)
    list(typist.evaluator.enter("PUSH_INT 1"))
    assert "".join(text for _, text, *_ in typist._message()) == "1 main 3> "
    typist._lines.default_buffer.reset(Document("square:\nTRY\n"))
    assert "".join(text for _, text, *_ in typist._continuation(8, 1, 0)) == "square ...> "
    assert "".join(text for _, text, *_ in typist._continuation(8, 2, 0)) == "square try ...> "
    assert "".join(text for _, text, *_ in typist._continuation(8, 2, 1)) == " " * 8
    toolbar = "".join(text for _, text, *_ in typist._toolbar())
    assert toolbar == (
        " step 3 | 1 main waits for the next line | 1 alive, 0 can run | F2 auto off  F3 trace off  F4 emacs "
    )
