"""``python -m benchmarks.workers``."""

from benchmarks.workers.command import workers_command
from console.edge import run_command

run_command(workers_command)
