"""C9: what is predicted where `model.eval()` was forgotten."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from contract.lecture_evidence import ForgottenEval
from train.dataset import Split
from train.fitting import seeded
from train.network import Mlp

PASSES = 20


def forgotten_eval(networks: Sequence[Mlp], seeds: Sequence[int], split: Split) -> ForgottenEval:
    """Predict a split in evaluation mode once, and in training mode again and again.

    Parameters
    ----------
    networks : sequence of Mlp
        With inverted dropout, one for each seed; left in evaluation mode.
    seeds : sequence of int
        What masks are drawn from.
    split : Split
        What is predicted.
    """
    labels = torch.from_numpy(split.labels)
    accurate, forgotten, changed = [], [], []
    for network, seed in zip(networks, seeds, strict=True):
        right, passes = _predicted(network, seed, torch.from_numpy(split.images))
        accurate.append(_share(right == labels))
        forgotten.append(_share(passes == labels))
        changed.append(_share(passes[1:] != passes[:-1]))
    return ForgottenEval(
        passes=PASSES,
        seeds=tuple(seeds),
        accuracy_eval=tuple(accurate),
        accuracy_forgotten=tuple(forgotten),
        changed=tuple(changed),
    )


def _predicted(network: Mlp, seed: int, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return predicted classes in evaluation mode, (n,), and in training mode, (passes, n)."""
    with seeded(seed), torch.inference_mode():
        network.train()
        passes = torch.stack([network(images).argmax(1) for _ in range(PASSES)])
        return network.eval()(images).argmax(1), passes


def _share(where: Tensor) -> float:
    return int(where.sum()) / where.numel()
