"""``python -m serve``."""

from console.edge import run_command
from serve.command import serve_command

if __name__ == "__main__":
    run_command(serve_command)
