"""The lecture's multilayer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import TypeVar

from torch import Tensor, nn

from contract.errors import ExperimentError, nearest
from train.dropout import RegularDropout, checked_drop_probability

T = TypeVar("T")

DROPOUTS: Mapping[str, Callable[[float], nn.Module]] = {
    "none": lambda _p: nn.Identity(),
    "inverted": nn.Dropout,
    "regular": RegularDropout,
}
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
}


class Mlp(nn.Module):
    """Linear, activation, dropout for each hidden layer; then a linear output layer.

    The output layer has no dropout: it would drop class labels (the lecture's claim C7). The
    state dict is the same for every kind of dropout: ``linears.<i>.weight`` and
    ``linears.<i>.bias``.

    Parameters
    ----------
    layer_widths : sequence of int
        Input, hidden and output widths.
    drop_probabilities : sequence of float
        One for each hidden layer; without effect where `dropout` is ``none``.
    dropout : str
        ``none``, ``inverted`` or ``regular``.
    activation : str
        ``relu``, ``sigmoid`` or ``tanh``.

    Raises
    ------
    ExperimentError
        If a name, a number of probabilities or a probability cannot be used.
    """

    def __init__(
        self,
        layer_widths: Sequence[int],
        drop_probabilities: Sequence[float],
        dropout: str = "none",
        activation: str = "relu",
    ) -> None:
        super().__init__()
        make_dropout = _named("dropout", dropout, DROPOUTS)
        make_activation = _named("activation", activation, ACTIVATIONS)
        if len(drop_probabilities) != len(layer_widths) - 2:
            raise ExperimentError(
                f"{len(drop_probabilities)} drop probabilities for "
                f"{len(layer_widths) - 2} hidden layers",
                where="drop_probability",
                remedy="give one for each hidden layer",
            )
        self.drop_probabilities = tuple(map(checked_drop_probability, drop_probabilities))
        self.linears = nn.ModuleList(
            nn.Linear(inputs, outputs) for inputs, outputs in pairwise(layer_widths)
        )
        self.activation = make_activation()
        self.dropouts = nn.ModuleList(map(make_dropout, self.drop_probabilities))

    def forward(self, images: Tensor) -> Tensor:
        """Predict.

        Parameters
        ----------
        images : float32 tensor, shape (n, first width)

        Returns
        -------
        float32 tensor, shape (n, last width)
            Logits.
        """
        activations = images
        for linear, dropout in zip(self.linears, self.dropouts, strict=False):
            activations = dropout(self.activation(linear(activations)))
        logits: Tensor = self.linears[-1](activations)
        return logits


def fed_weight(hidden_layer: int) -> str:
    """Return the state dict's name of the weight matrix that a hidden layer feeds.

    Parameters
    ----------
    hidden_layer : int
        Which hidden layer, from 0.
    """
    return f"linears.{hidden_layer + 1}.weight"


def _named(kind: str, name: str, choices: Mapping[str, T]) -> T:
    if name not in choices:
        raise ExperimentError(f"no {kind} {name!r}", remedy=nearest(name, choices))
    return choices[name]
