import pytest

from contract.comparison_plan import ComparisonPlan
from contract.profile import PROFILES
from perbillion.comparison.sizing import sized


@pytest.mark.parametrize("profile", PROFILES)
def test_a_model_of_the_lecture_s_speed_is_measured_as_the_profile_says(profile):
    plan = ComparisonPlan.resolve("a", "b", profile=profile, overrides=sized(profile, 12e-6))
    plain = ComparisonPlan.resolve("a", "b", profile=profile)
    assert plan.served.seconds_per_start == plain.served.seconds_per_start
    assert plan.in_process.rounds_per_start == plain.in_process.rounds_per_start
    assert plan.instructions == plain.instructions


@pytest.mark.parametrize("seconds", [1e-3, 20e-3, 0.5])
def test_of_a_slow_model_a_start_in_process_stays_short_and_has_some_rounds(seconds):
    plan = ComparisonPlan.resolve("a", "b", overrides=sized("quick", seconds))
    amount = plan.in_process
    assert amount.rounds_per_start >= 10
    assert 3 * seconds * amount.rounds_per_start <= max(1.05, 31 * seconds)
    # One that is discarded, and the warm-up of three.
    assert 4 * seconds * amount.warmup_rounds <= max(0.3, 13 * seconds)
    assert plan.served.seconds_per_start >= 20 * 3 * seconds


def test_of_a_slow_model_there_are_as_many_units_as_of_a_quick_one():
    slow = ComparisonPlan.resolve("a", "b", overrides=sized("quick", 0.02))
    assert slow.pairs_of("served") == PROFILES["quick"]["served"]["pairs"]
    assert slow.pairs_of("in_process") == PROFILES["quick"]["in_process"]["pairs"]
