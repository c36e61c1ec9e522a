"""How long each node takes, as the runtime's own profiler sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import fmean
from time import perf_counter_ns

from contract.traffic import Traffic
from graph.inspection.calling import call
from graph.session import InferenceSession, open_session, profiling_options

_CALLS = 320
# Of slow models fewer calls do.
_FEWEST_CALLS = 8
_LONGEST_NS = 5_000_000_000
# The first sixteenth of the calls is left out: it allocates, and fills the caches.
_WARM_UP_SHARE = 16
# The profiler keeps a million events, of which a node makes up to three a call.
_MOST_EVENTS = 250_000
# A tenth at either end.
_TRIMMED_SHARE = 10
_KERNEL = "_kernel_time"
_CALL = "model_run"


@dataclass(frozen=True, slots=True)
class NodeTime:
    """What one node took.

    Attributes
    ----------
    name : str
        The node's name in the graph that runs.
    operator : str
        Its operator.
    mean_us : float
        Trimmed mean of its kernel's time: the quickest and the slowest tenth of the calls are left
        out, for now and then the system takes the core away. ONNX Runtime counts whole
        microseconds and rounds every one down. What the profiler itself takes is within: of a node
        that takes less than some microseconds, it is the larger part.
    share : float
        Of the kernel time of all nodes, 0 to 1.
    """

    name: str
    operator: str
    mean_us: float
    share: float


@dataclass(frozen=True, slots=True)
class NodeTimes:
    """Times of all nodes of a graph.

    Attributes
    ----------
    calls : int
        Calls that the means are of, behind those that warmed it up.
    threads : int
        Threads for one operator.
    call_us : float
        Trimmed mean of a whole call, with what profiling adds to it.
    bare_call_us : float
        The same without the profiler.
    nodes : tuple of NodeTime
        In the order in which they run; those of subgraphs are within their node.
    """

    calls: int
    threads: int
    call_us: float
    bare_call_us: float
    nodes: tuple[NodeTime, ...]

    @property
    def kernels_us(self) -> float:
        """Mean time of all kernels of a call; the rest of `call_us` is between them."""
        return sum(node.mean_us for node in self.nodes)


def node_times(
    model: Path, operators: Mapping[str, str], traffic: Traffic, threads: int, prefix: Path
) -> NodeTimes:
    """Call a model some hundreds of times under ONNX Runtime's profiler.

    Parameters
    ----------
    model : Path
        An ONNX file whose nodes have names.
    operators : mapping of str to str
        Name to operator of the nodes of the graph that runs, in its order.
    traffic : Traffic
        What it is called with, in turn.
    threads : int
        Threads for one operator.
    prefix : Path
        What the name of the profiler's file begins with; the caller removes it.

    Raises
    ------
    ArtifactError
        If ONNX Runtime cannot load or run the model.
    """
    most = min(_CALLS, max(_FEWEST_CALLS, _MOST_EVENTS // max(1, len(operators))))
    bare = _call_times_us(open_session(model, threads=threads), model, traffic, most)
    session = open_session(model, options=profiling_options(threads, prefix))
    try:
        for request in islice(cycle(traffic.requests), len(bare)):
            call(session, model, request)
    finally:
        written = Path(session.end_profiling())
    calls = len(bare) - len(bare) // _WARM_UP_SHARE
    durations = _durations(written, calls)
    means = {
        name: _trimmed_mean(durations[name + _KERNEL])
        for name in operators
        if name + _KERNEL in durations
    }
    total = sum(means.values())
    nodes = tuple(
        NodeTime(name, operators[name], mean, mean / total if total else 0.0)
        for name, mean in means.items()
    )
    profiled = _trimmed_mean(durations[_CALL])
    return NodeTimes(calls, threads, profiled, _trimmed_mean(bare[-calls:]), nodes)


def _call_times_us(
    session: InferenceSession, model: Path, traffic: Traffic, most: int
) -> Sequence[float]:
    """Time calls one after another, fewer where they are slow."""
    times_us: list[float] = []
    begin_ns = now_ns = perf_counter_ns()
    for request in islice(cycle(traffic.requests), most):
        start_ns = now_ns
        call(session, model, request)
        now_ns = perf_counter_ns()
        times_us.append((now_ns - start_ns) / 1000)
        if now_ns - begin_ns > _LONGEST_NS and len(times_us) >= _FEWEST_CALLS:
            break
    return times_us


def _trimmed_mean(durations: Sequence[float]) -> float:
    cut = len(durations) // _TRIMMED_SHARE
    return fmean(sorted(durations)[cut : len(durations) - cut])


def _durations(profile: Path, calls: int) -> Mapping[str, Sequence[int]]:
    """Return the durations of the last calls, in microseconds, by the event's name."""
    events = json.loads(profile.read_text(encoding="utf-8"))
    found: dict[str, list[int]] = {}
    for event in sorted(events, key=lambda event: int(event["ts"])):
        if event.get("cat") in {"Node", "Session"}:
            found.setdefault(str(event["name"]), []).append(int(event["dur"]))
    return {name: durations[-calls:] for name, durations in found.items()}
