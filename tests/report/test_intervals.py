import numpy as np
import pytest

from contract.run_record import CampaignEnd, CampaignRecord
from report.analysis import analyse
from report.intervals import rule_of
from stats.confidence_sequence import sequence_estimate
from stats.estimate import t_estimate
from stats.interval import IntervalKind, IntervalRule
from stats.stein import stein_estimate

SERVED = ("handler", "cpu_per_request", "cpu_blocks", "client_latency")


@pytest.mark.parametrize(
    ("campaign", "rule"),
    [
        (None, IntervalRule(IntervalKind.SEQUENCE)),
        (CampaignRecord(looks=(6,)), IntervalRule(IntervalKind.SEQUENCE)),
        (CampaignRecord(looks=(6, 8), first_stage=6), IntervalRule(IntervalKind.SEQUENCE)),
        (CampaignRecord(looks=(6,), end=CampaignEnd.ALL_UNITS), IntervalRule(IntervalKind.FIXED)),
        (
            CampaignRecord(looks=(6, 8, 12), end=CampaignEnd.SETTLED),
            IntervalRule(IntervalKind.LOOKS, looks=3),
        ),
        (
            CampaignRecord(looks=(6, 8, 12), end=CampaignEnd.OUT_OF_TIME),
            IntervalRule(IntervalKind.LOOKS, looks=3),
        ),
        (
            CampaignRecord(looks=(20,), first_stage=8, target=0.003, end=CampaignEnd.RESOLVED),
            IntervalRule(IntervalKind.STEIN, first_stage=8),
        ),
    ],
)
def test_a_campaign_s_plan_and_its_end_decide_on_the_interval(campaign, rule):
    assert rule_of(campaign) == rule


def told(result, name):
    """Every estimate of differences of an instrument, with the units that it is made from."""
    for difference in result.instrument(name).differences:
        yield difference.absolute, difference.absolute_by_unit_us, "µs"
        yield difference.relative, difference.relative_by_unit, "ratio"


def test_all_instruments_of_a_campaign_follow_its_rule(analysis):
    result = analysis.result
    shared = IntervalRule(IntervalKind.LOOKS, looks=4)
    for name in SERVED:
        for estimate, units, unit in told(result, name):
            assert estimate == shared.estimate(units, unit=unit)
            wider = estimate.half_width / t_estimate(units, unit=unit).half_width
            assert wider == pytest.approx(3.3353 / 2.3646, rel=1e-4)  # t(7): 99.375 %, 97.5 %
    for name in ("in_process", "doses_cpu", "dropconnect_cpu", "dropconnect_latency"):
        for estimate, units, unit in told(result, name):
            assert estimate == t_estimate(units, unit=unit)


def test_a_campaign_that_is_under_way_has_intervals_that_hold_at_any_time(make_run, truth):
    result = analyse(make_run(truth.but(served_end=CampaignEnd.UNDER_WAY))).result
    for name in SERVED:
        for estimate, units, unit in told(result, name):
            assert estimate == sequence_estimate(units, unit=unit)
        assert result.instrument(name).adjusted_p == {}
    assert result.sequence[-1].low == result.verdict.estimate.low
    assert result.sequence[-1].high == result.verdict.estimate.high


def test_a_half_width_that_was_planned_for_keeps_the_spread_of_the_first_stage(make_run, truth):
    planned = truth.but(looks=(8,), first_stage=6, served_end=CampaignEnd.RESOLVED)
    result = analyse(make_run(planned)).result
    for name in SERVED:
        for estimate, units, unit in told(result, name):
            assert estimate == stein_estimate(units, 6, unit=unit)
            assert estimate.degrees_of_freedom == 5


def test_the_result_tells_how_each_campaign_was_planned_and_how_it_ended(analysis):
    by_name = {facts.instrument: facts for facts in analysis.result.campaigns}
    assert list(by_name) == ["in_process", "served", "doses", "dropconnect", "capacity"]
    served = by_name["served"]
    assert (served.planned_looks, served.end) == ((6, 8, 12, 16), CampaignEnd.SETTLED)
    assert (served.interval, served.units) == (IntervalKind.LOOKS, 8)
    assert (served.disturbed_starts, served.realtime) == (1, True)
    in_process = by_name["in_process"]
    assert (in_process.interval, in_process.disturbed_starts) == (IntervalKind.FIXED, 0)
    assert not in_process.realtime


def test_disturbed_starts_are_counted_and_used_by_nothing(make_run, truth, analysis):
    # Their samples are not even there.
    disturbed = analyse(make_run(truth.but(disturbed_starts=3))).result
    counted = {facts.instrument: facts.disturbed_starts for facts in disturbed.campaigns}
    assert counted == dict.fromkeys(counted, 0) | {"served": 3}
    assert disturbed.instruments == analysis.result.instruments
    assert disturbed.gates == analysis.result.gates


def test_the_sequence_begins_at_six_units_and_narrows_around_their_running_mean(analysis):
    result = analysis.result
    units = result.instrument("cpu_per_request").difference("regular").relative_by_unit
    assert [point.units for point in result.sequence] == [6, 7, 8]
    for point in result.sequence:
        expected = sequence_estimate(units[: point.units], unit="ratio")
        assert point.point == pytest.approx(np.mean(units[: point.units]))
        assert (point.low, point.high) == pytest.approx((expected.low, expected.high))
    widths = [point.high - point.low for point in result.sequence]
    assert widths[-1] < widths[0]


def test_below_six_units_there_is_no_sequence(make_run, truth):
    assert analyse(make_run(truth.but(served_starts=10))).result.sequence == ()
