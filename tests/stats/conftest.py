"""Simulated campaigns with the troubles that real ones have."""

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import lfilter

BASE_NS = 13_400.0


@dataclass(frozen=True)
class Trouble:
    """What disturbs a campaign; the defaults are the Gaussian scenario."""

    layout_sd_ns: float = 60.0  # memory layout: differs from start to start, by arm
    bimodal_layout: bool = False  # ... and lies at one of two places instead
    noise_ns: float = 300.0  # from inference to inference
    autocorrelation: float = 0.0  # of that noise, within a start
    drift: float = 0.0  # share of speed lost over the campaign, plus a random walk
    speed_steps: tuple[float, ...] = (1.0,)  # factors between which the host jumps
    noisy_share: float = 0.0  # starts in which layout and noise are four times as large
    load_order_ns: float = 0.0  # cost of being the session that is loaded first

    @property
    def reference_ns(self):
        """The reference's true mean: each arm is loaded first in half of the starts."""
        return BASE_NS + self.load_order_ns / 2


SCENARIOS = {
    "gaussian": Trouble(),
    "drift": Trouble(drift=0.1),
    "autocorrelated": Trouble(autocorrelation=0.95, noise_ns=1000.0),
    "host speed changes": Trouble(speed_steps=(1.0, 1.1, 1.3)),
    "bimodal layout": Trouble(bimodal_layout=True),
    "noisy starts": Trouble(noisy_share=0.15),
    "load order": Trouble(load_order_ns=230.0),
    "all at once": Trouble(60.0, True, 600.0, 0.9, 0.1, (1.0, 1.1, 1.3), 0.15, 230.0),
}


def _speed(trouble, rng, shape):
    campaigns, starts, rounds = shape
    walk = rng.normal(0, trouble.drift / 5, (campaigns, starts, 1)).cumsum(axis=1)
    slope = trouble.drift * np.linspace(0, 1, starts * rounds).reshape(1, starts, rounds)
    chosen = rng.integers(len(trouble.speed_steps), size=(campaigns, starts, 3))
    steps = np.repeat(np.array(trouble.speed_steps)[chosen], rounds // 3, axis=2)
    return np.clip(1 + slope + walk, 0.5, 2) * steps


def simulated_tables(trouble, true_ns, *, campaigns=2000, units=6, rounds=60, seed=7):
    """Return times in ns of two arms, shape (campaigns, starts, rounds, 2); arm 0 is the
    reference, arm 1 costs `true_ns` more."""
    rng = np.random.default_rng(seed)
    starts = 2 * units
    shape = (campaigns, starts, rounds)
    scale = np.where(rng.random((campaigns, starts, 1, 1)) < trouble.noisy_share, 4.0, 1.0)
    if trouble.bimodal_layout:
        layout = trouble.layout_sd_ns * rng.choice([-1.0, 1.0], (campaigns, starts, 1, 2))
    else:
        layout = rng.normal(0, trouble.layout_sd_ns, (campaigns, starts, 1, 2))
    first = rng.integers(2, size=(campaigns, units, 1, 1))
    loaded_first = np.concatenate([first, 1 - first], axis=2).reshape(campaigns, starts, 1, 1)
    load_order = trouble.load_order_ns * (np.arange(2) == loaded_first)
    keep = trouble.autocorrelation
    shocks = rng.normal(0, trouble.noise_ns * np.sqrt(1 - keep**2), (*shape, 2))
    noise = lfilter([1.0], [1.0, -keep], shocks, axis=2)
    cost = BASE_NS + np.array([0.0, true_ns]) + load_order + scale * (layout + noise)
    return cost * _speed(trouble, rng, shape)[..., None]


@pytest.fixture(params=SCENARIOS)
def scenario(request):
    return SCENARIOS[request.param]


@pytest.fixture
def gaussian():
    return SCENARIOS["gaussian"]


@pytest.fixture
def scenarios():
    return SCENARIOS


@pytest.fixture
def simulate():
    return simulated_tables
