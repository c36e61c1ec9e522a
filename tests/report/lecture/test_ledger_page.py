import pytest

from page_outline import assert_loads_nothing, outline
from report.lecture.ledger_page import ledger_page, render_ledger


@pytest.fixture(scope="module")
def html(settled, pictures):
    return render_ledger(ledger_page(settled, pictures))


def _section(html, claim):
    """The page's part about one claim."""
    begin = html.index(f'<section class="claim" id="{claim}">')
    return html[begin : html.index("</section>", begin)]


def test_the_page_loads_nothing(html):
    assert_loads_nothing(html)


def test_each_link_leads_to_its_place_and_no_place_is_there_twice(html):
    found = outline(html)
    ids = [attributes["id"] for _, attributes in found if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes.get("href", "") for _, attributes in found]
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)


def test_the_contents_tell_every_claim_with_its_verdict_in_words(html, settled):
    contents = html[html.index("<nav") : html.index("</nav>")]
    assert contents.count("<li") == len(settled.claims) == 13
    for claim, entry in zip(settled.claims, contents.split("<li")[1:], strict=True):
        assert f'href="#{claim.id}"' in entry
        assert f'<strong class="settled">{claim.verdict}</strong>' in entry


def test_every_claim_has_its_verdict_reason_figures_pictures_and_how(html, settled, pictures):
    for claim in settled.claims:
        section = _section(html, claim.id).replace("\xa0", " ").replace("\u2060", "")
        assert "Verdict: <strong" in section
        assert f">{claim.verdict}</strong>" in section
        assert claim.because in section
        assert claim.how in section
        assert all(figure.value in section for figure in claim.figures)
        assert section.count("<svg") == len(pictures.get(claim.id, ()))


def test_a_claim_without_figures_has_no_empty_table(html, settled):
    bare = [claim.id for claim in settled.claims if not claim.figures]
    assert bare == ["C12"]
    assert "<table" not in _section(html, "C12")
    assert "Figures of" not in _section(html, "C12")


def test_text_that_is_html_is_shown_and_not_run_and_backticks_make_code(settled):
    hostile = settled.claims[0].model_copy(
        update={"claim": "<script>1</script>", "because": "`<b>x</b>` and <i>y</i>"}
    )
    html = render_ledger(ledger_page(settled.model_copy(update={"claims": (hostile,)}), {}))
    for words in ("<script>", "<b>", "<i>"):
        assert words not in html
    assert "<code>&lt;b&gt;x&lt;/b&gt;</code> and &lt;i&gt;y&lt;/i&gt;" in html
