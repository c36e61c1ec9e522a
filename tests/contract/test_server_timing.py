import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import LoadTestError
from contract.server_timing import ServerTiming

NANOSECONDS = st.integers(0, 2**62)


@settings(deadline=None, max_examples=200)
@given(st.tuples(*[NANOSECONDS] * 5))
def test_a_timing_is_read_back_to_the_nanosecond(numbers):
    timing = ServerTiming(*numbers)
    assert ServerTiming.parse(timing.header()) == timing


def test_durations_are_milliseconds_with_six_decimals():
    header = ServerTiming(31_250, 7, 1, 2_000_000, 512_000_001).header()
    assert header == (
        "decode;dur=0.031250, queue;dur=0.000007, infer;dur=0.000001, encode;dur=2.000000, "
        "thread;dur=512.000001"
    )


def test_order_does_not_matter_and_other_metrics_are_passed_over():
    header = "thread;dur=4.000000,total;dur=9.5, cache ,encode; dur=3.000000,"
    header += "infer;dur=2.000000, decode;dur=1.000000, queue;dur=0.500000"
    assert ServerTiming.parse(header) == ServerTiming(
        decode_ns=1_000_000,
        queue_ns=500_000,
        infer_ns=2_000_000,
        encode_ns=3_000_000,
        thread_cpu_ns=4_000_000,
    )


@pytest.mark.parametrize(
    "header",
    [
        "",
        "decode;dur=1.000000",
        "decode;dur=-1.000000, queue;dur=0.000000, infer;dur=1.000000, "
        "encode;dur=1.000000, thread;dur=1.000000",
        "decode;dur=1.0, queue;dur=0.000000, infer;dur=1.000000, "
        "encode;dur=1.000000, thread;dur=1.000000",
        "decode;dur=1.000000, decode;dur=1.000000, queue;dur=0.000000, infer;dur=1.000000, "
        "encode;dur=1.000000, thread;dur=1.000000",
    ],
)
def test_a_header_that_lacks_a_metric_or_repeats_one_is_an_error(header):
    with pytest.raises(LoadTestError, match="Server-Timing"):
        ServerTiming.parse(header)


@settings(deadline=None, max_examples=200)
@given(st.text())
def test_no_text_breaks_the_reader(text):
    with pytest.raises(LoadTestError):
        ServerTiming.parse(text)
