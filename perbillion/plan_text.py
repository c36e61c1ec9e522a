"""What a run is going to do, and how long that takes."""

from __future__ import annotations

from itertools import pairwise

from contract.experiment import Experiment
from contract.run_record import StartKind
from loadtest.campaign.durations import (
    FIRST_STAGE,
    INSTRUCTIONS_SECONDS_PER_ARM,
    start_seconds,
)

# Seen on two cores of an AMD EPYC virtual machine. A step of SGD costs what its batch costs
# and a part that does not depend on it.
_STEP_SECONDS = 0.9e-3
_ROW_SECONDS = 5e-6
# DropConnect draws for each row of a batch which of its weights are kept.
_MASKED_WEIGHT_SECONDS = 9e-9
_IMPORT_SECONDS = 4.0
_EXPORT_SECONDS = 6.0
_NETWORKS = 5
_CLASSES = 10
_TRAINING_ROWS = {"digits": 1078, "mnist": 54_000}
_KINDS: dict[StartKind, str] = {
    "in_process": "in process",
    "served": "served",
    "doses": "doses",
    "dropconnect": "DropConnect",
    "capacity": "capacity",
}


def plan_text(experiment: Experiment) -> str:
    """Say in a few lines what a run does and about how long it takes here."""
    training_seconds = _training_seconds(experiment)
    seconds = {
        kind: 2 * experiment.pairs_of(kind) * start_seconds(experiment, kind) for kind in _KINDS
    }
    hidden = "-".join(str(width) for width in experiment.network.hidden)
    drops = ", ".join(f"{p:g}" for p in experiment.network.drop_probability)
    lines = [
        ("profile", experiment.profile),
        (
            "networks",
            f"{_NETWORKS} MLPs, 784-{hidden}-{_CLASSES}, p = {drops}, trained on "
            f"{experiment.data.name} for {experiment.training.epochs} epochs "
            f"({_about(training_seconds)})",
        ),
        ("arms", f"{', '.join(experiment.arms)} (export {_about(_EXPORT_SECONDS)})"),
        *((_KINDS[kind], _campaign(experiment, kind, seconds[kind])) for kind in _KINDS),
        ("instructions", _instructions(experiment)),
        ("ends", _ending(experiment)),
    ]
    measuring = sum(seconds.values()) + _instruction_seconds(experiment)
    lines.append(("in all", _in_all(experiment, training_seconds + _EXPORT_SECONDS, measuring)))
    return "\n".join(f"{name:<13}{text}" for name, text in lines)


def _in_all(experiment: Experiment, before_seconds: float, measuring_seconds: float) -> str:
    stopping = experiment.stopping
    if stopping.budget_seconds is not None:
        return f"at most {_minutes(before_seconds + stopping.budget_seconds)} on two cores"
    total = _minutes(before_seconds + measuring_seconds)
    if stopping.resolve is not None:
        return f"{total} or more: the first {FIRST_STAGE} units say how many it takes"
    return f"{total} on two cores"


def _minutes(seconds: float) -> str:
    return f"about {seconds / 60:.1f} minutes"


def _training_seconds(experiment: Experiment) -> float:
    training = experiment.training
    rows = _TRAINING_ROWS[experiment.data.name] * training.epochs
    steps = rows / training.batch_size
    masked = sum(fed * feeding for fed, feeding in pairwise((*experiment.network.hidden, _CLASSES)))
    return (
        _IMPORT_SECONDS
        + _NETWORKS * (steps * _STEP_SECONDS + rows * _ROW_SECONDS)
        + rows * masked * _MASKED_WEIGHT_SECONDS
    )


def _campaign(experiment: Experiment, kind: StartKind, seconds: float) -> str:
    pairs = experiment.pairs_of(kind)
    if not experiment.arms_of(kind):
        return "not measured (its arms are left out)"
    if not pairs:
        return "not measured (a larger profile does)"
    match kind:
        case "in_process":
            rounds = f"{experiment.in_process.rounds_per_start} rounds"
            return f"{2 * pairs} fresh processes, {rounds} each ({_about(seconds)})"
        case "served":
            return _served(experiment, seconds)
        case "doses" | "dropconnect":
            arms = ", ".join(experiment.arms_of(kind))
            side = experiment.doses if kind == "doses" else experiment.dropconnect
            load = f"{side.seconds_per_start:g} s of rounds each"
            return f"{2 * pairs} server starts, {load}: {arms} ({_about(seconds)})"
        case "capacity":
            return (
                f"{2 * pairs} server starts, saturated and under Poisson load ({_about(seconds)})"
            )


def _served(experiment: Experiment, seconds: float) -> str:
    stopping = experiment.stopping
    load = f"{experiment.served.seconds_per_start:g} s of rounds each"
    if stopping.budget_seconds is not None:
        return f"as many server starts as fit, {load}"
    if stopping.resolve is not None:
        return f"as many server starts as the half-width takes, {load}"
    return f"up to {2 * experiment.served.pairs} server starts, {load} ({_about(seconds)})"


def _instruction_seconds(experiment: Experiment) -> float:
    if not experiment.instructions.enabled:
        return 0.0
    return INSTRUCTIONS_SECONDS_PER_ARM * len(experiment.same_function_arms)


def _instructions(experiment: Experiment) -> str:
    if not experiment.instructions.enabled:
        return "not counted (a larger profile does)"
    seconds = _instruction_seconds(experiment)
    return f"counted by Valgrind's callgrind where it is installed ({_about(seconds)})"


def _ending(experiment: Experiment) -> str:
    stopping, margin = experiment.stopping, experiment.verdict.margin
    if stopping.resolve is not None:
        within = "" if stopping.budget_seconds is None else ", if the time suffices"
        return f"when ±{100 * stopping.resolve:g} % of CPU per request are reached{within}"
    if stopping.budget_seconds is not None:
        return (
            f"at a look when the verdict at ±{100 * margin:g} % is settled, or after "
            f"{stopping.budget_seconds / 60:g} minutes of measuring"
        )
    looks = [look for look in stopping.looks if look < experiment.served.pairs]
    if not looks:
        return f"after {experiment.served.pairs} pairs of server starts"
    wanted = stopping.resolution
    narrow = "" if wanted is None else f" and ±{100 * wanted:g} % are reached"
    after = ", ".join(map(str, looks))
    return (
        f"after {after} pairs of server starts if the verdict at ±{100 * margin:g} % is "
        f"settled{narrow}, else after {experiment.served.pairs}"
    )


def _about(seconds: float) -> str:
    return f"about {seconds:.0f} s"
