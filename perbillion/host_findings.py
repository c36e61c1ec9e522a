"""What a machine's facts mean for a measurement, and what to do where they disturb one."""

from __future__ import annotations

from loadtest.machine.host_facts import HostFacts
from perbillion.finding import Finding

# The limits of the gates in report.validity, which needs more packages than these facts.
STEAL_LIMIT = 0.02
FOREIGN_LIMIT = 0.02
# Of CPU per request, some 200 µs, a twentieth.
_COARSE_NS = 10_000
_SLOW_SOURCES = ("acpi_pm", "hpet", "jiffies", "pit", "refined-jiffies")
_QUIET = "end it, or measure when the machine is quiet"


def host_findings(host: HostFacts) -> tuple[Finding, ...]:
    """Say what the machine's facts mean, from the hardware to what else runs on it."""
    return (
        _cores(host),
        _quota(host),
        _governor(host),
        _realtime(host),
        _clock_source(host),
        _thread_clock(host),
        _process_clock(host),
        _steal(host),
        _foreign_cpu(host),
        _load_average(host),
    )


def _cores(host: HostFacts) -> Finding:
    cores = host.environment.cores
    value = f"{cores} ({host.environment.cpu})"
    measured, generator = host.cores.measured, host.cores.generator
    if measured is None or generator is None:
        return Finding(
            "cores",
            value,
            "nothing is pinned",
            "server and load generator share one core and interrupt each other",
            "give it two cores or more",
        )
    meaning = f"the server is pinned to core {measured}, the load generator to core {generator}"
    if not host.one_physical_core:
        return Finding("cores", value, meaning)
    return Finding(
        "cores",
        value,
        meaning,
        "these two are threads of one physical core: what the generator does slows the server",
        "give it cores of its own, or hardware without SMT; all arms are slowed alike",
    )


def _quota(host: HostFacts) -> Finding:
    quota = host.environment.quota_cores
    if quota is None:
        return Finding("CPU quota", "none", "nothing is stopped for having used too much")
    meaning = "the kernel stops everything in the container once a period's quota is used up"
    if quota >= 2:
        return Finding("CPU quota", f"{quota:g} cores", meaning)
    return Finding(
        "CPU quota",
        f"{quota:g} cores",
        meaning,
        f"{quota:g} cores are less than server and load generator use",
        "give it a quota of two cores or more, or none",
    )


def _governor(host: HostFacts) -> Finding:
    governor = host.environment.governor
    if governor is None:
        meaning = "the machine does not say, like most virtual ones"
        return Finding("frequency governor", "unknown", meaning)
    if governor == "performance":
        return Finding("frequency governor", governor, "the clock rate does not follow the load")
    return Finding(
        "frequency governor",
        governor,
        "the clock rate follows the load",
        "levels in microseconds change with the clock rate; ratios do so much less",
        "sudo cpupower frequency-set --governor performance",
    )


def _realtime(host: HostFacts) -> Finding:
    if host.realtime_allowed:
        return Finding(
            "real-time priority", "allowed", "ordinary processes do not interrupt the server"
        )
    return Finding(
        "real-time priority",
        "not allowed",
        "the server runs like any other process",
        "what else runs on the server's core interrupts it",
        "allow it: rtprio 1 in limits.conf, or CAP_SYS_NICE (--cap-add SYS_NICE for a container)",
    )


def _clock_source(host: HostFacts) -> Finding:
    source = host.clocks.source
    if source not in _SLOW_SOURCES:
        return Finding("clock source", source or "unknown", "what the kernel reads the time from")
    return Finding(
        "clock source",
        source,
        "what the kernel reads the time from",
        "each reading takes a microsecond or more",
        "boot with clocksource=tsc, if the hardware's is stable",
    )


def _thread_clock(host: HostFacts) -> Finding:
    subject, step_ns = "thread CPU clock", host.clocks.thread_step_ns
    meaning = "the server reads CPU per request from it"
    if step_ns is not None and step_ns <= _COARSE_NS:
        return Finding(subject, f"{duration(step_ns)} from reading to reading", meaning)
    value = "stands still" if step_ns is None else f"moves in steps of {duration(step_ns)}"
    return Finding(
        subject,
        value,
        meaning,
        f"it {value}: CPU per request cannot be told by it",
        "measure on a Linux kernel that accounts CPU time precisely, not in ticks",
    )


def _process_clock(host: HostFacts) -> Finding:
    subject, step_ns = "another process's clock", host.clocks.process_step_ns
    if step_ns is None:
        meaning = "the cross-check by blocks of one arm cannot be read"
        return Finding(subject, "cannot be read", meaning)
    meaning = "too coarse for a request: it is read over blocks, once the server sleeps"
    if step_ns <= _COARSE_NS:
        meaning = "it is read over blocks of one arm, as the cross-check"
    return Finding(subject, f"moves in steps of {duration(step_ns)}", meaning)


def _steal(host: HostFacts) -> Finding:
    share = host.steal_share
    return Finding(
        "steal",
        f"{_percent(share)} over {host.watched_seconds:.0f} s",
        "what the hypervisor takes for others; one may hide what it takes",
        f"the hypervisor takes {_percent(share)} of the cores' time" if share > STEAL_LIMIT else "",
        "measure at another hour or on a machine of your own; above 2 % a run does not count",
    )


def _foreign_cpu(host: HostFacts) -> Finding:
    share = host.foreign_share
    return Finding(
        "foreign CPU",
        f"{_percent(share)} over {host.watched_seconds:.0f} s",
        "what other processes use of all cores' time",
        f"other processes use {_percent(share)} of the cores' time"
        if share > FOREIGN_LIMIT
        else "",
        f"{_QUIET}; above 2 % a run does not count",
    )


def _load_average(host: HostFacts) -> Finding:
    load, cores = host.load_average, host.environment.cores
    return Finding(
        "load average",
        f"{load:.2f}",
        "processes that ran or wanted to, over the last minute",
        f"{load:.2f} processes on {cores} cores" if load >= cores else "",
        f"if that was not your own last run: {_QUIET}",
    )


def duration(nanoseconds: float) -> str:
    """Write ``240 ns``, ``1.2 µs`` or ``4.0 ms``."""
    if nanoseconds < 1e3:
        return f"{nanoseconds:.0f} ns"
    return f"{nanoseconds / 1e3:.1f} µs" if nanoseconds < 1e6 else f"{nanoseconds / 1e6:.1f} ms"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
