import numpy as np

from contract.comparison_plan import ComparisonPlan
from contract.experiment import Experiment
from contract.run_record import CampaignRecord
from loadtest.campaign.stopping import standing
from loadtest.campaign.telling import duration, standing_line, standing_note

PLAN = CampaignRecord(looks=(6, 8, 12, 16))
EXPERIMENT = Experiment.resolve(profile="standard")


def _standing(mean, units, sd=0.004):
    values = np.linspace(-1, 1, units)
    values = mean + sd * values / values.std(ddof=1)
    return standing(PLAN, EXPERIMENT, values, values - mean)


def test_a_look_that_settles_nothing_says_how_much_longer_the_next_takes():
    assert standing_line(_standing(0.01, 8), PLAN, EXPERIMENT, seconds_a_unit=15.0) == (
        "after 8 units: 1.00 ± 0.47 % of CPU per request, SLOWER, SIZE OPEN; "
        "goes on to 12 units, about 60 s more"
    )


def test_the_look_that_ends_a_campaign_says_why():
    told = standing_line(_standing(0.05, 8, sd=0.001), PLAN, EXPERIMENT, seconds_a_unit=15.0)
    assert told.endswith("SLOWER; the verdict is settled")


def test_the_live_display_narrows_from_no_interval_on():
    assert standing_note(_standing(0.02, 5), EXPERIMENT) == (
        "regular \N{MINUS SIGN} inverted ≈ 2.00 % at any time, 5 units"
    )
    widths = [
        float(standing_note(_standing(0.02, n), EXPERIMENT).split("±")[1].split()[0])
        for n in (6, 16)
    ]
    assert widths[0] > widths[1]


def test_durations_are_told_in_seconds_and_then_in_minutes():
    assert [duration(seconds) for seconds in (40.2, 89, 180)] == ["40 s", "89 s", "3 min"]


def test_a_comparison_is_told_by_its_own_arms_and_endpoint():
    plan = ComparisonPlan.resolve("a.onnx", "http://host/v2/models/b")
    assert standing_note(_standing(0.02, 5), plan).startswith("b \N{MINUS SIGN} a ≈ 2.00 %")
    line = standing_line(_standing(0.05, 8, sd=0.001), PLAN, plan, seconds_a_unit=15.0)
    assert "% of client latency, SLOWER" in line
