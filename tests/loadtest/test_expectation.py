"""What a probe lets expect: on probes made up, without a process."""

from dataclasses import replace

import numpy as np
import pytest

from contract.experiment import Experiment
from loadtest.campaign.durations import start_seconds
from loadtest.probe.expectation import TARGETS, efforts, expectations
from loadtest.probe.resolution import Probe
from loadtest.probe.resolution_probe import ProbeSize
from stats.estimate import t_quantile
from stats.looks import look_level

PROBED = ProbeSize().experiment()
SERVED = Probe(
    instrument="served",
    units=6,
    seconds_per_start=start_seconds(PROBED, "served"),
    reference_us=200.0,
    reference_range=0.02,
    difference=0.012,
    difference_half_width=0.004,
    control=0.0005,
    control_half_width=0.004,
    control_differs=False,
    within=0.0,
    between=0.004,
    worst_steal_share=0.0,
    worst_foreign_share=0.0,
    realtime=True,
)
IN_PROCESS = replace(
    SERVED,
    instrument="in_process",
    reference_us=13.0,
    seconds_per_start=start_seconds(PROBED, "in_process"),
)


def _by_profile(probe):
    return {found.profile: found for found in expectations(probe, PROBED)}


def test_a_spread_between_starts_stays_and_more_units_narrow_it():
    found = _by_profile(SERVED)
    units = Experiment.resolve(profile="quick").served.pairs
    expected = t_quantile(0.95, units - 1) * 0.004 / units**0.5
    assert found["quick"].half_width == pytest.approx(expected)
    assert found["quick"].low < found["quick"].half_width < found["quick"].high
    assert found["thorough"].half_width < found["standard"].half_width < found["quick"].half_width


def test_looks_cost_the_width_that_they_will_cost():
    standard = Experiment.resolve(profile="standard")
    level, units = look_level(len(standard.stopping.looks)), standard.served.pairs
    expected = t_quantile(level, units - 1) * 0.004 / units**0.5
    assert _by_profile(SERVED)["standard"].half_width == pytest.approx(expected)


def test_the_noise_within_starts_shrinks_with_the_rounds_of_longer_ones():
    noisy = replace(SERVED, within=0.004, between=0.0)
    quick = Experiment.resolve(profile="quick")
    rounds = quick.served.seconds_per_start / len(quick.verdict_arms) * 3
    units = quick.served.pairs
    expected = t_quantile(0.95, units - 1) * 0.004 / (units * rounds) ** 0.5
    assert _by_profile(noisy)["quick"].half_width == pytest.approx(expected)


def test_in_process_the_half_width_is_in_microseconds():
    found = _by_profile(IN_PROCESS)["quick"]
    units = Experiment.resolve(profile="quick").in_process.pairs
    assert (found.unit, found.units) == ("us", units)
    expected = 13.0 * t_quantile(0.95, units - 1) * 0.004 / units**0.5
    assert found.half_width == pytest.approx(expected)


@pytest.mark.parametrize("probe", [SERVED, IN_PROCESS])
def test_on_a_machine_as_fast_as_the_plan_s_a_profile_takes_what_the_plan_says(probe):
    for profile, found in _by_profile(probe).items():
        planned = start_seconds(Experiment.resolve(profile=profile), probe.instrument)
        assert found.seconds == pytest.approx(2 * found.units * planned)


def test_a_slow_machine_takes_longer_except_for_the_seconds_of_load():
    slow = replace(SERVED, seconds_per_start=1 + 2 * (SERVED.seconds_per_start - 1))
    quick = Experiment.resolve(profile="quick")
    load = quick.served.seconds_per_start
    rest = start_seconds(quick, "served") - load
    assert _by_profile(slow)["quick"].seconds == pytest.approx(
        2 * quick.served.pairs * (load + 2 * rest)
    )


def test_a_narrower_target_takes_more_units():
    wide, narrow = efforts(SERVED, PROBED)
    assert (wide.half_width, narrow.half_width) == TARGETS
    assert narrow.units == next(
        n for n in range(2, 99) if t_quantile(0.95, n - 1) * 0.004 / n**0.5 <= narrow.half_width
    )
    assert wide.units < narrow.units
    assert wide.seconds < narrow.seconds


def test_a_machine_without_any_spread_still_takes_the_fewest_units_of_an_interval():
    still = replace(SERVED, between=0.0)
    assert [effort.units for effort in efforts(still, PROBED)] == [6, 6]
    assert np.isfinite([found.half_width for found in expectations(still, PROBED)]).all()
