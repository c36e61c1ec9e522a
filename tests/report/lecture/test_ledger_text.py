from pathlib import Path

import pytest

from report.lecture.ledger_text import ledger_text

PAGE = Path("claims/mnist/claims.html")


@pytest.fixture(scope="module")
def text(settled):
    return ledger_text(settled, PAGE)


def test_the_ledger_on_a_terminal_is_the_golden_one(text, golden):
    assert text + "\n" == golden("claims.txt", text + "\n")


def test_no_line_is_longer_than_a_hundred_columns_and_quantities_stay_on_one_line(text):
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert not any(line.rstrip().endswith(("±", "\N{MINUS SIGN}", "≈")) for line in lines)
    assert "\xa0" not in text


def test_every_claim_begins_a_line_with_its_verdict_below_the_one_before(text, settled):
    heads = [line for line in text.splitlines() if line.startswith("C")]
    assert [head.split()[0] for head in heads] == [claim.id for claim in settled.claims]
    places = {
        head.index(str(claim.verdict)) for head, claim in zip(heads, settled.claims, strict=True)
    }
    assert places == {4}


def test_each_reason_is_told_whole_below_its_claim(text, settled):
    flat = " ".join(text.split())
    for claim in settled.claims:
        assert f"{claim.claim} {claim.because}" in flat


def test_a_name_that_is_longer_than_a_line_is_not_torn_apart(settled):
    address = "a/" * 60
    claim = settled.claims[0].model_copy(update={"because": f"It is in {address}"})
    assert address in ledger_text(settled.model_copy(update={"claims": (claim,)}), PAGE)


def test_it_ends_with_where_the_page_is(text):
    assert text.endswith(f"\nPage: {PAGE}")
