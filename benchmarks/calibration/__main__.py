"""``python -m benchmarks.calibration``."""

from benchmarks.calibration.command import calibration_command
from console.edge import run_command

run_command(calibration_command)
