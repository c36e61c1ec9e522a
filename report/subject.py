"""What a report is about."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePath

from report.experiment_facts import ComparisonFacts, ExperimentFacts, LectureFacts
from report.result import Result


@dataclass(frozen=True, slots=True)
class Subject:
    """A report's heading, and how to repeat what it tells.

    Attributes
    ----------
    title, subtitle : str
        What it is about, and which run.
    commands : tuple of str
        RUN_DIR is the folder that the report lies in.
    """

    title: str
    subtitle: str
    commands: tuple[str, ...]


def subject_of(result: Result) -> Subject:
    """Say what a run was about."""
    facts = result.experiment
    if facts.comparison is not None:
        return _compared(result.run, facts, facts.comparison)
    if facts.lecture is not None:
        return _taught(result.run, facts, facts.lecture)
    raise ValueError("a run is the lecture's experiment or a comparison")


def _taught(run: str, facts: ExperimentFacts, lecture: LectureFacts) -> Subject:
    hidden = "-".join(map(str, lecture.hidden))
    drops = ", ".join(f"{p:g}" for p in lecture.drop_probability)
    where = " before the activation" if lecture.placement == "before" else ""
    return Subject(
        title="The cost of regular dropout's scalings at prediction",
        subtitle=f"Run {run}: profile {facts.profile}, data {lecture.data}, hidden layers "
        f"{hidden} with drop probabilities {drops}{where}, arms {', '.join(facts.arms)}.",
        commands=(
            "perbillion run RUN_DIR/experiment.toml  # a new run of the same experiment",
            "perbillion report RUN_DIR               # this report again, from the same samples",
        ),
    )


def _compared(run: str, facts: ExperimentFacts, compared: ComparisonFacts) -> Subject:
    a, b = (PurePath(model).name for model in (compared.a, compared.b))
    rows = "1 row" if compared.batch == 1 else f"{compared.batch} rows"
    threads = "1 thread" if facts.threads == 1 else f"{facts.threads} threads"
    again = " ".join(
        ("perbillion compare", shlex.quote(compared.a), shlex.quote(compared.b))
        + (() if compared.batch == 1 else (f"--batch {compared.batch}",))
        + (() if facts.threads == 1 else (f"--threads {facts.threads}",))
    )
    return Subject(
        title=f"What {b} costs beside {a}",
        subtitle=f"Run {run}: profile {facts.profile}, a request asks for {rows}, {threads}. "
        f"a is {compared.a}, b is {compared.b}; again is a once more.",
        commands=(
            f"{again}  # a new comparison",
            "perbillion load RUN_DIR && perbillion report RUN_DIR  # go on where it was cut",
        ),
    )
