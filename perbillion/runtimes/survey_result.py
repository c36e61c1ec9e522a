"""What surveys share: a result that grows row by row, and is taken up where it was cut."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from contract.document import Document
from contract.environment import Environment, observe
from contract.errors import ExperimentError
from report.result_part import ResultPart

_REMEDY = "name another folder with --out, or leave it out"


class SurveyPlan(ResultPart):
    """What a survey measures, and how much.

    Attributes
    ----------
    seed : int
        All seeds follow from it.
    """

    seed: int = 1


class SurveyResult(Document):
    """A result that is saved whenever there is more of it.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601: when it was begun.
    environment : Environment
        The machine and the versions.
    plan : SurveyPlan
        What was asked for.
    """

    measured: str
    environment: Environment
    plan: SurveyPlan

    @classmethod
    def begun(cls, file: Path, plan: SurveyPlan) -> Self:
        """Return what a file holds so far, or a result without rows where there is none.

        Raises
        ------
        ExperimentError
            If it was made by another plan, or on another machine or with other versions.
        ArtifactError
            If it cannot be read.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        fresh = cls(measured=now, environment=observe({"seed": plan.seed}), plan=plan)
        if not file.exists():
            return fresh
        kept = cls.load(file)
        if kept.plan != plan:
            raise ExperimentError(
                "what is there was begun with other options", where=str(file), remedy=_REMEDY
            )
        if kept.environment != fresh.environment:
            raise ExperimentError(
                "what is there was begun on another machine or with other versions",
                where=str(file),
                remedy=_REMEDY,
            )
        return kept
