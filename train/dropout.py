"""Dropout of units, regular and inverted, with masks that may be drawn beforehand.

Both keep a unit with probability q = 1-p. *Regular* dropout (the lecture's first form) leaves
what it keeps alone in training and multiplies every activation by q at prediction; *inverted*
dropout divides what it keeps by q in training and does nothing at prediction. The expected
activation is the same in both.
"""

from __future__ import annotations

import math
import sys

import torch
from torch import Tensor, nn

from contract.errors import ExperimentError

# torch makes a number from 0 to 1 of the last 53 bits of 64 random ones, and keeps a unit where it
# is less than q.
_BITS = 53


class RegularDropout(nn.Module):
    """Dropout that pays at prediction.

    Training: ``x * m``, each ``m`` 1 with probability 1-p, else 0. Evaluation: ``x * (1-p)``,
    which exports as one ``Mul`` by a scalar. With p = 0 it is the identity in both.

    Source: the lecture's definition; Srivastava et al., JMLR 15 (2014), section 4, with their
    p for our 1-p.

    Parameters
    ----------
    p : float
        The probability of dropping a unit, at least 0 and less than 1.

    Attributes
    ----------
    mask : tensor or None
        What `draw_mask` drew for the next batch; None: the layer draws for itself.

    Raises
    ------
    ExperimentError
        If p is outside [0, 1).
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = checked_drop_probability(p)
        self.mask: Tensor | None = None

    def draw_mask(self, shape: tuple[int, int], generator: torch.Generator | None = None) -> Tensor:
        """Draw what a batch is multiplied by in training.

        It is the very draw that torch.nn.Dropout makes on a CPU: the same seed gives both the
        same mask and leaves the generator in the same state.

        Parameters
        ----------
        shape : tuple of int
            Rows and units.
        generator : torch.Generator, optional
            Drawn from; torch's own without one.
        """
        return _kept(shape, 1 - self.p, generator)

    def forward(self, x: Tensor) -> Tensor:
        """Drop units in training, scale activations in evaluation."""
        if self.p == 0:
            return x
        if not self.training:
            return x * (1 - self.p)
        mask, self.mask = self.mask, None
        return x * (self.draw_mask((x.shape[0], x.shape[1])) if mask is None else mask)

    def extra_repr(self) -> str:
        """Say p, as torch's own layers do."""
        return f"p={self.p}"


class InvertedDropout(nn.Dropout):
    """``torch.nn.Dropout``, to the bit; its masks may be drawn before they are needed.

    Parameters
    ----------
    p : float
        The probability of dropping a unit, at least 0 and less than 1.

    Attributes
    ----------
    mask : tensor or None
        What `draw_mask` drew for the next batch; None: torch draws.

    Raises
    ------
    ExperimentError
        If p is outside [0, 1).
    """

    def __init__(self, p: float) -> None:
        super().__init__(checked_drop_probability(p))
        self.mask: Tensor | None = None

    def draw_mask(self, shape: tuple[int, int], generator: torch.Generator | None = None) -> Tensor:
        """Draw what a batch is multiplied by in training; see `RegularDropout.draw_mask`."""
        keep = 1 - self.p
        return _kept(shape, keep, generator).div_(keep)

    def forward(self, x: Tensor) -> Tensor:
        """Drop units and divide the rest by 1-p in training; do nothing in evaluation."""
        mask, self.mask = self.mask, None
        if self.training and mask is not None:
            return x * mask
        return super().forward(x)


def _kept(shape: tuple[int, int], keep: float, generator: torch.Generator | None) -> Tensor:
    """Return ``torch.empty(shape).bernoulli_(keep)``, to the bit, in a third of its time.

    torch compares one number after the other; here they are drawn at once and compared at once.
    The generator is left in the same state.
    """
    drawn = torch.empty(shape, dtype=torch.int64)
    drawn.random_(-sys.maxsize - 1, None, generator=generator)
    drawn.bitwise_and_((1 << _BITS) - 1)
    return drawn.lt_(math.ceil(keep * (1 << _BITS))).to(torch.float32)


def checked_drop_probability(p: float) -> float:
    """Return `p` if it is a probability that dropout can work with.

    Raises
    ------
    ExperimentError
        If p is outside [0, 1): with p = 1 nothing is kept, and inverted dropout divides by 0.
    """
    if not 0 <= p < 1:
        raise ExperimentError(
            f"a drop probability of {p} cannot be used",
            where="drop_probability",
            remedy="give at least 0 and less than 1",
        )
    return p
