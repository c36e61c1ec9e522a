"""Which networks an experiment trains, and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import torch

from contract.architecture import Architecture
from contract.experiment import Experiment
from contract.network_card import TrainedCard
from train.dataset import CLASSES, FEATURES

Matching = Literal["", "matched", "naive"]


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """Everything that a network's weights are determined by; see `TrainedCard`.

    Attributes
    ----------
    name : str
        What it is called, and its files.
    architecture, matching, epochs, batch_size, learning_rate, seed, data_name, torch_version
        As on the card.
    watched : bool
        Whether the learning curve has every epoch, or the last one alone.
    """

    name: str
    architecture: Architecture
    matching: Matching
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    data_name: str
    torch_version: str = torch.__version__
    watched: bool = field(default=True, compare=False)

    def describes(self, card: TrainedCard) -> bool:
        """Say whether a network was trained by this plan."""
        return self == NetworkPlan(
            name=card.name,
            architecture=card.architecture,
            matching=card.matching,
            epochs=card.epochs,
            batch_size=card.batch_size,
            learning_rate=card.learning_rate,
            seed=card.seed,
            data_name=card.data.name,
            torch_version=card.torch_version,
        )


def plans(experiment: Experiment) -> tuple[NetworkPlan, ...]:
    """Return the networks to train, in order.

    All have the same seed, so the same first weights, batches and (where p is the same)
    masks: ``none``; ``inverted``; ``regular``, matched with it; ``regular-naive``, with its
    first weights and learning rate left as they are; ``dropconnect``.
    """
    kinds: tuple[tuple[str, str, Matching], ...] = (
        ("none", "none", ""),
        ("inverted", "inverted", ""),
        ("regular", "regular", "matched"),
        ("regular-naive", "regular", "naive"),
        ("dropconnect", "dropconnect", ""),
    )
    return tuple(
        NetworkPlan(
            name=name,
            architecture=experiment.architecture(dropout, features=FEATURES, classes=CLASSES),
            matching=matching,
            epochs=experiment.training.epochs,
            batch_size=experiment.training.batch_size,
            learning_rate=experiment.training.learning_rate,
            seed=experiment.seeds.training,
            data_name=experiment.data.name,
        )
        for name, dropout, matching in kinds
    )
