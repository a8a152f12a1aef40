"""Open what a user names: a program, a recording of `ttvm record`, or a run that the debugger saved."""

from __future__ import annotations

from debugger.breakpoints import BreakpointMemory
from debugger.driver import Recording
from debugger.live_module import LIVE
from debugger.run_files import is_saved_run, read_run
from debugger.session import Session
from ttvm.errors import ReplayError
from ttvm.host.sources import SourceFiles
from ttvm.recording.log import FORMAT, LogReader
from ttvm.recording.runs import beside
from ttvm.setup import MachineOptions

SUFFIX = ".ttvmrun"
_BEGINNING = f'{{"format":"{FORMAT}"'


def open_session(
    file: str, options: MachineOptions, input_text: str = "", memory: BreakpointMemory | None = None
) -> Session:
    """A session with a program at its start, a recording at its end, or a saved run where it was saved.

    Recordings and saved runs have options and input of their own. Raises TtvmError when the file cannot be opened.
    """
    if not is_run_file(file):
        return Session(file, options, input_text, memory=memory)
    lines = SourceFiles().read(file).lines
    if not is_saved_run(lines):
        recording = Recording(lines, file)
        session = Session(beside(LogReader(*recording).header.program, file), recording=recording)
        session.continue_()
        return session
    run = read_run(lines, file)
    recorded = Recording(run.recording, file) if run.recording is not None else None
    program = run.program if run.program == LIVE else beside(run.program, file)
    session = Session(program, run.options, run.input_text, recording=recorded)
    try:
        session.resume(run)
    except ReplayError as error:
        session.close()
        raise ReplayError(f"{file}: {error}") from None
    return session


def is_run_file(file: str) -> bool:
    """Whether a file is a recording or a saved run, by its name or by how it begins."""
    if file.endswith(SUFFIX):
        return True
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            return opened.read(len(_BEGINNING)) == _BEGINNING
    except OSError:
        return False  # whoever reads it says why
