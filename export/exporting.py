"""PyTorch to ONNX: one network in, one graph out."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import onnx
import torch

from contract.errors import ParityError

# What `torch.onnx.export` takes by itself in torch 2.13, stated so that an update of torch
# does not change what is measured.
OPSET = 20
# Of every exported graph, so that one request fits every arm.
INPUT_NAME = "x"
OUTPUT_NAME = "logits"
BATCH_DIMENSION = "batch"

_REGISTRATION_LOGGER = "torch.onnx._internal.exporter._registration"


def export_network(network: torch.nn.Module) -> onnx.ModelProto:
    """Export a network as it predicts, by torch's dynamo exporter.

    The graph has one input ``x``, float32 (batch, first width), and one output ``logits``,
    float32 (batch, last width), the number of rows being open. It holds its weights itself.
    The same weights give the same bytes on every machine: what the exporter notes about
    where the code lay is taken out. What draws random numbers in torch draws them in the graph,
    anew at every prediction.

    Parameters
    ----------
    network : Module
        In evaluation mode; its first parameter is the first layer's weights. It is left as it is.

    Raises
    ------
    ParityError
        If the network, or a part of it, is in training mode.
    """
    _require_evaluation_mode(network)
    width = next(network.parameters()).shape[1]
    with _quiet_exporter():
        program = torch.onnx.export(
            network,
            # Two rows: an example of one would be taken for a dimension that is always 1.
            (torch.zeros(2, width),),
            dynamo=True,
            external_data=False,
            verbose=False,
            opset_version=OPSET,
            input_names=[INPUT_NAME],
            output_names=[OUTPUT_NAME],
            dynamic_shapes=({0: torch.export.Dim(BATCH_DIMENSION)},),
        )
    if program is None:
        raise ParityError("torch's exporter returned no graph")
    return _without_notes(program.model_proto)


def _require_evaluation_mode(network: torch.nn.Module) -> None:
    # Each part has a switch of its own: a single layer may have been left in training mode.
    training = [name or "the network" for name, part in network.named_modules() if part.training]
    if training:
        raise ParityError(
            "a network in training mode cannot be exported: the graph would drop units at every "
            f"prediction (in training mode: {', '.join(training)})",
            remedy="call network.eval() first",
        )


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Keep back two messages of the exporter that no user of ours can act upon."""
    logger = logging.getLogger(_REGISTRATION_LOGGER)
    logger.addFilter(_is_worth_saying)
    try:
        with warnings.catch_warnings():
            # torch 2.13 copies a class that it has itself deprecated.
            warnings.filterwarnings(
                "ignore", message=r"`isinstance\(treespec, LeafSpec\)`", category=FutureWarning
            )
            yield
    finally:
        logger.removeFilter(_is_worth_saying)


def _is_worth_saying(record: logging.LogRecord) -> bool:
    # No operator of torchvision is in an MLP.
    return not record.getMessage().startswith("torchvision is not installed")


def _without_notes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Take out what the exporter notes for debugging: paths and lines of source code."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    graph = bare.graph
    noted = (graph.node, graph.initializer, graph.value_info, graph.input, graph.output)
    for part in (bare, graph, *chain.from_iterable(noted)):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    return bare
