"""All that is found out about a model, as one document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contract.document import Document
from graph.inspection.activation_memory import ActivationPeak
from graph.inspection.fate import Fate
from graph.inspection.model_facts import ModelFacts
from graph.inspection.node_times import NodeTimes
from graph.inspection.side_by_side import GraphNode


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What one call takes.

    Attributes
    ----------
    batch : int
        Rows of the call.
    input_shapes : mapping of str to tuple of int
        Shapes of its inputs.
    flops : int
        Floating-point operations of the call; the rule stands in ``graph.operator_flops``.
    flops_per_row : int
        The same for one row.
    uncounted_operators : tuple of str
        Operators that are not in `flops`; empty where it is exact.
    activations : ActivationPeak
        What it holds at most beside the weights.
    """

    batch: int
    input_shapes: Mapping[str, tuple[int, ...]]
    flops: int
    flops_per_row: int
    uncounted_operators: tuple[str, ...]
    activations: ActivationPeak


@dataclass(frozen=True, slots=True)
class LevelGraph:
    """The graph that runs at one level of optimisation.

    Attributes
    ----------
    level : str
        ``given`` for the graph as it was given, else a level of ONNX Runtime.
    nodes : tuple of GraphNode
        Its nodes, in order.
    """

    level: str
    nodes: tuple[GraphNode, ...]


class Inspection(Document):
    """What a model is, and what ONNX Runtime makes of it.

    Schema history: 1 = first.

    Attributes
    ----------
    model_file : str
        The file.
    runtime : str
        Version of ONNX Runtime.
    model : ModelFacts
        What the file says.
    call : CallFacts
        What one call takes.
    levels : tuple of LevelGraph
        The graph as it was given, then as each level leaves it.
    multiplications : tuple of Fate
        Every multiplication by a constant and what becomes of it.
    times : NodeTimes or None
        Time per node; None where nothing was timed.
    """

    schema_version: Literal[1] = 1
    model_file: str
    runtime: str
    model: ModelFacts
    call: CallFacts
    levels: tuple[LevelGraph, ...]
    multiplications: tuple[Fate, ...]
    times: NodeTimes | None
