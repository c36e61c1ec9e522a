"""Everything random that training takes, drawn in its order, by a thread that runs ahead or not.

What is drawn does not depend on the weights, so the steps need not wait for it: on two cores an
epoch with dropout takes no longer than one without. Where every core has a training of its own,
a thread beside it would only be in its way, and each batch is drawn when it is needed.

The order of draws is that of the lecture's notebook, whose printed losses come out because of it:
for each pass over a loader a seed for workers, which there are none of, and a permutation; for
each batch the masks in the order of the forward pass; after an epoch the passes that compute
train and validation accuracy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Event, Thread
from types import TracebackType
from typing import Self

import torch
from torch import Tensor, nn

from train.network import Mlp

# DropConnect's masks are megabytes a batch: so many bytes are drawn ahead, and some batches.
_AHEAD_BYTES = 32 << 20
_FEWEST_AHEAD, _MOST_AHEAD = 2, 64
# How long a thread that is to end may wait for room before it looks whether it is to end.
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One step's examples and masks.

    Attributes
    ----------
    images : float32 tensor, shape (n, features)
    labels : int64 tensor, shape (n,)
    masks : tuple of (layer, mask)
        What each dropping layer's attribute ``mask`` takes.
    """

    images: Tensor
    labels: Tensor
    masks: tuple[tuple[nn.Module, Tensor], ...]


@dataclass(frozen=True, slots=True, eq=False)
class _EpochEnd:
    """All of an epoch is drawn, and where the next one's draws begin."""

    generator_state: Tensor


class Draws:
    """Draws ahead; a context, at whose end the thread is gone.

    Parameters
    ----------
    network : Mlp
        Its layers say which masks there are; nothing of it is changed.
    train : tuple of tensor
        Images and labels that batches are taken from.
    validation_examples : int
        How many there are: the notebook draws an order of them.
    batch_size : int
        Examples a step; a last batch with fewer is dropped.
    epochs : int
        How many epochs are ahead.
    generator_state : uint8 tensor
        Where the draws begin.
    ahead : bool
        Whether a thread draws ahead; what is drawn is the same.

    Attributes
    ----------
    generator_state : uint8 tensor
        Where the draws behind the last finished epoch begin.
    """

    def __init__(  # noqa: PLR0913 - what an epoch's draws depend on
        self,
        network: Mlp,
        train: tuple[Tensor, Tensor],
        *,
        validation_examples: int,
        batch_size: int,
        epochs: int,
        generator_state: Tensor,
        ahead: bool,
    ) -> None:
        self._drawing = network.mask_draws()
        self._images, self._labels = train
        self._validation_examples = validation_examples
        self._batch_size = batch_size
        self._epochs = epochs
        self.generator_state = generator_state
        self._generator = torch.Generator()
        self._generator.set_state(generator_state)
        self._queue: Queue[Batch | _EpochEnd | Exception] = Queue(self._batches_ahead())
        self._over = Event()
        self._thread = Thread(target=self._draw, name="draws", daemon=True) if ahead else None

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._thread:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the thread, whatever is drawn."""
        if not self._thread:
            return
        self._over.set()
        while True:
            try:
                self._queue.get_nowait()
            except Empty:
                break
        self._thread.join()

    def epoch(self) -> Iterator[Batch]:
        """Give the next epoch's batches in order."""
        for drawn in self._handed_over() if self._thread else self._epoch():
            if isinstance(drawn, _EpochEnd):
                self.generator_state = drawn.generator_state
                return
            yield drawn

    def _handed_over(self) -> Iterator[Batch | _EpochEnd]:
        while True:
            drawn = self._queue.get()
            if isinstance(drawn, Exception):
                raise drawn
            yield drawn

    def _batches_ahead(self) -> int:
        layers = (layer for layer, _ in self._drawing)
        numbers = sum(getattr(layer, "weight", torch.empty(0)).numel() for layer in layers)
        bytes_a_batch = 4 * self._batch_size * (self._images.shape[1] + numbers)
        return max(_FEWEST_AHEAD, min(_MOST_AHEAD, _AHEAD_BYTES // bytes_a_batch))

    def _draw(self) -> None:
        torch.set_num_threads(1)
        try:
            for _ in range(self._epochs):
                for drawn in self._epoch():
                    if not self._hand_over(drawn):
                        return
        # Whoever waits for a batch is told, whatever happened.
        except Exception as error:  # noqa: BLE001
            self._hand_over(error)

    def _epoch(self) -> Iterator[Batch | _EpochEnd]:
        order = self._order(len(self._labels))
        whole = len(order) // self._batch_size * self._batch_size
        for rows in torch.split(order[:whole], self._batch_size):
            yield Batch(
                # index_select copies rows several times as fast as indexing with brackets.
                images=self._images.index_select(0, rows),
                labels=self._labels.index_select(0, rows),
                masks=tuple(
                    (layer, draw(len(rows), self._generator)) for layer, draw in self._drawing
                ),
            )
        self._order(len(self._labels))
        self._order(self._validation_examples)
        yield _EpochEnd(self._generator.get_state())

    def _order(self, examples: int) -> Tensor:
        """Draw the order of one pass, as a DataLoader with a SubsetRandomSampler draws it."""
        torch.empty((), dtype=torch.int64).random_(generator=self._generator)
        return torch.randperm(examples, generator=self._generator)

    def _hand_over(self, drawn: Batch | _EpochEnd | Exception) -> bool:
        """Wait for room; say whether anybody still wants it."""
        while not self._over.is_set():
            try:
                self._queue.put(drawn, timeout=_LOOK_SECONDS)
            except Full:
                continue
            return True
        return False
