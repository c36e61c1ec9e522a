"""A runtime as the surveys see it: loads arms, which are then called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contract.traffic import Array
from perbillion.runtimes.row import Row

# One prediction on one request; what it returns is in the runtime's own form.
Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Executed:
    """What one prediction executes.

    Attributes
    ----------
    operations : tuple of str
        In order, in the runtime's words.
    scalings : int
        How many of them are multiplications by a constant that stand by themselves.
    """

    operations: tuple[str, ...]
    scalings: int


class LoadedArm(Protocol):
    """One arm in memory."""

    @property
    def calls(self) -> Sequence[Call]:
        """One for each request: what is timed."""

    def answers(self) -> list[Array]:
        """Predict on every request; logits, float32."""

    def executed(self) -> Executed:
        """Find out what one prediction executes."""


class Runtime(Protocol):
    """A runtime with its settings.

    Attributes
    ----------
    version : str
        Its name and version.
    """

    version: str

    def load(self, model: Path, requests: Sequence[Array]) -> LoadedArm:
        """Load an arm anew, whatever was loaded before, and compile it where that is done.

        Parameters
        ----------
        model : Path
            An ONNX file of `pair_models`.
        requests : sequence of array
            What it will be asked; all of one shape.

        Raises
        ------
        ArtifactError, LoadTestError
            If the runtime cannot.
        """

    def calling(self) -> AbstractContextManager[object]:
        """Return what calls have to be made within."""


def open_runtime(row: Row) -> Runtime:
    """Load a row's runtime, and none but that.

    Raises
    ------
    LoadTestError
        If it cannot run here.
    """
    if row.runtime in {"onnxruntime", "onnxruntime-cuda"}:
        from perbillion.runtimes.onnxruntime_arm import OnnxRuntime  # noqa: PLC0415

        return OnnxRuntime(row)
    if row.runtime == "openvino":
        from perbillion.runtimes.openvino_arm import OpenVino  # noqa: PLC0415

        return OpenVino(row)
    from perbillion.runtimes.torch_arm import Torch  # noqa: PLC0415

    return Torch(row)
