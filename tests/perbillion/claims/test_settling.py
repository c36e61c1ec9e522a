"""The ledger as a whole."""

from contract.ledger import Ledger, Settlement
from perbillion.claims.history import settle_c13
from perbillion.claims.settling import ledger_of
from synthetic_lecture import lecture_evidence

_COMMAND = "perbillion claims --data mnist"


def test_a_ledger_has_all_thirteen_claims_in_the_lecture_s_order(mnist, sound_result):
    ledger = ledger_of(mnist.evidence, sound_result, _COMMAND)
    assert [claim.id for claim in ledger.claims] == [f"C{n}" for n in range(1, 14)]
    assert ledger.served_run == sound_result.run
    assert ledger.command == _COMMAND


def test_a_ledger_is_read_back_as_it_was_written(mnist, sound_result, tmp_path):
    ledger = ledger_of(mnist.evidence, sound_result, _COMMAND)
    ledger.save(tmp_path / "claims.json")
    assert Ledger.load(tmp_path / "claims.json") == ledger


def test_without_a_run_what_is_served_is_open(mnist):
    ledger = ledger_of(mnist.evidence, None, _COMMAND)
    assert ledger.served_run is None
    assert {claim.id for claim in ledger.claims if claim.verdict is Settlement.OPEN} == {"C4"}


def test_too_few_seeds_for_an_interval_tell_no_difference(sound_result):
    ledger = ledger_of(lecture_evidence((123, 1)), sound_result, _COMMAND)
    by_seeds = ("C3", "C7", "C9", "C10", "C11", "C12")
    verdicts = [claim.verdict for claim in ledger.claims if claim.id in by_seeds]
    assert Settlement.HOLDS not in verdicts


def test_every_claim_says_what_how_and_why(mnist, sound_result):
    for claim in ledger_of(mnist.evidence, sound_result, _COMMAND).claims:
        for text in (claim.claim, claim.because, claim.how):
            assert text.strip()[-1] in '."', text
            assert "  " not in text
            assert "nan" not in text


def test_history_is_told_by_its_dates():
    claim = settle_c13()
    assert claim.verdict is Settlement.UNTESTABLE
    assert {figure.value for figure in claim.figures} == {
        "2013-01-21",
        "2013-09-16",
        "2014-07-09",
        "2014-09-11",
        "2015-10-30",
    }
