"""``--ask``: a person at the terminal decides about what was not allowed on the command line."""

from __future__ import annotations

import sys

from ttvm.errors import TtvmError
from ttvm.host.real import StandardConsole
from ttvm.outside import Consent, ConsentAsker

_ANSWERS = {
    "y": Consent.YES,
    "yes": Consent.YES,
    "n": Consent.NO,
    "no": Consent.NO,
    "": Consent.NO,
    "a": Consent.ALL,
    "all": Consent.ALL,
}


def make_asker(console: StandardConsole) -> ConsentAsker:
    """Who is asked. Raises TtvmError when there is nobody: without a terminal any file could answer."""
    if not (console.interactive and sys.stderr.isatty()):
        raise TtvmError("--ask needs a terminal on standard input and standard error; --allow-... needs none")

    def ask(what: str) -> Consent:
        def show() -> None:
            console.flush()
            print(f"ttvm: {what}. Allow it? [y/n/a(ll of this kind)] ", end="", file=sys.stderr, flush=True)

        while True:
            answer = console.keyboard.ask(show)
            if not answer.endswith("\n"):  # Ctrl-D, or the terminal is gone
                print(file=sys.stderr)
                return Consent.NO
            consent = _ANSWERS.get(answer.strip().lower())
            if consent is not None:
                return consent

    return ask
