"""C5: how far trained pairs of regular and inverted dropout are apart."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from contract.lecture_evidence import LectureEvidence, PairDifference
from report.lecture.pictures.group_pens import group_pen
from report.pictures.picture import WIDTH_INCHES, Picture
from report.rounding import count
from report.svg import INK

_COLOURS = {"matched": group_pen("inverted").colour, "naive": group_pen("regular-naive").colour}
# Labels of two lines are ragged unless both begin at one place, so far left of the axis.
_LABEL_POINTS = 88
ZERO = "0, to the bit"


def pair_picture(evidence: LectureEvidence) -> Picture:
    """Draw the largest difference of logits, a row for each kind of pair."""
    rows = _rows(evidence.pairs)
    figure = Figure(figsize=(WIDTH_INCHES, 0.9 + 0.42 * len(rows)))
    axes = figure.subplots()
    zero = _place_of_zero(evidence.pairs)
    for row, pairs in enumerate(rows):
        _draw_row(axes, row, pairs, zero)
    axes.set_xscale("log")
    _label_differences(axes, evidence.pairs, zero)
    _label_rows(axes, rows)
    axes.set_xlabel("largest difference of test logits")
    return Picture.of(
        figure,
        "pairs",
        "Regular beside inverted dropout, trained",
        "Two networks, one trained with each kind of dropout, with the same masks: the largest "
        f"difference of their logits on {count(evidence.pairs[0].rows, 'test image')}, a dot a "
        "seed, and for how many images they predict different classes. Matched: weights and "
        "learning rates by the rule under which they should be one function. Naive: the same start "
        "and rate. Upright strokes are the largest logits, for comparison.",
    )


def _rows(pairs: Sequence[PairDifference]) -> list[list[PairDifference]]:
    """Put the seeds of each kind of pair together."""
    found: defaultdict[tuple[str, float, int], list[PairDifference]] = defaultdict(list)
    for pair in pairs:
        found[pair.matching, pair.p, pair.epochs].append(pair)
    return list(found.values())


def _place_of_zero(pairs: Sequence[PairDifference]) -> float:
    """Return where zero stands on a logarithmic axis: two decades before the smallest."""
    smallest = min(pair.largest_logit_difference or pair.largest_logit for pair in pairs)
    return 10.0 ** (math.floor(math.log10(smallest)) - 2)


def _draw_row(axes: Axes, row: int, pairs: Sequence[PairDifference], zero: float) -> None:
    places = [pair.largest_logit_difference or zero for pair in pairs]
    axes.plot(
        places,
        [row] * len(pairs),
        "o",
        color=_COLOURS[pairs[0].matching],
        markersize=5,
        alpha=0.6,
        markeredgewidth=0,
    )
    largest = max(pair.largest_logit for pair in pairs)
    axes.plot([largest, largest], [row - 0.25, row + 0.25], color=INK, linewidth=1.4)


def _label_differences(axes: Axes, pairs: Sequence[PairDifference], zero: float) -> None:
    last = math.ceil(math.log10(max(pair.largest_logit for pair in pairs)))
    first = round(math.log10(zero)) + 2
    step = max(1, math.ceil((last - first) / 3))
    powers = range(first, last + 1, step)
    axes.set_xticks(
        [zero, *(10.0**power for power in powers)], ["0", *(f"{10.0**power:g}" for power in powers)]
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(zero / 3, 10 ** (last + 0.2))


def _label_rows(axes: Axes, rows: Sequence[Sequence[PairDifference]]) -> None:
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_yticks(range(len(rows)), [_kind(pairs[0]) for pairs in rows], ha="left")
    axes.tick_params(axis="y", length=0, pad=_LABEL_POINTS)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    told = axes.secondary_yaxis("right")
    told.set_yticks(range(len(rows)), [_told(pairs) for pairs in rows])
    told.tick_params(axis="y", length=0)
    told.spines["right"].set_visible(False)


def _kind(pair: PairDifference) -> str:
    return f"{pair.matching}, p = {pair.p:g}\n{count(pair.epochs, 'epoch')}"


def _told(pairs: Sequence[PairDifference]) -> str:
    differences = sorted(pair.largest_logit_difference for pair in pairs)
    classes = sorted(pair.different_predictions for pair in pairs)
    size = _span([f"{difference:.2g}" for difference in differences]) if differences[-1] else ZERO
    return f"{size}\n{_span([f'{number:,}' for number in classes])} other classes"


def _span(ascending: Sequence[str]) -> str:
    """Write the least and the greatest, once where they read the same."""
    least, greatest = ascending[0], ascending[-1]
    return least if least == greatest else f"{least} to {greatest}"
