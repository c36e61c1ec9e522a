"""What an infer request passes on its way in, whichever way it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.errors import InvalidRequestError, TooLargeError, UnsupportedMediaError
from serve.access.access import AccessRules
from serve.access.access_log import AccessLog
from serve.codec.infer_request import JSON_LENGTH_HEADER
from serve.http.admission import Admission
from serve.http.body_memory import BodyMemory
from serve.limits import Limits
from serve.models.infer_handler import InferHandler
from serve.models.served_models import ServedModels
from serve.statistics.tallies import Tallies

_JSON_LENGTH = JSON_LENGTH_HEADER.lower().encode()
# What a header that may name a compression says where there is none.
_UNCOMPRESSED = {b"content-encoding": b"identity", b"transfer-encoding": b"chunked"}
# More digits cannot be the length of a body, and int() refuses very many.
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Entrance:
    """What both ways in share: `serve.http.infer_protocol` and the ASGI route.

    Attributes
    ----------
    served : ServedModels
        The models.
    handler : InferHandler
        Who answers.
    admission : Admission
        How much may be in flight.
    access : AccessRules
        Who may come in.
    limits : Limits
        How large a request may be.
    tallies : Tallies
        Where requests are counted.
    body_memory : BodyMemory
        Where bodies are received.
    access_log : AccessLog or None
        Where answers are noted, if they are.
    """

    served: ServedModels
    handler: InferHandler
    admission: Admission
    access: AccessRules
    limits: Limits
    tallies: Tallies
    body_memory: BodyMemory
    access_log: AccessLog | None = None

    def require_acceptable(self, headers: Mapping[bytes, bytes], body_bytes: int) -> None:
        """Check what can be known of a body before it is read.

        Parameters
        ----------
        headers : mapping of bytes to bytes
            The request's headers, names in lower case.
        body_bytes : int
            The body's length; 0 where it is not known.

        Raises
        ------
        TooLargeError
            If it is longer than the limit.
        UnsupportedMediaError
            If it is compressed.
        """
        if body_bytes > self.limits.max_body_bytes:
            raise TooLargeError(
                f"the body has {body_bytes} bytes, at most {self.limits.max_body_bytes} are read"
            )
        for name, plain in _UNCOMPRESSED.items():
            if headers.get(name, plain).lower() != plain:
                raise UnsupportedMediaError(
                    "compressed bodies are not read",
                    where=name.decode().title(),
                    remedy="send it as it is",
                )


def json_length(headers: Mapping[bytes, bytes]) -> int | None:
    """Return the length of the body's JSON part; None without the header.

    Raises
    ------
    InvalidRequestError
        If the header is there and is no length.
    """
    value = headers.get(_JSON_LENGTH)
    if value is None:
        return None
    if not value.isdigit() or len(value) > _MOST_DIGITS:
        raise InvalidRequestError("must be a length in bytes", where=JSON_LENGTH_HEADER)
    return int(value)
