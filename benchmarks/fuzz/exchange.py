"""What is sent and what must come back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]
Headers = tuple[tuple[bytes, bytes], ...]


class FindingError(AssertionError):
    """The server did what it must not; the message says what."""


@dataclass(frozen=True, slots=True)
class Whatever:
    """An infer answer or a refusal, either in the protocol's form."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A status from 400 to 499."""


@dataclass(frozen=True, slots=True)
class Body:
    """Status 200 and just this body."""

    body: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """An infer answer with these tensors.

    Attributes
    ----------
    request_id : str or None
        Must be echoed, or be absent.
    arrays : tuple of (str, ndarray)
        Outputs by name, in order.
    binary : tuple of bool
        Which of them must be answered as binary data.
    relative_tolerance : float
        How far floats may be off; 0: not a bit.
    """

    request_id: str | None
    arrays: tuple[tuple[str, Array], ...]
    binary: tuple[bool, ...]
    relative_tolerance: float


Expected = Whatever | Refusal | Body | Result


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that is well framed, and what must come back.

    Attributes
    ----------
    kind : str
        What is counted.
    method, target : bytes
        As in the request line.
    headers : tuple of (bytes, bytes)
        Beside Host and Content-Length.
    body : bytes
        As it is sent.
    expected : Expected
        What must come back.
    """

    kind: str
    method: bytes
    target: bytes
    headers: Headers = ()
    body: bytes = b""
    expected: Expected = field(default_factory=Whatever)

    def wire(self, host: bytes) -> bytes:
        """Return the bytes of the request."""
        lines = [b"%b %b HTTP/1.1" % (self.method, self.target), b"Host: " + host]
        lines += [b"%b: %b" % header for header in self.headers]
        if self.body or self.method == b"POST":
            lines.append(b"Content-Length: %d" % len(self.body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + self.body


LIVE = Exchange("control", b"GET", b"/v2/health/live", expected=Body(b'{"live":true}'))


@dataclass(frozen=True, slots=True)
class Stream:
    """Bytes that are perhaps no HTTP, on a connection of their own, and then its end.

    Attributes
    ----------
    kind : str
        What is counted.
    pieces : tuple of bytes
        Sent one after another.
    methods : tuple of bytes
        The methods of the requests in it, as far as there are any: HEAD is answered without a
        body.
    expected : tuple of Expected
        The first answers that must come, in this order; others may follow.
    """

    kind: str
    pieces: tuple[bytes, ...]
    methods: tuple[bytes, ...] = ()
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; the names of its headers are in lower case.

    Attributes
    ----------
    status : int
        The status.
    headers : dict of str to str
        The last of each name.
    body : bytes
        Empty for an answer to HEAD.
    to_head : bool
        Whether it is one.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    to_head: bool
