"""Profiles: how much a run measures, and what each data set needs to be learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# 1,078 training digits make four batches of 256 an epoch, too few steps at the notebook's
# learning rate; 32 rows a batch give as many steps in 60 epochs as MNIST gets in ten.
DATA_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "digits": {"training": {"batch_size": 32, "epochs": 60}},
    "mnist": {"training": {"batch_size": 256, "epochs": 50}},
}

# `by_data` holds what a profile changes for one data set only.
PROFILES: Mapping[str, Mapping[str, Any]] = {
    "quick": {
        "served": {"pairs": 6, "seconds_per_start": 4.0},
        "in_process": {"pairs": 6, "rounds_per_start": 8_000},
        "by_data": {"mnist": {"training": {"epochs": 5}}},
    },
    "standard": {
        "served": {"pairs": 16, "seconds_per_start": 6.0},
        "doses": {"pairs": 6, "seconds_per_start": 4.0},
        "dropconnect": {"pairs": 6, "seconds_per_start": 3.0},
        "in_process": {"pairs": 24, "rounds_per_start": 10_000},
        "capacity": {"pairs": 8, "blocks_per_arm": 1, "probes": 3, "seconds_per_probe": 0.75},
        "instructions": {"enabled": True},
        "stopping": {"looks": (6, 8, 12, 16), "resolution": 0.0035},
    },
    "thorough": {
        "served": {"pairs": 48, "seconds_per_start": 8.0},
        "doses": {"pairs": 16, "seconds_per_start": 8.0},
        "dropconnect": {"pairs": 16, "seconds_per_start": 6.0},
        "in_process": {"pairs": 32, "rounds_per_start": 20_000},
        "capacity": {"pairs": 12, "blocks_per_arm": 4, "probes": 6, "seconds_per_probe": 2.0},
        "instructions": {"enabled": True},
        "stopping": {"looks": (12, 24, 48), "resolution": 0.0015},
    },
}


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one nested mapping over another; tables are merged, other values replaced."""
    result = dict(below)
    for key, value in above.items():
        beneath = result.get(key)
        if isinstance(value, Mapping) and isinstance(beneath, Mapping):
            result[key] = merged(beneath, value)
        else:
            result[key] = value
    return result
