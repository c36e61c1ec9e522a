"""The method's proof in a reduced run: what the intervals promise holds in campaigns whose
truth is known. `make calibrate` simulates more of them, and more ways."""

from functools import cache

import numpy as np
import pytest

from benchmarks.calibration.right_ways import (
    covers,
    false_alarms,
    fixed_coverage,
    looked,
    planned,
    sequence_coverage,
)
from benchmarks.calibration.scenario import GAUSSIAN, SCENARIOS
from benchmarks.calibration.troubled_campaign import relative_means, simulated_tables, table_blocks
from benchmarks.calibration.wrong_ways import watched_t
from stats.estimate import t_estimate
from stats.paired import mean_differences, median_paired_differences
from stats.power import minimum_detectable_effect
from stats.unit import unit_means

TRUE_NS = 1100.0
MARGIN = 0.01


@pytest.fixture(params=SCENARIOS)
def scenario(request):
    return SCENARIOS[request.param]


@pytest.fixture
def gaussian():
    return SCENARIOS[GAUSSIAN]


def tables(scenario, true_ns, *, campaigns, units=6, rounds=60, seed=7):
    rng = np.random.default_rng(seed)
    return simulated_tables(scenario, true_ns, rng, campaigns=campaigns, units=units, rounds=rounds)


@cache
def campaigns_of(scenario, true_ns, number, units, seed=7):
    """The primary endpoint of every unit; shape (campaigns, units)."""
    rng = np.random.default_rng(seed)
    blocks = table_blocks(scenario, true_ns, rng, campaigns=number, units=units)
    return np.concatenate([relative_means(block) for block in blocks])


def truth_of(scenario):
    return TRUE_NS / scenario.reference_ns


def estimates_of(by_start, unit="ns"):
    """Estimate arm 1's difference in every campaign; `by_start`: (campaigns, starts, arms)."""
    pairs = np.arange(by_start.shape[1]).reshape(-1, 2)
    return [t_estimate(unit_means(campaign, pairs)[:, 1], unit=unit) for campaign in by_start]


def coverage(estimates, truth):
    return np.mean([covers(estimate, truth) for estimate in estimates])


@pytest.mark.parametrize("units", [6, 12])
def test_intervals_of_the_relative_mean_cover_the_truth(scenario, gaussian, units):
    campaigns = campaigns_of(scenario, TRUE_NS, 2000, 12)[:, :units]
    covered = fixed_coverage(campaigns, truth_of(scenario)).share
    assert covered >= 0.93
    if scenario is gaussian:
        assert covered <= 0.97


def test_two_identical_models_are_called_different_in_3_to_7_percent_of_campaigns(scenario):
    assert 0.03 <= false_alarms(campaigns_of(scenario, 0.0, 2000, 6, seed=11)).share <= 0.07


@pytest.mark.parametrize("effect", [0.0, 1.0])
def test_intervals_of_campaigns_that_end_at_a_planned_look_cover_the_truth(scenario, effect):
    truth = effect * MARGIN
    campaigns = campaigns_of(scenario, truth * scenario.reference_ns, 300, 16, seed=13)
    result = looked(campaigns, truth, MARGIN)
    assert result.covered.share >= 0.93
    assert result.always_covered.share >= 0.93
    if effect == 0:
        assert result.detected.share <= 0.05


def test_intervals_by_stein_cover_the_truth_and_have_the_width_that_was_planned(scenario, gaussian):
    campaigns = campaigns_of(scenario, TRUE_NS, 800, 40, seed=17)
    result = planned(campaigns, truth_of(scenario), campaigns.std(axis=1).mean(), 0.75)
    assert result.covered.share >= 0.93
    # Missed only where the simulation is too short for the number of units that was planned.
    assert result.reached.hits + result.cut == result.reached.campaigns
    if scenario is gaussian:
        assert result.covered.share <= 0.97


def test_a_confidence_sequence_covers_the_truth_at_all_times(scenario):
    campaigns = campaigns_of(scenario, TRUE_NS, 800, 40, seed=17)
    result = sequence_coverage(campaigns, truth_of(scenario), campaigns.std(axis=1).mean())
    assert result.covered.share >= 0.93


def test_a_plain_t_interval_that_is_watched_does_not_cover(gaussian):
    campaigns = campaigns_of(gaussian, TRUE_NS, 800, 40, seed=17)
    assert watched_t(campaigns, truth_of(gaussian), 16).covered.share < 0.9


def test_intervals_of_the_mean_cover_the_truth_where_the_host_keeps_its_speed():
    for name in ("gaussian", "autocorrelated", "bimodal layout", "noisy starts", "load order"):
        differences = mean_differences(tables(SCENARIOS[name], TRUE_NS, campaigns=1000))
        assert coverage(estimates_of(differences), TRUE_NS) >= 0.93, name


def test_intervals_of_the_median_of_paired_differences_cover_the_truth(gaussian):
    differences = median_paired_differences(tables(gaussian, TRUE_NS, campaigns=2000))
    assert 0.93 <= coverage(estimates_of(differences), TRUE_NS) <= 0.97


def test_an_interval_from_within_one_process_does_not_cover(gaussian):
    rounds = tables(gaussian, TRUE_NS, campaigns=1000, units=1, rounds=1200)[:, 0]
    estimates = [t_estimate(table[:, 1] - table[:, 0], unit="ns") for table in rounds]
    assert coverage(estimates, TRUE_NS) < 0.5


def test_the_pair_of_reversed_load_orders_cancels_the_load_order_s_bias(gaussian):
    def spread(scenario):
        estimates = estimates_of(mean_differences(tables(scenario, 0.0, campaigns=500)))
        return np.mean([estimate.half_width for estimate in estimates])

    assert spread(SCENARIOS["load order"]) == pytest.approx(spread(gaussian), rel=1e-6)


def test_the_minimum_detectable_effect_is_detected_in_80_percent_of_campaigns(gaussian):
    pilot = estimates_of(mean_differences(tables(gaussian, 0.0, campaigns=1000, units=12)))
    effect_ns = np.mean([minimum_detectable_effect(estimate) for estimate in pilot])
    campaigns = tables(gaussian, effect_ns, campaigns=2000, units=12, seed=23)
    detected = [estimate.excludes_zero for estimate in estimates_of(mean_differences(campaigns))]
    assert np.mean(detected) == pytest.approx(0.8, abs=0.04)
