import re

import pytest

from report.markdown import render_markdown
from report.page import page_of


@pytest.fixture(scope="module")
def markdown(analysis):
    return render_markdown(page_of(analysis.result))


def test_the_text_of_a_sound_run_is_the_golden_one(markdown, golden):
    assert markdown == golden("report.md", markdown)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(markdown):
    tables = re.findall(r"(?:^\|.*\|\n)+", markdown, re.MULTILINE)
    assert len(tables) == markdown.count("\n## ") - len(("Answer", "Verdict", "Limits", "Repeat"))
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(cells) == 1


def test_ordinary_spaces_only(markdown):
    assert "\xa0" not in markdown


def test_a_table_without_rows_is_its_note(analysis):
    absent = analysis.result.model_copy(update={"capacity": None})
    text = render_markdown(page_of(absent))
    assert "## Capacity\n\nNot measured in this run." in text
    assert "| Arm | Saturated" not in text
