"""Fitting by plain SGD, the same from the same seed."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from contract.errors import ExperimentError, TrainingError
from contract.network_card import LearningCurve
from contract.progress import Progress
from train.dataset import DataSet, Split

# Two threads take 0.45 s an epoch of MNIST where one takes 0.65 s; the lecture's matrices are
# too small for more. A fixed number also keeps sums in one order wherever there are two cores.
_THREADS = 2
# Rows whose activations stay in the caches: faster than the whole split at once, and the
# memory does not grow with the width of the network.
_EVALUATED_ROWS = 1024


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long, and in what portions, to learn.

    Attributes
    ----------
    name : str
        The network, for progress, curve and errors.
    epochs : int
        Passes over the training examples.
    batch_size : int
        Examples a step; a last batch with fewer is dropped.
    """

    name: str
    epochs: int
    batch_size: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a network does in evaluation mode.

    Attributes
    ----------
    loss : float
        Mean cross-entropy, in nats.
    accuracy : float
        Share of right predictions, 0 to 1.
    """

    loss: float
    accuracy: float


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from torch's generator as if freshly seeded; give its state back at the end.

    Parameters
    ----------
    seed : int
        The seed; the same seed gives the same weights, masks and batches on a machine.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(min(_THREADS, len(os.sched_getaffinity(0))))
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


def fit(
    network: nn.Module,
    groups: list[dict[str, Any]],
    data: DataSet,
    schedule: Schedule,
    progress: Progress,
) -> LearningCurve:
    """Fit a network by plain SGD on the cross-entropy; it is left in evaluation mode.

    Batches and masks are drawn from torch's generator: call it inside `seeded`.

    Parameters
    ----------
    network : nn.Module
        (n, 784) images to (n, 10) logits; fitted in place.
    groups : list of dict
        Parameters and their learning rates, as `torch.optim.SGD` takes them.
    data : DataSet
        What to learn, and what to watch.
    schedule : Schedule
        How long.
    progress : Progress
        Gets one step an epoch.

    Raises
    ------
    ExperimentError
        If a batch has more examples than there are.
    TrainingError
        If the loss is no number any more.
    """
    if schedule.batch_size > len(data.train):
        raise ExperimentError(
            f"{schedule.batch_size} is more than the {len(data.train)} training examples",
            where="training.batch_size",
            remedy="lower it",
        )
    optimiser = torch.optim.SGD(groups)
    train, validation = _tensors(data.train), _tensors(data.validation)
    points: list[tuple[Evaluation, Evaluation]] = []
    progress.begin(f"Training the network {schedule.name!r}", schedule.epochs)
    for epoch in range(1, schedule.epochs + 1):
        _learn_one_epoch(network, optimiser, train, schedule.batch_size)
        point = (_evaluated(network, train), _evaluated(network, validation))
        _require_numbers(point, epoch, schedule.name, groups)
        points.append(point)
        # The notebook computes both accuracies through loaders that shuffle. Drawing what they
        # draw keeps the generator in step with it, so that its printed figures come out.
        _draw_order(len(data.train))
        _draw_order(len(data.validation))
        progress.advance(f"validation {point[1].accuracy:.2%}")
    return LearningCurve(
        name=schedule.name,
        train_loss=tuple(train.loss for train, _ in points),
        validation_loss=tuple(validation.loss for _, validation in points),
        train_accuracy=tuple(train.accuracy for train, _ in points),
        validation_accuracy=tuple(validation.accuracy for _, validation in points),
    )


def evaluate(network: nn.Module, split: Split) -> Evaluation:
    """Predict a split in evaluation mode, which the network is left in.

    Parameters
    ----------
    network : nn.Module
        (n, 784) images to (n, 10) logits.
    split : Split
        The examples.
    """
    return _evaluated(network, _tensors(split))


def _learn_one_epoch(
    network: nn.Module,
    optimiser: torch.optim.SGD,
    train: tuple[Tensor, Tensor],
    batch_size: int,
) -> None:
    images, labels = train
    network.train()
    order = _draw_order(len(labels))
    whole_batches = order[: len(labels) // batch_size * batch_size]
    for rows in torch.split(whole_batches, batch_size):
        # index_select copies rows several times as fast as indexing with brackets.
        logits = network(images.index_select(0, rows))
        loss = functional.cross_entropy(logits, labels.index_select(0, rows))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()


def _draw_order(examples: int) -> Tensor:
    """Draw the order of one pass, as a DataLoader with a SubsetRandomSampler draws it."""
    # The loader's seed for worker processes, of which there are none: drawn for the generator's
    # state alone.
    torch.empty((), dtype=torch.int64).random_()
    return torch.randperm(examples)


def _evaluated(network: nn.Module, split: tuple[Tensor, Tensor]) -> Evaluation:
    images, labels = split
    network.eval()
    loss, right = 0.0, 0
    with torch.inference_mode():
        for some_images, some_labels in zip(
            torch.split(images, _EVALUATED_ROWS), torch.split(labels, _EVALUATED_ROWS), strict=True
        ):
            logits = network(some_images)
            loss += functional.cross_entropy(logits, some_labels, reduction="sum").item()
            right += int((logits.argmax(1) == some_labels).sum())
    return Evaluation(loss=loss / len(labels), accuracy=right / len(labels))


def _require_numbers(
    point: tuple[Evaluation, Evaluation], epoch: int, name: str, groups: list[dict[str, Any]]
) -> None:
    """Stop where weights are no numbers: once they are not, no later step mends them."""
    for evaluation in point:
        if not math.isfinite(evaluation.loss):
            rate = max(group["lr"] for group in groups)
            raise TrainingError(
                f"the loss is {evaluation.loss} after epoch {epoch}",
                where=f"training {name}",
                remedy=f"lower training.learning_rate; the highest rate in use is {rate:g}",
            )


def _tensors(split: Split) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(split.images), torch.from_numpy(split.labels)
