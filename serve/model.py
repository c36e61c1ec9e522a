"""A model that is loaded: a session of ONNX Runtime and what it takes and gives."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Self

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from contract.errors import ArtifactError, InvalidRequestError
from graph.session import input_specs, open_session, output_specs, zeros
from serve.infer_answer import ModelIdentity
from serve.infer_request import InferRequest
from serve.repository import ModelFile
from serve.signature import Signature

Array = npt.NDArray[np.generic]

# Some hundred runs settle caches, branch predictors and ONNX Runtime's memory pattern.
# A model too large for that is settled after a few: every run of its is long.
_WARM_UP_RUNS = 300
_WARM_UP_AT_LEAST_RUNS = 3
_WARM_UP_NS = 1_000_000_000


def _quiet_run() -> ort.RunOptions:
    """Return options that keep a client's bad values out of the server's log."""
    options = ort.RunOptions()
    options.log_severity_level = 4  # fatal; the error itself reaches the client
    return options


_RUN_OPTIONS = _quiet_run()


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """One version of one model, ready to run.

    Attributes
    ----------
    identity : ModelIdentity
        Its name and version.
    signature : Signature
        Its inputs and outputs.
    session : InferenceSession
        Where it runs.
    """

    identity: ModelIdentity
    signature: Signature
    session: ort.InferenceSession

    @classmethod
    def open(cls, file: ModelFile, threads: int) -> Self:
        """Load a model file.

        Raises
        ------
        ArtifactError
            If ONNX Runtime refuses it, or the protocol cannot carry its tensors.
        """
        session = open_session(file.path, threads=threads)
        try:
            signature = Signature.of(input_specs(session), output_specs(session))
        except ArtifactError as error:
            error.where = str(file.path)
            raise
        return cls(ModelIdentity(file.name, file.version), signature, session)

    def run(self, request: InferRequest) -> list[Array]:
        """Compute the outputs that a request wants, in its order.

        Raises
        ------
        InvalidRequestError
            If the model cannot compute these values (an index out of range, for example).
        """
        names = [output.name for output in request.outputs]
        try:
            arrays: list[Array] = self.session.run(names, request.inputs, _RUN_OPTIONS)
        # ONNX Runtime's exceptions share no base but Exception (its C++ binding makes them).
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            raise InvalidRequestError(
                f"the model cannot compute this input: {reason}", where=self.identity.name
            ) from error
        return arrays

    def warm_up(self) -> None:
        """Run on zeros until the first request finds everything in its place.

        Raises
        ------
        ArtifactError
            If the model cannot run.
        """
        inputs = zeros(tuple(self.signature.inputs.values()))
        request = InferRequest(None, inputs, self.signature.all_binary)
        begun_ns = perf_counter_ns()
        for done in range(_WARM_UP_RUNS):
            if done >= _WARM_UP_AT_LEAST_RUNS and perf_counter_ns() - begun_ns > _WARM_UP_NS:
                break
            try:
                self.run(request)
            except InvalidRequestError as error:
                raise ArtifactError(
                    f"{error.what}: zeros, one row",
                    where=f"{self.identity.name}, version {self.identity.version}",
                    remedy="the server warms every model up with zeros before it is ready",
                ) from error


def sacrifice(file: ModelFile, threads: int) -> None:
    """Load a model, run it, and throw it away.

    The first session of a process comes out slower than those after it. When that one is
    thrown away, the models that are measured start alike.

    Raises
    ------
    ArtifactError
        As `LoadedModel.open` and `LoadedModel.warm_up` do.
    """
    LoadedModel.open(file, threads).warm_up()
    gc.collect()
