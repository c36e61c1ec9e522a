"""What each instrument reads, and what it can see."""

from __future__ import annotations

from report.result import InstrumentResult, Result
from report.rounding import significant, with_interval
from report.tables.table import NOTHING, Table
from report.wording import INSTRUMENT_MEANINGS, INSTRUMENT_NAMES


def instrument_table(result: Result) -> Table:
    """Tell what each instrument reads."""
    rows = tuple(
        (INSTRUMENT_NAMES[found.instrument], INSTRUMENT_MEANINGS[found.instrument])
        for found in result.instruments
    )
    note = "From the inside out. They are not required to agree: each adds something to the last."
    return Table("What each instrument reads", note, ("Instrument", "Reads"), rows)


def resolution_table(result: Result) -> Table:
    """Tell what stands behind each instrument, and what it can see."""
    rows = tuple(_resolution_row(measured) for measured in result.instruments)
    note = (
        "A unit is two starts with reversed load orders. The noise floor is the A/A control's "
        "interval; what is detectable is the difference that such a run finds four times in five. "
        "Starts without a partner are counted and not used."
    )
    head = ("Instrument", "Units", "Starts", "Rounds", "Noise floor", "Detectable", "Cores")
    return Table("What stands behind the figures", note, head, rows)


def _resolution_row(measured: InstrumentResult) -> tuple[str, ...]:
    starts = str(measured.starts)
    if measured.unpaired_starts:
        starts += f" (+ {measured.unpaired_starts} not used)"
    rounds = f"{measured.rounds:,}"
    if measured.rounds_left_out:
        rounds += f" (+ {measured.rounds_left_out:,} left out)"
    floor, detectable = measured.noise_floor, measured.minimum_detectable_us
    return (
        INSTRUMENT_NAMES[measured.instrument],
        str(measured.units),
        starts,
        rounds,
        NOTHING if floor is None else with_interval(floor),
        "unknown" if detectable is None else f"{significant(detectable, 2)} µs",
        _placement(measured),
    )


def _placement(measured: InstrumentResult) -> str:
    if not measured.measured_cores:
        return "not pinned"
    what = "process" if measured.instrument == "in_process" else "server"
    placed = f"{what} on core {_core_list(measured.measured_cores)}"
    if measured.generator_cores:
        placed += f", Locust on core {_core_list(measured.generator_cores)}"
    return placed


def _core_list(cores: tuple[int, ...]) -> str:
    return ", ".join(map(str, cores))
