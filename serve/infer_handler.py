"""One inference from body to body, timed; it knows nothing of HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns

from serve.infer_answer import InferAnswer, encode_answer
from serve.infer_request import decode_request
from serve.model import LoadedModel


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """An answer and how long each step to it took, in nanoseconds."""

    answer: InferAnswer
    decode_ns: int
    infer_ns: int
    encode_ns: int


def handle_infer(model: LoadedModel, body: bytes, json_bytes: int | None) -> TimedAnswer:
    """Answer an infer request.

    It runs where it is called, on the event loop: one path of execution for every model and
    request, without a hand-over to another thread that would cost more than the inference.

    Parameters
    ----------
    model : LoadedModel
        The model that is asked.
    body : bytes
        The request's body.
    json_bytes : int or None
        The length of its JSON part, as in `decode_request`.

    Raises
    ------
    InvalidRequestError
        If the request cannot be answered.
    """
    arrived_ns = perf_counter_ns()
    request = decode_request(body, json_bytes, model.signature)
    decoded_ns = perf_counter_ns()
    arrays = model.run(request)
    inferred_ns = perf_counter_ns()
    answer = encode_answer(model.identity, model.signature, request, arrays)
    encoded_ns = perf_counter_ns()
    return TimedAnswer(
        answer,
        decode_ns=decoded_ns - arrived_ns,
        infer_ns=inferred_ns - decoded_ns,
        encode_ns=encoded_ns - inferred_ns,
    )
