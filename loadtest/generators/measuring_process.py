"""How a measuring process ends: quietly when done, with one line when something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from contract.errors import PerbillionError


def run_order(main: Callable[[Path], None]) -> None:
    """Call `main` with the order file that the command line names.

    The parent shows the last lines of this process, so an error of ours is one line and
    not a traceback.
    """
    try:
        main(Path(sys.argv[1]))
    except PerbillionError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
