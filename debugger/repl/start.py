"""Where the ``ttvm-repl`` command begins."""

from __future__ import annotations

import sys


def main() -> int:
    """Load the REPL and run the command line; returns the exit status. Ctrl-C while it loads is no error."""
    try:
        from debugger.repl.cli import main as command
    except KeyboardInterrupt:
        return 130
    return command()


if __name__ == "__main__":
    sys.exit(main())
