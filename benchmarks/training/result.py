"""All trainings that were timed, and the page made of them."""

from __future__ import annotations

from typing import Literal

from benchmarks.pages import markdown
from benchmarks.pages.machine import machine_sentence
from benchmarks.pages.page import Part
from benchmarks.pages.summary import Spread, ratios
from benchmarks.training.timed_training import Timed
from contract.document import Document
from contract.environment import Environment

MOST_SECONDS = 20.0
MOST_BYTES = 1_500_000_000
# Those that the target is about; DropConnect draws a mask for each weight and example.
_LECTURE = ("none", "inverted")


class TimedWay(Part):
    """One network, trained one way, once in every round.

    Attributes
    ----------
    way : str
        ``here`` or ``plain``.
    network : str
        ``none``, ``inverted`` or ``dropconnect``.
    """

    way: str
    network: str
    rounds: tuple[Timed, ...]


class TrainingResult(Document):
    """All rounds.

    Schema history: 1 = first.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601.
    load_before : float
        The machine's load average of one minute before the first training.
    """

    schema_version: Literal[1] = 1
    measured: str
    environment: Environment
    load_before: float
    data: str
    epochs: int
    batch_size: int
    ways: tuple[TimedWay, ...]

    def seconds(self, way: str, network: str) -> list[float]:
        """Return how long each round took; empty where it was not timed."""
        return [
            timed.seconds
            for found in self.ways
            if (found.way, found.network) == (way, network)
            for timed in found.rounds
        ]


def training_page(result: TrainingResult) -> str:
    """Make the page of a result."""
    rows = []
    for way in result.ways:
        seconds = Spread.of([timed.seconds for timed in way.rounds])
        against = ratios(result.seconds("plain", way.network), result.seconds("here", way.network))
        faster = f"{Spread.of(against).median:.2f}" if way.way == "here" and against else ""
        peak = max(timed.peak_bytes for timed in way.rounds)
        rows.append(
            [
                f"{way.network}, {'perbillion' if way.way == 'here' else 'a plain loop'}",
                *(f"{value:.1f}" for value in (seconds.median, seconds.low, seconds.high)),
                faster,
                markdown.megabytes(peak),
                f"{way.rounds[0].test_accuracy:.2%}",
            ]
        )
    columns = ("", "seconds", "smallest", "largest", "times faster", "peak MB", "test accuracy")
    return (
        "# Training the lecture's network\n\n"
        f"784-75-45-10 on {result.data}, {result.epochs} epochs, batches of {result.batch_size}, "
        "plain SGD, evaluated on training and validation data after every epoch; from data in "
        "memory to the trained network, each in a fresh process, in turns. The plain loop indexes "
        "the images, uses `torch.nn.Dropout` and torch's own number of threads; `perbillion` draws "
        "batches and masks ahead in one thread, evaluates in another, and computes in a third "
        "(`train/fitting.py`): the same numbers, to the bit, as those drawn when needed.\n\n"
        + markdown.table(columns, rows)
        + "\n"
        + markdown.table(("target", "measured", "met"), _targets(result))
        + f"\n{machine_sentence(result.measured, result.environment)} The load average before was "
        f"{result.load_before:.1f}.\n"
    )


def _targets(result: TrainingResult) -> list[list[str]]:
    rounds = [
        timed
        for way in result.ways
        if way.way == "here" and way.network in _LECTURE
        for timed in way.rounds
    ]
    slowest = max(timed.seconds for timed in rounds)
    largest = max(timed.peak_bytes for timed in rounds)
    return [
        [
            f"at most {MOST_SECONDS:.0f} s a network",
            f"{slowest:.1f} s at most",
            "yes" if slowest <= MOST_SECONDS else "no",
        ],
        [
            f"less than {MOST_BYTES / 1e9:.1f} GB",
            f"{largest / 1e9:.2f} GB at most",
            "yes" if largest < MOST_BYTES else "no",
        ],
    ]
