"""How networks that differ by their seed alone came out of their training."""

from __future__ import annotations

from contract.lecture_evidence import TrainedGroup
from contract.network_card import TrainedCard
from train.evidence.catalogue import PlannedGroup


def trained_group(group: PlannedGroup, cards: tuple[TrainedCard, ...]) -> TrainedGroup:
    """Put the figures of a group's cards side by side.

    Parameters
    ----------
    group : PlannedGroup
        What was planned.
    cards : tuple of TrainedCard
        One for each of its plans, in their order.
    """
    return TrainedGroup(
        name=group.name,
        told=group.told,
        architecture=cards[0].architecture,
        epochs=cards[0].epochs,
        seeds=tuple(card.seed for card in cards),
        train_accuracy=tuple(card.accuracy.train for card in cards),
        validation_accuracy=tuple(card.accuracy.validation for card in cards),
        test_accuracy=tuple(card.accuracy.test for card in cards),
        test_loss=tuple(card.test_loss for card in cards),
    )
