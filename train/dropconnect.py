"""DropConnect: dropping weights in place of the units that feed them.

Wan, Zeiler, Zhang, LeCun, Fergus, "Regularization of Neural Networks using DropConnect" (ICML
2013). Their p is the probability of keeping a weight, our q = 1-p. As inverted dropout does,
training divides what it keeps by q; so the mean of the masked weights is W itself, and the
paper's mean-weight inference, a(E[M * W] v), is the network without masks.

The paper's other inference follows the sum of many masked weights by the Gaussian of equal mean
and variance: u ~ N(W v + b, (p/q) (W*W)(v*v)), which is its N(qWv, q(1-q)(W*W)(v*v)) with W/q
for W. It draws k samples of u and averages a(u).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from math import log

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from contract.errors import ExperimentError
from train.dropout import checked_drop_probability

# A mask's bit is a comparison of 16 random bits, four to a draw of the generator: as fast as
# memory, where torch's bernoulli_ would take longer than the training. p is met to 1/65536.
_LEVELS = 1 << 16
_LANES = 4


class DropConnectLinear(nn.Linear):
    """A linear layer that drops its weights, for every example others; biases are kept.

    Training: ``y[n] = (m[n] * W / q) x[n] + b``, each element of ``m`` 1 with probability q = 1-p,
    else 0. Evaluation: ``W x + b``. First weights and state are those of ``torch.nn.Linear``.

    Parameters
    ----------
    inputs, outputs : int
        Widths.
    p : float
        The probability of dropping a weight, at least 0 and less than 1.

    Attributes
    ----------
    mask : tensor or None
        What `draw_mask` drew for the next batch; None: the layer draws for itself.

    Raises
    ------
    ExperimentError
        If p is outside [0, 1).
    """

    def __init__(self, inputs: int, outputs: int, p: float) -> None:
        super().__init__(inputs, outputs)
        self.p = checked_drop_probability(p)
        self.mask: Tensor | None = None

    def draw_mask(self, rows: int, generator: torch.Generator | None = None) -> Tensor:
        """Draw which weights a batch keeps.

        Parameters
        ----------
        rows : int
            Examples.
        generator : torch.Generator, optional
            Drawn from; torch's own without one.

        Returns
        -------
        float32 tensor, shape (rows, outputs, inputs)
            Ones and zeros.
        """
        count = rows * self.out_features * self.in_features
        draws = torch.empty(-(-count // _LANES), dtype=torch.int64)
        draws.random_(-sys.maxsize - 1, None, generator=generator)
        lanes = draws.numpy().view(np.uint16)[:count]
        kept = np.less(lanes, round((1 - self.p) * _LEVELS)).astype(np.float32)
        return torch.from_numpy(kept).view(rows, self.out_features, self.in_features)

    def forward(self, x: Tensor) -> Tensor:
        """Multiply by the weights, of which training drops some."""
        if not self.training or self.p == 0:
            return super().forward(x)
        mask, self.mask = self.mask, None
        if mask is None:
            mask = self.draw_mask(len(x))
        masked = mask * (self.weight / (1 - self.p))
        return torch.bmm(masked, x.unsqueeze(2)).squeeze(2) + self.bias

    def extra_repr(self) -> str:
        """Say p, as torch's own layers do."""
        return f"{super().extra_repr()}, p={self.p}"


class SampledMlp(nn.Module):
    """A network with DropConnect as the paper predicts with it: by k Gaussian samples a layer.

    Each layer that drops weights draws u as the module's docstring says, k times, and hands on the
    mean of a(u). The output layer's activation is the softmax, so what comes out is the
    logarithm of the mean probabilities: its largest is the predicted class, and its softmax are
    those probabilities.

    Parameters
    ----------
    linears : sequence of nn.Linear
        The layers of a trained network, those behind a hidden layer `DropConnectLinear`. They are
        shared, not copied.
    activation : nn.Module
        Of the hidden layers.
    samples : int
        k.

    Raises
    ------
    ExperimentError
        If k is less than 1.
    """

    def __init__(self, linears: nn.ModuleList, activation: nn.Module, samples: int) -> None:
        super().__init__()
        if samples < 1:
            raise ExperimentError(
                f"{samples} samples cannot be averaged",
                where="network.dropconnect_samples",
                remedy="give at least 1",
            )
        self.linears = linears
        self.activation = activation
        self.samples = samples
        for index, linear in enumerate(linears):
            if isinstance(linear, DropConnectLinear):
                spread = linear.p / (1 - linear.p) * linear.weight.detach() ** 2
                self.register_buffer(f"spread_{index}", spread, persistent=False)

    def noise_shapes(self, rows: int) -> list[tuple[int, int, int]]:
        """Return what a batch draws: for each layer that drops weights (k, rows, width)."""
        sampled = [linear for linear in self.linears if isinstance(linear, DropConnectLinear)]
        return [(self.samples, rows, linear.out_features) for linear in sampled]

    def forward(self, images: Tensor, noise: Sequence[Tensor] | None = None) -> Tensor:
        """Predict.

        Parameters
        ----------
        images : float32 tensor, shape (n, first width)
        noise : sequence of float32 tensor, optional
            Standard normal numbers of the shapes that `noise_shapes` names; drawn without it.

        Returns
        -------
        float32 tensor, shape (n, last width)
            Logarithms of probabilities.
        """
        given = None if noise is None else iter(noise)
        activations = images
        for index, linear in enumerate(self.linears):
            net_input = self._net_input(index, linear, activations, given)
            if index < len(self.linears) - 1:
                activations = self.activation(net_input)
                activations = activations.mean(0) if activations.dim() == 3 else activations
        logarithms = functional.log_softmax(net_input, dim=-1)
        if logarithms.dim() == 2:
            return logarithms
        # The logarithm of the mean, by logarithms: a probability may be too small for a float32.
        return logarithms.logsumexp(0) - log(self.samples)

    def _net_input(
        self, index: int, linear: nn.Module, activations: Tensor, given: Iterator[Tensor] | None
    ) -> Tensor:
        """Return net inputs, shape (n, width), or (k, n, width) where weights are dropped."""
        mean: Tensor = linear(activations)
        if not isinstance(linear, DropConnectLinear):
            return mean
        spread: Tensor = getattr(self, f"spread_{index}")
        deviation = functional.linear(activations * activations, spread).sqrt()
        noise = torch.randn((self.samples, *mean.shape)) if given is None else next(given)
        return mean + deviation * noise
