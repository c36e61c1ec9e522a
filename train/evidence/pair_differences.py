"""C5: how far two trained networks, with regular and with inverted dropout, are apart."""

from __future__ import annotations

import torch

from contract.lecture_evidence import PairDifference
from train.dataset import Split
from train.evidence.catalogue import PlannedPair
from train.fitting import seeded
from train.network import Mlp


def pair_difference(pair: PlannedPair, inverted: Mlp, regular: Mlp, split: Split) -> PairDifference:
    """Compare what a pair predicts in evaluation mode.

    Parameters
    ----------
    pair : PlannedPair
        How they were trained: one p for all hidden layers.
    inverted, regular : Mlp
        The networks, in evaluation mode.
    split : Split
        What is predicted.
    """
    plan = pair.regular
    images = torch.from_numpy(split.images)
    with seeded(plan.seed), torch.inference_mode():
        reference, logits = inverted(images), regular(images)
    return PairDifference(
        matching="matched" if plan.matching == "matched" else "naive",
        p=plan.architecture.drop_probabilities[0],
        epochs=plan.epochs,
        seed=plan.seed,
        largest_logit_difference=(logits - reference).abs().max().item(),
        largest_logit=torch.maximum(logits.abs(), reference.abs()).max().item(),
        different_predictions=int((logits.argmax(1) != reference.argmax(1)).sum()),
        rows=len(split),
    )
