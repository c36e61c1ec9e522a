import pytest

from benchmarks.controls.recovery import measure_recovery
from benchmarks.controls.recovery_page import recovery_page
from benchmarks.controls.recovery_plan import RecoveryPlan
from benchmarks.controls.recovery_result import ChainRecovered, Recovered, RecoveryResult
from contract.environment import observe
from stats.estimate import t_estimate

AROUND_FIVE = (4.8, 5.3, 4.9, 5.1, 5.2, 4.7)
AROUND_ZERO = (-0.2, 0.3, -0.1, 0.1, 0.2, -0.3)


def recovered(truth_us, *units):
    measured = t_estimate(units, level=0.999, unit="µs")
    return Recovered(arm="spin5", instrument="handler", truth_us=truth_us, measured=measured)


def result_of(truth_us, *units):
    """One spin, measured by CPU per request, and a chain that agrees."""
    spin = recovered(truth_us, *units).model_copy(update={"instrument": "cpu_per_request"})
    return RecoveryResult(
        measured="2026-01-01T00:00:00+00:00",
        environment=observe({}),
        server_core=1,
        generator_core=0,
        served_units=6,
        in_process_units=6,
        seconds_per_start=1.0,
        rounds=1000,
        steal_share=0.0,
        foreign_share=0.0,
        spins=(spin,),
        encoding_us={"spin5": t_estimate(AROUND_ZERO, level=0.999, unit="µs")},
        chain=chain(*AROUND_ZERO),
    )


def chain(*apart):
    estimate = t_estimate(AROUND_FIVE, level=0.999, unit="ratio")
    return ChainRecovered(
        nodes=8,
        campaign=estimate,
        independent=estimate,
        apart=t_estimate(apart, level=0.999, unit="ratio"),
        campaign_us=estimate,
        independent_us=estimate,
        served_us=estimate,
    )


def test_a_truth_outside_of_the_interval_did_not_come_back():
    assert recovered(5.0, *AROUND_FIVE).contained
    assert not recovered(9.0, *AROUND_FIVE).contained


def test_an_interval_that_is_wide_enough_to_hold_anything_proves_nothing():
    assert result_of(5.0, *AROUND_FIVE).recovered
    wide = result_of(5.0, *(10 * unit - 45 for unit in AROUND_FIVE))
    assert wide.spins[0].contained
    assert not wide.recovered
    assert "and do not." in recovery_page(wide).markdown


def test_without_an_interval_nothing_came_back():
    assert not recovered(5.0, *AROUND_FIVE[:5]).contained
    assert not chain(*AROUND_ZERO[:5]).agrees


def test_two_measurements_agree_where_what_lies_between_them_may_be_nothing():
    assert chain(*AROUND_ZERO).agrees
    assert not chain(*AROUND_FIVE).agrees


@pytest.mark.slow
def test_known_spins_and_a_chain_of_nodes_come_back(tmp_path):
    plan = RecoveryPlan(
        served_pairs=6, seconds_per_start=1.0, in_process_pairs=6, rounds_per_start=2_000
    )
    result = measure_recovery(tmp_path / "bench", plan, print)
    cpu = [found for found in result.spins if found.instrument == "cpu_per_request"]
    assert [found.arm for found in cpu] == ["spin5", "spin10", "spin20", "again"]
    assert all(found.contained for found in cpu), recovery_page(result).markdown
    assert result.chain.agrees, recovery_page(result).markdown
    # The server spun for what its models asked, less the reference's own reading of the clock.
    assert [round(found.truth_us) for found in cpu] == pytest.approx([5, 10, 20, 0], abs=2)
