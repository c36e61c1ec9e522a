import numpy as np
import pytest

from contract.errors import InvalidRunError
from contract.run_record import StartRecord
from contract.samples import Samples
from loadtest.campaign.primary_endpoint import relative_by_unit, relative_cpu, relative_latency

ARMS = ("inverted", "regular", "again")
ROUNDS = 50


def _samples(cost_us, *, failed=(), clock_runs=True):
    """A start in which each arm takes exactly this much CPU time."""
    order = np.tile(np.arange(3), ROUNDS)
    used_ns = np.array([1000 * cost_us[arm] for arm in order], dtype=np.int64)
    clock_ns = 10**9 + np.concatenate([[0], np.cumsum(used_ns)[:-1]]) * int(clock_runs)
    status = np.full(order.size, 200)
    status[list(failed)] = -1
    index = np.arange(order.size)
    return Samples(
        instrument="served",
        replicate=0,
        arms=ARMS,
        arm=order,
        round=index // 3,
        position=index % 3,
        intended_ns=index,
        sent_ns=index,
        # Latencies lie half as far apart as costs do.
        done_ns=index + 100_000 + used_ns // 2,
        status=status,
        server={"thread_cpu_ns": clock_ns},
    )


def _start(number, folder, samples):
    name = f"served-{number:03d}.parquet"
    samples.save(folder / name)
    return StartRecord(
        instrument="served",
        replicate=number,
        unit=number // 2,
        arms=ARMS,
        load_order=ARMS,
        aliases={},
        samples_file=name,
        rounds=samples.rounds,
        failures=samples.failures,
        seconds=1.0,
        steal_share=0.0,
        foreign_share=0.0,
        measured_core=None,
        generator_core=None,
    )


def test_a_start_says_each_arm_s_difference_as_a_share_of_the_reference(tmp_path):
    start = _start(0, tmp_path, _samples([200, 204, 200]))
    np.testing.assert_allclose(relative_cpu(tmp_path / start.samples_file), [0, 0.02, 0])


def test_a_round_with_a_failed_request_is_left_out_as_a_whole(tmp_path):
    samples = _samples([200, 204, 200], failed=[4, 70])
    start = _start(0, tmp_path, samples)
    np.testing.assert_allclose(relative_cpu(tmp_path / start.samples_file), [0, 0.02, 0])


def test_a_unit_says_the_mean_of_its_two_starts_and_half_a_unit_says_nothing(tmp_path):
    costs = [[200, 204, 200], [100, 104, 101], [200, 300, 200]]
    starts = [_start(number, tmp_path, _samples(cost)) for number, cost in enumerate(costs)]
    by_unit = relative_by_unit(starts, tmp_path, "cpu_per_request")
    np.testing.assert_allclose(by_unit["regular"], [(0.02 + 0.04) / 2])
    np.testing.assert_allclose(by_unit["again"], [0.005])


def test_before_the_first_unit_there_is_nothing(tmp_path):
    assert relative_by_unit([], tmp_path, "client_latency") == {}


@pytest.mark.parametrize("told", [{"clock_runs": False}, {"failed": range(3 * ROUNDS)}])
def test_a_clock_that_stands_still_or_is_silent_is_no_endpoint(told, tmp_path):
    start = _start(0, tmp_path, _samples([200, 204, 200], **told))
    with pytest.raises(InvalidRunError, match="CPU time"):
        relative_cpu(tmp_path / start.samples_file)


def test_client_latency_s_share_is_the_median_paired_difference_by_the_median(tmp_path):
    # The reference waits 200 µs, of which half its CPU time, the contrast 2 µs more.
    start = _start(0, tmp_path, _samples([200, 204, 200]))
    np.testing.assert_allclose(relative_latency(tmp_path / start.samples_file), [0, 0.01, 0])
    starts = [start, _start(1, tmp_path, _samples([200, 208, 200]))]
    by_unit = relative_by_unit(starts, tmp_path, "client_latency")
    np.testing.assert_allclose(by_unit["regular"], [0.015])


def test_without_an_answered_round_there_is_no_latency(tmp_path):
    start = _start(0, tmp_path, _samples([200, 204, 200], failed=range(3 * ROUNDS)))
    with pytest.raises(InvalidRunError, match="no whole round was answered"):
        relative_latency(tmp_path / start.samples_file)
