"""How far a training has come: what it takes to go on to the same weights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class EpochPoint:
    """A network after an epoch, in evaluation mode: losses in nats, accuracies 0 to 1."""

    train_loss: float
    validation_loss: float
    train_accuracy: float
    validation_accuracy: float


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A training after some epochs. Plain SGD has no state beside these.

    Attributes
    ----------
    epoch : int
        Epochs learned.
    weights : dict of str to tensor
        The network's state dict.
    generator_state : uint8 tensor
        Where the next epoch's draws begin.
    points : tuple of EpochPoint
        The curve so far, of the epochs that were watched.
    batch_losses : tuple of tuple of float
        As in the learning curve.
    """

    epoch: int
    weights: dict[str, Tensor]
    generator_state: Tensor
    points: tuple[EpochPoint, ...]
    batch_losses: tuple[tuple[float, ...], ...]

    @classmethod
    def beginning(cls, generator_state: Tensor) -> Self:
        """Return where a training begins; its weights are the network's own."""
        return cls(0, {}, generator_state, (), ())

    def after_epoch(
        self, network: nn.Module, generator_state: Tensor, losses: tuple[float, ...]
    ) -> Self:
        """Return where the training is an epoch later.

        Parameters
        ----------
        network : nn.Module
            A copy that does not learn on: its weights are kept, not copied again.
        generator_state : uint8 tensor
            Where the next epoch's draws begin.
        losses : tuple of float
            Of the epoch's logged batches.
        """
        return replace(
            self,
            epoch=self.epoch + 1,
            weights=network.state_dict(),
            generator_state=generator_state,
            batch_losses=(*self.batch_losses, losses),
        )

    def with_point(self, point: EpochPoint) -> Self:
        """Return it with what the evaluation of its last epoch found."""
        return replace(self, points=(*self.points, point))
