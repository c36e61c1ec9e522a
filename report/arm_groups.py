"""Which arms a sentence or a picture is about."""

from __future__ import annotations

from contract.experiment import DOSE_ARMS, DROPCONNECT_ARMS, NULL_ARM
from report.result import Result


def verdict_arms(result: Result) -> list[str]:
    """Name the arms that the verdict and its controls are about, without the reference."""
    others = (*series_arms(result), *DROPCONNECT_ARMS)
    return [arm for arm in result.experiment.arms[1:] if arm not in others]


def series_arms(result: Result) -> list[str]:
    """Name the arms with more scalings than the contrast, and the one that only copies."""
    facts = result.experiment
    series = {*DOSE_ARMS, NULL_ARM} - {facts.contrast}
    return [arm for arm in facts.arms[1:] if arm in series]
