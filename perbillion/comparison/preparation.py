"""From two models to a run directory in which they can be measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract.comparison_plan import CONTRAST_ARM, ComparisonPlan
from contract.document import write_atomically
from contract.errors import EqualityError
from contract.new_run import describe_run
from contract.profile import merged
from contract.run_directory import RunDirectory
from contract.traffic import Traffic
from graph.generated_traffic import generated_traffic
from graph.model_file import model_bytes, read_structure
from graph.outline import outline
from graph.recorded_traffic import recorded_traffic
from graph.request_form import request_form
from perbillion.comparison.contender import Contender
from perbillion.comparison.sizing import seconds_per_inference, sized


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a comparison is asked for, but for its models.

    Attributes
    ----------
    profile : str
        How much to measure.
    batch, requests : int
        Rows of a request, and how many different requests are made up.
    inputs : Path or None
        Recorded requests.
    sizes : mapping of str to int
        Symbolic dimension to its size.
    overrides : mapping
        Nested values of the plan, over what the profile says.
    """

    profile: str = "quick"
    batch: int = 1
    requests: int = 256
    inputs: Path | None = None
    sizes: Mapping[str, int] | None = None
    overrides: Mapping[str, Any] | None = None


def prepare(a: Contender, b: Contender, wishes: Wishes, directory: RunDirectory) -> ComparisonPlan:
    """Make a run directory ready to be measured.

    Parameters
    ----------
    a, b : Contender
        The reference, and what is compared with it.
    wishes : Wishes
        What is asked for.
    directory : RunDirectory
        Where; empty.

    Returns
    -------
    ComparisonPlan
        As it was written down: sized for models that are this slow.

    Raises
    ------
    EqualityError
        If the two do not take the same inputs.
    ArtifactError
        If a model, or recorded traffic, cannot be read or does not fit, or the directory cannot be
        written to.
    ExperimentError
        If a key or value cannot be used.
    """
    _require_same_inputs(a, b)
    with directory.scratch() as scratch:
        structure = a.file or b.file or _outlined(a, scratch)
        traffic = _traffic(structure, wishes)
        rows_per_request = _rows_per_request(structure, traffic)
    seconds = _seconds_per_inference((a.file, b.file), wishes, traffic)
    amounts = {} if seconds is None else sized(wishes.profile, seconds)
    asked: dict[str, Any] = {
        "traffic": {
            "seconds_per_inference": seconds,
            "batch": wishes.batch,
            "inputs": None if wishes.inputs is None else str(wishes.inputs.absolute()),
            "sizes": dict(wishes.sizes or {}),
            "requests": wishes.requests,
            "rows_per_request": rows_per_request,
        }
    }
    overrides = merged(merged(amounts, asked), wishes.overrides or {})
    plan = ComparisonPlan.resolve(a.name, b.name, profile=wishes.profile, overrides=overrides)
    describe_run(plan, directory)
    traffic.save(directory.traffic_npz)
    for arm in plan.arms:
        contender = b if arm == CONTRAST_ARM else a
        same = arm in plan.same_function_arms
        contender.put(directory.repository, arm, same_function=same)
    return plan


def _outlined(model: Contender, folder: Path) -> Path:
    path = folder / "outline.onnx"
    write_atomically(path, model_bytes(outline(model.inputs, model.outputs)))
    return path


def _require_same_inputs(a: Contender, b: Contender) -> None:
    taken = [{spec.name: spec.datatype for spec in model.inputs} for model in (a, b)]
    if taken[0] != taken[1]:
        told = [", ".join(f"{name} ({kind})" for name, kind in each.items()) for each in taken]
        raise EqualityError(
            f"takes the inputs {told[1]}, and {a.name} takes {told[0]}",
            where=b.name,
            remedy="only models that can be asked the same can be compared",
        )


def _traffic(structure: Path, wishes: Wishes) -> Traffic:
    if wishes.inputs is not None:
        return recorded_traffic(wishes.inputs, structure, batch=wishes.batch)
    return generated_traffic(
        structure, requests=wishes.requests, batch=wishes.batch, sizes=wishes.sizes
    )


def _rows_per_request(structure: Path, traffic: Traffic) -> float:
    """Return how many predictions a request asks for, on average."""
    form = request_form(read_structure(structure), str(structure))
    for given in form.inputs:
        axis = form.batch_axis(given)
        if axis is not None:
            rows = [int(request[given.name].shape[axis]) for request in traffic.requests]
            return sum(rows) / len(rows)
    return 1.0


def _seconds_per_inference(
    files: tuple[Path | None, Path | None], wishes: Wishes, traffic: Traffic
) -> float | None:
    """Time the two models; None where one is served elsewhere."""
    ours = [file for file in files if file is not None]
    if len(ours) < len(files):
        return None
    threads = int((wishes.overrides or {}).get("threads", 1))
    return max(seconds_per_inference(file, traffic, threads) for file in ours)
