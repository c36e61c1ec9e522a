"""Trained networks on the disk: weights, learning curve, and the card that vouches for them."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from contract.document import write_atomically
from contract.errors import ArtifactError
from contract.network_card import LearningCurve, TrainedCard
from train.checkpoint import Checkpoint, EpochPoint
from train.network import Mlp
from train.plan import NetworkPlan

_REMEDY = "delete it and train again"
# What reading something that torch did not write raises.
_UNREADABLE = (RuntimeError, EOFError, TypeError, KeyError, ValueError, pickle.UnpicklingError)


@dataclass(frozen=True, slots=True)
class NetworkArchive:
    """A folder of trained networks, and of checkpoints of those that are being trained.

    Attributes
    ----------
    folder : Path
        Made when the first network is saved.
    """

    folder: Path

    def finished_card(self, plan: NetworkPlan) -> TrainedCard | None:
        """Return the card of a network that was trained by this plan and is whole, else None.

        Raises
        ------
        ArtifactError
            If there is a card, or weights, that cannot be read.
        """
        path = self._card_path(plan.name)
        if not path.exists() or not self._curve_path(plan.name).exists():
            return None
        card = TrainedCard.load(path)
        weights = self.folder / card.weights_file
        whole = weights.is_file() and _sha256(_content(weights)) == card.weights_sha256
        return card if whole and plan.describes(card) else None

    def save(self, card: TrainedCard, weights: bytes, curve: LearningCurve) -> None:
        """Write a network's files, the card last: where it lies, the others are whole.

        Its checkpoint goes.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        _withdraw(self._card_path(card.name))
        write_atomically(self.folder / card.weights_file, weights)
        curve.save(self._curve_path(card.name))
        card.save(self._card_path(card.name))
        _withdraw(self._checkpoint_path(card.name))

    def load(self, name: str) -> tuple[TrainedCard, Mlp]:
        """Read a trained network back, in evaluation mode.

        Parameters
        ----------
        name : str
            As on its card.

        Raises
        ------
        ArtifactError
            If a file is missing, damaged, or does not fit the card.
        """
        card = TrainedCard.load(self._card_path(name))
        path = self.folder / card.weights_file
        content = _content(path)
        if _sha256(content) != card.weights_sha256:
            raise ArtifactError(
                f"damaged: its card says SHA-256 {card.weights_sha256}, found {_sha256(content)}",
                where=str(path),
                remedy=_REMEDY,
            )
        # Making a network draws first weights; the caller's generator is none of their business.
        with torch.random.fork_rng(devices=[]):
            network = Mlp(card.architecture)
        try:
            network.load_state_dict(torch.load(io.BytesIO(content), weights_only=True))
        except _UNREADABLE as error:
            raise ArtifactError(
                f"not the weights that its card describes: {str(error).splitlines()[0]}",
                where=str(path),
                remedy=_REMEDY,
            ) from error
        return card, network.eval()

    def curve(self, name: str) -> LearningCurve:
        """Read a trained network's learning curve.

        Raises
        ------
        ArtifactError
            If it is missing or damaged.
        """
        return LearningCurve.load(self._curve_path(name))

    def keep_checkpoint(self, plan: NetworkPlan, checkpoint: Checkpoint) -> None:
        """Write how far a network's training has come, in place of what was there.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        content = {
            "plan": _identity(plan),
            "epoch": checkpoint.epoch,
            "weights": checkpoint.weights,
            "generator_state": checkpoint.generator_state,
            "points": [asdict(point) for point in checkpoint.points],
            "batch_losses": [list(losses) for losses in checkpoint.batch_losses],
        }
        write_atomically(self._checkpoint_path(plan.name), _packed(content))

    def checkpoint(self, plan: NetworkPlan) -> Checkpoint | None:
        """Return how far a training by this plan came before it was cut.

        None where there is no checkpoint, or it is of another plan or damaged: the training then
        begins anew.
        """
        path = self._checkpoint_path(plan.name)
        if not path.is_file():
            return None
        try:
            content = torch.load(io.BytesIO(path.read_bytes()), weights_only=True)
            if content["plan"] != _identity(plan):
                return None
            return Checkpoint(
                epoch=content["epoch"],
                weights=content["weights"],
                generator_state=content["generator_state"],
                points=tuple(EpochPoint(**point) for point in content["points"]),
                batch_losses=tuple(tuple(losses) for losses in content["batch_losses"]),
            )
        except (OSError, *_UNREADABLE):
            return None

    def _card_path(self, name: str) -> Path:
        return self.folder / f"{name}.card.json"

    def _curve_path(self, name: str) -> Path:
        return self.folder / f"{name}.curve.json"

    def _checkpoint_path(self, name: str) -> Path:
        return self.folder / f"{name}.checkpoint.pt"


def packed_weights(network: Mlp) -> bytes:
    """Return a network's state dict as `torch.save` writes it."""
    return _packed(network.state_dict())


def _packed(content: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def _identity(plan: NetworkPlan) -> str:
    """Write a plan so that equal ones are equal."""
    return json.dumps(asdict(plan), sort_keys=True)


def _withdraw(file: Path) -> None:
    """Remove a file that vouches for older weights, before these are replaced."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"cannot be replaced: {error.strerror or error}",
            where=str(file),
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
