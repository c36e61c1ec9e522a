"""What a probe found and lets expect, in words; it needs the packages that the probe needs."""

from __future__ import annotations

from contract.experiment import Experiment
from contract.profile import PROFILES
from loadtest.campaign.telling import duration
from loadtest.probe.expectation import EFFORT_PROFILE
from loadtest.probe.resolution import Effort, Expectation, Probe, ProbedInstrument, Resolution
from perbillion.finding import Finding
from perbillion.host_findings import FOREIGN_LIMIT, STEAL_LIMIT
from perbillion.sheet import Sheet
from report.rounding import percent, significant
from stats.estimate import Estimate

_NAMES: dict[ProbedInstrument, str] = {"served": "CPU per request", "in_process": "in process"}
# Beyond it, the machine's speed and not its noise decides what a level says.
_DRIFT_LIMIT = 0.1
# How many times as much as within them units vary between starts before layout is blamed.
_LAYOUT_RATIO = 2.0


def resolution_findings(resolution: Resolution) -> tuple[Finding, ...]:
    """Say what the probe found of each instrument, and what disturbed it."""
    served, in_process = resolution.served, resolution.in_process
    return (
        *(found for probe in (served, in_process) for found in _differences(probe)),
        _smallest_profile(resolution.expectations),
        _speed(in_process),
        _worst(
            "steal, worst start",
            max(served.worst_steal_share, in_process.worst_steal_share),
            STEAL_LIMIT,
            "such starts are run again in a campaign; measure at another hour",
        ),
        _worst(
            "foreign CPU, worst start",
            max(served.worst_foreign_share, in_process.worst_foreign_share),
            FOREIGN_LIMIT,
            "end what else runs, or measure when the machine is quiet",
        ),
    )


def expectation_sheet(resolution: Resolution) -> Sheet:
    """Lay out what each profile can be expected to reach."""
    cells = {(found.profile, found.instrument): _cell(found) for found in resolution.expectations}
    return Sheet(
        title="Half-widths of the 95 % interval to expect here (and where they lie four times in "
        "five if the machine stays as it is): an expectation, not a promise",
        header=("profile", *_NAMES.values()),
        rows=tuple(
            (profile, *(cells[profile, instrument] for instrument in _NAMES))
            for profile in PROFILES
        ),
    )


def effort_lines(resolution: Resolution) -> tuple[str, ...]:
    """Say what the half-widths take that people ask for."""
    return tuple(_effort(effort) for effort in resolution.efforts)


def _differences(probe: Probe) -> tuple[Finding, ...]:
    name = _NAMES[probe.instrument]
    regular = _ratio(probe.difference, probe.difference_half_width, probe.units)
    control = _ratio(probe.control, probe.control_half_width, probe.units)
    return (
        Finding(
            f"{name}: regular - inverted",
            regular,
            f"of {significant(probe.reference_us, 3)} µs, on made-up weights, "
            f"{probe.units} pairs of short starts",
        ),
        Finding(
            f"{name}: noise floor",
            control,
            "the same model against itself",
            "the same model differs from itself" if probe.control_differs else "",
            "run it again; if it stays, something favours one arm: do not believe a verdict here",
        ),
        _spread(probe),
    )


def _spread(probe: Probe) -> Finding:
    within, between = probe.within, probe.between
    layout = between > _LAYOUT_RATIO * within
    limit = "both: longer starts help, and more of them"
    if layout:
        limit = "memory layout: more starts help, longer ones do not"
    elif within > _LAYOUT_RATIO * between:
        limit = "the noise within starts: longer starts help as much as more of them"
    ratio = "" if not within else f" {significant(between / within, 2)} times"
    return Finding(
        f"{_NAMES[probe.instrument]}: spread of a unit",
        f"{_percent(within)} within starts, {_percent(between)} between them",
        f"what limits the resolution is {limit}",
        f"starts differ by{ratio} what their noise explains" if layout else "",
        "measure more starts, not longer ones: --profile thorough, or --resolve",
    )


def _smallest_profile(expectations: tuple[Expectation, ...]) -> Finding:
    """Say which profile an interval inside the default margin takes, if one suffices."""
    first = next(iter(PROFILES))
    margin = Experiment.resolve().verdict.margin
    reaching = (
        found.profile
        for found in expectations
        if found.instrument == "served" and found.half_width < margin
    )
    smallest = next(reaching, None)
    disturbance = "" if smallest == first else f"{first} is likely to be INCONCLUSIVE here"
    remedy = "no profile suffices: end what disturbs, and ask again"
    return Finding(
        "smallest profile",
        smallest or "none",
        f"whose interval can be expected to be narrower than the margin of ±{100 * margin:g} %",
        disturbance,
        remedy if smallest is None else f"take --profile {smallest}, or end what disturbs",
    )


def _speed(probe: Probe) -> Finding:
    value = _percent(probe.reference_range)
    return Finding(
        "host speed",
        value,
        "by which inverted took longer in process in the slowest start than in the fastest",
        f"the speed changed by {value} within seconds"
        if probe.reference_range > _DRIFT_LIMIT
        else "",
        "ratios within a round survive that; compare no microseconds of two runs",
    )


def _worst(subject: str, share: float, limit: float, remedy: str) -> Finding:
    value = _percent(share)
    disturbance = f"{value} of the cores' time" if share > limit else ""
    return Finding(subject, value, "of the cores' time", disturbance, remedy)


def _cell(found: Expectation) -> str:
    factor, unit = (100, "%") if found.unit == "ratio" else (1, "µs")
    figure, low, high = (
        significant(factor * value, 2) for value in (found.half_width, found.low, found.high)
    )
    return f"±{figure} {unit} ({low} to {high}), {found.units} units, {duration(found.seconds)}"


def _effort(effort: Effort) -> str:
    target = f"{100 * effort.half_width:g}"
    return (
        f"±{target} % of CPU per request takes about {effort.units} units, "
        f"{duration(effort.seconds)}: perbillion run --profile {EFFORT_PROFILE} "
        f"--resolve {target}%"
    )


def _ratio(point: float, half_width: float, units: int) -> str:
    ends = point - half_width, point + half_width
    return percent(Estimate(point, *ends, level=0.95, unit="ratio", replicates=units))


def _percent(ratio: float) -> str:
    return f"{significant(100 * ratio, 2)} %"
