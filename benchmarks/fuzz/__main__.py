"""``python -m benchmarks.fuzz``."""

from benchmarks.fuzz.command import fuzz_command
from console.edge import run_command

run_command(fuzz_command)
