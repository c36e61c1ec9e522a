"""The lecture's multilayer perceptron."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import TypeVar

import torch
from torch import Tensor, nn

from contract.architecture import PLACEMENTS, Architecture
from contract.errors import ExperimentError, nearest
from train.dropconnect import DropConnectLinear
from train.dropout import InvertedDropout, RegularDropout, checked_drop_probability

T = TypeVar("T")

UNIT_DROPOUTS: Mapping[str, Callable[[float], nn.Module]] = {
    "none": lambda _p: nn.Identity(),
    "inverted": InvertedDropout,
    "regular": RegularDropout,
    "dropconnect": lambda _p: nn.Identity(),
}
ACTIVATIONS: Mapping[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "identity": nn.Identity,
}
MaskDraw = Callable[[int, torch.Generator | None], Tensor]


class Mlp(nn.Module):
    """Linear, activation, dropout for each hidden layer; then a linear output layer.

    The output layer has no dropout unless the architecture asks for it: it would drop class
    labels (the lecture's claim C7). Dropout of units stands behind the activation or before it.
    DropConnect drops weights at the same places: of the layers that hidden layers feed. The state
    dict is the same for every kind: ``linears.<i>.weight`` and ``linears.<i>.bias``.

    Parameters
    ----------
    architecture : Architecture
        What to build; drop probabilities are without effect where `dropout` is ``none``.

    Raises
    ------
    ExperimentError
        If a name, a number of probabilities or a probability cannot be used.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        widths, dropped = architecture.layer_widths, architecture.drop_probabilities
        make_dropout = _named("dropout", architecture.dropout, UNIT_DROPOUTS)
        make_activation = _named("activation", architecture.activation, ACTIVATIONS)
        _named("placement of dropout", architecture.placement, dict.fromkeys(PLACEMENTS))
        if len(dropped) != len(widths) - 2:
            raise ExperimentError(
                f"{len(dropped)} drop probabilities for {len(widths) - 2} hidden layers",
                where="drop_probability",
                remedy="give one for each hidden layer",
            )
        for p in (*dropped, architecture.output_drop_probability):
            checked_drop_probability(p)
        self.architecture = architecture
        first = nn.Linear(widths[0], widths[1])
        fed = zip(pairwise(widths[1:]), dropped, strict=True)
        self.linears = nn.ModuleList([first, *(self._fed(*shape, p) for shape, p in fed)])
        self.activation = make_activation()
        self.dropouts = nn.ModuleList(map(make_dropout, dropped))
        self.output_dropout = make_dropout(architecture.output_drop_probability)

    def _fed(self, inputs: int, outputs: int, p: float) -> nn.Linear:
        """Make a layer that a hidden layer feeds."""
        if self.architecture.dropout == "dropconnect":
            return DropConnectLinear(inputs, outputs, p)
        return nn.Linear(inputs, outputs)

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
        before = self.architecture.placement == "before"
        activations = images
        for linear, dropout in zip(self.linears, self.dropouts, strict=False):
            net_input = linear(activations)
            if before:
                activations = self.activation(dropout(net_input))
            else:
                activations = dropout(self.activation(net_input))
        logits: Tensor = self.output_dropout(self.linears[-1](activations))
        return logits

    def net_inputs(self, images: Tensor) -> list[Tensor]:
        """Return what each layer behind a hidden one gets, before its bias, in the present mode.

        Parameters
        ----------
        images : float32 tensor, shape (n, first width)

        Returns
        -------
        list of float32 tensor, shape (n, width)
            One for each hidden layer: the next layer's weights times what it is handed.
        """
        found: list[Tensor] = []
        hooks = [
            linear.register_forward_hook(lambda layer, _, out: found.append(out - layer.bias))
            for linear in list(self.linears)[1:]
        ]
        try:
            self(images)
        finally:
            for hook in hooks:
                hook.remove()
        return found

    def mask_draws(self) -> list[tuple[nn.Module, MaskDraw]]:
        """Return what draws masks in training, in the order in which a forward pass draws.

        Returns
        -------
        list of (layer, draw)
            ``draw(rows, generator)`` returns the mask that the layer's attribute ``mask`` takes.
        """
        drawing: list[tuple[nn.Module, MaskDraw]] = []
        units = (*self.dropouts, self.output_dropout)
        widths = self.architecture.layer_widths[1:]
        for linear, dropout, width in zip(self.linears, units, widths, strict=True):
            if isinstance(linear, DropConnectLinear) and linear.p > 0:
                drawing.append((linear, linear.draw_mask))
            if isinstance(dropout, InvertedDropout | RegularDropout) and dropout.p > 0:
                drawing.append((dropout, partial(_unit_mask, dropout, width)))
        return drawing


def fed_weight(hidden_layer: int) -> str:
    """Return the state dict's name of the weight matrix that a hidden layer feeds.

    Parameters
    ----------
    hidden_layer : int
        Which hidden layer, from 0.
    """
    return f"linears.{hidden_layer + 1}.weight"


def _unit_mask(
    layer: InvertedDropout | RegularDropout,
    width: int,
    rows: int,
    generator: torch.Generator | None,
) -> Tensor:
    return layer.draw_mask((rows, width), generator)


def _named(kind: str, name: str, choices: Mapping[str, T]) -> T:
    if name not in choices:
        raise ExperimentError(f"no {kind} {name!r}", remedy=nearest(name, choices))
    return choices[name]
