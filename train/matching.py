"""The rule by which regular dropout follows inverted dropout through training.

Let q = 1-p be what a dropped layer keeps, h its activations, m its mask, and W the weight
matrix it feeds. Inverted dropout computes W (h m / q) + b. With W' = W / q regular dropout,
W' (h m) + b, is the same number. The gradient of W' is q times that of W, so for W' = W / q to
stay true after a step of plain SGD at rate lr, W' must learn at lr / q^2. Biases, and what
flows back to h, are the same in both. pylearn2's dropout cost documents the same rule.

Where dropout stands before the activation, or on the outputs, it is the layer's own net inputs
W x + b that are dropped: its own weights and bias are divided by q and learn at lr / q^2.

At p = 0.5 every factor is a power of two and the two agree to the bit; elsewhere they agree
to rounding, which training amplifies. The rule is for plain SGD alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from contract.architecture import Architecture
from train.network import Mlp, fed_weight


def derive_regular(
    inverted_state: Mapping[str, Tensor], architecture: Architecture
) -> dict[str, Tensor]:
    """Turn an inverted network's weights into the regular ones of the same function.

    Parameters
    ----------
    inverted_state : mapping of str to tensor
        State dict of an `Mlp`; it is left as it is.
    architecture : Architecture
        Of either network: drop probabilities, and where dropout stands.

    Returns
    -------
    dict of str to tensor
        New tensors: W / q for everything that the rule divides, the rest equal.
    """
    state = {name: tensor.detach().clone() for name, tensor in inverted_state.items()}
    for name, kept in _kept_shares(architecture).items():
        state[name] /= kept
    return state


def uniform_groups(network: Mlp, learning_rate: float) -> list[dict[str, Any]]:
    """Return SGD's parameter groups where every parameter learns at one rate."""
    return [{"params": list(network.parameters()), "lr": learning_rate}]


def matched_groups(network: Mlp, learning_rate: float) -> list[dict[str, Any]]:
    """Return SGD's parameter groups that make regular dropout follow inverted dropout.

    Parameters
    ----------
    network : Mlp
        With regular dropout, started from `derive_regular`.
    learning_rate : float
        The rate that the inverted network learns at.
    """
    kept = _kept_shares(network.architecture)
    return [
        {"params": [parameter], "lr": learning_rate / kept.get(name, 1.0) ** 2}
        for name, parameter in network.named_parameters()
    ]


def _kept_shares(architecture: Architecture) -> dict[str, float]:
    """Return q for every parameter that the rule divides by it."""
    kept: defaultdict[str, float] = defaultdict(lambda: 1.0)
    for layer, p in enumerate(architecture.drop_probabilities):
        if architecture.placement == "after":
            kept[fed_weight(layer)] *= 1 - p
        else:
            for part in ("weight", "bias"):
                kept[f"linears.{layer}.{part}"] *= 1 - p
    outputs = len(architecture.drop_probabilities)
    for part in ("weight", "bias"):
        kept[f"linears.{outputs}.{part}"] *= 1 - architecture.output_drop_probability
    return {name: share for name, share in kept.items() if share != 1}
