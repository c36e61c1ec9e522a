"""The rule by which regular dropout follows inverted dropout through training.

Let q = 1-p be what a dropped layer keeps, h its activations, m its mask, and W the weight
matrix it feeds. Inverted dropout computes W (h m / q) + b. With W' = W / q regular dropout,
W' (h m) + b, is the same number. The gradient of W' is q times that of W, so for W' = W / q to
stay true after a step of plain SGD at rate lr, W' must learn at lr / q^2. Biases, and what
flows back to h, are the same in both. pylearn2's dropout cost documents the same rule.

At p = 0.5 every factor is a power of two and the two agree to the bit; elsewhere they agree
to rounding, which training amplifies. The rule is for plain SGD alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from train.network import Mlp, fed_weight


def derive_regular(
    inverted_state: Mapping[str, Tensor], drop_probabilities: Sequence[float]
) -> dict[str, Tensor]:
    """Turn an inverted network's weights into the regular ones of the same function.

    Parameters
    ----------
    inverted_state : mapping of str to tensor
        State dict of an `Mlp`; it is left as it is.
    drop_probabilities : sequence of float
        One for each hidden layer.

    Returns
    -------
    dict of str to tensor
        New tensors: W / q for every weight matrix that a dropped layer feeds, the rest equal.
    """
    state = {name: tensor.detach().clone() for name, tensor in inverted_state.items()}
    for layer, p in enumerate(drop_probabilities):
        state[fed_weight(layer)] /= 1 - p
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
    kept = {fed_weight(layer): 1 - p for layer, p in enumerate(network.drop_probabilities)}
    return [
        {"params": [parameter], "lr": learning_rate / kept.get(name, 1.0) ** 2}
        for name, parameter in network.named_parameters()
    ]
