"""The ledger in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from report.lecture.lecture_figures import PICTURE_NAMES
from report.lecture.ledger_page import ledger_page, render_ledger

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
OUTSIDE = """() => [...document.querySelectorAll('svg.figure text')].filter(text => {
    const box = text.getBoundingClientRect();
    const frame = text.ownerSVGElement.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1
        || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
}).map(text => text.textContent)"""

pytestmark = pytest.mark.skipif(
    not CHROMIUM.is_file(), reason=f"no browser: {CHROMIUM} is not installed"
)


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def address(settled, pictures, tmp_path_factory):
    file = tmp_path_factory.mktemp("page") / "claims.html"
    file.write_text(render_ledger(ledger_page(settled, pictures)), encoding="utf-8")
    return file.as_uri()


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1280, "dark")])
def test_the_page_is_quiet_fits_and_shows_every_picture(browser, address, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    troubles = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: troubles.append(request.url))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    figures = page.locator("svg.figure")
    assert figures.count() == len(PICTURE_NAMES)
    assert all(figure.bounding_box()["height"] > 100 for figure in figures.all())
    assert page.evaluate(OUTSIDE) == []
    assert [url for url in troubles if not url.startswith("data:")] == [address]
    context.close()


def test_the_contents_lead_to_a_claim(browser, address):
    page = browser.new_page()
    page.goto(address)
    page.get_by_role("navigation", name="All claims").get_by_role("link", name="C11").click()
    heading = page.get_by_role("heading", name="C11", level=2)
    assert heading.bounding_box()["y"] < 100
    page.close()
