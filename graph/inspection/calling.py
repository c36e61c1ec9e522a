"""One call of a session; what goes wrong in it is an error of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from contract.errors import ArtifactError
from contract.traffic import Request
from graph.session import InferenceSession


def call(
    session: InferenceSession, model: Path, request: Request, outputs: Sequence[str] | None = None
) -> Sequence[object]:
    """Run a session once.

    Parameters
    ----------
    session : InferenceSession
        The session.
    model : Path
        What to name in an error.
    request : mapping of str to array
        Its inputs.
    outputs : sequence of str, optional
        The outputs wanted; all, where they are not given.

    Raises
    ------
    ArtifactError
        If ONNX Runtime cannot run it on this request.
    """
    try:
        made: Sequence[object] = session.run(outputs, dict(request))
    # ONNX Runtime's exceptions share no base but Exception (its C++ binding makes them).
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise ArtifactError(
            f"ONNX Runtime cannot run this model: {reason}",
            where=str(model),
            remedy="give inputs that it accepts with --inputs",
        ) from error
    return made
