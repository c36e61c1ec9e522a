"""What a method says of a model: figures, and the differences that are made of them."""

from __future__ import annotations

from typing import Literal

from benchmarks.pages.page import Part

# What is compared with the reference.
Contrast = Literal["again", "regular"]
REFERENCE = "inverted"
AGAIN: Contrast = "again"
REGULAR: Contrast = "regular"
CONTRASTS: tuple[Contrast, ...] = (AGAIN, REGULAR)
ARMS = (REFERENCE, REGULAR, AGAIN)

Method = Literal["locust", "wrk", "perbillion"]
METHODS: tuple[Method, ...] = ("locust", "wrk", "perbillion")

MARGIN_PERCENT = 1.0


class ArmLoad(Part):
    """What a load generator reported of a server with one model.

    Attributes
    ----------
    arm : str
        The model.
    mean_us : float
        Mean latency, microseconds.
    requests_per_second : float
        Requests answered in a second.
    """

    arm: str
    mean_us: float
    requests_per_second: float


class Answer(Part):
    """By how much longer each contrast takes than the reference, in percent; negative: less.

    Attributes
    ----------
    statistic : str
        Of what.
    again : float
        The same model against itself: the truth is 0.
    regular : float
        The model that scales at every prediction. It computes what the reference computes and
        two more nodes: whatever the size, the truth is above 0.
    """

    statistic: str
    again: float
    regular: float

    def percent(self, contrast: Contrast) -> float:
        """Return the answer for a contrast."""
        return self.again if contrast == AGAIN else self.regular

    def wrong(self, contrast: Contrast) -> bool:
        """Say whether whoever believes this figure draws a wrong conclusion.

        Of the same model: that it differs from itself by more than the margin. Of the model that
        does more: that it is the faster one.
        """
        if contrast == AGAIN:
            return abs(self.again) > MARGIN_PERCENT
        return self.regular < 0


def answers_of(loads: dict[str, ArmLoad]) -> tuple[Answer, ...]:
    """Compare loads the usual way: one number of A, one number of B, their difference.

    Parameters
    ----------
    loads : dict of str to ArmLoad
        Of every arm.
    """
    latency = {arm: load.mean_us for arm, load in loads.items()}
    # Requests a second turned over, so that a positive difference always means slower.
    pace = {arm: 1 / load.requests_per_second for arm, load in loads.items()}
    return (_answer("mean latency", latency), _answer("requests/s", pace))


def _answer(statistic: str, figures: dict[str, float]) -> Answer:
    percent = {arm: 100 * (figure / figures[REFERENCE] - 1) for arm, figure in figures.items()}
    return Answer(statistic=statistic, again=percent[AGAIN], regular=percent[REGULAR])
