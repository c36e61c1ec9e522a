"""Where a command meets the shell: errors become one line and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from types import FrameType

import typer

from console.exit_codes import INTERRUPTED, exit_code_of
from console.extras import missing_extra
from contract.errors import PerbillionError


def run_app(app: typer.Typer) -> None:
    """Run a Typer application to the end of the process.

    An error of ours prints one line and never a traceback. SIGTERM is taken like Ctrl-C,
    so that both clean up alike. Typer itself answers usage errors, with exit code 2.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        app()
    except PerbillionError as error:
        _complain(error)
        sys.exit(exit_code_of(error))
    except ModuleNotFoundError as error:
        explained = missing_extra(error)
        if explained is None:
            raise
        _complain(explained)
        sys.exit(exit_code_of(explained))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def run_command(command: Callable[..., None]) -> None:
    """Run one command function as ``python -m <stage>`` does."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(command)
    run_app(app)


def _complain(error: PerbillionError) -> None:
    sys.stderr.write(f"perbillion: error: {error}\n")


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
