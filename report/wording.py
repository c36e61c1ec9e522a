"""What things are called wherever the result is told."""

from __future__ import annotations

from collections.abc import Mapping

from contract.run_record import StartKind
from report.result import InstrumentName, Result, Statistic

MINUS = "\N{MINUS SIGN}"
INSTRUMENT_NAMES: Mapping[InstrumentName, str] = {
    "in_process": "In process",
    "handler": "Handler",
    "cpu_per_request": "CPU per request",
    "cpu_blocks": "CPU per request, by blocks",
    "client_latency": "Client latency",
    "doses_cpu": "CPU per request, doses",
    "dropconnect_cpu": "CPU per request, DropConnect",
    "dropconnect_latency": "Client latency, DropConnect",
}
INSTRUMENT_MEANINGS: Mapping[InstrumentName, str] = {
    "in_process": "one inference (InferenceSession.run on one request's inputs) in a process that "
    "does nothing else, caches warm",
    "handler": "decode, queue, infer and encode of one request together, as the server's own "
    "Server-Timing header tells them",
    "cpu_per_request": "CPU time of the server's thread for one request, by its own clock, one "
    "request at a time: what cost follows from",
    "cpu_blocks": "CPU time of the server's process, read from outside around blocks of requests "
    "to one arm: the cross-check",
    "client_latency": "one request as Locust sees it, from the moment it was due to the last byte "
    "of its answer, one request at a time",
    "doses_cpu": "CPU per request in a campaign of its own, with the arms of the dose-response",
    "dropconnect_cpu": "CPU per request in a campaign of its own, with the arms that were trained "
    "with DropConnect",
    "dropconnect_latency": "client latency in the same campaign",
}
CAMPAIGN_NAMES: Mapping[StartKind, str] = {
    "in_process": "In process",
    "served": "Served",
    "doses": "Served, doses",
    "dropconnect": "Served, DropConnect",
    "capacity": "Capacity",
}
STATISTIC_NAMES: Mapping[Statistic, str] = {
    "mean": "mean",
    "median_of_paired_differences": "median of paired differences",
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
    "doses": "Dose-response",
    "clock": "Server's clock",
    "steal": "Steal",
    "foreign_cpu": "Foreign CPU",
    "late": "Late sends",
    "failures": "Failed requests",
    "units": "Units",
}
_LIMITS = (
    "Everything but capacity is measured with one request at a time. Nothing queues, so these "
    "figures say nothing about latency under load.",
    "CPU per request is the server thread's own time. Work that the kernel does for it "
    "elsewhere, and the load generator's, is not in it.",
    "In process the model's code and data stay in the cache; in a server every request evicts "
    "them. The instruments are not required to agree: the ladder shows what each adds.",
    "Only the verdict's endpoint was chosen beforehand. All other differences are secondary: "
    "their p-values are adjusted for how many there are, and none of them makes a verdict.",
    "Intervals come from the spread between units and take units for independent and their "
    "means for near normal. With few units that is a supposition, which simulations support.",
    "The difference at p99 rests on few requests a start; its interval is honest about the "
    "spread between starts and wide.",
    "Dollars are core-hours at the price stated, for cores that are always busy; idle capacity "
    "is not in them.",
)
_LECTURE_LIMIT = (
    "One machine, one network, batches of one row, one thread: another machine or a larger "
    "network gives other figures."
)
_COMPARISON_LIMIT = (
    "One machine, one batch size, one number of threads, these requests: others give other figures."
)
_DIFFERENT_OUTPUTS = (
    "The two models do not compute one function. What b's other answers are worth is not in these "
    "figures."
)
_ELSEWHERE = (
    "A model is served elsewhere: its server was not started anew, so what differs between starts "
    "(where its memory lies) is in no interval, and what else its machine did is not known."
)


def limits_of(result: Result) -> tuple[str, ...]:
    """Say what the figures of a run do not say."""
    compared = result.experiment.comparison
    if compared is None:
        return (_LECTURE_LIMIT, *_LIMITS)
    agreement = result.model(result.experiment.contrast).from_reference
    different = agreement is not None and not agreement.same_function
    return (
        _COMPARISON_LIMIT,
        *((_DIFFERENT_OUTPUTS,) if different else ()),
        *((_ELSEWHERE,) if compared.served_elsewhere else ()),
        *_LIMITS,
    )
