"""Scalings that ONNX Runtime makes part of something larger, and that are better left to it.

It knows some functions by the nodes they are written in: GELU as ``x/√2, Erf, +1, *x, *0.5``, for
one, becomes a single node. Taking its 0.5 into the weights behind it would leave the runtime with
the pieces. Which patterns there are differs from version to version, so the runtime is asked.
"""

from __future__ import annotations

import onnx

from graph.census import optimised
from graph.folding.fold import Folding, folding_of

_REASON = "ONNX Runtime fuses it with its neighbours: without it, more nodes would run"


def nodes_run(model: onnx.ModelProto) -> int:
    """Count the nodes that ONNX Runtime runs, after its optimisation.

    Raises
    ------
    ArtifactError
        If it refuses the model.
    """
    return len(optimised(model).graph.node)


def gainful_folding(model: onnx.ModelProto) -> Folding:
    """Fold the scalings whose folding does not leave the runtime with more nodes to run.

    The runtime is asked about each one by itself: together, what one saves would hide what another
    costs.

    Raises
    ------
    ArtifactError
        If ONNX Runtime refuses the model.
    """
    everything = folding_of(model)
    before = nodes_run(model)
    alone = {
        folded.output: {
            other.output: "" for other in everything.outcomes if other.output != folded.output
        }
        for folded in everything.folded
    }
    kept = [
        output
        for output, others in alone.items()
        if nodes_run(folding_of(model, leave=others).model) > before
    ]
    return folding_of(model, leave=dict.fromkeys(kept, _REASON)) if kept else everything
