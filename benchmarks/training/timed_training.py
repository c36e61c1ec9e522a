"""One training, timed, in a process of its own.

``python -P -m benchmarks.training.timed_training WAY NETWORK DATA``: prints a `Timed` as JSON.
"""

from __future__ import annotations

import resource
import sys
from time import perf_counter

from benchmarks.pages.page import Part
from benchmarks.training.plain_loop import accuracy, train_plainly
from contract.experiment import Experiment
from contract.progress import SilentProgress
from train.loading import load_data
from train.plan import plans
from train.training import trained

WAYS = ("here", "plain")
NETWORKS = ("none", "inverted", "dropconnect")


class Timed(Part):
    """One training.

    Attributes
    ----------
    seconds : float
        From data in memory to a trained network with its learning curve.
    peak_bytes : int
        The most memory the process had, PyTorch and the data included.
    test_accuracy : float
        0 to 1.
    """

    seconds: float
    peak_bytes: int
    test_accuracy: float


def timed(way: str, network: str, data_name: str) -> Timed:
    """Train once."""
    experiment = Experiment.resolve(profile="standard", overrides={"data": {"name": data_name}})
    plan = next(plan for plan in plans(experiment) if plan.name == network)
    data = load_data(experiment.data, SilentProgress())
    began = perf_counter()
    if way == "plain":
        found = train_plainly(plan, data)
    else:
        found, _ = trained(plan, data, SilentProgress())
    seconds = perf_counter() - began
    return Timed(
        seconds=seconds,
        peak_bytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        test_accuracy=accuracy(found, data.test),
    )


if __name__ == "__main__":
    sys.stdout.write(timed(*sys.argv[1:]).model_dump_json())
