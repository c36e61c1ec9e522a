"""``python -m benchmarks.training``."""

from benchmarks.training.command import training_command
from console.edge import run_command

run_command(training_command)
