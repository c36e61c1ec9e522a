"""Fitting by plain SGD, the same from the same seed.

Where there is a core to spare, two things run beside the steps, in threads of their own: what is
random is drawn ahead (`train.draws`), and each epoch's network is evaluated while the next epoch
learns.
"""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from contract.errors import ExperimentError, TrainingError
from contract.network_card import LearningCurve
from contract.progress import Progress
from train.checkpoint import Checkpoint, EpochPoint
from train.dataset import DataSet, Split
from train.draws import Draws
from train.network import Mlp

# One thread computes the steps. Two would take a third less time for the lecture's matrices and
# leave no core for drawing and evaluating, which take as long; and a sum that one thread makes
# has one order on every machine.
_THREADS = 1
# Rows whose activations stay near: faster than the whole split at once, and the memory does not
# grow with the data. Each call of fewer rows would disturb the thread that computes the steps.
_EVALUATED_ROWS = 4096
# The notebook prints the loss of every 50th batch.
LOGGED_BATCHES = 50

Keep = Callable[[Checkpoint], None]


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
    watched : bool
        Whether the network is evaluated after every epoch, or after the last alone.
    """

    name: str
    epochs: int
    batch_size: int
    watched: bool = True


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
    torch.set_num_threads(_THREADS)
    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


def fit(  # noqa: PLR0913 - what a training takes
    network: Mlp,
    groups: list[dict[str, Any]],
    data: DataSet,
    schedule: Schedule,
    progress: Progress,
    *,
    start: Checkpoint | None = None,
    keep: Keep | None = None,
    beside: bool = True,
) -> LearningCurve:
    """Fit a network by plain SGD on the cross-entropy; it is left in evaluation mode.

    Batches and masks are drawn as from torch's generator: call it inside `seeded`.

    Parameters
    ----------
    network : Mlp
        (n, 784) images to (n, 10) logits; fitted in place.
    groups : list of dict
        ``params`` and their learning rate ``lr``, as `torch.optim.SGD` takes them.
    data : DataSet
        What to learn, and what to watch.
    schedule : Schedule
        How long.
    progress : Progress
        Gets one step an epoch.
    start : Checkpoint, optional
        Where an earlier training was cut; the weights come out as if it had not been.
    keep : callable, optional
        Is handed a checkpoint after every epoch.
    beside : bool
        Whether to draw and evaluate beside the steps, which takes a second core. The weights are
        the same.

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
    if start is not None:
        network.load_state_dict(start.weights)
    fitting = _Fitting(
        network=network,
        groups=groups,
        train=_tensors(data.train),
        validation=_tensors(data.validation),
        schedule=schedule,
        progress=progress,
        keep=keep,
        beside=beside and len(os.sched_getaffinity(0)) > 1,
    )
    return fitting.run(start or Checkpoint.beginning(torch.get_rng_state()))


@dataclass(frozen=True, slots=True, eq=False)
class _Fitting:
    """One training, while it runs."""

    network: Mlp
    groups: list[dict[str, Any]]
    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    schedule: Schedule
    progress: Progress
    keep: Keep | None
    beside: bool

    def run(self, reached: Checkpoint) -> LearningCurve:
        schedule = self.schedule
        ahead = schedule.epochs - reached.epoch
        self.progress.begin(f"Training the network {schedule.name!r}", ahead)
        draws = Draws(
            self.network,
            self.train,
            validation_examples=len(self.validation[1]),
            batch_size=schedule.batch_size,
            epochs=ahead,
            generator_state=reached.generator_state,
            ahead=self.beside,
        )
        under_way: Future[EpochPoint | None] | None = None
        with ThreadPoolExecutor(1, "evaluation") as executor, draws:
            for epoch in range(reached.epoch + 1, schedule.epochs + 1):
                losses = self._learn_one_epoch(draws, epoch)
                reached = self._finished(reached, under_way)
                network = copy.deepcopy(self.network)
                reached = reached.after_epoch(network, draws.generator_state, losses)
                under_way = executor.submit(self._evaluated, network, epoch)
                if not self.beside:
                    wait([under_way])
            reached = self._finished(reached, under_way)
        self.network.eval()
        return _curve(schedule.name, reached)

    def _learn_one_epoch(self, draws: Draws, epoch: int) -> tuple[float, ...]:
        """Learn; return the losses of every 50th batch, before its step."""
        network = self.network.train()
        moved = [(p, group["lr"]) for group in self.groups for p in group["params"]]
        parameters = [parameter for parameter, _ in moved]
        logged = []
        loss = torch.zeros(())
        for number, batch in enumerate(draws.epoch()):
            for layer, mask in batch.masks:
                layer.mask = mask
            loss = functional.cross_entropy(network(batch.images), batch.labels)
            gradients = torch.autograd.grad(loss, parameters)
            # Plain SGD to the bit as torch.optim.SGD steps, which takes a tenth of the training
            # for keeping gradients and calling hooks.
            with torch.no_grad():
                for (parameter, rate), gradient in zip(moved, gradients, strict=True):
                    parameter.add_(gradient, alpha=-rate)
            if number % LOGGED_BATCHES == 0:
                logged.append(loss.item())
        self._require_number(loss.item(), epoch)
        return tuple(logged)

    def _evaluated(self, network: Mlp, epoch: int) -> EpochPoint | None:
        """Evaluate a copy of the network as it is after an epoch; None where nobody watches."""
        torch.set_num_threads(_THREADS)
        if not self.schedule.watched and epoch < self.schedule.epochs:
            return None
        train, validation = (_evaluated(network, s) for s in (self.train, self.validation))
        for evaluation in (train, validation):
            self._require_number(evaluation.loss, epoch)
        return EpochPoint(train.loss, validation.loss, train.accuracy, validation.accuracy)

    def _finished(
        self, reached: Checkpoint, under_way: Future[EpochPoint | None] | None
    ) -> Checkpoint:
        """Wait for the evaluation of the epoch that was reached, and keep both."""
        if under_way is None:
            return reached
        point = under_way.result()
        self.progress.advance(f"validation {point.validation_accuracy:.2%}" if point else "")
        finished = reached.with_point(point) if point else reached
        if self.keep:
            self.keep(finished)
        return finished

    def _require_number(self, loss: float, epoch: int) -> None:
        """Stop where weights are no numbers: once they are not, no later step mends them."""
        if not math.isfinite(loss):
            rate = max(group["lr"] for group in self.groups)
            raise TrainingError(
                f"the loss is {loss} after epoch {epoch}",
                where=f"training {self.schedule.name}",
                remedy=f"lower training.learning_rate; the highest rate in use is {rate:g}",
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


def _tensors(split: Split) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(split.images), torch.from_numpy(split.labels)


def _curve(name: str, reached: Checkpoint) -> LearningCurve:
    points = reached.points
    return LearningCurve(
        name=name,
        train_loss=tuple(point.train_loss for point in points),
        validation_loss=tuple(point.validation_loss for point in points),
        train_accuracy=tuple(point.train_accuracy for point in points),
        validation_accuracy=tuple(point.validation_accuracy for point in points),
        batch_losses=reached.batch_losses,
    )
