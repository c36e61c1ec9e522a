"""Which pass takes a multiplication out of the graph: found by turning passes off.

A session is opened again with one pass off after another. The pass without which the
multiplication is still there is the one that takes it out. Where it goes whichever single pass is
off, several can do it: all are turned off, and one after another on again, as long as the
multiplication stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import onnx

from graph.inspection.optimiser import Optimiser
from graph.inspection.passes import PASSES, passes_at
from graph.inspection.takeover import successors
from graph.session import Level

_OPERATORS = {"Mul", "Div"}


@dataclass(frozen=True, slots=True)
class Absorption:
    """How a multiplication left the graph.

    Attributes
    ----------
    level : str
        The first level at which it is gone.
    passes : tuple of str
        The pass that took it out; several where each of them can; none where no known pass
        brings it back.
    into : tuple of str
        The nodes that do its work now, as operator and name; none where nothing does.
    """

    level: Level
    passes: tuple[str, ...]
    into: tuple[str, ...]


def carrier(node: str, nodes: Mapping[str, onnx.NodeProto]) -> str | None:
    """Return the operator that performs a multiplication as a node of its own, None if gone.

    Parameters
    ----------
    node : str
        The name of the Mul or Div.
    nodes : mapping of str to NodeProto
        The graph that runs.
    """
    found = nodes.get(node)
    # Another operator of this name is a fusion.
    return found.op_type if found is not None and found.op_type in _OPERATORS else None


def absorptions(optimiser: Optimiser, nodes: Collection[str]) -> dict[str, Absorption]:
    """Find out how each of these multiplications leaves the graph; those that stay are left out.

    Parameters
    ----------
    optimiser : Optimiser
        Of the model.
    nodes : collection of str
        Names of Mul and Div nodes.

    Raises
    ------
    ArtifactError
        If ONNX Runtime refuses the model.
    """
    found: dict[str, Absorption] = {}
    for level in PASSES:
        there = optimiser.nodes(level)
        gone = [node for node in nodes if node not in found and carrier(node, there) is None]
        for node, passes in _passes(optimiser, level, gone).items():
            into = successors(node, optimiser.graph(level, passes), optimiser.graph(level))
            found[node] = Absorption(level, passes, into)
    return found


def _passes(optimiser: Optimiser, level: Level, gone: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    left = list(gone)
    for name in passes_at(level):
        if not left:
            break
        nodes = optimiser.nodes(level, [name])
        found |= {node: (name,) for node in left if carrier(node, nodes) is not None}
        left = [node for node in left if node not in found]
    return found | {node: _several(optimiser, level, node) for node in left}


def _several(optimiser: Optimiser, level: Level, node: str) -> tuple[str, ...]:
    off = list(passes_at(level))
    if carrier(node, optimiser.nodes(level, off)) is None:
        return ()
    for name in passes_at(level):
        fewer = [other for other in off if other != name]
        if carrier(node, optimiser.nodes(level, fewer)) is not None:
            off = fewer
    return tuple(off)
