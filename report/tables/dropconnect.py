"""What DropConnect's prediction by samples costs, and what accuracy it buys."""

from __future__ import annotations

from contract.experiment import DROPCONNECT_ARMS
from report.cost import SECONDS_PER_HOUR
from report.result import DropConnectFacts, Result
from report.rounding import (
    bare_interval,
    count,
    dollars,
    number,
    percent,
    significant,
    with_interval,
)
from report.tables.models import percent_of
from report.tables.table import NOTHING, Table
from report.wording import INSTRUMENT_NAMES, STATISTIC_NAMES

_TITLE = "DropConnect: what sampling at prediction costs"


def dropconnect_table(result: Result) -> Table | None:
    """Set DropConnect by samples beside DropConnect by mean weights; None without these arms."""
    if not set(DROPCONNECT_ARMS) <= set(result.experiment.arms):
        return None
    facts = result.dropconnect
    if facts is None:
        return Table(
            _TITLE,
            "Not measured in this run. A run measures it where dropconnect.pairs is above 0, as in "
            "the profiles standard and thorough.",
        )
    mean_weights, sampled = DROPCONNECT_ARMS
    note = (
        "One network, trained with DropConnect, predicts in two ways: by its mean weights, which "
        f"is the graph of any network, or by {facts.samples:,} Gaussian samples of each layer that "
        "drops weights, averaged (Wan et al. 2013). They compute different functions, and the "
        "second another one at every prediction, so no verdict is made of them. Test accuracy is "
        f"that of one pass over {facts.test_images:,} images, of which one is "
        f"{significant(100 / facts.test_images, 2)} points."
    )
    head = (
        "Figure",
        f"{mean_weights}: by mean weights",
        f"{sampled}: by {count(facts.samples, 'sample')}",
        "What sampling adds",
        "Share",
    )
    return Table(_TITLE, note, head, (*_times(facts), *_costs(facts, result), _accuracy(facts)))


def _times(facts: DropConnectFacts) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (
            f"{INSTRUMENT_NAMES[found.instrument]}: {STATISTIC_NAMES[found.statistic]}",
            with_interval(found.mean_weights),
            with_interval(found.sampled),
            with_interval(found.absolute),
            percent(found.relative),
        )
        for found in facts.differences
    )


def _costs(facts: DropConnectFacts, result: Result) -> tuple[tuple[str, ...], ...]:
    cost = facts.cost
    if cost is None:
        return ()
    hours = cost.reference_core_seconds / SECONDS_PER_HOUR
    sampled_hours = hours + cost.core_hours.point
    price = result.experiment.usd_per_vcpu_hour
    return (
        (
            "Core-hours per billion predictions",
            significant(hours, 3),
            significant(sampled_hours, 3),
            bare_interval(cost.core_hours),
            NOTHING,
        ),
        (
            f"Dollars per billion predictions, at ${price:g} per vCPU-hour",
            f"${significant(hours * price, 3)}",
            f"${significant(sampled_hours * price, 3)}",
            dollars(cost.usd),
            NOTHING,
        ),
    )


def _accuracy(facts: DropConnectFacts) -> tuple[str, ...]:
    more = 100 * (facts.sampled_accuracy - facts.mean_weights_accuracy)
    sign = "+" if more > 0 else ""
    return (
        "Test accuracy",
        percent_of(facts.mean_weights_accuracy),
        percent_of(facts.sampled_accuracy),
        f"{sign}{number(more, 2)} points",
        NOTHING,
    )
