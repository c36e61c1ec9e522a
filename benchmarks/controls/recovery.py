"""Differences of known size, measured by the product's instruments."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from benchmarks.controls.chain_in_process import ChainCost, measure_chain
from benchmarks.controls.known_arms import CHAIN, CHAIN_NODES, CONTROL, SPINS_NS, put_known_arms
from benchmarks.controls.known_estimate import microseconds, ratio
from benchmarks.controls.recovery_plan import TRAFFIC, RecoveryPlan
from benchmarks.controls.recovery_result import ChainRecovered, Recovered, RecoveryResult
from benchmarks.controls.served_spins import INSTRUMENTS, ServedSpins, measure_spins
from benchmarks.pages.page import Say
from contract.environment import observe
from graph.equality import require_same_function
from loadtest.machine.cores import available_cores, choose_cores
from loadtest.machine.host_activity import HostActivity

NAME = "recovery"


def measure_recovery(folder: Path, plan: RecoveryPlan, say: Say) -> RecoveryResult:
    """Serve arms that differ by known amounts, and measure them.

    Parameters
    ----------
    folder : Path
        Where models and samples go; absolute, empty.
    plan : RecoveryPlan
        How much.
    say : callable
        Told of every start.

    Raises
    ------
    ServingError, LoadTestError
        If a server or a measuring process fails.
    EqualityError
        If the arms do not compute the same function.
    """
    subjects = put_known_arms(folder / "repository")
    require_same_function(subjects.models, TRAFFIC)
    before = HostActivity.read()
    served = measure_spins(folder / "served", subjects, plan, say)
    campaign, independent = measure_chain(folder / "in-process", subjects, plan, say)
    steal_share, foreign_share = HostActivity.read().shares_since(before)
    cores = choose_cores(available_cores())
    return RecoveryResult(
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=observe({"seed": plan.seed}),
        server_core=cores.measured,
        generator_core=cores.generator,
        served_units=plan.served_pairs,
        in_process_units=plan.in_process_pairs,
        seconds_per_start=plan.seconds_per_start,
        rounds=served.rounds,
        steal_share=steal_share,
        foreign_share=foreign_share,
        spins=tuple(
            Recovered(
                arm=arm,
                instrument=instrument,
                truth_us=served.truth_us(instrument, arm),
                measured=served.difference_us(instrument, arm),
            )
            for arm in (*SPINS_NS, CONTROL)
            for instrument in INSTRUMENTS
        ),
        encoding_us={arm: served.encoding_us(arm) for arm in SPINS_NS},
        chain=_chain(campaign, independent, served),
    )


def _chain(campaign: ChainCost, independent: ChainCost, served: ServedSpins) -> ChainRecovered:
    return ChainRecovered(
        nodes=CHAIN_NODES,
        campaign=ratio(campaign.relative),
        independent=ratio(independent.relative),
        # Both have as many units, none of which knows of another: paired in the order of time,
        # their differences are independent as well.
        apart=ratio(campaign.relative - independent.relative),
        campaign_us=microseconds(campaign.absolute_ns),
        independent_us=microseconds(independent.absolute_ns),
        served_us=served.difference_us("cpu_per_request", CHAIN),
    )
