"""Parity of a network that draws random numbers: torch and ONNX Runtime are given the same ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch

from contract.agreement import Agreement
from contract.errors import ParityError
from contract.payload import Inputs
from export.exporting import INPUT_NAME
from export.noise import noise_as_inputs
from export.parity import Logits, require_parity
from graph.model_file import save_model
from graph.prediction import outputs_of
from train.dropconnect import SampledMlp

_SEED = 0
# With k samples of a wide layer a large test split would fill the memory: a chunk of rows draws
# so many numbers at most.
_NUMBERS_A_CHUNK = 2**22


def rows_a_chunk(network: SampledMlp) -> int:
    """Return how many rows are predicted at a time."""
    numbers_a_row = sum(samples * width for samples, _, width in network.noise_shapes(1))
    return max(1, _NUMBERS_A_CHUNK // max(1, numbers_a_row))


def require_sampled_parity(
    arm: str, network: SampledMlp, model: onnx.ModelProto, images: Inputs, folder: Path
) -> Agreement:
    """Let only a graph pass that makes of random numbers what its network makes of them.

    Parameters
    ----------
    arm : str
        Whose graph, to name it.
    network : SampledMlp
        In evaluation mode.
    model : ModelProto
        The graph.
    images : float32 array, shape (n, features)
        What both predict.
    folder : Path
        Gets the graph with the random numbers as inputs.

    Raises
    ------
    ParityError
        If the graph does not draw what the network draws, or `require_parity` refuses it.
    """
    given, names = noise_as_inputs(model)
    path = folder / f"{arm}-given-noise.onnx"
    save_model(given, path)
    chance = np.random.default_rng(_SEED)
    expected, predicted = [], []
    step = rows_a_chunk(network)
    for rows in (images[start : start + step] for start in range(0, len(images), step)):
        noise = _draw(arm, network, len(rows), names, chance)
        inputs = {INPUT_NAME: rows, **noise}
        predicted.append(np.asarray(outputs_of(path, inputs)[0], dtype=np.float32))
        expected.append(_by_torch(network, rows, noise))
    return require_parity(arm, np.concatenate(expected), np.concatenate(predicted))


def _draw(
    arm: str,
    network: SampledMlp,
    rows: int,
    names: tuple[str, ...],
    chance: np.random.Generator,
) -> dict[str, Logits]:
    shapes = network.noise_shapes(rows)
    if len(shapes) != len(names):
        raise ParityError(
            f"the graph draws random numbers at {len(names)} places, its network at {len(shapes)}",
            where=f"arm {arm!r}",
            remedy="please report this with the version of torch",
        )
    return {
        name: chance.standard_normal(shape, dtype=np.float32)
        for name, shape in zip(names, shapes, strict=True)
    }


def _by_torch(network: SampledMlp, images: Inputs, noise: dict[str, Logits]) -> Logits:
    with torch.inference_mode():
        given = [torch.from_numpy(numbers) for numbers in noise.values()]
        return np.asarray(network(torch.from_numpy(images), given).numpy(), dtype=np.float32)
