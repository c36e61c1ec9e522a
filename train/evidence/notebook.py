"""C10: what the lecture's notebook printed, beside what came out here.

Source of the printed figures: https://github.com/rasbt/stat453-deep-learning-ss21,
``L10/code/dropout.ipynb`` (MIT licence, 2021), the outputs of its training cells without dropout
and with p = 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass

from contract.lecture_evidence import NotebookNetwork
from contract.network_card import LearningCurve, TrainedCard


@dataclass(frozen=True, slots=True)
class Printed:
    """What the notebook printed of one network; see `NotebookNetwork`."""

    losses: tuple[float, ...]
    first_epoch: tuple[float, float]
    final: tuple[float, float, float]


PRINTED = {
    "none": Printed(
        losses=(2.3093, 1.8443, 0.7622, 0.6539, 0.5036),
        first_epoch=(0.8656, 0.8912),
        final=(0.9973, 0.9793, 0.9777),
    ),
    "inverted": Printed(
        losses=(2.3107, 2.0740, 1.5415, 1.3117, 1.0373),
        first_epoch=(0.8306, 0.8627),
        final=(0.9748, 0.9753, 0.9660),
    ),
}


def notebook_network(name: str, card: TrainedCard, curve: LearningCurve) -> NotebookNetwork:
    """Put a network's figures beside those printed.

    Parameters
    ----------
    name : str
        ``none`` or ``inverted``.
    card : TrainedCard
        Of the network trained as the notebook trains it, on MNIST.
    curve : LearningCurve
        Its way there, evaluated after every epoch.
    """
    printed = PRINTED[name]
    return NotebookNetwork(
        name=name,
        epochs=card.epochs,
        printed_losses=printed.losses,
        losses=curve.batch_losses[0],
        printed_first_epoch=printed.first_epoch,
        first_epoch=(curve.train_accuracy[0], curve.validation_accuracy[0]),
        printed_final=printed.final,
        final=(card.accuracy.train, card.accuracy.validation, card.accuracy.test),
    )
