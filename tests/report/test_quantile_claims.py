import numpy as np
import pytest

from contract.run_record import StartRecord
from report.measurement import pair_up
from report.quantile_claims import quantile_claims
from report.round_table import RoundTable
from stats.interval import IntervalRule

ARMS = ("inverted", "again")


def client(*starts_us):
    """Client latency of starts whose reference took these times."""
    tables = []
    for replicate, took_us in enumerate(starts_us):
        record = StartRecord(
            instrument="served",
            replicate=replicate,
            unit=replicate // 2,
            arms=ARMS,
            load_order=ARMS,
            aliases={},
            samples_file="",
            rounds=len(took_us),
            failures=0,
            seconds=1.0,
            steal_share=0.0,
            foreign_share=0.0,
            measured_core=None,
            generator_core=None,
        )
        times_ns = np.stack([1000 * np.asarray(took_us)] * 2, axis=1)
        tables.append((record, RoundTable(times_ns=times_ns, left_out=0)))
    return pair_up("client_latency", tables, IntervalRule(), 0.95)


def test_requests_of_one_start_are_worth_fewer_where_starts_differ():
    rng = np.random.default_rng(1)
    alike = quantile_claims(client(*(rng.exponential(400, 1000) for _ in range(6))))
    apart = quantile_claims(
        client(*(rng.exponential(400, 1000) + 300 * start for start in range(6)))
    )
    assert alike[0].design_effect < 5
    assert apart[0].design_effect > 50
    assert apart[0].effective_requests == pytest.approx(6000 / apart[0].design_effect, abs=1)
    assert apart[0].high_us - apart[0].low_us > 5 * (alike[0].high_us - alike[0].low_us)


def test_p99_takes_368_independent_requests():
    rng = np.random.default_rng(2)
    many, few = (
        quantile_claims(client(*(rng.exponential(400, size) for _ in range(2))))[-1]
        for size in (400, 150)
    )
    assert many.probability == few.probability == 0.99
    assert few.needed_requests == pytest.approx(368 * few.design_effect, abs=1)
    assert (few.low_us, few.high_us, few.bound_us) == (None, None, None)
    assert few.requests < few.needed_requests
    assert many.low_us < many.latency_us < many.high_us


def test_the_bound_lies_above_the_quantile(analysis):
    claims = analysis.result.quantiles
    assert [claim.probability for claim in claims] == [0.5, 0.9, 0.99]
    for claim in claims:
        assert claim.requests == 16 * 250
        assert claim.low_us < claim.latency_us < claim.high_us
        assert claim.bound_us > claim.latency_us


def test_latencies_that_are_all_the_same_make_no_claim():
    assert quantile_claims(client([400.0] * 50, [400.0] * 50)) == ()


def test_without_client_latency_there_is_no_claim():
    assert quantile_claims(None) == ()
