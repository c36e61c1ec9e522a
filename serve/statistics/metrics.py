"""The counters as Prometheus's metrics, under the names that Triton's dashboards know."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    UnknownMetricFamily,
)
from prometheus_client.registry import Collector

from serve.models.served_models import ServedModels
from serve.models.state import State
from serve.statistics.tallies import (
    BATCH_SIZES,
    LATENCY_BOUNDS_US,
    ModelCell,
    ModelTally,
    RunCell,
    ServerCell,
    Tallies,
    WorkerCell,
)

_NS_PER_US = 1_000
_NS_PER_SECOND = 1_000_000_000
_US_PER_SECOND = 1_000_000
_LABELS = ("model", "version")
_BATCH_BOUNDS = (1, 2, 4, 8, 16, 32, 64, BATCH_SIZES - 1)

# Triton's metrics that have one number a model: name, text, cell, divisor.
_MODEL_COUNTERS = (
    ("nv_inference_request_success", "Requests answered", ModelCell.SUCCESS, 1),
    ("nv_inference_count", "Rows computed", ModelCell.INFERENCES, 1),
    ("nv_inference_exec_count", "Runs of the model", ModelCell.EXECUTIONS, 1),
    (
        "nv_inference_request_duration_us",
        "From whole body to answer, microseconds",
        ModelCell.SUCCESS_NS,
        _NS_PER_US,
    ),
    (
        "nv_inference_queue_duration_us",
        "Waiting for a thread or a batch, microseconds",
        ModelCell.QUEUE_NS,
        _NS_PER_US,
    ),
    (
        "nv_inference_compute_input_duration_us",
        "Decoding, microseconds",
        ModelCell.INPUT_NS,
        _NS_PER_US,
    ),
    (
        "nv_inference_compute_infer_duration_us",
        "ONNX Runtime, microseconds",
        ModelCell.INFER_NS,
        _NS_PER_US,
    ),
    (
        "nv_inference_compute_output_duration_us",
        "Encoding, microseconds",
        ModelCell.OUTPUT_NS,
        _NS_PER_US,
    ),
)
_SERVER_COUNTERS = (
    ("perbillion_requests_read", "Requests whose headers were read", WorkerCell.READ),
    ("perbillion_requests_answered", "Requests that were answered", WorkerCell.ANSWERED),
    (
        "perbillion_requests_cut_off",
        "Requests that ended without an answer: their client was too slow or went away",
        WorkerCell.CUT_OFF,
    ),
)
_SERVER_GAUGES = (
    ("perbillion_requests_in_flight", "Infer requests in flight", WorkerCell.IN_FLIGHT),
    ("perbillion_buffered_bytes", "Bodies in flight, bytes", WorkerCell.BUFFERED_BYTES),
    ("perbillion_connections", "Open connections", WorkerCell.CONNECTIONS),
)


class ServerCollector(Collector):
    """Reads the table of counters once for each scrape.

    Parameters
    ----------
    tallies : Tallies
        The counters of all workers.
    served : ServedModels
        The models whose counters are told.
    """

    def __init__(self, tallies: Tallies, served: ServedModels) -> None:
        self._tallies = tallies
        self._served = served

    def collect(self) -> Iterable[Metric]:
        """Return all metrics."""
        yield from self._of_server()
        models = [
            (
                (each.model.identity.name, each.model.identity.version),
                self._tallies.model_total(each.slot),
            )
            for each in self._served.all()
        ]
        for name, text, cell, divisor in _MODEL_COUNTERS:
            # As a counter the client library would call it "..._total", which Triton does not.
            family = UnknownMetricFamily(name, text, labels=_LABELS)
            for labels, tally in models:
                family.add_metric(labels, tally[cell] / divisor)
            yield family
        yield _failures(models)
        yield _pending(models)
        yield _latency(models)
        yield _batch_sizes(models)

    def _of_server(self) -> Iterable[Metric]:
        ready = float(self._served.state is State.READY)
        yield GaugeMetricFamily("perbillion_ready", "Whether requests are welcome", value=ready)
        workers = self._tallies.told(ServerCell.WORKERS)
        yield GaugeMetricFamily("perbillion_workers", "Processes that are warm", value=workers)
        deaths = self._tallies.told(ServerCell.WORKER_DEATHS)
        yield CounterMetricFamily("perbillion_worker_deaths", "Workers that died", value=deaths)
        for name, text, cell in _SERVER_COUNTERS:
            yield CounterMetricFamily(name, text, value=self._tallies.total(cell))
        for name, text, cell in _SERVER_GAUGES:
            yield GaugeMetricFamily(name, text, value=self._tallies.total(cell))


_Models = list[tuple[tuple[str, str], ModelTally]]


def _failures(models: _Models) -> Metric:
    family = UnknownMetricFamily(
        "nv_inference_request_failure",
        "Requests answered with an error, by reason",
        labels=(*_LABELS, "reason"),
    )
    for labels, tally in models:
        rejected = tally[ModelCell.REJECTED]
        for reason, count in (
            ("REJECTED", rejected),
            ("CANCELED", tally[ModelCell.CANCELED]),
            ("OTHER", tally[ModelCell.FAIL] - rejected),
        ):
            family.add_metric((*labels, reason), count)
    return family


def _pending(models: _Models) -> Metric:
    family = GaugeMetricFamily(
        "nv_inference_pending_request_count",
        "Requests that wait for a thread or a batch, or run there",
        labels=_LABELS,
    )
    for labels, tally in models:
        family.add_metric(labels, tally[ModelCell.PENDING])
    return family


def _latency(models: _Models) -> Metric:
    family = HistogramMetricFamily(
        "perbillion_request_duration_seconds", "From whole body to answer", labels=_LABELS
    )
    bounds = [str(bound / _US_PER_SECOND) for bound in LATENCY_BOUNDS_US]
    for labels, tally in models:
        counts = tally.latency_buckets()
        family.add_metric(
            labels,
            _cumulated(zip([*bounds, "+Inf"], counts, strict=True)),
            tally[ModelCell.SUCCESS_NS] / _NS_PER_SECOND,
        )
    return family


def _batch_sizes(models: _Models) -> Metric:
    family = HistogramMetricFamily(
        "perbillion_batch_size", "Rows of a run of the model", labels=_LABELS
    )
    for labels, tally in models:
        runs = {size: counts[RunCell.RUNS] for size, counts in tally.runs()}
        counts = [
            sum(count for size, count in runs.items() if low < size <= high)
            for low, high in zip((-1, *_BATCH_BOUNDS), (*_BATCH_BOUNDS, BATCH_SIZES), strict=True)
        ]
        names = [*(str(float(bound)) for bound in _BATCH_BOUNDS), "+Inf"]
        family.add_metric(
            labels, _cumulated(zip(names, counts, strict=True)), tally[ModelCell.INFERENCES]
        )
    return family


def _cumulated(buckets: Iterable[tuple[str, int]]) -> list[tuple[str, float]]:
    cumulated, total = [], 0
    for bound, count in buckets:
        total += count
        cumulated.append((bound, float(total)))
    return cumulated
