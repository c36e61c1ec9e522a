"""Regular dropout, beside ``torch.nn.Dropout``, which is the inverted one.

Both keep a unit with probability q = 1-p. *Regular* dropout (the lecture's first form) leaves
what it keeps alone in training and multiplies every activation by q at prediction; *inverted*
dropout divides what it keeps by q in training and does nothing at prediction. The expected
activation is the same in both.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from contract.errors import ExperimentError


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

    Raises
    ------
    ExperimentError
        If p is outside [0, 1).
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = checked_drop_probability(p)

    def forward(self, x: Tensor) -> Tensor:
        """Drop units in training, scale activations in evaluation; any shape."""
        if self.p == 0:
            return x
        if not self.training:
            return x * (1 - self.p)
        # The very draw that torch.nn.Dropout makes on a CPU: the same seed gives both the same
        # mask and leaves the generator in the same state.
        return x * torch.empty_like(x).bernoulli_(1 - self.p)

    def extra_repr(self) -> str:
        """Say p, as torch's own layers do."""
        return f"p={self.p}"


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
