"""`python -m eventstudy.cli` does what the command ``eventstudy`` does."""

import os
import sys

from eventstudy.cli.main import main

try:
    main()
except SystemExit as ended:
    # Where an interrupt met Python executing a string (as it makes a dataclass), `python -m` would end by a signal.
    if ended.code == 130:  # noqa: PLR2004
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(130)
    raise
