"""How much is measured of models that are this slow.

The profiles are made for a network of some ten microseconds. Rounds of slow models are fewer, so
that a start does not take minutes; how long it takes to settle a verdict follows from the spread
between starts, which does not grow with a model's time.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from contract.profile import PROFILES
from contract.traffic import Traffic
from graph.session import open_session

# What a request takes in the server beyond the inference, about.
_OVERHEAD_SECONDS = 0.2e-3
_ARMS = 3
_TIMED_SECONDS = 0.3
_TIMED_MOST = 100
# A start in process, its warm-up and the warm-up of a served start last about so long.
_ROUNDS_SECONDS = {"quick": 1.0, "standard": 1.5, "thorough": 3.0}
_WARM_UP_SECONDS = 0.15
_LEAST_ROUNDS = 10
_LEAST_SERVED_ROUNDS = 20
_LEAST_WARM_UP = 3
_MOST_SECONDS_PER_START = 600.0
# Under Valgrind everything takes some fifty times as long.
_COUNTED_SECONDS = 0.1
_LEAST_COUNTED = 3
_SLOWEST_COUNTED_SECONDS = 0.1


def seconds_per_inference(model: Path, traffic: Traffic, threads: int) -> float:
    """Time a model, roughly: the median of some inferences after a first one.

    Raises
    ------
    ArtifactError
        If the model cannot be loaded.
    """
    session = open_session(model, threads=threads)
    took, began = [], perf_counter()
    for request in traffic.requests:
        before = perf_counter()
        session.run(None, dict(request))
        took.append(perf_counter() - before)
        if len(took) > _TIMED_MOST or perf_counter() - began > _TIMED_SECONDS:
            break
    return median(took[1:] or took)


def sized(profile: str, seconds: float) -> dict[str, Any]:
    """Return how much a profile measures of models whose inference takes so long.

    Parameters
    ----------
    profile : str
        One of ``contract.profile.PROFILES``.
    seconds : float
        Of the slower model's inference of one request.
    """
    given = PROFILES[profile]
    inferring, asking = _ARMS * seconds, _ARMS * (seconds + _OVERHEAD_SECONDS)
    rounds = int(_ROUNDS_SECONDS[profile] / inferring)
    load = max(given["served"]["seconds_per_start"], _LEAST_SERVED_ROUNDS * asking)
    warm_up = int(_WARM_UP_SECONDS / asking)
    blocks = warm_up * _ARMS // 10
    amounts: dict[str, Any] = {
        "in_process": {
            "rounds_per_start": _between(
                _LEAST_ROUNDS, rounds, given["in_process"]["rounds_per_start"]
            ),
            "warmup_rounds": _between(_LEAST_WARM_UP, int(_WARM_UP_SECONDS / inferring), 500),
        },
        "served": {
            "seconds_per_start": min(load, _MOST_SECONDS_PER_START),
            "warmup_rounds": _between(_LEAST_WARM_UP, warm_up, 200),
            "blocks_per_arm": _between(2, blocks, 20),
            "requests_per_block": _between(1, blocks // 4, 10),
        },
        "instructions": {
            "enabled": given.get("instructions", {}).get("enabled", False)
            and seconds <= _SLOWEST_COUNTED_SECONDS,
            "inferences": _between(_LEAST_COUNTED, int(_COUNTED_SECONDS / seconds), 200),
        },
    }
    if "capacity" in given:
        amounts["capacity"] = {
            # Of a queue of some requests: a shorter objective no server holds.
            "objective_ms": max(5.0, 1e3 * 10 * seconds),
            "seconds_per_block": min(60.0, max(0.5, 20 * seconds)),
            "seconds_per_probe": min(
                60.0, max(given["capacity"]["seconds_per_probe"], 50 * seconds)
            ),
        }
    return amounts


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))
