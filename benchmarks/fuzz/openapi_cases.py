"""What schemathesis makes of the server's own OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from benchmarks.fuzz.exchange import Answer, FindingError
from benchmarks.fuzz.models import FuzzedModel
from benchmarks.fuzz.verdict import require_form

# The document must be right about what comes back; what must not come back is in `verdict`.
_CHECKS = [
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
_TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class OpenApiOperation:
    """One operation of the document.

    Attributes
    ----------
    label : str
        Such as ``GET /v2/models/{model}``.
    cases : SearchStrategy
        Calls of it, as the document allows and as it does not.
    differ : bool
        Whether one call of it can be other than another.
    """

    label: str
    cases: st.SearchStrategy[Any]
    differ: bool


class OpenApiSession:
    """Makes calls of the document's operations and checks what comes back against it.

    Parameters
    ----------
    port : int
        Where the server listens, on the loopback.
    models : sequence of FuzzedModel
        Models that there are: names made up from nothing would all be unknown.
    """

    def __init__(self, port: int, models: Sequence[FuzzedModel]) -> None:
        self._base_url = f"http://127.0.0.1:{port}"
        self._session = requests.Session()
        document = self._session.get(f"{self._base_url}/openapi.json", timeout=_TIMEOUT_SECONDS)
        self._schema = schemathesis.openapi.from_dict(document.json())
        self._names = st.sampled_from(sorted({model.name for model in models}))

    def close(self) -> None:
        """Close the connection that is kept."""
        self._session.close()

    def operations(self) -> list[OpenApiOperation]:
        """Return the operations of the document."""
        found: list[Any] = list(self._schema.get_all_operations())
        operations = [result.ok() for result in found]
        return [
            OpenApiOperation(one.label, self._cases(one), bool(one.body or one.path_parameters))
            for one in operations
        ]

    def _cases(self, operation: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 - untyped there
        cases: st.SearchStrategy[Any] = operation.as_strategy(
            generation_mode=GenerationMode.POSITIVE
        )
        if operation.body:
            cases |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
        if not operation.path_parameters:
            return cases
        return st.tuples(cases, st.none() | self._names).map(_named)

    def call(self, case: Any) -> int:  # noqa: ANN401 - schemathesis's Case
        """Make a call and check its answer; returns the status.

        Raises
        ------
        FindingError
            If the answer is not one that the server may give, or not one of the document's.
        """
        response = case.call(self._base_url, session=self._session, timeout=_TIMEOUT_SECONDS)
        headers = {name.lower(): values[-1] for name, values in response.headers.items()}
        require_form(Answer(response.status_code, headers, response.content, to_head=False))
        try:
            case.validate_response(response, checks=_CHECKS)
        except BaseExceptionGroup as failures:
            raise FindingError(str(failures)) from failures
        return int(response.status_code)


def _named(drawn: tuple[Any, str | None]) -> Any:  # noqa: ANN401 - schemathesis's Case
    case, name = drawn
    if name is not None:
        case.path_parameters["model"] = name
    return case
