"""The entry point and the one error boundary."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``eventstudy``; default those of the process.

    Notes
    -----
    Exit codes: 0 done, 2 wrong usage or bad input, 3 nothing usable, 4 data missing, 5 network, 6 partial. An error of
    the library is one or two plain lines on stderr; any other exception is a defect of ours and keeps its traceback.
    """
    _collect_seldom()
    from eventstudy.cli.app import command_line
    from eventstudy.errors import EventStudyError

    words = sys.argv[1:] if arguments is None else list(arguments)
    try:
        command_line(*words[:1])(args=None if arguments is None else words, prog_name="eventstudy")
    except EventStudyError as error:
        sys.stderr.write(f"eventstudy: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, but Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _collect_seldom() -> None:
    """Look for garbage after 50,000 new objects instead of 700, and not once more when the process ends.

    What a command imports makes half a million objects of which none is garbage; looking for it took a fifth of a small
    study's time.
    """
    gc.set_threshold(50_000)
    atexit.register(gc.freeze)
