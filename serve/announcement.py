"""What a server says of itself when it starts: what it serves, with which threads and limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from serve.access.exposure import ListeningAddress
from serve.http.listening_socket import url_host
from serve.limits import MIB
from serve.models.execution import Execution
from serve.settings import ServerSettings
from serve.statistics.tallies import Tallies, WorkerCell

if TYPE_CHECKING:  # a supervisor, which announces too, loads no models
    from serve.models.served_model import ServedModel

_NS_PER_US = 1_000


def loading_line(settings: ServerSettings, files: int) -> str:
    """Say what is about to be loaded."""
    return f"loading {_many(files, 'model file')} from {settings.repository}"


def model_lines(models: Iterable[ServedModel]) -> list[str]:
    """Say of each model which versions there are and where its requests run."""
    versions: dict[str, list[ServedModel]] = {}
    for served in models:
        versions.setdefault(served.model.identity.name, []).append(served)
    return [_model_line(name, each) for name, each in versions.items()]


def server_lines(settings: ServerSettings, address: ListeningAddress) -> list[str]:
    """Say where it listens, with how many threads, and what bounds it."""
    limits = settings.limits
    workers = "" if settings.workers == 1 else f"{settings.workers} workers, each with "
    return [
        f"limits: {limits.max_in_flight} requests in flight, bodies of "
        f"{limits.max_body_bytes // MIB} MiB, {limits.max_rows} rows, "
        f"{limits.queue_deadline_ms} ms in the queue",
        f"ready on http://{url_host(address.address)}:{address.port}, {workers}"
        f"{_many(settings.threads, 'thread')} for an inference, "
        f"{settings.pool_threads} at once beside the event loop",
    ]


def ended_line(tallies: Tallies) -> str:
    """Say, at the end, what became of the requests: read = answered + cut off."""
    read, answered, cut_off = (
        tallies.total(cell) for cell in (WorkerCell.READ, WorkerCell.ANSWERED, WorkerCell.CUT_OFF)
    )
    return f"ended: {_many(read, 'request')} read, {answered} answered, {cut_off} cut off"


def _model_line(name: str, versions: Sequence[ServedModel]) -> str:
    numbers = ", ".join(served.model.identity.version for served in versions)
    return f"  {name}  version {numbers}; {_execution(versions[-1])}"


def _execution(served: ServedModel) -> str:
    cost = served.cost
    one_row_us = (cost.base_ns + cost.row_ns) / _NS_PER_US
    batching = served.settings.batching
    if batching is not None:
        where = f"batches of up to {batching.max_batch_size} rows in a thread"
        if batching.max_queue_delay_us:
            where += f", after at most {batching.max_queue_delay_us} us"
    elif served.execution is not Execution.AUTO:
        where = f"in the {served.execution.value.replace('-', ' ')}"
    elif served.most_inline_rows >= served.max_rows:
        where = "on the event loop"
    elif served.most_inline_rows:
        where = f"up to {_many(served.most_inline_rows, 'row')} on the event loop, more in a thread"
    else:
        where = "in a thread"
    return f"{one_row_us:.0f} us for one row, {where}"


def _many(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
