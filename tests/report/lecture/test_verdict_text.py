import pytest

from contract.ledger import Settlement
from report.lecture.verdict_text import tally, tone_of


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        ((Settlement.HOLDS,), "Of 1 claim 1 holds."),
        ((Settlement.HOLDS, Settlement.FAILS), "Of 2 claims 1 holds and 1 does not hold."),
        (
            (Settlement.OPEN, Settlement.HOLDS, Settlement.OPEN, Settlement.UNTESTABLE),
            "Of 4 claims 1 holds, 1 is not testable here and 2 are not settled yet.",
        ),
        ((Settlement.CONDITION,) * 13, "Of 13 claims 13 hold with a condition."),
    ],
)
def test_verdicts_are_counted_in_a_sentence(settled, verdicts, told):
    claims = [settled.claims[0].model_copy(update={"verdict": verdict}) for verdict in verdicts]
    assert tally(claims) == told


def test_nothing_that_was_not_decided_is_coloured_as_if_it_were():
    decided = {Settlement.HOLDS: "good", Settlement.CONDITION: "open", Settlement.FAILS: "bad"}
    assert {verdict: tone_of(verdict) for verdict in Settlement} == {
        verdict: decided.get(verdict, "none") for verdict in Settlement
    }
