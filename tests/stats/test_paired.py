import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stats.paired import (
    arm_means,
    arm_quantiles,
    complete_rounds,
    cpu_per_request,
    mean_differences,
    median_paired_differences,
    quantile_differences,
    relative_differences,
)

# Three rounds of three arms; worked by hand.
TABLE = np.array([[10, 12, 9], [20, 26, 20], [60, 61, 55]], dtype=np.int64)


def relative_means(table):
    """The primary endpoint's statistic, put together as the report does."""
    return relative_differences(mean_differences(table), arm_means(table))


def test_mean_differences_by_hand():
    assert mean_differences(TABLE) == pytest.approx([0, 3, -2])


def test_relative_means_by_hand():
    assert relative_means(TABLE) == pytest.approx([0, 0.1, -2 / 30])


def test_median_of_paired_differences_by_hand():
    assert median_paired_differences(TABLE) == pytest.approx([0, 2, -1])


def test_difference_of_medians_by_hand():
    assert quantile_differences(TABLE, 0.5) == pytest.approx([0, 6, 0])


def test_the_three_are_three_quantities():
    three = (mean_differences(TABLE)[1], median_paired_differences(TABLE)[1])
    assert len({*three, quantile_differences(TABLE, 0.5)[1]}) == 3


def test_a_batch_of_tables_is_estimated_table_by_table():
    batch = np.stack([TABLE, TABLE * 2])
    for estimator in (mean_differences, relative_means, median_paired_differences):
        assert estimator(batch) == pytest.approx(np.stack([estimator(t) for t in batch]))
    assert arm_quantiles(batch, 0.9)[1] == pytest.approx(arm_quantiles(TABLE * 2, 0.9))


def test_cpu_is_charged_to_the_request_before_the_clock_was_read_again():
    clock = np.array([100, 150, 260, 300])
    assert cpu_per_request(clock).tolist() == [50, 110, 40, -1]


def test_a_reading_that_is_missing_leaves_two_requests_unknown():
    clock = np.array([100, 150, -1, 300, 340])
    assert cpu_per_request(clock).tolist() == [50, -1, -1, 40, -1]


def test_the_last_round_has_no_cpu_figure_and_goes_as_a_whole():
    used = cpu_per_request(np.array([0, 10, 30, 60, 100, 150]))
    assert complete_rounds(used.reshape(3, 2)).tolist() == [[10, 20], [30, 40]]


@settings(deadline=None, max_examples=50)
@given(
    hnp.arrays(
        np.int64, st.tuples(st.integers(1, 30), st.integers(2, 5)), elements=st.integers(1, 10**9)
    ),
    st.floats(0.1, 10),
)
def test_a_faster_host_scales_differences_and_leaves_ratios(table, speed):
    assert mean_differences(table * speed) == pytest.approx(
        mean_differences(table) * speed, abs=1e-3
    )
    assert relative_means(table * speed) == pytest.approx(relative_means(table), rel=1e-9, abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(hnp.arrays(np.int64, st.integers(1, 50), elements=st.integers(0, 1000)))
def test_cpu_of_all_requests_adds_up_to_what_the_clock_moved(steps):
    clock = steps.cumsum()
    assert cpu_per_request(clock)[:-1].sum() == clock[-1] - clock[0]
