"""C3: net inputs in training, and at prediction with the factor and without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contract.lecture_evidence import LectureEvidence, NetInputs
from report.pictures.palette import Pen
from report.pictures.picture import WIDTH_INCHES, Picture
from report.rounding import significant
from report.wording import MINUS

# Density below this share of the highest one cannot be seen.
_VISIBLE = 0.004


def net_input_picture(evidence: LectureEvidence) -> Picture:
    """Draw a panel a hidden layer: three densities of the first seed, their means marked."""
    found = evidence.net_inputs
    figure = Figure(figsize=(WIDTH_INCHES, 0.6 + 2.1 * len(found)))
    panels = figure.subplots(len(found), squeeze=False)[:, 0]
    for axes, net_inputs in zip(panels, found, strict=True):
        _draw_panel(axes, net_inputs)
    panels[-1].set_xlabel("net input, without the bias")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, columnspacing=1.2)
    return Picture.of(
        figure,
        "net-inputs",
        "Net inputs in training and at prediction",
        "Density of the net inputs of the layer behind each hidden layer, regular dropout, on the "
        f"test split, seed {evidence.group('inverted').seeds[0]}. Vertical lines are the means, "
        f"given in the order of the legend. The factor 1{MINUS}p is there to bring prediction's to "
        "training's.",
    )


def _draw_panel(axes: Axes, found: NetInputs) -> None:
    modes = (
        ("training", Pen("#2b83c6", "-"), found.training, found.mean_training),
        (
            f"prediction, times 1{MINUS}p",
            Pen("#16a37a", "--"),
            found.scaled,
            found.mean_scaled,
        ),
        ("prediction, unscaled", Pen("#e0762a", "-."), found.unscaled, found.mean_unscaled),
    )
    for label, pen, densities, means in modes:
        axes.stairs(
            densities,
            found.edges,
            label=label,
            linewidth=1.4,
            color=pen.colour,
            linestyle=pen.dashes,
        )
        axes.axvline(means[0], color=pen.colour, linestyle=pen.dashes, linewidth=0.9)
    axes.set_xlim(*_visible_range(found.edges, [densities for _, _, densities, _ in modes]))
    axes.set_ylim(0, None)
    axes.set_ylabel("density")
    told = ", ".join(significant(means[0], 3) for _, _, _, means in modes)
    axes.set_title(f"behind hidden layer {found.hidden_layer}, p = {found.p:g}\nmeans {told}")


def _visible_range(
    edges: Sequence[float], densities: Sequence[Sequence[float]]
) -> tuple[float, float]:
    """Return the ends of the bins in which any density can be seen."""
    highest = np.max(densities, axis=0)
    (visible,) = np.nonzero(highest > _VISIBLE * highest.max())
    return edges[visible[0]], edges[visible[-1] + 1]
