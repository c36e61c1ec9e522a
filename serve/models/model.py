"""A model that is loaded: a session of ONNX Runtime and what it takes and gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

from contract.errors import ArtifactError, InvalidRequestError
from graph.session import (
    InferenceSession,
    RunOptions,
    input_specs,
    open_session,
    output_specs,
    zeros,
)
from serve.codec.infer_answer import ModelIdentity
from serve.codec.signature import Signature
from serve.models.execution import Cost
from serve.models.model_link import open_through_links
from serve.models.repository import ModelFile

Array = npt.NDArray[np.generic]

# Some hundred runs settle caches, branch predictors and ONNX Runtime's memory pattern.
# A model too large for that is settled after a few: every run of its is long.
_WARM_UP_RUNS = 300
_WARM_UP_AT_LEAST_RUNS = 3
_WARM_UP_NS = 500_000_000
# Enough rows to tell what one more costs, few enough for a large model.
_COST_ROWS = 17
# From here on a run gives back what it took of the arena. It costs nothing that could be
# measured beside a run of this size, and one huge request does not keep its memory for good.
_SHRINK_FROM_BYTES = 256 * 1024


def _run_options(*, shrink: bool) -> RunOptions:
    """Return options that keep a client's bad values out of the server's log."""
    options = RunOptions()
    options.log_severity_level = 4  # fatal; the error itself reaches the client
    if shrink:
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


_SMALL_RUN = _run_options(shrink=False)
_LARGE_RUN = _run_options(shrink=True)


@dataclass(frozen=True, slots=True)
class Model:
    """One version of one model, ready to run; it knows nothing of requests and queues.

    Attributes
    ----------
    identity : ModelIdentity
        Its name and version.
    signature : Signature
        Its inputs and outputs.
    session : InferenceSession
        Where it runs.
    threads : int
        Threads for one inference.
    """

    identity: ModelIdentity
    signature: Signature
    session: InferenceSession
    threads: int

    @classmethod
    def open(cls, file: ModelFile, threads: int) -> Model:
        """Load a model file.

        Raises
        ------
        ArtifactError
            If ONNX Runtime refuses it, or the protocol cannot carry its tensors.
        """
        session = open_through_links(file.path, lambda path: open_session(path, threads=threads))
        try:
            signature = Signature.of(input_specs(session), output_specs(session))
        except ArtifactError as error:
            error.where = str(file.path)
            raise
        return cls(ModelIdentity(file.name, file.version), signature, session, threads)

    def run(self, names: list[str] | None, inputs: dict[str, Array]) -> Sequence[Array]:
        """Compute outputs.

        Parameters
        ----------
        names : list of str or None
            The outputs wanted, in order; None for all, in the model's order.
        inputs : dict of str to ndarray
            Every input.

        Raises
        ------
        InvalidRequestError
            If the model cannot compute these values (an index out of range, for example).
        """
        size = sum(array.nbytes for array in inputs.values())
        options = _SMALL_RUN if size < _SHRINK_FROM_BYTES else _LARGE_RUN
        try:
            arrays: list[Array] = self.session.run(names, inputs, options)
        # ONNX Runtime's exceptions share no base but Exception (its C++ binding makes them).
        except Exception as error:
            reason = str(error).strip().partition("\n")[0]
            raise InvalidRequestError(
                f"the model cannot compute this input: {reason}", where=self.identity.name
            ) from error
        return arrays

    def warm_up(self) -> Cost:
        """Run on zeros until the first request finds everything in its place.

        Returns
        -------
        Cost
            What a run takes, as the last of these runs showed.

        Raises
        ------
        ArtifactError
            If the model cannot run.
        """
        try:
            one_row_ns = self._settled_ns(rows=1)
        except InvalidRequestError as error:
            raise ArtifactError(
                f"{error.what}: zeros, one row",
                where=f"{self.identity.name}, version {self.identity.version}",
                remedy="the server warms every model up with zeros before it is ready",
            ) from error
        by_the_row = Cost(base_ns=0.0, row_ns=one_row_ns)
        if not self.signature.open_rows:
            return by_the_row
        try:
            return Cost.through(one_row_ns, _COST_ROWS, self._settled_ns(rows=_COST_ROWS))
        except InvalidRequestError:
            # A graph may say that any number of rows is welcome and compute only some.
            return by_the_row

    def _settled_ns(self, rows: int) -> float:
        """Run until it goes no faster; return the median of the later half of the runs."""
        inputs = zeros(tuple(self.signature.inputs.values()), rows)
        begun_ns = perf_counter_ns()
        took_ns: list[int] = []
        while len(took_ns) < _WARM_UP_RUNS:
            if (
                len(took_ns) >= _WARM_UP_AT_LEAST_RUNS
                and perf_counter_ns() - begun_ns > _WARM_UP_NS
            ):
                break
            before_ns = perf_counter_ns()
            self.run(None, inputs)
            took_ns.append(perf_counter_ns() - before_ns)
        return float(np.median(took_ns[len(took_ns) // 2 :]))
