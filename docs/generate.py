"""Write the generated documents anew: ``make docs``.

``docs/cli.md`` is the command line's reference, made by Typer from the commands themselves;
``docs/result.schema.json`` is the JSON Schema of ``result.json``,
``docs/model-settings.schema.json`` that of a served model's ``model.toml``; ``docs/runtimes.md``
and its map are made of ``docs/results/runtimes.json`` and ``docs/results/break-even.json``;
``docs/lecture.md`` and its pictures of ``docs/results/lecture.json``, a ledger of the lecture's
claims; the output that README and ``docs/compare.md`` show is that of the committed results,
``standard-digits.json`` and ``compare-example.json`` in ``docs/results``. A test compares each
with what this file would write.
"""

from __future__ import annotations

import html
import json
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

from contract.ledger import Ledger
from contract.run_directory import RunDirectory
from perbillion.break_even.break_even_result import BreakEvenResult
from perbillion.break_even.map_picture import map_svg
from perbillion.runtimes.runtimes_page import runtimes_page
from perbillion.runtimes.runtimes_result import RuntimesResult
from report.answer import answer_text
from report.comparison.comparison import Comparison
from report.comparison.comparison_text import comparison_text
from report.lecture.lecture_figures import PICTURE_NAMES, pictures_of_lecture
from report.lecture.ledger_markdown import ledger_markdown
from report.lecture.picture_file import picture_file
from report.pictures.picture import Picture
from report.result import Result, result_json_schema
from serve.models.model_settings import model_settings_json_schema

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
# As docs/lecture.md sees it.
LECTURE_PICTURES = "results/lecture"
END = "<!-- the answer ends here -->"
VERDICTS = "<!-- the verdicts of docs/results/lecture.json, put here by `make docs` -->"
END_OF_VERDICTS = "<!-- the verdicts end here -->"


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


def model_settings_schema() -> str:
    """Return the JSON Schema of ``model.toml``."""
    return json.dumps(model_settings_json_schema(), indent=2) + "\n"


def runtimes() -> str:
    """Return the page about runtimes and the break-even map."""
    table = RuntimesResult.load(FOLDER / "results" / "runtimes.json")
    return runtimes_page(table, BreakEvenResult.load(FOLDER / "results" / "break-even.json"))


def break_even_map() -> str:
    """Return the break-even map, drawn."""
    return map_svg(BreakEvenResult.load(FOLDER / "results" / "break-even.json"))


def lecture() -> str:
    """Return the page about the lecture's claims."""
    written = "<!-- written by `make docs` from docs/results/lecture.json -->"
    page = ledger_markdown(_ledger(), _lecture_pictures(), LECTURE_PICTURES)
    return f"{written}\n{page}"


def lecture_picture(name: str) -> str:
    """Return one of the pictures of that page."""
    return next(
        picture_file(picture)
        for pictures in _lecture_pictures().values()
        for picture in pictures
        if picture.name == name
    )


def readme() -> str:
    """Return README.md with the committed result's answer and the ledger's verdicts."""
    result = Result.load(FOLDER / "results" / "standard-digits.json")
    answer = answer_text(result, RunDirectory(Path("runs") / result.run))
    page = _with_output(ROOT / "README.md", "standard-digits.json", answer)
    before, rest = page.split(VERDICTS)
    return f"{before}{VERDICTS}\n{_verdicts()}\n{END_OF_VERDICTS}{rest.split(END_OF_VERDICTS)[1]}"


def compare_page() -> str:
    """Return docs/compare.md with the output of the committed comparison in its place."""
    comparison = Comparison.load(FOLDER / "results" / "compare-example.json")
    return _with_output(FOLDER / "compare.md", "compare-example.json", comparison_text(comparison))


def _verdicts() -> str:
    """Return a table of the claims and their verdicts, each with a link to its reason."""
    rows = (
        f"| [{claim.id}](docs/lecture.md#{claim.id.lower()}) | {claim.claim} | {claim.verdict} |"
        for claim in _ledger().claims
    )
    return "\n".join(("| claim | the lecture says | verdict |", "|---|---|---|", *rows))


@cache
def _ledger() -> Ledger:
    return Ledger.load(FOLDER / "results" / "lecture.json")


@cache
def _lecture_pictures() -> dict[str, tuple[Picture, ...]]:
    return pictures_of_lecture(_ledger().evidence)


def _with_output(page: Path, result: str, output: str) -> str:
    begin = f"<!-- the answer of docs/results/{result}, put here by `make docs` -->"
    before, rest = page.read_text(encoding="utf-8").split(begin)
    return f"{before}{begin}\n```\n{output}\n```\n{END}{rest.split(END)[1]}"


GENERATED = {
    "docs/cli.md": cli_reference,
    "docs/result.schema.json": result_schema,
    "docs/model-settings.schema.json": model_settings_schema,
    "docs/runtimes.md": runtimes,
    "docs/results/break-even.svg": break_even_map,
    "docs/lecture.md": lecture,
    **{
        f"docs/{LECTURE_PICTURES}/{name}.svg": partial(lecture_picture, name)
        for name in PICTURE_NAMES
    },
    "docs/compare.md": compare_page,
    "README.md": readme,
}


def main() -> None:
    """Write every generated document."""
    for name, content in GENERATED.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(content(), encoding="utf-8")


if __name__ == "__main__":
    main()
