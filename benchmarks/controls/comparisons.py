"""Comparisons of models whose answer is known, through ``perbillion compare`` itself."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from benchmarks.controls.comparisons_result import (
    Compared,
    ComparisonsPlan,
    ComparisonsResult,
    ExtraScalings,
)
from benchmarks.controls.mul_chain import insert_chains
from benchmarks.pages.page import Say
from contract.environment import observe
from graph.folding import fold
from graph.model_file import save_model
from graph.perceptron import perceptron
from perbillion import compare
from report.result import Difference, InstrumentName, Result
from stats.estimate import t_estimate

NAME = "compare"
_WIDTHS = (784, 75, 45, 10)
# 1 - p for p = 0.4: no power of two, so folding rounds.
_FACTOR = 0.6
_EXTRA_A_LAYER = 4
_LEVEL = 0.999


def measure_comparisons(folder: Path, plan: ComparisonsPlan, say: Say) -> ComparisonsResult:
    """Make the models, compare them, and write down what was said.

    Parameters
    ----------
    folder : Path
        Where models and runs go; absolute, empty.
    plan : ComparisonsPlan
        How much.
    say : callable
        Told of every comparison.

    Raises
    ------
    PerbillionError
        As `perbillion.compare` does.
    """
    sitting = _Sitting(folder, plan, _put_models(folder), say)
    measured = datetime.now(UTC).isoformat(timespec="seconds")
    same = tuple(
        sitting.compared("inverted", "inverted", number) for number in range(plan.repetitions)
    )
    scaled = sitting.compared("inverted", "regular", plan.repetitions)
    folded = sitting.compared("regular", "folded", plan.repetitions + 1)
    exit_code, starts = sitting.refused("inverted", "other")
    return ComparisonsResult(
        measured=measured,
        environment=observe({"seed": plan.seed}),
        plan=plan,
        same=same,
        scaled=scaled,
        folded=folded,
        other_exit_code=exit_code,
        other_starts=starts,
        extra=sitting.extra(),
    )


def _put_models(folder: Path) -> dict[str, Path]:
    regular = perceptron(_WIDTHS, factor=_FACTOR)
    inverted = perceptron(_WIDTHS)
    models = {
        "inverted": inverted,
        "regular": regular,
        "folded": fold(regular),
        "extra": _with_chains(inverted, _EXTRA_A_LAYER),
        "other": perceptron(_WIDTHS, seed=1),
    }
    paths = {name: folder / f"{name}.onnx" for name in models}
    for name, model in models.items():
        save_model(model, paths[name])
    return paths


def _with_chains(model: onnx.ModelProto, nodes: int) -> onnx.ModelProto:
    result = onnx.ModelProto()
    result.CopyFrom(model)
    insert_chains(result.graph, nodes)
    return result


@dataclass(frozen=True, slots=True)
class _Sitting:
    """Compares models of one folder, one pair after another."""

    folder: Path
    plan: ComparisonsPlan
    models: dict[str, Path]
    say: Say

    def compared(self, a: str, b: str, number: int) -> Compared:
        result = self._result(a, b, number)
        primary, in_process = (
            _difference(result, "cpu_per_request"),
            _difference(result, "in_process"),
        )
        function = result.model("b").from_reference
        found = Compared(
            a=a,
            b=b,
            verdict=result.verdict.kind,
            failed_gates=tuple(gate.name for gate in result.gates if not gate.passed),
            same_function=function is not None and function.same_function,
            in_process=in_process.relative,
            cpu_per_request=primary.relative,
        )
        point, half_width = primary.relative.point, primary.relative.half_width or 0.0
        self.say(f"{b} beside {a}: {100 * point:+.2f} ± {100 * half_width:.2f} %, {found.verdict}")
        return found

    def refused(self, a: str, b: str) -> tuple[int, int]:
        """Compare two different networks from the command line; return exit code and starts."""
        out = self.folder / "refused"
        command = [sys.executable, "-P", "-m", "perbillion", "compare"]
        ended = subprocess.run(
            [*command, str(self.models[a]), str(self.models[b]), "--out", str(out)],
            check=False,
            capture_output=True,
            text=True,
        )
        self.say(f"{b} beside {a}: exit code {ended.returncode}: {ended.stderr.strip()}")
        records = list(out.rglob("run.json"))
        starts = sum(len(json.loads(path.read_text())["starts"]) for path in records)
        return ended.returncode, starts

    def extra(self) -> ExtraScalings:
        number = self.plan.repetitions + 2
        own = self._result("inverted", "extra", number)
        # Fresh processes in other orders; what is served here is not used.
        other = self._result("inverted", "extra", number + 1, served={"pairs": 1})
        first, second = (_difference(result, "in_process") for result in (own, other))
        by_unit = _by_unit(first), _by_unit(second)
        return ExtraScalings(
            nodes=2 * _EXTRA_A_LAYER,
            in_process=t_estimate(by_unit[0], level=_LEVEL, unit="ratio"),
            independent=t_estimate(by_unit[1], level=_LEVEL, unit="ratio"),
            apart=t_estimate(by_unit[0] - by_unit[1], level=_LEVEL, unit="ratio"),
            independent_us=second.absolute,
            ladder=own.ladder,
        )

    def _result(self, a: str, b: str, number: int, served: dict[str, Any] | None = None) -> Result:
        plan, seed = self.plan, self.plan.seed + number
        settings = {
            "in_process": {"pairs": plan.pairs, "rounds_per_start": plan.rounds},
            "served": {"pairs": plan.pairs, "seconds_per_start": plan.seconds, **(served or {})},
            "seeds": {"order": seed, "payload": seed, "load_order": seed},
        }
        out = self.folder / f"{number}-{a}-{b}"
        comparison = compare(self.models[a], self.models[b], settings=settings, out=out)
        return comparison.at(1).result


def _difference(result: Result, name: InstrumentName) -> Difference:
    measured = result.instrument(name)
    if measured is None:
        raise ValueError(f"{name} was not measured")
    return measured.difference("b")


def _by_unit(difference: Difference) -> npt.NDArray[np.float64]:
    return np.array(difference.relative_by_unit)
