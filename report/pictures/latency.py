"""Client latency: the whole distribution."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from report.picture_data import QuantileCurves
from report.pictures.palette import pen_of
from report.pictures.picture import WIDTH_INCHES, Picture

_PERCENTILES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


def latency_picture(curves: QuantileCurves) -> Picture:
    """Draw latency against the share of requests that were faster, a line an arm."""
    figure = Figure(figsize=(WIDTH_INCHES, 3.1))
    axes = figure.subplots()
    beyond = -np.log10(1 - curves.probabilities)
    for index, arm in enumerate(curves.arms):
        # The reference is a broad band beneath: where it shows on both sides of a line, that
        # arm lies on it.
        pen = pen_of(arm, index)
        (line,) = axes.plot(beyond, curves.latencies_us[index], label=arm, linewidth=1.4)
        line.set(color=pen.colour, linestyle=pen.dashes)
        if index == 0:
            line.set(linewidth=5.0, alpha=0.5)
    axes.set_yscale("log")
    _plain_log_ticks(axes)
    shown = [p for p in _PERCENTILES if p <= curves.probabilities[-1] + 1e-9]
    axes.xaxis.set_major_locator(FixedLocator([-float(np.log10(1 - p)) for p in shown]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * (1 - 10**-x):.4g} %"))
    axes.set_xlabel("share of requests that were faster")
    axes.set_ylabel("client latency, µs")
    axes.legend(loc="upper left")
    return Picture.of(
        figure,
        "client-latency",
        "Client latency of each arm",
        "Latency against the share of requests that were faster, all used starts together; both "
        "scales widen the tail. Where the curves coincide a difference cannot be seen in "
        "distributions, only in pairs.",
    )


def _plain_log_ticks(axes: Axes) -> None:
    """Label a logarithmic axis with plain numbers, also where it spans less than a decade."""
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
