"""``python -m report RUN_DIR``."""

from __future__ import annotations

from console.edge import run_command
from report.command import report_command

run_command(report_command)
