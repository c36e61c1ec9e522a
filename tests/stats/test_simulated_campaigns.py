"""The method's proof: what the intervals promise holds in campaigns whose truth is known."""

import numpy as np
import pytest

from stats.estimate import t_estimate
from stats.paired import (
    arm_means,
    mean_differences,
    median_paired_differences,
    relative_differences,
)
from stats.power import minimum_detectable_effect
from stats.unit import pair_starts, unit_means

TRUE_NS = 1100.0


def relative_means(table):
    """The primary endpoint's statistic, put together as the report does."""
    return relative_differences(mean_differences(table), arm_means(table))


def estimates_of(by_start, unit="ratio"):
    """Estimate arm 1's difference in every campaign; `by_start`: (campaigns, starts, arms)."""
    starts = by_start.shape[1]
    pairs = pair_starts([start // 2 for start in range(starts)])
    return [t_estimate(unit_means(campaign, pairs)[:, 1], unit=unit) for campaign in by_start]


def coverage(estimates, truth):
    return np.mean([estimate.low <= truth <= estimate.high for estimate in estimates])


def test_intervals_of_the_relative_mean_cover_the_truth(scenario, simulate, gaussian):
    estimates = estimates_of(relative_means(simulate(scenario, TRUE_NS)))
    covered = coverage(estimates, TRUE_NS / scenario.reference_ns)
    assert covered >= 0.93
    if scenario is gaussian:
        assert covered <= 0.97


def test_intervals_of_the_mean_cover_the_truth_where_the_host_keeps_its_speed(simulate, scenarios):
    for name in ("gaussian", "autocorrelated", "bimodal layout", "noisy starts", "load order"):
        estimates = estimates_of(mean_differences(simulate(scenarios[name], TRUE_NS)), "ns")
        assert coverage(estimates, TRUE_NS) >= 0.93, name


def test_intervals_of_the_median_of_paired_differences_cover_the_truth(simulate, gaussian):
    estimates = estimates_of(median_paired_differences(simulate(gaussian, TRUE_NS)), "ns")
    assert 0.93 <= coverage(estimates, TRUE_NS) <= 0.97


def test_two_identical_models_are_called_different_in_3_to_7_percent_of_campaigns(
    scenario, simulate
):
    estimates = estimates_of(relative_means(simulate(scenario, 0.0, seed=11)))
    assert 0.03 <= np.mean([estimate.excludes_zero for estimate in estimates]) <= 0.07


def test_an_interval_from_within_one_process_does_not_cover(simulate, gaussian):
    rounds = simulate(gaussian, TRUE_NS, campaigns=1000, units=1, rounds=1200)[:, 0]
    estimates = [t_estimate(table[:, 1] - table[:, 0], unit="ns") for table in rounds]
    assert coverage(estimates, TRUE_NS) < 0.5


def test_the_pair_of_reversed_load_orders_cancels_the_load_order_s_bias(simulate, scenarios):
    trouble, calm = scenarios["load order"], scenarios["gaussian"]

    def spread(scenario):
        estimates = estimates_of(mean_differences(simulate(scenario, 0.0, campaigns=500)), "ns")
        return np.mean([estimate.half_width for estimate in estimates])

    assert spread(trouble) == pytest.approx(spread(calm), rel=1e-6)


def test_the_minimum_detectable_effect_is_detected_in_80_percent_of_campaigns(simulate, gaussian):
    pilot = estimates_of(mean_differences(simulate(gaussian, 0.0, units=12)), "ns")
    effect_ns = np.mean([minimum_detectable_effect(estimate) for estimate in pilot])
    tables = simulate(gaussian, effect_ns, units=12, seed=23)
    detected = [estimate.excludes_zero for estimate in estimates_of(mean_differences(tables), "ns")]
    assert np.mean(detected) == pytest.approx(0.8, abs=0.04)
