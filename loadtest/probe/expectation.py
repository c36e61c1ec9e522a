"""From the spread in a probe to what the profiles can be expected to reach: pure functions."""

from __future__ import annotations

from contract.experiment import Experiment
from contract.profile import PROFILES
from loadtest.campaign.durations import start_seconds
from loadtest.campaign.stopping import plan_of
from loadtest.probe.resolution import Effort, Expectation, Probe
from stats.looks import look_level
from stats.power import units_needed
from stats.spread import UnitSpread, expected_half_width

# The default margin, and what `standard` goes on for.
TARGETS = (0.01, 0.0035)
EFFORT_PROFILE = "standard"


def expectations(probe: Probe, probed: Experiment) -> tuple[Expectation, ...]:
    """Say what each profile can be expected to reach with the instrument of a probe.

    Parameters
    ----------
    probe : Probe
        What was found.
    probed : Experiment
        How it was found: the length of its starts.
    """
    return tuple(_expectation(probe, probed, profile) for profile in PROFILES)


def efforts(probe: Probe, probed: Experiment) -> tuple[Effort, ...]:
    """Say what the half-widths in ``TARGETS`` take, as `expectations` does."""
    experiment = Experiment.resolve(profile=EFFORT_PROFILE)
    sd = _spread(probe).sd(_length(probe, probed, experiment))
    a_unit = _unit_seconds(probe, probed, experiment)
    counted = ((target, units_needed(sd, target)) for target in TARGETS)
    return tuple(
        Effort(half_width=target, profile=EFFORT_PROFILE, units=units, seconds=units * a_unit)
        for target, units in counted
    )


def _expectation(probe: Probe, probed: Experiment, profile: str) -> Expectation:
    experiment = Experiment.resolve(profile=profile)
    units, level = experiment.pairs_of(probe.instrument), experiment.verdict.level
    if probe.instrument == "served":
        level = look_level(len(plan_of(experiment, None).looks), level)
    sd = _spread(probe).sd(_length(probe, probed, experiment))
    expected = expected_half_width(sd, probe.units, units, level)
    # In process, where nothing but the inference is measured, microseconds mean something.
    factor = probe.reference_us if probe.instrument == "in_process" else 1.0
    return Expectation(
        profile=profile,
        instrument=probe.instrument,
        units=units,
        seconds=units * _unit_seconds(probe, probed, experiment),
        half_width=factor * expected.typical,
        low=factor * expected.low,
        high=factor * expected.high,
        unit="us" if probe.instrument == "in_process" else "ratio",
    )


def _spread(probe: Probe) -> UnitSpread:
    return UnitSpread(within=probe.within, between=probe.between, units=probe.units)


def _length(probe: Probe, probed: Experiment, experiment: Experiment) -> float:
    """Return how many times as many rounds a start of `experiment` has as one of the probe."""
    if probe.instrument == "in_process":
        return experiment.in_process.rounds_per_start / probed.in_process.rounds_per_start
    rounds = (e.served.seconds_per_start / len(e.verdict_arms) for e in (experiment, probed))
    return next(rounds) / next(rounds)


def _unit_seconds(probe: Probe, probed: Experiment, experiment: Experiment) -> float:
    """Return how long two starts take: as planned, but the probe tells how slow this machine is.

    Only the seconds of load are the same on every machine.
    """
    loads = [
        e.served.seconds_per_start if probe.instrument == "served" else 0.0
        for e in (probed, experiment)
    ]
    planned = [
        start_seconds(e, probe.instrument) - load
        for e, load in zip((probed, experiment), loads, strict=True)
    ]
    slowness = (probe.seconds_per_start - loads[0]) / planned[0]
    return 2 * (loads[1] + planned[1] * slowness)
