"""The pair's networks in PyTorch, with the weights that their ONNX files hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from onnx import numpy_helper

from contract.architecture import Architecture
from graph.model_file import load_model
from graph.scaling import scalings
from train.network import Mlp


def network_of(model: Path) -> Mlp:
    """Return the lecture's network, in evaluation mode, that computes what a file does.

    Where the file scales, with `train.dropout.RegularDropout` behind each hidden layer; else with
    ``torch.nn.Dropout``, as inverted dropout is written in PyTorch.

    Parameters
    ----------
    model : Path
        A perceptron of ``graph.perceptron`` in Gemm form.

    Raises
    ------
    ArtifactError
        If the file cannot be read.
    """
    graph = load_model(model).graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    layers = [node for node in graph.node if node.op_type == "Gemm"]
    weights = [tensors[layer.input[1]] for layer in layers]
    factors = [float(scaling.factor.item()) for scaling in scalings(graph)]
    # Inverted dropout does nothing in evaluation mode, whatever its probability.
    drops = [1 - factor for factor in factors] or [0.5] * (len(layers) - 1)
    widths = (weights[0].shape[1], *(weight.shape[0] for weight in weights))
    dropout = "regular" if factors else "inverted"
    network = Mlp(Architecture(widths, tuple(drops), dropout))
    state = {}
    for place, layer in enumerate(layers):
        state[f"linears.{place}.weight"] = torch.from_numpy(np.array(weights[place]))
        state[f"linears.{place}.bias"] = torch.from_numpy(np.array(tensors[layer.input[2]]))
    network.load_state_dict(state)
    return network.eval()
