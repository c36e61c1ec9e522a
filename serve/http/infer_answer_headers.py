"""The headers of an infer answer, the same whichever way it goes out."""

from __future__ import annotations

from contract.server_timing import RESPONSE_HEADER, ServerTiming
from serve.codec.infer_request import JSON_LENGTH_HEADER
from serve.models.infer_handler import TimedAnswer

_JSON = (b"content-type", b"application/json")
_BINARY = (b"content-type", b"application/octet-stream")
_JSON_LENGTH = JSON_LENGTH_HEADER.lower().encode()
_TIMING = RESPONSE_HEADER.lower().encode()


def answer_headers(timed: TimedAnswer, cpu_clock_ns: int | None) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers, without the body's length.

    Parameters
    ----------
    timed : TimedAnswer
        The answer.
    cpu_clock_ns : int or None
        What the thread's CPU clock read when the request's headers were there; None where no
        timing is wanted.
    """
    json_bytes = timed.answer.json_bytes
    headers = [_JSON] if json_bytes is None else [_BINARY, (_JSON_LENGTH, b"%d" % json_bytes)]
    if cpu_clock_ns is not None:
        timing = ServerTiming(
            timed.decode_ns, timed.queue_ns, timed.infer_ns, timed.encode_ns, cpu_clock_ns
        )
        headers.append((_TIMING, timing.header().encode()))
    return headers
