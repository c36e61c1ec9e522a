"""Which networks an experiment trains, and how."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch

from contract.experiment import Experiment
from contract.network_card import TrainedCard
from train.dataset import CLASSES, FEATURES

_Dropout = Literal["none", "inverted", "regular"]
_Matching = Literal["", "matched", "naive"]


@dataclass(frozen=True, slots=True)
class NetworkPlan:
    """Everything that a network's weights are determined by; see `TrainedCard`.

    Attributes
    ----------
    name : str
        What it is called, and its files.
    dropout, matching, layer_widths, drop_probabilities, activation, epochs, batch_size,
    learning_rate, seed, data_name, torch_version
        As on the card.
    """

    name: str
    dropout: _Dropout
    matching: _Matching
    layer_widths: tuple[int, ...]
    drop_probabilities: tuple[float, ...]
    activation: str
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    data_name: str
    torch_version: str

    def describes(self, card: TrainedCard) -> bool:
        """Say whether a network was trained by this plan."""
        return self == NetworkPlan(
            name=card.name,
            dropout=card.dropout,
            matching=card.matching,
            layer_widths=card.layer_widths,
            drop_probabilities=card.drop_probabilities,
            activation=card.activation,
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
    first weights and learning rate left as they are.
    """
    dropped = experiment.network.drop_probability
    kinds: tuple[tuple[str, _Dropout, _Matching], ...] = (
        ("none", "none", ""),
        ("inverted", "inverted", ""),
        ("regular", "regular", "matched"),
        ("regular-naive", "regular", "naive"),
    )
    return tuple(
        NetworkPlan(
            name=name,
            dropout=dropout,
            matching=matching,
            layer_widths=(FEATURES, *experiment.network.hidden, CLASSES),
            drop_probabilities=tuple(0.0 for _ in dropped) if dropout == "none" else dropped,
            activation=experiment.network.activation,
            epochs=experiment.training.epochs,
            batch_size=experiment.training.batch_size,
            learning_rate=experiment.training.learning_rate,
            seed=experiment.seeds.training,
            data_name=experiment.data.name,
            torch_version=torch.__version__,
        )
        for name, dropout, matching in kinds
    )
