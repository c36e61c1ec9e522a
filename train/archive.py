"""Trained networks on the disk: weights, learning curve, and the card that vouches for them."""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path

import torch

from contract.document import write_atomically
from contract.errors import ArtifactError
from contract.network_card import LearningCurve, TrainedCard
from contract.run_directory import RunDirectory
from train.network import Mlp
from train.plan import NetworkPlan

_REMEDY = "delete it and train again"


def packed_weights(network: Mlp) -> bytes:
    """Return a network's state dict as `torch.save` writes it."""
    buffer = io.BytesIO()
    torch.save(network.state_dict(), buffer)
    return buffer.getvalue()


def save_trained(
    directory: RunDirectory, card: TrainedCard, weights: bytes, curve: LearningCurve
) -> None:
    """Write a network's files, the card last: where it lies, the others are whole.

    Raises
    ------
    ArtifactError
        If the folder cannot be written to.
    """
    _withdraw(_card_path(directory, card.name))
    write_atomically(directory.trained / card.weights_file, weights)
    curve.save(_curve_path(directory, card.name))
    card.save(_card_path(directory, card.name))


def finished_card(directory: RunDirectory, plan: NetworkPlan) -> TrainedCard | None:
    """Return the card of a network that was trained by this plan and is whole, else None.

    Raises
    ------
    ArtifactError
        If there is a card, or weights, that cannot be read.
    """
    path = _card_path(directory, plan.name)
    if not path.exists() or not _curve_path(directory, plan.name).exists():
        return None
    card = TrainedCard.load(path)
    weights = directory.trained / card.weights_file
    whole = weights.is_file() and _sha256(_content(weights)) == card.weights_sha256
    return card if whole and plan.describes(card) else None


def load_trained(directory: RunDirectory, name: str) -> tuple[TrainedCard, Mlp]:
    """Read a trained network back, in evaluation mode.

    Parameters
    ----------
    directory : RunDirectory
        The run.
    name : str
        ``none``, ``inverted``, ``regular`` or ``regular-naive``.

    Raises
    ------
    ArtifactError
        If a file is missing, damaged, or does not fit the card.
    """
    card = TrainedCard.load(_card_path(directory, name))
    path = directory.trained / card.weights_file
    content = _content(path)
    if _sha256(content) != card.weights_sha256:
        raise ArtifactError(
            f"damaged: its card says SHA-256 {card.weights_sha256}, found {_sha256(content)}",
            where=str(path),
            remedy=_REMEDY,
        )
    # Making a network draws first weights; the caller's generator is none of their business.
    with torch.random.fork_rng(devices=[]):
        network = Mlp(card.layer_widths, card.drop_probabilities, card.dropout, card.activation)
    try:
        network.load_state_dict(torch.load(io.BytesIO(content), weights_only=True))
    except (RuntimeError, EOFError, TypeError, pickle.UnpicklingError) as error:
        raise ArtifactError(
            f"not the weights that its card describes: {str(error).splitlines()[0]}",
            where=str(path),
            remedy=_REMEDY,
        ) from error
    return card, network.eval()


def _withdraw(card: Path) -> None:
    """Remove a card that vouches for older weights, before these are replaced."""
    try:
        card.unlink(missing_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"cannot be replaced: {error.strerror or error}",
            where=str(card),
            remedy="choose a folder that you may write to",
        ) from error


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArtifactError(
            f"cannot read the weights: {error.strerror or error}", where=str(path), remedy=_REMEDY
        ) from error


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _card_path(directory: RunDirectory, name: str) -> Path:
    return directory.trained / f"{name}.card.json"


def _curve_path(directory: RunDirectory, name: str) -> Path:
    return directory.trained / f"{name}.curve.json"
