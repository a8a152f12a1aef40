"""Where the ``ttvm-debug`` command begins."""

from __future__ import annotations

import gc
import sys

COLLECT_AFTER = 50_000
"""Objects after which the garbage collector looks for circles. Checkpoints are many objects and no garbage; with the
700 that are usual, it took a tenth of the time of a run with many processes."""


def main() -> int:
    """Load the debugger and run the command line; returns the exit status. Ctrl-C while it loads is no error."""
    try:
        from debugger.cli import main as command
    except KeyboardInterrupt:
        return 130
    gc.set_threshold(COLLECT_AFTER)
    return command()


if __name__ == "__main__":
    sys.exit(main())
