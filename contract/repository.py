"""The model repository: ``<repository>/<arm>/<version>/model.onnx``, its card beside it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from contract.document import sha256_of
from contract.errors import ArtifactError
from contract.graph_card import GraphCard

Card = TypeVar("Card", bound=GraphCard)

MODEL_FILE = "model.onnx"
CARD_FILE = "model.card.json"
FIRST_VERSION = "1"

_REMEDY = "make it again: perbillion export RUN_DIR, or a new comparison"


def model_file(repository: Path, arm: str, version: str = FIRST_VERSION) -> Path:
    """Return where the model of an arm lies."""
    return repository / arm / version / MODEL_FILE


def card_file(repository: Path, arm: str, version: str = FIRST_VERSION) -> Path:
    """Return where the card of an arm lies."""
    return repository / arm / version / CARD_FILE


def load_card(repository: Path, arm: str, kind: type[Card], version: str = FIRST_VERSION) -> Card:
    """Read the card of an arm and check it against the model beside it.

    Parameters
    ----------
    repository : Path
        The model repository.
    arm : str
        Which model.
    kind : type of GraphCard
        Which card an arm of this run has.
    version : str
        Its version folder.

    Raises
    ------
    ArtifactError
        If card or model is missing or unreadable, or the model is not the one that the card
        describes.
    """
    path = card_file(repository, arm, version)
    if not path.is_file():
        raise ArtifactError(
            f"no arm {arm!r} in this model repository: its card is missing",
            where=str(path),
            remedy=_REMEDY,
        )
    card = kind.load(path)
    if (card.arm, card.version) != (arm, version):
        raise ArtifactError(
            f"the card of another model: arm {card.arm!r}, version {card.version!r}",
            where=str(path),
            remedy=_REMEDY,
        )
    if card.model_file is None:
        return card
    model = model_file(repository, arm, version)
    found = _sha256(model)
    if found != card.model_sha256:
        raise ArtifactError(
            f"damaged: its card says SHA-256 {card.model_sha256}, found {found}",
            where=str(model),
            remedy=_REMEDY,
        )
    return card


def _sha256(model: Path) -> str:
    try:
        return sha256_of(model)
    except OSError as error:
        raise ArtifactError(
            f"cannot read the model: {error.strerror or error}", where=str(model), remedy=_REMEDY
        ) from error
