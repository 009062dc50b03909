"""The entry point and the one error boundary."""

from __future__ import annotations

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
    from eventstudy.cli.app import app
    from eventstudy.errors import EventStudyError

    try:
        app(args=None if arguments is None else list(arguments), prog_name="eventstudy")
    except EventStudyError as error:
        sys.stderr.write(f"eventstudy: {error}\n")
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong, but Python would complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
