"""The ``Server-Timing`` header (W3C) of an infer answer: written by serve, read by loadtest.

::

    Server-Timing: decode;dur=0.031250, queue;dur=0.000000, infer;dur=0.011804,
        encode;dur=0.009127, thread;dur=512.000001     (on one line)

Durations are milliseconds, as the W3C says, with six decimals: whole nanoseconds.
``thread`` is no duration but the reading of a clock; the format has no other place for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from contract.errors import LoadTestError

REQUEST_HEADER = "X-Server-Timing"
"""A request that carries this header, with the value ``1``, is answered with the timing."""

RESPONSE_HEADER = "Server-Timing"

_NS_PER_MS = 1_000_000
_METRIC = re.compile(
    r"(decode|queue|infer|encode|thread)\s*;\s*dur\s*=\s*([0-9]+)\.([0-9]{6})", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ServerTiming:
    """Where the server spent its time on one request, in nanoseconds.

    Attributes
    ----------
    decode_ns : int
        From the whole body's arrival to tensors, on the monotonic clock.
    queue_ns : int
        Waiting for a thread, on the monotonic clock; 0 on the event loop.
    infer_ns : int
        In ONNX Runtime, on the monotonic clock.
    encode_ns : int
        From tensors to the answer's body, on the monotonic clock.
    thread_cpu_ns : int
        What the server thread's CPU clock (``time.thread_time_ns``) read when the request
        came in. The next request's reading minus this one is the CPU that this request
        cost, where one connection sends one request at a time.
    """

    decode_ns: int
    queue_ns: int
    infer_ns: int
    encode_ns: int
    thread_cpu_ns: int

    def header(self) -> str:
        """Return the header's value."""
        decode, decode_rest = divmod(self.decode_ns, _NS_PER_MS)
        queue, queue_rest = divmod(self.queue_ns, _NS_PER_MS)
        infer, infer_rest = divmod(self.infer_ns, _NS_PER_MS)
        encode, encode_rest = divmod(self.encode_ns, _NS_PER_MS)
        thread, thread_rest = divmod(self.thread_cpu_ns, _NS_PER_MS)
        return (
            f"decode;dur={decode}.{decode_rest:06}, queue;dur={queue}.{queue_rest:06}, "
            f"infer;dur={infer}.{infer_rest:06}, encode;dur={encode}.{encode_rest:06}, "
            f"thread;dur={thread}.{thread_rest:06}"
        )

    @classmethod
    def parse(cls, header: str) -> Self:
        """Read the header's value; metrics of other names are passed over.

        Raises
        ------
        LoadTestError
            If one of the five is missing, or is there twice.
        """
        found: dict[str, int] = {}
        for part in header.split(","):
            metric = _METRIC.fullmatch(part.strip())
            if metric is None:
                continue
            name, milliseconds, rest = metric.groups()
            if name in found:
                raise LoadTestError(f"{RESPONSE_HEADER} names {name!r} twice: {header!r}")
            found[name] = int(milliseconds) * _NS_PER_MS + int(rest)
        try:
            return cls(
                decode_ns=found["decode"],
                queue_ns=found["queue"],
                infer_ns=found["infer"],
                encode_ns=found["encode"],
                thread_cpu_ns=found["thread"],
            )
        except KeyError as error:
            raise LoadTestError(
                f"{RESPONSE_HEADER} lacks {error.args[0]!r}: {header!r}",
                remedy="is this a server of perbillion?",
            ) from error
