"""What a network is made of: all that its function depends on beside its weights."""

from __future__ import annotations

from dataclasses import dataclass

ACTIVATIONS = (
    "relu",
    "leaky-relu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "sigmoid",
    "tanh",
    "identity",
)
DROPOUTS = ("none", "inverted", "regular", "dropconnect")
PLACEMENTS = ("after", "before")


@dataclass(frozen=True, slots=True)
class Architecture:
    """A multilayer perceptron with one kind of dropout.

    A record: `train.network.Mlp` says whether it can be built.

    Attributes
    ----------
    layer_widths : tuple of int
        Input, hidden and output widths.
    drop_probabilities : tuple of float
        The probability of dropping a unit, or a weight that it feeds, per hidden layer; zeros
        without dropout.
    dropout : str
        One of `DROPOUTS`.
    activation : str
        One of `ACTIVATIONS`.
    placement : str
        Whether units are dropped ``after`` the activation or ``before`` it; without a meaning
        where weights are dropped.
    output_drop_probability : float
        The probability of dropping an output; 0 but for the claim that there should be none.
    """

    layer_widths: tuple[int, ...]
    drop_probabilities: tuple[float, ...]
    dropout: str = "none"
    activation: str = "relu"
    placement: str = "after"
    output_drop_probability: float = 0.0
