import shutil

import pytest

from benchmarks.resolution.figures import Answer, ArmLoad, answers_of
from benchmarks.resolution.page import resolution_page
from benchmarks.resolution.paired_campaign import CPU, CampaignFigures
from benchmarks.resolution.result import (
    Amounts,
    Repetition,
    ResolutionPlan,
    ResolutionResult,
    Turn,
)
from benchmarks.resolution.sitting import clear, measure_resolution
from contract.environment import observe
from stats.estimate import t_estimate
from stats.verdict import VerdictKind


def loads(inverted, regular, again):
    """Loads of a closed loop of one connection: as many requests a second as the mean allows."""
    means = {"inverted": inverted, "regular": regular, "again": again}
    return tuple(
        ArmLoad(arm=arm, mean_us=mean_us, requests_per_second=1e6 / mean_us)
        for arm, mean_us in means.items()
    )


def turn(method, *percents):
    """Return a turn whose answers are these: against itself, and regular."""
    again, regular = percents
    facts = {"method": method, "seconds": 45.0, "steal_share": 0.0, "foreign_share": 0.01}
    if method != "perbillion":
        return Turn(**facts, loads=loads(100, 100 + regular, 100 + again))
    estimate = t_estimate([0.0] * 6, unit="ratio")
    names = (CPU, "client latency, median of paired differences", "client latency, mean")
    campaign = CampaignFigures(
        seconds_per_start=2.0,
        answers=tuple(Answer(statistic=name, again=again, regular=regular) for name in names),
        again=estimate,
        regular=estimate,
        again_verdict=VerdictKind.EQUIVALENT,
        regular_verdict=VerdictKind.SLOWER_SIZE_OPEN,
    )
    return Turn(**facts, campaign=campaign)


def result_of(*repetitions):
    return ResolutionResult(
        measured="2026-01-01T00:00:00+00:00",
        environment=observe({}),
        server_core=1,
        load_core=0,
        plan=ResolutionPlan(repetitions=len(repetitions)),
        amounts=Amounts(locust_seconds=11, wrk_seconds=13, start_overhead_seconds=1.5),
        repetitions=tuple(Repetition(turns=turns) for turns in repetitions),
    )


def test_fewer_requests_a_second_and_a_longer_latency_both_mean_slower():
    latency, rate = answers_of({load.arm: load for load in loads(200, 210, 190)})
    assert (latency.regular, latency.again) == pytest.approx((5, -5))
    assert (rate.regular, rate.again) == pytest.approx((5, -5))


def test_a_model_that_differs_from_itself_beyond_the_margin_is_a_wrong_conclusion():
    assert Answer(statistic="x", again=1.1, regular=2).wrong("again")
    assert Answer(statistic="x", again=-1.1, regular=2).wrong("again")
    assert not Answer(statistic="x", again=0.9, regular=2).wrong("again")


def test_of_the_model_that_does_more_only_being_faster_is_a_wrong_conclusion():
    assert Answer(statistic="x", again=0, regular=-0.1).wrong("regular")
    assert not Answer(statistic="x", again=0, regular=9).wrong("regular")


def test_the_page_tells_spreads_wrong_conclusions_and_how_many_times_wider_the_usual_way_is():
    result = result_of(
        (turn("locust", 4, 3), turn("wrk", 2, 1), turn("perbillion", 0.1, 1.5)),
        (turn("perbillion", -0.1, 1.4), turn("wrk", -2, 1), turn("locust", -4, -3)),
    )
    page = resolution_page(result)
    minus = "\N{MINUS SIGN}"
    assert f"| locust: mean latency | 5.66 | {minus}4.00 | +4.00 | 2 of 2 |" in page.markdown
    assert f"| locust: mean latency | 4.24 | {minus}3.00 | +3.00 | 1 of 2 |" in page.markdown
    assert f"| perbillion: {CPU} | 0.14 | {minus}0.10 | +0.10 | 0 of 2 |" in page.markdown
    assert "| locust: mean latency | 40.0 | 40.0 | yes |" in page.markdown
    assert "2 EQUIVALENT" in page.markdown
    assert page.svg == resolution_page(result).svg


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("wrk") is None, reason="wrk is not installed")
def test_every_method_answers_and_a_finished_sitting_is_not_measured_again(tmp_path):
    plan = ResolutionPlan(repetitions=1, seconds=60)
    result = measure_resolution(tmp_path, plan, print)
    (repetition,) = result.repetitions
    assert {turn.method for turn in repetition.turns} == {"locust", "wrk", "perbillion"}
    for turn_ in repetition.turns:
        assert all(abs(answer.again) < 100 for answer in turn_.answers)
    assert measure_resolution(tmp_path, plan, print) == result
    clear(tmp_path)
    assert not list(tmp_path.iterdir())
