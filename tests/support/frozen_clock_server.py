"""perbillion's server on a machine whose thread CPU clock stands still."""

from console.edge import run_command
from serve.command import serve_command
from serve.http import infer_protocol


def frozen_ns():
    return 1_000_000


infer_protocol.thread_time_ns = frozen_ns

if __name__ == "__main__":
    run_command(serve_command)
