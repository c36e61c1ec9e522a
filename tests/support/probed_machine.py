"""A quiet machine and what a probe found on it, made up; tests change what they are about."""

from contract.environment import Environment
from loadtest.machine.clock_facts import ClockFacts
from loadtest.machine.cores import Cores
from loadtest.machine.host_facts import HostFacts
from loadtest.probe.resolution import Effort, Expectation, Probe, Resolution

QUIET = HostFacts(
    environment=Environment(
        cpu="Test CPU",
        cores=2,
        quota_cores=None,
        governor=None,
        memory_bytes=2**33,
        kernel="6.1",
        python="3.11.7",
        perbillion="0.1.0",
        packages={},
        seeds={},
    ),
    cores=Cores(measured=1, generator=0),
    one_physical_core=False,
    realtime_allowed=True,
    load_average=0.1,
    watched_seconds=3.0,
    steal_share=0.001,
    foreign_share=0.004,
    clocks=ClockFacts(thread_step_ns=240, process_step_ns=4_000_000, source="tsc"),
)
SERVED = Probe(
    instrument="served",
    units=6,
    seconds_per_start=3.0,
    reference_us=186.0,
    reference_range=0.02,
    difference=0.0131,
    difference_half_width=0.0042,
    control=-0.0004,
    control_half_width=0.0035,
    control_differs=False,
    within=0.003,
    between=0.002,
    worst_steal_share=0.001,
    worst_foreign_share=0.005,
    realtime=True,
)
IN_PROCESS = Probe(
    instrument="in_process",
    units=6,
    seconds_per_start=0.9,
    reference_us=13.2,
    reference_range=0.04,
    difference=0.083,
    difference_half_width=0.006,
    control=0.001,
    control_half_width=0.004,
    control_differs=False,
    within=0.003,
    between=0.004,
    worst_steal_share=0.002,
    worst_foreign_share=0.004,
    realtime=False,
)


def expected(profile, instrument, half_width):
    return Expectation(
        profile=profile,
        instrument=instrument,
        units=6,
        seconds=75.0,
        half_width=half_width,
        low=half_width / 2,
        high=half_width * 2,
        unit="ratio" if instrument == "served" else "us",
    )


RESOLUTION = Resolution(
    in_process=IN_PROCESS,
    served=SERVED,
    expectations=(
        expected("quick", "served", 0.0063),
        expected("standard", "served", 0.0031),
        expected("thorough", "served", 0.0014),
        expected("quick", "in_process", 0.16),
        expected("standard", "in_process", 0.09),
        expected("thorough", "in_process", 0.05),
    ),
    efforts=(
        Effort(half_width=0.01, profile="standard", units=6, seconds=100.0),
        Effort(half_width=0.0035, profile="standard", units=14, seconds=230.0),
    ),
)
