from time import perf_counter_ns

import numpy as np
import pytest

from contract.server_timing import REQUEST_HEADER, ServerTiming


@pytest.fixture(scope="module")
def rows(binary):
    return binary({"x": np.ones((3, 4), dtype=np.float32)}, parameters={"binary_data_output": True})


def _timed(server, rows):
    body, headers = rows
    return server.infer("abcd", body, {**headers, REQUEST_HEADER: "1"})


def test_the_timing_is_sent_only_if_it_was_asked_for(server, rows):
    body, headers = rows
    assert "server-timing" not in server.infer("abcd", body, headers).headers
    refused = server.infer("abcd", body, {**headers, REQUEST_HEADER: "0"})
    assert "server-timing" not in refused.headers
    timed = _timed(server, rows)
    assert timed.body == refused.body
    assert "server-timing" in timed.headers


def test_the_parts_sum_to_less_than_the_client_s_latency(server, rows):
    for _ in range(20):
        sent_ns = perf_counter_ns()
        answer = _timed(server, rows)
        latency_ns = perf_counter_ns() - sent_ns
        timing = ServerTiming.parse(answer.headers["server-timing"])
        parts = (timing.decode_ns, timing.infer_ns, timing.encode_ns)
        assert min(parts) > 0
        assert sum(parts) < latency_ns
        assert timing.queue_ns == 0  # on the event loop


def test_the_thread_clock_counts_at_least_what_a_request_computed(server, rows):
    timings = [ServerTiming.parse(_timed(server, rows).headers["server-timing"]) for _ in range(50)]
    clocks = np.diff([timing.thread_cpu_ns for timing in timings])
    assert clocks.min() > 0
    # CPU of a request, from its entry to the next one's, holds its inference and the rest;
    # sums, because a thread that was preempted inside a part has computed for less.
    parts = [timing.infer_ns for timing in timings[:-1]]
    assert np.median(clocks) > np.median(parts)
