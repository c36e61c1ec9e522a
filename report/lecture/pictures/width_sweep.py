"""C11: test error and gap against width, without dropout and with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from contract.lecture_evidence import LectureEvidence, TrainedGroup
from report.lecture.network_text import drop_text
from report.lecture.pictures.group_pens import group_pen
from report.lecture.pictures.seed_marks import draw_column, marks_sentence, over_seeds
from report.pictures.picture import WIDTH_INCHES, Picture
from report.rounding import count
from report.svg import INK
from report.wording import MINUS

_LABELS = {"none": "without dropout", "inverted": "with dropout"}
# Side by side where they would hide one another, as powers of two.
_ASIDE = {"none": -0.06, "inverted": 0.06}


def sweep_picture(evidence: LectureEvidence) -> Picture:
    """Draw test error and gap against the width of the hidden layers."""
    figure = Figure(figsize=(WIDTH_INCHES, 4.5))
    panels = figure.subplots(2, sharex=True)
    _draw_panel(panels[0], evidence, _test_error_percent)
    _draw_panel(panels[1], evidence, _gap_points)
    panels[0].set_yscale("log")
    panels[0].yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
    panels[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panels[0].yaxis.set_minor_locator(NullLocator())
    panels[0].set_ylabel("test error, %")
    panels[1].set_ylabel(f"training {MINUS} test, points")
    panels[1].axhline(0, color=INK, linewidth=0.8)
    panels[1].set_xlabel("units of each hidden layer")
    panels[0].legend(loc="upper right")
    dropped = next(g for g in evidence.sweep if g.architecture.dropout != "none")
    return Picture.of(
        figure,
        "sweep",
        "Test error and overfitting by width",
        f"Networks with two hidden layers of equal width after {count(dropped.epochs, 'epoch')}, "
        f"without dropout and with {drop_text(dropped.architecture)}. Below: accuracy on the "
        f"training split {MINUS} on the test split, by which a network overfits. "
        f"{marks_sentence(len(dropped.seeds))}",
    )


def _draw_panel(
    axes: Axes, evidence: LectureEvidence, measure: Callable[[TrainedGroup], Sequence[float]]
) -> None:
    widths = sorted({_width(group) for group in evidence.sweep})
    for dropout, label in _LABELS.items():
        pen = group_pen(dropout)
        groups = [group for group in evidence.sweep if group.architecture.dropout == dropout]
        groups.sort(key=_width)
        places = [_width(group) * 2 ** _ASIDE[dropout] for group in groups]
        means = [over_seeds(measure(group), 1, "").point for group in groups]
        axes.plot(places, means, label=label, color=pen.colour, linestyle=pen.dashes, linewidth=1.4)
        for place, group in zip(places, groups, strict=True):
            draw_column(axes, place, measure(group), pen.colour)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(widths))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(widths, [f"{width}" for width in widths])


def _width(group: TrainedGroup) -> int:
    return group.architecture.layer_widths[1]


def _test_error_percent(group: TrainedGroup) -> list[float]:
    return [100 * (1 - share) for share in group.test_accuracy]


def _gap_points(group: TrainedGroup) -> list[float]:
    gap = np.array(group.train_accuracy) - np.array(group.test_accuracy)
    return [float(points) for points in 100 * gap]
