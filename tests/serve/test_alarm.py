import asyncio
from pathlib import Path
from time import perf_counter_ns

import pytest
import uvloop

from serve.batching.alarm import Alarm


class Rings:
    """Writes down when it rang."""

    def __init__(self):
        self.at_ns = []
        self.rang = asyncio.Event()

    def __call__(self):
        self.at_ns.append(perf_counter_ns())
        self.rang.set()

    async def next(self):
        await self.rang.wait()
        self.rang.clear()
        return self.at_ns[-1]


@pytest.fixture(params=[uvloop.new_event_loop, asyncio.new_event_loop])
def run(request):
    def run(body):
        async def with_alarm():
            rings = Rings()
            alarm = Alarm(rings)
            try:
                await body(alarm, rings)
            finally:
                alarm.close()

        complaints = []
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.get_loop().set_exception_handler(lambda _, said: complaints.append(said))
            runner.run(with_alarm())
        assert complaints == []

    return run


@pytest.mark.parametrize("delay_ns", [1, 80_000, 400_000, 1_600_000])
def test_it_rings_once_and_not_before_its_time(run, delay_ns):
    async def body(alarm, rings):
        at_ns = perf_counter_ns() + delay_ns
        alarm.set(at_ns)
        assert await rings.next() >= at_ns
        later_ns = perf_counter_ns() + 2_000_000
        alarm.set(later_ns)
        assert await rings.next() >= later_ns
        assert len(rings.at_ns) == 2

    run(body)


def test_a_time_that_has_passed_rings_at_once(run):
    async def body(alarm, rings):
        alarm.set(1)
        await rings.next()

    run(body)


def test_only_the_time_that_was_set_last_counts(run):
    async def body(alarm, rings):
        alarm.set(perf_counter_ns() + 1_000_000)
        at_ns = perf_counter_ns() + 3_000_000
        alarm.set(at_ns)
        assert await rings.next() >= at_ns
        assert len(rings.at_ns) == 1

    run(body)


def test_a_time_that_is_set_between_the_expiry_and_the_ring_counts(run):
    async def body(_alarm, _rings):
        rang = []
        later_ns = perf_counter_ns() + 3_000_000
        done = asyncio.Event()

        def ring(name, other):
            rang.append((name, perf_counter_ns()))
            if len(rang) == 1:
                alarms[other].set(later_ns)  # which has expired too: the loop knows of both
            else:
                done.set()

        alarms = {"a": Alarm(lambda: ring("a", "b")), "b": Alarm(lambda: ring("b", "a"))}
        for alarm in alarms.values():
            alarm.set(1)
        await done.wait()
        assert {name for name, _ in rang} == {"a", "b"}
        assert rang[1][1] >= later_ns
        for alarm in alarms.values():
            alarm.close()

    run(body)


def test_closed_it_rings_no_more_and_holds_no_descriptor(run):
    async def body(alarm, rings):
        descriptor = Path(f"/proc/self/fd/{alarm._descriptor}")
        assert descriptor.exists()
        alarm.set(1)
        alarm.close()
        alarm.close()
        assert not descriptor.exists()
        for _ in range(3):
            await asyncio.sleep(0)
        assert rings.at_ns == []

    run(body)


def test_what_linux_refuses_is_raised(run):
    async def body(alarm, _rings):
        alarm.close()
        with pytest.raises(OSError, match="Bad file descriptor"):
            alarm.set(1)

    run(body)
