"""The requests that wait to be batched: who goes next, and with whom."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from serve.batching.batch import BatchedAnswer, BatchRequest, Kind
from serve.models.model_settings import BatchingSettings

_NS_PER_US = 1000
# Dictionaries that keep their order and, unlike dict, find their first key at once after many
# have been taken from the front.
_Requests = OrderedDict[asyncio.Future[BatchedAnswer], BatchRequest]


@dataclass(slots=True)
class _Group:
    """Requests of one kind, in order of arrival, and their rows together."""

    requests: _Requests = field(default_factory=OrderedDict)
    rows: int = 0


class BatchQueue:
    """Requests in order of arrival, of which those of one kind may share a batch.

    A batch begins with the request of its kind that came first and takes those that came next
    as long as they fit; it skips none. It is due when it is full or when its first request
    has waited for the delay. Of batches that are due the one goes first whose first request is
    the oldest of all; if none has waited for the delay, the one that was full first. So no
    kind waits behind another for longer than the delay and the batches before it.

    Parameters
    ----------
    batching : BatchingSettings
        Rows of a batch, and the delay.
    """

    def __init__(self, batching: BatchingSettings) -> None:
        self._max_rows = batching.max_batch_size
        self._delay_ns = batching.max_queue_delay_us * _NS_PER_US
        self._requests: _Requests = OrderedDict()
        self._groups: dict[Kind, _Group] = {}
        # Kinds of which a full batch waits: an ordered set.
        self._full: OrderedDict[Kind, None] = OrderedDict()

    def __len__(self) -> int:
        """Return how many requests wait."""
        return len(self._requests)

    def add(self, request: BatchRequest) -> None:
        """Put a request at the end."""
        self._requests[request.answer] = request
        group = self._groups.get(request.kind)
        if group is None:
            group = self._groups[request.kind] = _Group()
        group.requests[request.answer] = request
        group.rows += request.rows
        self._note(request.kind, group)

    def discard(self, answer: asyncio.Future[BatchedAnswer]) -> None:
        """Take out the request that waits for this answer, if it still is here."""
        request = self._requests.pop(answer, None)
        if request is not None:
            group = self._groups[request.kind]
            del group.requests[answer]
            group.rows -= request.rows
            self._note(request.kind, group)

    def take_due(self, now_ns: int) -> list[BatchRequest] | None:
        """Take the requests of the next batch out; None if none is due."""
        kind = self._due(now_ns)
        if kind is None:
            return None
        group = self._groups[kind]
        taken: list[BatchRequest] = []
        rows = 0
        for request in group.requests.values():
            if taken and rows + request.rows > self._max_rows:
                break
            taken.append(request)
            rows += request.rows
        for request in taken:
            del self._requests[request.answer]
            del group.requests[request.answer]
        group.rows -= rows
        self._note(kind, group)
        return taken

    def due_ns(self) -> int | None:
        """Return when the oldest request will have waited for the delay; None if none waits."""
        oldest = next(iter(self._requests.values()), None)
        return None if oldest is None else oldest.arrived_ns + self._delay_ns

    def waiting(self) -> list[BatchRequest]:
        """Return the requests that wait, the oldest first."""
        return list(self._requests.values())

    def _due(self, now_ns: int) -> Kind | None:
        oldest = next(iter(self._requests.values()), None)
        if oldest is None:
            return None
        if now_ns >= oldest.arrived_ns + self._delay_ns:
            return oldest.kind
        return next(iter(self._full), None)

    def _note(self, kind: Kind, group: _Group) -> None:
        """Keep account of what is full; what is empty is forgotten, as kinds are unlimited."""
        # From this many rows on no request can join: the batch has them all, or the next
        # request is too large for it.
        if group.rows >= self._max_rows:
            self._full[kind] = None
        else:
            self._full.pop(kind, None)
        if not group.requests:
            del self._groups[kind]
