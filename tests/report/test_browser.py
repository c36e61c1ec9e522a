"""The report in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

pytestmark = pytest.mark.skipif(
    not CHROMIUM.is_file(), reason=f"no browser: {CHROMIUM} is not installed"
)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser, reported_run):
    """Open the report in a window of some width; returns the page and what it complained of."""
    directory, _ = reported_run
    address = directory.report_html.as_uri()
    contexts = []

    def open_one(width, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        troubles = []
        page.on("console", lambda message: troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: troubles.append(request.url))
        page.goto(address)
        troubles.remove(address)
        return page, troubles

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_quiet_fits_and_shows_every_figure(open_page, width, scheme):
    page, troubles = open_page(width, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    figures = page.locator("svg.figure")
    assert figures.count() == 6
    for figure in figures.all():
        box = figure.bounding_box()
        assert figure.is_visible()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] > 100
    assert [url for url in troubles if not url.startswith("data:")] == []


def test_no_text_of_a_figure_runs_out_of_it(open_page):
    page, _ = open_page(1280)
    outside = page.evaluate(
        """() => [...document.querySelectorAll('svg.figure text')].filter(text => {
            const box = text.getBoundingClientRect();
            const frame = text.ownerSVGElement.getBoundingClientRect();
            return box.left < frame.left - 1 || box.right > frame.right + 1
                || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
        }).map(text => text.textContent)"""
    )
    assert outside == []


def test_the_dark_page_is_dark_and_its_ink_light(open_page):
    page, _ = open_page(1280, color_scheme="dark")
    colours = page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
                  getComputedStyle(document.querySelector('svg.figure text')).fill]"""
    )
    brightness = [sum(map(int, colour[4:-1].split(","))) / 3 for colour in colours]
    assert brightness[0] < 60
    assert brightness[1] > 200


def test_figures_are_told_to_those_who_do_not_see_them(open_page):
    page, _ = open_page(1280)
    names = [
        "Differences from inverted",
        "What one more scaling costs",
        "How the verdict's interval narrowed",
        "Client latency of each arm",
        "Inference time in process",
        "Learning curves",
    ]
    for name in names:
        assert page.get_by_role("img", name=name).count() == 1


def test_tables_stay_tables_on_a_narrow_window(open_page, reported_run):
    _, result = reported_run
    page, _ = open_page(400)
    table = page.get_by_role("table", name="From 120 multiplications to dollars per billion")
    assert table.get_by_role("row").count() == len(result.ladder) + 1
    assert table.get_by_role("rowheader").count() == len(result.ladder)


def test_the_page_prints(open_page, tmp_path):
    page, _ = open_page(1280)
    printed = tmp_path / "report.pdf"
    page.pdf(path=printed, format="A4")
    assert printed.read_bytes().startswith(b"%PDF")
