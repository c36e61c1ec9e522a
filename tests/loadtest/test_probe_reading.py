"""What a probe's starts say: on tables made up, without a process."""

import numpy as np
import pytest

from contract.errors import InvalidRunError
from contract.run_record import StartRecord
from loadtest.probe.probe_reading import probe_of
from stats.estimate import t_estimate

ARMS = ("inverted", "regular", "again")


def _start(replicate, **facts):
    known = {
        "instrument": "served",
        "replicate": replicate,
        "unit": replicate // 2,
        "arms": ARMS,
        "load_order": ARMS,
        "aliases": {},
        "samples_file": f"served-{replicate:03d}.parquet",
        "rounds": 600,
        "failures": 0,
        "seconds": 3.0,
        "steal_share": 0.0,
        "foreign_share": 0.0,
        "measured_core": 1,
        "generator_core": 0,
        "realtime": True,
    }
    return StartRecord(**known | facts)


def _tables(starts, rng, *, effect=0.01, layout=0.0, noise=0.0, rounds=600, levels_ns=None):
    """Requests of 200 µs: `layout` differs from start to start, `noise` from round to round."""
    levels_ns = levels_ns or [200_000] * starts
    tables = []
    for level_ns in levels_ns:
        ratios = np.array([0.0, effect, 0.0]) + rng.normal(0, layout, 3) * [0, 1, 1]
        each = 1 + ratios + rng.normal(0, noise, (rounds, 3))
        tables.append(np.rint(level_ns * each).astype(np.int64))
    return tables


def _probe(pairs=6, facts=None, **truth):
    starts = [_start(index, **(facts or {})) for index in range(2 * pairs)]
    return probe_of(starts, _tables(2 * pairs, np.random.default_rng(4), **truth))


def test_a_difference_is_found_as_a_ratio_to_the_reference():
    found = _probe(effect=0.02)
    assert found.difference == pytest.approx(0.02, abs=1e-5)
    assert found.control == pytest.approx(0.0, abs=1e-5)
    assert found.reference_us == pytest.approx(200.0)
    assert found.units == 6
    assert found.seconds_per_start == 3.0
    assert found.realtime


def test_a_spread_from_start_to_start_is_found_between_them():
    found = _probe(pairs=40, layout=0.005)
    assert found.between == pytest.approx(0.005 / 2**0.5, rel=0.2)
    assert found.within < 1e-4


def test_a_spread_from_round_to_round_is_found_within_starts():
    found = _probe(pairs=40, noise=0.05)
    # Two arms' means over 600 rounds of two starts.
    assert found.within == pytest.approx(0.05 * (2 / 600 / 2) ** 0.5, rel=0.1)
    assert found.between < found.within


def test_half_widths_are_those_of_the_plain_interval():
    starts = [_start(index) for index in range(12)]
    tables = _tables(12, np.random.default_rng(9), layout=0.004)
    found = probe_of(starts, tables)
    ratios = [table[:, 1].mean() / table[:, 0].mean() - 1 for table in tables]
    by_unit = np.reshape(ratios, (6, 2)).mean(axis=1)
    assert found.difference_half_width == pytest.approx(
        t_estimate(by_unit, unit="ratio").half_width, rel=1e-6
    )


def test_the_same_model_twice_is_suspect_only_where_it_clearly_differs_from_itself():
    rng = np.random.default_rng(2)
    starts = [_start(index) for index in range(12)]
    tables = _tables(12, rng, layout=0.002)
    assert not probe_of(starts, tables).control_differs
    favoured = [(table * [1, 1, 1.02]).astype(np.int64) for table in tables]
    assert probe_of(starts, favoured).control_differs


def test_the_worst_start_and_the_range_of_speeds_are_told():
    starts = [_start(index) for index in range(4)]
    starts[2] = _start(2, steal_share=0.07, foreign_share=0.3, realtime=False)
    levels_ns = [200_000, 200_000, 260_000, 210_000]
    tables = _tables(4, np.random.default_rng(1), levels_ns=levels_ns)
    found = probe_of(starts, tables)
    assert found.worst_steal_share == 0.07
    assert found.worst_foreign_share == 0.3
    assert found.reference_range == pytest.approx(0.3)
    assert not found.realtime


def test_starts_of_a_handful_of_rounds_still_say_something():
    found = _probe(pairs=2, rounds=3, noise=0.05)
    assert np.isfinite([found.difference, found.within, found.between]).all()


def test_a_start_that_came_to_nothing_is_told_with_what_to_do():
    with pytest.raises(InvalidRunError, match=r"less than two rounds.*end what"):
        _probe(pairs=2, rounds=1)
