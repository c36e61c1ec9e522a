import re
from dataclasses import replace

import pytest

from page_outline import assert_loads_nothing, outline
from report.analysis import analyse
from report.figures import pictures_of
from report.html import render_html
from report.markdown import render_markdown
from report.page import page_of
from synthetic_machine import NOTHING


@pytest.fixture(scope="module")
def html(analysis):
    return render_html(page_of(analysis.result), pictures_of(analysis.result, analysis.pictures))


def test_the_page_of_a_sound_run_is_the_golden_one(html, golden):
    assert html == golden("report.html", html)


def test_the_page_loads_nothing(html):
    assert_loads_nothing(html)


def test_the_page_says_its_language_and_its_tables_name_their_headers(html):
    found = outline(html)
    assert ("html", {"lang": "en"}) in found
    headers = [attributes for tag, attributes in found if tag == "th"]
    assert {attributes.get("scope") for attributes in headers} == {"col", "row"}
    assert sum(tag == "table" for tag, _ in found) == sum(tag == "caption" for tag, _ in found)


def test_what_matters_most_comes_first(html):
    order = [
        "1.078 ± 0.086",
        "Verdict:",
        "From 120 multiplications to dollars per billion",
        "<svg",
        "Arms and instruments",
        "Does this run count?",
        "One function, several graphs",
        "What the figures do not say",
        "Environment",
        "How to repeat it",
    ]
    plain = html.replace("\xa0", " ")
    places = [plain.index(words) for words in order]
    assert places == sorted(places)


def test_a_name_that_is_html_is_shown_and_not_run(analysis):
    hostile = page_of(analysis.result.model_copy(update={"run": "<script>alert(1)</script>"}))
    hostile = replace(hostile, answer=("<b>bold</b>",), limits=("<i>x</i>",))
    html = render_html(hostile, ())
    for words in ("<script>", "<b>", "<i>"):
        assert words not in html


@pytest.mark.parametrize(
    "changes",
    [
        NOTHING | {"in_process_starts": 12},
        NOTHING | {"served_starts": 16},
        NOTHING | {"doses_starts": 12},
        NOTHING | {"dropconnect_starts": 12},
        {"in_process_starts": 0, "doses_starts": 0, "server_tells": False},
        dict.fromkeys(NOTHING, 3),
    ],
    ids=["in process", "served", "doses", "dropconnect", "client alone", "three starts of each"],
)
def test_a_run_that_was_cut_short_anywhere_has_a_page_without_holes(make_run, truth, changes):
    analysis = analyse(make_run(truth.but(**changes)))
    page, pictures = page_of(analysis.result), pictures_of(analysis.result, analysis.pictures)
    assert pictures
    outline(render_html(page, pictures))
    text = render_markdown(page)
    assert not re.search(r"None|\bnan\b|\binf\b| \.|: \.|over \.|by \.", text)


def test_an_invalid_run_shows_its_verdict_before_its_figures(make_run, truth):
    result = analyse(make_run(truth.but(steal_share=0.03))).result
    html = render_html(page_of(result), ())
    assert html.index("INVALID") < html.index('<ul class="figures">')
    assert "FAILED" in html


def test_a_table_without_rows_says_why_and_is_no_table(analysis):
    absent = analysis.result.model_copy(update={"capacity": None, "instructions": None})
    html = render_html(page_of(absent), ())
    tables = sum(tag == "table" for tag, _ in outline(html))
    whole = render_html(page_of(analysis.result), ())
    assert tables == sum(tag == "table" for tag, _ in outline(whole)) - 2
    assert "<h3>Capacity</h3><p" in html
    assert "Not measured in this run." in html
