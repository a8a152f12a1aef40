"""Whatever is typed, the text that is left is a program that does the same."""

from __future__ import annotations

from hypothesis import given, note
from hypothesis import strategies as st

from tests.machines import Watched
from tests.repl.typing import Repl
from ttvm.events import ProcessExited
from ttvm.forms import debug
from ttvm.process.state import Process
from ttvm.setup import MachineOptions
from ttvm.vm import Status

INSTRUCTIONS = st.sampled_from(
    (
        *(
            "PUSH_INT 0",
            "PUSH_INT 3",
            "PUSH_INT -7",
            'PUSH_STR "a;;b"',
            "PUSH_FLOAT 2.5",
            "PUSH_BOOL true",
            "PUSH_NULL",
        ),
        *("ADD", "SUB", "MUL", "DIV", "EQ", "LT", "NOT", "CONCAT", "DUP", "SWAP", "OVER", "POP", "SELF"),
        *("STORE x", "LOAD x", "STORE y", "LOAD y", "DELETE x", "DUMP_SCOPE", "PRINT", "PRINT", "YIELD"),
        *("PUSH_INT 100 ;; RANDOM", "PUSH_INT 5 ;; SLEEP", "PUSH_STR bare ;; PRINT ; why not", "MAKE_LIST 2"),
        *("SEND 1", "RECEIVE int AFTER 10 3", "NOP", "THROW", "CALL f", "PUSH_INT 6 ;; CALL half", "JMP 0 ;; nonsense"),
        *("PUSH_INT 1 ;; SEND 1 ;; RECEIVE", "MAKE_FUNCTION half n", "CALL_FUNCTION"),
    )
)
BLOCKS = st.sampled_from(
    (
        "half:\n  PUSH_INT 2\n  DIV\n  RET",
        "f:\n  DUP ;; PRINT\n  RET\n",
        # What it prints does not depend on who runs when: in the REPL the others wait until the line is over.
        "answer:\n  RECEIVE\n  STORE who\n  PUSH_INT 42\n  LOAD who\n  SEND\n  JMP answer\n"
        'PUSH_STR "answer" ;; SPAWN ;; STORE server ;; SELF ;; LOAD server ;; SEND\nRECEIVE',
        "TRY\n  PUSH_INT 1\n  PUSH_INT 0\n  DIV\nCATCH\n  POP\nEND_TRY",
        "TRY\n  LOAD x\n  PRINT\nCATCH\n  PRINT\nEND_TRY",
        "TRY caught\n  LOAD y\nEND_TRY\nJMP over\ncaught:\nCATCH\nPRINT\nEND_TRY\nover:",
        "DUP\nJZ skip\nPUSH_INT 8\nskip:",
        "JMP end\n; nothing\n\nend:",
        "PUSH_INT 3\nSTORE i\nagain:\n LOAD i ;; PRINT\n LOAD i ;; PUSH_INT 1 ;; SUB ;; DUP ;; STORE i\n JNZ again\n",
        "PUSH_INT 1\nADD\nPUSH_INT 2",
        "here:\n  PUSH_INT 4\n",
        "IMPORT math",
        "HALT",
        "RET",
        "PUSH_INT 7 ;; EXIT",
        "RECEIVE",
        ":back",
        ":back 2",
        ":stack",
    )
)
TYPED = st.lists(
    st.one_of(st.lists(INSTRUCTIONS, min_size=1, max_size=4).map(" ;; ".join), INSTRUCTIONS, BLOCKS), max_size=14
)


@given(TYPED)
def test_what_was_typed_is_a_program_that_does_the_same(typed: list[str]) -> None:
    repl = Repl(auto=True)
    repl.front.patience = 200
    for text in typed:
        repl.enter(text)
    if repl.front.patience < 0:
        return  # it runs for ever: a handler or a jump leads back to what was typed before, as it would in a file
    saved = repl.session.text
    note(saved)
    output, stack = _run(saved)
    session = repl.session
    assert "".join(f"{line.text}\n" for line in session.output() if line.kind == "output") == output
    selected = session.view(1).selected
    if selected is not None and selected.row.pid == 1:
        assert [value.text for value in reversed(selected.stack)] == stack
    session.close()


def _run(text: str) -> tuple[str, list[str]]:
    """What `ttvm` prints for a program, and what its first process leaves on its stack."""
    machine = Watched("repl", MachineOptions(), text=text)
    ended: list[Process] = []
    machine.vm.observe(ProcessExited, lambda event: ended.append(event.process))
    while (status := machine.vm.run(100_000)) is not Status.ENDED:
        assert machine.vm.steps < 100_000
        if status is Status.IDLE:
            machine.vm.wait()
    processes = [*machine.vm.system.processes.values(), *ended]
    first = next(each for each in processes if each.pid == 1)
    return machine.console.text, [debug(value) for value in first.stack]
