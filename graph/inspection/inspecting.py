"""Inspecting: from a model's file to the document."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import onnx

from contract.errors import ArtifactError
from contract.traffic import Traffic
from graph.call_tensors import CallTensors, tensors_of_call
from graph.flops import flops_of_call
from graph.folding.runtime_fusion import gainful_folding
from graph.generated_traffic import generated_traffic
from graph.inspection.activation_memory import activation_peak
from graph.inspection.fate import fates
from graph.inspection.inspection import CallFacts, Inspection, LevelGraph
from graph.inspection.model_facts import model_facts
from graph.inspection.node_times import NodeTimes, node_times
from graph.inspection.observed_tensors import observed
from graph.inspection.optimiser import MODEL_NAME, Optimiser
from graph.inspection.side_by_side import graph_nodes
from graph.model_file import load_model, read_structure
from graph.recorded_traffic import recorded_traffic
from graph.request_form import RequestForm, request_form
from graph.session import LEVELS, RUNTIME_VERSION
from graph.side_files import side_files

# Different numbers from call to call, as in service.
_REQUESTS = 8


@dataclass(frozen=True, slots=True)
class Call:
    """How the model is called.

    Attributes
    ----------
    batch : int or None
        Rows of a call; None: as many as the model fixes, else 1.
    sizes : mapping of str to int
        Sizes of open dimensions, as for `graph.generated_traffic.generated_traffic`.
    recorded : Path or None
        Recorded inputs in place of generated ones.
    threads : int
        Threads for one operator.
    timed : bool
        Whether to time the nodes.
    """

    batch: int | None = None
    sizes: Mapping[str, int] | None = None
    recorded: Path | None = None
    threads: int = 1
    timed: bool = True


def inspect_model(path: Path, call: Call | None = None) -> Inspection:
    """Find out what a model is, and what ONNX Runtime makes of it.

    Parameters
    ----------
    path : Path
        An ONNX file.
    call : Call, optional
        How to call it.

    Raises
    ------
    ArtifactError
        If the file is no model that ONNX Runtime can load and run, or the recorded inputs do not
        fit it.
    ExperimentError
        If it cannot be called with this batch or these sizes.
    """
    call = call or Call()
    structure = read_structure(path)
    form = request_form(structure, str(path))
    model = load_model(path)
    traffic = _traffic(path, call, call.batch or form.rows or 1)
    shapes = {name: array.shape for name, array in traffic.requests[0].items()}
    with _workplace(path) as folder:
        optimiser = Optimiser(model, folder)
        named = optimiser.named.graph
        graphs = (("given", named), *((level, optimiser.graph(level)) for level in LEVELS))
        inferred = tensors_of_call(model, shapes)
        tensors = observed(model, inferred, traffic.requests[0], folder / "observed.onnx")
        folded = frozenset(outcome.output for outcome in gainful_folding(model).folded)
        return Inspection(
            model_file=str(path),
            runtime=RUNTIME_VERSION,
            model=model_facts(model, path, side_files(structure, path)),
            call=_call_facts(named, tensors, shapes, _rows(form, shapes)),
            levels=tuple(LevelGraph(level, graph_nodes(graph)) for level, graph in graphs),
            multiplications=fates(optimiser, tensors, folded),
            times=_times(optimiser, traffic, call.threads, folder) if call.timed else None,
        )


def _traffic(path: Path, call: Call, batch: int) -> Traffic:
    if call.recorded is not None:
        return recorded_traffic(call.recorded, path, batch=batch)
    return generated_traffic(path, requests=_REQUESTS, batch=batch, sizes=call.sizes)


def _rows(form: RequestForm, shapes: Mapping[str, tuple[int, ...]]) -> int:
    axes = ((shapes[given.name], form.batch_axis(given)) for given in form.inputs)
    return next((shape[axis] for shape, axis in axes if axis is not None), 1)


def _call_facts(
    graph: onnx.GraphProto,
    tensors: CallTensors,
    shapes: Mapping[str, tuple[int, ...]],
    rows: int,
) -> CallFacts:
    whole = flops_of_call(graph, tensors, rows=1)
    return CallFacts(
        batch=rows,
        input_shapes=shapes,
        flops=whole.per_row,
        flops_per_row=round(whole.per_row / max(1, rows)),
        uncounted_operators=whole.uncounted,
        activations=activation_peak(graph, tensors),
    )


def _times(optimiser: Optimiser, traffic: Traffic, threads: int, folder: Path) -> NodeTimes:
    operators = {node.name: node.operator for node in graph_nodes(optimiser.graph("all"))}
    return node_times(optimiser.path, operators, traffic, threads, folder / "profile")


@contextmanager
def _workplace(path: Path) -> Iterator[Path]:
    """Lend a folder for a while; an error about a file in it is about the model given."""
    with tempfile.TemporaryDirectory(prefix="perbillion-") as name:
        folder = Path(name)
        try:
            yield folder
        except ArtifactError as error:
            raise ArtifactError(
                error.what.replace(f"{folder}/{MODEL_NAME}", str(path)),
                where=str(path),
                remedy=error.remedy,
            ) from error
