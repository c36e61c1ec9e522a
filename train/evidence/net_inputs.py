"""C3: net inputs of a trained network in training, and at prediction with and without the factor.

The networks are those with inverted dropout in the regular form of the same function
(`train.matching.derive_regular`): regular dropout is the form that has a factor to leave out. It
is left out behind every hidden layer, so net inputs deeper down have grown more than once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch

from contract.lecture_evidence import NetInputs
from train.dataset import Split
from train.fitting import seeded
from train.matching import derive_regular
from train.network import Mlp

_BINS = 100

Values = npt.NDArray[np.float32]


def net_inputs(
    networks: Sequence[Mlp], seeds: Sequence[int], split: Split
) -> tuple[NetInputs, ...]:
    """Measure net inputs in three modes.

    Parameters
    ----------
    networks : sequence of Mlp
        With inverted dropout, one for each seed.
    seeds : sequence of int
        What masks are drawn from.
    split : Split
        What is predicted, each image once in a mode.

    Returns
    -------
    tuple of NetInputs
        One for each hidden layer.
    """
    found = [
        _in_three_modes(network, seed, split) for network, seed in zip(networks, seeds, strict=True)
    ]
    probabilities = networks[0].architecture.drop_probabilities
    return tuple(
        _summary(layer, p, [modes[layer] for modes in found])
        for layer, p in enumerate(probabilities)
    )


def _in_three_modes(inverted: Mlp, seed: int, split: Split) -> list[tuple[Values, Values, Values]]:
    """Return, for each hidden layer, net inputs in training, scaled, and unscaled."""
    architecture = inverted.architecture
    images = torch.from_numpy(split.images)
    with seeded(seed), torch.inference_mode():
        state = derive_regular(inverted.state_dict(), architecture)
        regular = Mlp(replace(architecture, dropout="regular"))
        # The same weights in a network that does nothing to activations: the factor left out.
        unscaled = Mlp(replace(architecture, dropout="none"))
        regular.load_state_dict(state)
        unscaled.load_state_dict(state)
        modes = (
            regular.train().net_inputs(images),
            regular.eval().net_inputs(images),
            unscaled.eval().net_inputs(images),
        )
    return [
        (training.numpy(), scaled.numpy(), without.numpy())
        for training, scaled, without in zip(*modes, strict=True)
    ]


def _summary(layer: int, p: float, found: Sequence[tuple[Values, Values, Values]]) -> NetInputs:
    """Summarise one hidden layer's net inputs; `found` has three modes for each seed."""
    first = found[0]
    edges = np.linspace(
        min(values.min() for values in first), max(values.max() for values in first), _BINS + 1
    )
    training, scaled, unscaled = (
        tuple(np.histogram(values, edges, density=True)[0].tolist()) for values in first
    )
    means = np.array([[values.mean(dtype=np.float64) for values in modes] for modes in found])
    spreads = np.array([[values.std(dtype=np.float64) for values in modes] for modes in found])
    return NetInputs(
        hidden_layer=layer + 1,
        p=p,
        edges=tuple(edges.tolist()),
        training=training,
        scaled=scaled,
        unscaled=unscaled,
        mean_training=tuple(means[:, 0].tolist()),
        mean_scaled=tuple(means[:, 1].tolist()),
        mean_unscaled=tuple(means[:, 2].tolist()),
        spread_training=tuple(spreads[:, 0].tolist()),
        spread_scaled=tuple(spreads[:, 1].tolist()),
        spread_unscaled=tuple(spreads[:, 2].tolist()),
    )
