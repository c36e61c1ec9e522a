"""``python -m export``."""

from console.edge import run_command
from export.command import export_command

run_command(export_command)
