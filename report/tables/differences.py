"""Every arm against the reference, by every statistic of every instrument."""

from __future__ import annotations

from collections.abc import Sequence

from contract.experiment import NULL_ARM
from contract.measurement_plan import ENDPOINT_NAMES
from report.arm_groups import series_arms, verdict_arms
from report.intervals import SIDE_INSTRUMENTS
from report.result import InstrumentResult, Result, Statistic
from report.rounding import p_value, percent, rounded, with_interval
from report.tables.table import NOTHING, Table
from report.wording import INSTRUMENT_NAMES, MINUS, STATISTIC_NAMES


def difference_table(result: Result) -> Table | None:
    """Tell the arms that the verdict and its controls are about."""
    facts = result.experiment
    measured = [found for found in result.instruments if found.instrument not in SIDE_INSTRUMENTS]
    if not measured:
        return None
    note = (
        f"Differences with their {100 * facts.level:g} % intervals, in microseconds and as a "
        "share of the level in the second column. Means, medians of paired differences and "
        "differences of quantiles are three quantities; only means add up. "
        f"{_on_p_values(result)}"
    )
    return _table(result, "Arms and instruments", note.rstrip(), verdict_arms(result), measured)


def series_table(result: Result) -> Table | None:
    """Tell the arms with more scalings, and the one that only copies."""
    arms = series_arms(result)
    measured = [found for found in result.instruments if set(found.arms) & set(arms)]
    if not measured:
        return None
    doses = [arm for arm in arms if arm != NULL_ARM]
    notes = []
    if doses:
        notes.append(f"The arms {', '.join(doses)} split each scaling into more multiplications.")
    if NULL_ARM in arms:
        notes.extend(_null_notes(result))
    return _table(result, "More scalings, and no network", " ".join(notes), arms, measured)


def _table(
    result: Result,
    title: str,
    note: str,
    arms: Sequence[str],
    instruments: Sequence[InstrumentResult],
) -> Table:
    reference, control = result.experiment.arms[0], result.experiment.control
    heads = [f"{arm} {MINUS} {reference}{' (A/A)' if arm == control else ''}" for arm in arms]
    rows = tuple(
        (
            f"{INSTRUMENT_NAMES[found.instrument]}: {STATISTIC_NAMES[statistic]}",
            with_interval(found.difference(found.arms[1], statistic).reference_level),
            *(_size(result, found, arm, statistic) for arm in arms),
        )
        for found in instruments
        for statistic in found.statistics
    )
    return Table(title, note, ("Instrument and statistic", f"{reference}: level", *heads), rows)


def _size(result: Result, measured: InstrumentResult, arm: str, statistic: Statistic) -> str:
    if arm not in measured.arms:
        return NOTHING
    difference = measured.difference(arm, statistic)
    lines = [with_interval(difference.absolute), percent(difference.relative)]
    adjusted = measured.adjusted_p.get(arm) if statistic == measured.headline else None
    endpoint, contrast = result.experiment.endpoint, result.experiment.contrast
    is_primary = (measured.instrument, arm) == (endpoint, contrast)
    if adjusted is not None and not is_primary:
        lines.append(p_value(adjusted))
    return "\n".join(lines)


def _on_p_values(result: Result) -> str:
    if not any(found.adjusted_p for found in result.instruments):
        return ""
    return (
        "p is the probability of a difference this large if there were none, adjusted by Holm's "
        f"method for the number of arms. The verdict is about {result.experiment.contrast} in "
        f"{ENDPOINT_NAMES[result.experiment.endpoint]} alone, which was chosen beforehand and "
        "needs no adjustment; no other "
        "difference makes one."
    )


def _null_notes(result: Result) -> list[str]:
    notes = [f"The arm {NULL_ARM} only copies: it costs what everything but the network costs."]
    measured = result.instrument("doses_cpu")
    if measured is not None and NULL_ARM in measured.arms:
        level = {found.arm: found.mean for found in measured.levels}
        reference = result.experiment.arms[0]
        notes.append(
            f"A request to it takes {with_interval(level[NULL_ARM])} of CPU, one to {reference} "
            f"{rounded(level[reference])} µs."
        )
    return notes
