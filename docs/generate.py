"""Write the generated documents anew: ``make docs``.

``docs/cli.md`` is the command line's reference, made by Typer from the commands themselves;
``docs/result.schema.json`` is the JSON Schema of ``result.json``. A test compares both with
what this file would write.
"""

from __future__ import annotations

import html
import json
import subprocess
import sys
from pathlib import Path

from report.result import result_json_schema

FOLDER = Path(__file__).parent


def cli_reference() -> str:
    """Return the reference of every command, in Markdown."""
    typer_command = ["typer", "perbillion.cli", "utils", "docs", "--name", "perbillion"]
    completed = subprocess.run(
        [sys.executable, "-P", "-m", *typer_command], check=True, capture_output=True, text=True
    )
    return "<!-- written by `make docs` -->\n" + html.unescape(completed.stdout)


def result_schema() -> str:
    """Return the JSON Schema of ``result.json``."""
    return json.dumps(result_json_schema(), indent=2) + "\n"


GENERATED = {"cli.md": cli_reference, "result.schema.json": result_schema}


def main() -> None:
    """Write every generated document."""
    for name, content in GENERATED.items():
        (FOLDER / name).write_text(content(), encoding="utf-8")


if __name__ == "__main__":
    main()
