"""The report stage: a run directory in, result.json, report.html and report.md out."""

from __future__ import annotations

from contract.document import write_atomically
from contract.ledger import Ledger
from contract.run_directory import RunDirectory
from report.analysis import analyse
from report.figures import pictures_of
from report.html import render_html
from report.markdown import render_markdown
from report.page import page_of
from report.result import Result


def write_report(directory: RunDirectory) -> Result:
    """Analyse a run and write its result and reports, each whole or not at all.

    Parameters
    ----------
    directory : RunDirectory
        With at least one finished unit of one instrument; where the lecture's claims were settled
        with its evidence, they are told too.

    Raises
    ------
    InvalidRunError
        If no unit is finished.
    ArtifactError, ExperimentError
        If a file is missing, damaged, or cannot be written.
    """
    analysis = analyse(directory)
    result = analysis.result
    ledger = Ledger.load(directory.claims_json) if directory.claims_json.is_file() else None
    page = page_of(result, ledger)
    # All is rendered before anything is written, so that an old report is replaced by a new
    # one or stays.
    html = render_html(page, pictures_of(result, analysis.pictures))
    markdown = render_markdown(page)
    result.save(directory.result_json)
    write_atomically(directory.report_html, html.encode())
    write_atomically(directory.report_md, markdown.encode())
    return result
