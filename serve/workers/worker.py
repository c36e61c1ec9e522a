"""One of several processes that answer: ``python -m serve.workers.worker CONTROL_FD``.

The supervisor starts it. Nothing that the server was asked is on its command line: that comes
over the control channel, the descriptor of which it inherits.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress

from contract.errors import PerbillionError
from serve.workers.control_channel import receive_now, send_now
from serve.workers.control_messages import Begin, Done


def main(control_fd: int) -> None:
    """Import what a worker needs, wait for the order to begin, and serve until the end."""
    # Whoever interrupts it gets no traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    control = socket.socket(fileno=control_fd)
    try:
        from serve.workers.worker_server import run_worker  # noqa: PLC0415

        begin, fds = receive_now(control, most_fds=2)
        if not isinstance(begin, Begin):  # the supervisor has gone
            return
        run_worker(begin, control, *fds)
        # At once: a thread that still computes or loads does so for nobody.
        os._exit(0)
    except (PerbillionError, ModuleNotFoundError) as error:
        # A supervisor that has died need not know.
        with suppress(ConnectionError):
            send_now(control, Done(error))


if __name__ == "__main__":
    main(int(sys.argv[1]))
