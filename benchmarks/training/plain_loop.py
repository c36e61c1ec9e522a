"""The training as one writes it plainly: nothing runs ahead, torch's own threads and layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from train.dataset import DataSet, Split
from train.plan import NetworkPlan

_ROWS = 1024


def train_plainly(plan: NetworkPlan, data: DataSet) -> nn.Module:
    """Train by a straightforward loop, evaluated after every epoch as `train.fitting` does.

    Parameters
    ----------
    plan : NetworkPlan
        Without dropout or with inverted dropout; activation ReLU.
    data : DataSet
        In memory.
    """
    torch.manual_seed(plan.seed)
    widths = plan.architecture.layer_widths
    layers: list[nn.Module] = []
    for place, p in enumerate(plan.architecture.drop_probabilities):
        layers += [nn.Linear(widths[place], widths[place + 1]), nn.ReLU(), nn.Dropout(p)]
    network = nn.Sequential(*layers, nn.Linear(widths[-2], widths[-1]))
    optimiser = torch.optim.SGD(network.parameters(), lr=plan.learning_rate)
    images, labels = _tensors(data.train)
    for _ in range(plan.epochs):
        network.train()
        order = torch.randperm(len(labels))
        for start in range(0, len(labels) - plan.batch_size + 1, plan.batch_size):
            rows = order[start : start + plan.batch_size]
            loss = functional.cross_entropy(network(images[rows]), labels[rows])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
            optimiser.step()
        for split in (data.train, data.validation):
            accuracy(network, split)
    return network


def accuracy(network: nn.Module, split: Split) -> float:
    """Return the share of right predictions, in evaluation mode."""
    images, labels = _tensors(split)
    network.eval()
    with torch.inference_mode():
        right = 0
        for some, given in zip(torch.split(images, _ROWS), torch.split(labels, _ROWS), strict=True):
            right += int((network(some).argmax(1) == given).sum())
    return right / len(labels)


def _tensors(split: Split) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(split.images), torch.from_numpy(split.labels)
