"""What things are called wherever the result is told."""

from __future__ import annotations

from collections.abc import Mapping

from report.result import InstrumentName, Statistic

INSTRUMENT_NAMES: Mapping[InstrumentName, str] = {
    "in_process": "In process",
    "client_latency": "Client latency",
    "cpu_per_request": "CPU per request",
}
INSTRUMENT_MEANINGS: Mapping[InstrumentName, str] = {
    "in_process": "one inference (InferenceSession.run on one row) in a process that does nothing "
    "else, caches warm",
    "client_latency": "one request as Locust sees it, from the moment it was due to the last byte "
    "of its answer, one request at a time",
    "cpu_per_request": "CPU time of the server's thread for one request, by its own clock, one "
    "request at a time: what cost follows from",
}
STATISTIC_NAMES: Mapping[Statistic, str] = {
    "mean": "mean",
    "median_of_paired_differences": "median of paired differences",
    "p50": "p50",
    "p90": "p90",
    "p99": "p99",
}
# What a difference by this statistic is a share of.
LEVEL_NAMES: Mapping[Statistic, str] = {
    "mean": "mean",
    "median_of_paired_differences": "median",
    "p50": "p50",
    "p90": "p90",
    "p99": "p99",
}
COST_SOURCES: Mapping[InstrumentName, str] = {
    "cpu_per_request": "by the server's own CPU clock per request",
    "in_process": "by the in-process figure",
}
GATE_NAMES: Mapping[str, str] = {
    "equality": "One function",
    "control": "A/A control",
    "steal": "Steal",
    "foreign_cpu": "Foreign CPU",
    "failures": "Failed requests",
    "units": "Units",
}
LIMITS = (
    "One machine, one network, batches of one row, one thread: another machine or a larger "
    "network gives other figures.",
    "One request at a time. Nothing queues, so the figures say nothing about latency or "
    "throughput under load.",
    "CPU per request is the server thread's own time. Work that the kernel does for it "
    "elsewhere, and the load generator's, is not in it.",
    "In process the model's code and data stay in the cache; in a server every request evicts "
    "them. The instruments are not required to agree.",
    "Intervals come from the spread between units and take units for independent and their "
    "means for near normal. With few units that is a supposition, which simulations support.",
    "The difference at p99 rests on few requests a start; its interval is honest about the "
    "spread between starts and wide.",
    "Dollars are core-hours at the price stated, for cores that are always busy; idle capacity "
    "is not in them.",
)
