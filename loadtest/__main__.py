"""``python -m loadtest``."""

from console.edge import run_command
from loadtest.command import load_command

if __name__ == "__main__":
    run_command(load_command)
