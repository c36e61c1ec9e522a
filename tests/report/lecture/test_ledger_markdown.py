import re

import pytest

from report.lecture.ledger_markdown import ledger_markdown
from synthetic_lecture import lecture_evidence, ledger


@pytest.fixture(scope="module")
def markdown(settled, pictures):
    return ledger_markdown(settled, pictures, "results/lecture")


def _sections(text):
    """Heading to what stands below it."""
    _, *parts = re.split(r"^## (.*)\n", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_the_document_is_the_golden_one(markdown, golden):
    assert markdown == golden("claims.md", markdown)


def test_the_summary_leads_to_a_section_for_each_claim(markdown, settled):
    links = re.findall(r"^\| \[(C\d+)\]\(#(.*?)\)", markdown, re.MULTILINE)
    assert [name for name, _ in links] == [claim.id for claim in settled.claims]
    assert all(anchor == name.lower() for name, anchor in links)
    assert list(_sections(markdown))[: len(links)] == [name for name, _ in links]


def test_each_picture_stands_once_in_the_section_of_its_claim(markdown, pictures):
    sections = _sections(markdown)
    for claim, drawn in pictures.items():
        for picture in drawn:
            shown = f"![{picture.title}](results/lecture/{picture.name}.svg)"
            assert shown in sections[claim]
            assert markdown.count(shown) == 1
    assert markdown.count("![") == sum(map(len, pictures.values()))


def test_every_figure_of_a_claim_is_in_its_table(markdown, settled):
    sections = _sections(markdown)
    for claim in settled.claims:
        for figure in claim.figures:
            row = f"| {figure.name} | {figure.value} |".replace("network |", "network \\|")
            assert row in sections[claim.id]


def test_every_row_of_a_table_has_as_many_cells_as_its_head(markdown):
    tables = re.findall(r"(?:^\|.*\|\n)+", markdown, re.MULTILINE)
    assert len(tables) == 1 + 12 + 2
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1


def test_it_says_how_it_was_made(markdown, settled):
    made = _sections(markdown)["How it was made"]
    for words in (
        settled.command,
        settled.served_run,
        "54,000 images for training, 6,000 for validation, 10,000 for the test",
        "50 epochs of plain SGD, batches of 256, learning rate 0.1",
        "| Sweep over width | 16, 32, 64, 128, 256, 512 and 1024 units in each hidden layer, 12 ",
        "| Seeds | 123, 1, 2, 3, 4 and 5 |",
        "| PyTorch | 2.13.0 |",
    ):
        assert words in made


def test_without_a_served_run_it_says_that_there_was_none(evidence, pictures):
    text = ledger_markdown(ledger(evidence, served_run=None), pictures, "pictures")
    assert "| Served run | none was read" in text
    assert "None" not in text


def test_with_few_seeds_the_networks_have_no_intervals_and_it_says_why():
    text = ledger_markdown(ledger(lecture_evidence((123, 1))), {}, "pictures")
    networks = _sections(text)["The trained networks"]
    assert "below 6 seeds there is no interval (≈)" in networks
    assert "±" not in networks
    assert networks.count("≈ ") == 9 * 5
