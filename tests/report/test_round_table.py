import numpy as np
import pytest

from contract.block_log import BlockLog, CpuBlock
from contract.samples import Samples
from report.round_table import block_table, clock_readings, part_means_ns, tables_of


def served(**changes):
    """Two arms, three rounds; worked by hand. Arm 1 comes first in the second round."""
    arm = np.array([0, 1, 1, 0, 0, 1])
    sent = np.arange(6) * 1000
    columns = {
        "instrument": "served",
        "replicate": 0,
        "arms": ("inverted", "regular"),
        "arm": arm,
        "round": np.arange(6) // 2,
        "position": np.arange(6) % 2,
        "intended_ns": sent - 5,
        "sent_ns": sent,
        "done_ns": sent + np.array([100, 110, 120, 105, 100, 115]),
        "status": np.full(6, 200),
        "server": {
            "decode_ns": np.full(6, 10),
            "infer_ns": np.array([20, 22, 22, 20, 20, 22]),
            "encode_ns": np.full(6, 5),
            "thread_cpu_ns": np.array([0, 50, 105, 162, 211, 262]),
        },
    }
    return Samples(**columns | changes)


def test_latency_counts_from_the_moment_a_request_was_due():
    table = tables_of(served())["client_latency"]
    assert table.times_ns.tolist() == [[105, 115], [110, 125], [105, 120]]
    assert table.left_out == 0


def test_cpu_goes_to_the_arm_it_was_spent_on_whatever_its_place_in_the_round():
    table = tables_of(served())["cpu_per_request"]
    assert table.times_ns.tolist() == [[50, 55], [49, 57]]
    assert table.left_out == 1


def test_a_round_with_a_failed_request_is_left_out_as_a_whole_and_counted():
    status = np.array([200, 200, 200, 503, 200, 200])
    tables = tables_of(served(status=status))
    assert tables["client_latency"].times_ns.tolist() == [[105, 115], [105, 120]]
    assert tables["client_latency"].left_out == 1
    assert tables["cpu_per_request"].left_out == 2


def test_a_server_that_does_not_tell_its_clock_leaves_latency():
    samples = served(server={})
    assert set(tables_of(samples)) == {"client_latency"}
    assert part_means_ns(samples) is None


def test_the_handler_s_time_is_that_of_its_parts_in_every_round():
    table = tables_of(served())["handler"]
    assert table.times_ns.tolist() == [[35, 37], [35, 37], [35, 37]]
    assert table.left_out == 0


def test_a_request_whose_parts_are_not_all_told_leaves_its_round_out():
    timings = served().server
    untold = timings | {"encode_ns": np.array([5, 5, -1, 5, 5, 5])}
    table = tables_of(served(server=untold))["handler"]
    assert table.times_ns.tolist() == [[35, 37], [35, 37]]
    assert table.left_out == 1


def test_the_dose_response_s_campaign_is_an_instrument_of_its_own():
    tables = tables_of(served(instrument="doses"))
    assert set(tables) == {"doses_cpu"}
    assert tables["doses_cpu"].times_ns.tolist() == [[50, 55], [49, 57]]


def test_a_round_in_which_the_server_s_clock_stood_still_is_left_out_and_counted():
    clock = served().server | {"thread_cpu_ns": np.array([0, 50, 105, 105, 211, 262])}
    samples = served(server=clock)
    assert tables_of(samples)["cpu_per_request"].times_ns.tolist() == [[50, 55]]
    readings = clock_readings(samples)
    # Of six requests the last one's charge is never read.
    assert (readings.requests, readings.uncharged) == (5, 1)


def test_a_server_without_a_clock_charges_no_request():
    readings = clock_readings(served(server={}))
    assert (readings.requests, readings.uncharged) == (5, 5)


def test_a_failed_request_is_no_fault_of_the_clock():
    status = np.array([200, 200, 200, 503, 200, 200])
    readings = clock_readings(served(status=status))
    assert (readings.requests, readings.uncharged) == (3, 0)


def block(arm, cpu_ns, requests=10, failures=0):
    return CpuBlock(arm=arm, requests=requests, failures=failures, cpu_ns=cpu_ns)


def log_of(*blocks):
    return BlockLog(replicate=0, arms=("inverted", "regular"), blocks=blocks)


def test_a_block_costs_its_cpu_by_its_requests_whatever_the_order_of_the_blocks():
    table = block_table(
        log_of(
            block("regular", 1205),
            block("inverted", 1003),
            block("inverted", 2010, requests=20),
            block("regular", 1207),
        )
    )
    assert table.times_ns == pytest.approx(np.array([[100.3, 120.5], [100.5, 120.7]]))
    assert table.left_out == 0


def test_a_block_with_a_failure_or_without_its_fellow_is_left_out_and_counted():
    table = block_table(
        log_of(
            block("inverted", 1003),
            block("regular", 1205, failures=1),
            block("inverted", 1005),
            block("regular", 1207),
            block("inverted", 1001),
        )
    )
    assert table.times_ns == pytest.approx(np.array([[100.5, 120.7]]))
    assert table.left_out == 2


def test_a_start_without_blocks_has_no_rounds_of_them():
    assert block_table(log_of()).rounds == 0


def test_in_process_there_is_one_instrument():
    samples = served(instrument="in_process", status=np.zeros(6, dtype=np.int64), server={})
    assert set(tables_of(samples)) == {"in_process"}


def test_the_server_s_parts_and_the_client_s_time_are_means_over_the_same_rounds():
    status = np.array([200, 200, 200, 503, 200, 200])
    decode, infer, encode, client = part_means_ns(served(status=status))
    assert (decode.tolist(), infer.tolist(), encode.tolist()) == ([10, 10], [20, 22], [5, 5])
    assert client == pytest.approx([105, 117.5])


def test_a_start_in_which_every_round_failed_has_no_means():
    assert part_means_ns(served(status=np.full(6, -1))) is None
