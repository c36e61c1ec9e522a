"""A model that somebody serves: what it takes, and what it answers.

Asked in JSON, which every server of the Open Inference Protocol reads; tensors in binary are an
extension that a server may lack.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from contract.errors import ServingError
from contract.tensor import BY_PROTOCOL_NAME, TensorSpec
from contract.traffic import Array, Request, Traffic
from loadtest.generators.infer_request import json_request

BINARY_EXTENSION = "binary_tensor_data"
_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class RemoteModel:
    """A served model.

    Attributes
    ----------
    url : str
        ``http://HOST:PORT/v2/models/NAME``, with ``/versions/VERSION`` behind it or not.
    """

    url: str

    @property
    def infer_url(self) -> str:
        """Where infer requests go."""
        return f"{self.url.rstrip('/')}/infer"

    def specs(self) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...]]:
        """Ask for the model's inputs and outputs.

        Raises
        ------
        ServingError
            If nobody answers, or the answer is no metadata of the protocol's.
        """
        metadata = self._answer(self.url)
        try:
            inputs, outputs = (
                tuple(
                    TensorSpec(
                        name=tensor["name"],
                        datatype=tensor["datatype"],
                        shape=tuple(int(size) for size in tensor["shape"]),
                    )
                    for tensor in metadata[direction]
                )
                for direction in ("inputs", "outputs")
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._not_the_protocol(f"its metadata lacks {error}") from error
        unknown = [spec.datatype for spec in inputs if spec.datatype not in BY_PROTOCOL_NAME]
        if unknown:
            raise self._not_the_protocol(f"an input is of the type {unknown[0]}")
        return inputs, outputs

    def reads_binary(self) -> bool:
        """Ask whether the server takes tensors in binary.

        Raises
        ------
        ServingError
            If nobody answers.
        """
        server = urlsplit(self.url)
        extensions = self._answer(f"{server.scheme}://{server.netloc}/v2").get("extensions", ())
        return isinstance(extensions, list) and BINARY_EXTENSION in extensions

    def answers(self, traffic: Traffic) -> tuple[tuple[Array, ...], ...]:
        """Ask every request once.

        Returns
        -------
        tuple of tuple of array
            For every request the outputs, in the order of the model's metadata.

        Raises
        ------
        ServingError
            If a request is not answered as the protocol says.
        """
        _, outputs = self.specs()
        return tuple(self._asked(request, outputs) for request in traffic.requests)

    def _asked(self, request: Request, outputs: tuple[TensorSpec, ...]) -> tuple[Array, ...]:
        answer = self._answer(self.infer_url, json_request(request).body)
        try:
            told = {tensor["name"]: tensor for tensor in answer["outputs"]}
            return tuple(
                np.array(
                    told[spec.name]["data"],
                    dtype=BY_PROTOCOL_NAME[told[spec.name]["datatype"]].numpy,
                ).reshape(told[spec.name]["shape"])
                for spec in outputs
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._not_the_protocol(f"an answer cannot be read: {error}") from error

    def _answer(self, url: str, body: bytes | None = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if body else {}
        request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 - checked: http(s)
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
                document = json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                said = error.read(300).decode(errors="replace").strip()
            raise ServingError(
                f"the server answers with {error.code}: {said}",
                where=url,
                remedy="name a model as http://HOST:PORT/v2/models/NAME",
            ) from error
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise ServingError(
                f"nobody answers: {reason}", where=url, remedy="is the server running?"
            ) from error
        except ValueError as error:
            raise self._not_the_protocol("its answer is no JSON") from error
        if not isinstance(document, dict):
            raise self._not_the_protocol("its answer is no JSON object")
        return document

    def _not_the_protocol(self, reason: str) -> ServingError:
        return ServingError(
            f"this server does not speak the Open Inference Protocol: {reason}",
            where=self.url,
            remedy="name a model as http://HOST:PORT/v2/models/NAME",
        )
