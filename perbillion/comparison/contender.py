"""One of the two models: a file, or a model that somebody serves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contract.comparison_plan import is_url
from contract.document import sha256_of
from contract.errors import ArtifactError
from contract.graph_card import ComparedCard
from contract.repository import FIRST_VERSION, MODEL_FILE, card_file, model_file
from contract.tensor import TensorSpec
from graph.census import take_census
from graph.linked_model import linked_model
from graph.model_file import load_model, require_readable
from graph.scaling import scalings
from graph.session import input_specs, open_session, output_specs
from loadtest.remote.remote_model import RemoteModel


@dataclass(frozen=True, slots=True)
class Contender:
    """A model as it was named, and what it takes.

    Attributes
    ----------
    name : str
        An absolute path, or a URL.
    inputs, outputs : tuple of TensorSpec
        What it takes and gives.
    """

    name: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    @classmethod
    def of(cls, name: str) -> Self:
        """Look at a model: at its file, or at what its server says of it.

        Raises
        ------
        ArtifactError
            If the file is missing, damaged, or no model that ONNX Runtime runs.
        ServingError
            If nobody answers at the URL.
        """
        if is_url(name):
            inputs, outputs = RemoteModel(name).specs()
            return cls(name, inputs, outputs)
        path = Path(name).absolute()
        # Before the runtime sees it: of a damaged file this says more.
        require_readable(path)
        session = open_session(path)
        return cls(str(path), input_specs(session), output_specs(session))

    @property
    def file(self) -> Path | None:
        """Its file; None where it is served elsewhere."""
        return None if is_url(self.name) else Path(self.name)

    def put(self, repository: Path, arm: str, *, same_function: bool) -> ComparedCard:
        """Link the model into a repository under an arm's name, with its card beside it.

        Raises
        ------
        ArtifactError
            If the file is damaged, or the folder cannot be written to.
        """
        card = (
            self._served(arm, same_function=same_function)
            if self.file is None
            else self._linked(self.file, repository, arm, same_function=same_function)
        )
        card.save(card_file(repository, arm))
        return card

    def _served(self, arm: str, *, same_function: bool) -> ComparedCard:
        return ComparedCard(
            arm=arm,
            version=FIRST_VERSION,
            made_from=self.name,
            same_function=same_function,
            inputs=self.inputs,
            outputs=self.outputs,
            scalings=0,
            opset=None,
            model_file=None,
            model_sha256=None,
            census=None,
            url=self.name,
        )

    def _linked(
        self, file: Path, repository: Path, arm: str, *, same_function: bool
    ) -> ComparedCard:
        path = model_file(repository, arm)
        linked_model(file, path)
        model = load_model(path)
        opsets = {given.domain: given.version for given in model.opset_import}
        try:
            sha256 = sha256_of(path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise ArtifactError(f"cannot read the model: {reason}", where=str(path)) from error
        return ComparedCard(
            arm=arm,
            version=FIRST_VERSION,
            made_from=self.name,
            same_function=same_function,
            inputs=self.inputs,
            outputs=self.outputs,
            scalings=len(scalings(model.graph)),
            opset=opsets.get("", opsets.get("ai.onnx")),
            model_file=MODEL_FILE,
            model_sha256=sha256,
            census=take_census(model),
        )
