"""The arms of the experiment: one function, several graphs, from one trained network.

``inverted``
    The network trained with inverted dropout, weights W: nothing is scaled at prediction.
``regular``
    The same function by regular dropout: W / (1-p) in every layer that a dropped layer feeds,
    and its activations multiplied by 1-p at every prediction.
``folded``
    ``regular`` with 1-p multiplied into the weights again: the graph of ``inverted``, and its
    weights, to the bit where 1-p is a power of two, else to rounding.
``again``
    ``inverted``, the same bytes: the A/A control.
``regular-x2``, ``-x4``, ``-x8``
    ``regular`` with each multiplication by 1-p split into k by (1-p)^(1/k): the dose-response
    series.
``null``
    No network: a model that copies the first numbers of its input. What remains of a
    prediction's cost is that of everything else.
``dropconnect``
    Another network, trained with DropConnect, by its mean weights: the graph of ``inverted``.
``dropconnect-sampled``
    The same network as the paper predicts with it: each layer that drops weights draws its net
    inputs k times from a Gaussian, and the mean of their activations goes on. Random at every
    prediction, and meant to be: the graph's random nodes have no seed.

The last three compute other functions, so they take no part in the equality gate and in no verdict.

The network *trained* with regular dropout is not what is measured: where 1-p is no power of
two, rounding lets it drift from ``inverted`` during training. Cards say whether it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import onnx
import torch

from contract.architecture import Architecture
from contract.errors import ExperimentError, nearest
from contract.experiment import ARMS, DOSE_ARMS, DROPCONNECT_ARMS, NULL_ARM
from export.exporting import export_network
from export.trained_networks import TrainedNetworks
from graph.copying import copying_model
from graph.folding import fold
from graph.splitting import split_scalings
from train.network import Mlp

REFERENCE = "inverted"
_MEAN_WEIGHTS, _SAMPLED = DROPCONNECT_ARMS


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One arm, made.

    Attributes
    ----------
    name : str
        As in `contract.experiment.ARMS`.
    made_from : str
        How, for its card.
    model : ModelProto
        The graph.
    network : Module
        What the graph must predict like, in evaluation mode.
    architecture : Architecture or None
        Of the network, or of the one whose layers it samples; None for the arm without a network.
    same_function : bool
        Whether that is the reference's function.
    samples : int or None
        How many samples of each layer a prediction averages; None where it draws none.
    """

    name: str
    made_from: str
    model: onnx.ModelProto
    network: torch.nn.Module
    architecture: Architecture | None
    same_function: bool = True
    samples: int | None = None


class ArmMaker:
    """Makes arms; each graph is exported once, when it is first asked for.

    Parameters
    ----------
    networks : TrainedNetworks
        What to make them from.
    """

    def __init__(self, networks: TrainedNetworks) -> None:
        self._networks = networks

    def make(self, name: str) -> Arm:
        """Make an arm.

        Raises
        ------
        ExperimentError
            If there is no such arm.
        """
        if name in DROPCONNECT_ARMS:
            return self._with_dropconnect(name)
        made_from, networks = self.made_from(name), self._networks
        if name == NULL_ARM:
            model, network = copying_model(self._inverted), _FirstNumbers(networks.classes)
            return Arm(name, made_from, model, network, None, same_function=False)
        if name in ("inverted", "again"):
            return _arm(name, made_from, self._inverted, networks.inverted)
        if name in DOSE_ARMS:
            model = split_scalings(self._regular, DOSE_ARMS[name])
            return _arm(name, made_from, model, networks.derived)
        return _arm(name, made_from, fold(self._regular), networks.derived)

    def _with_dropconnect(self, name: str) -> Arm:
        networks, made_from = self._networks, self.made_from(name)
        sampled = name == _SAMPLED
        network = networks.sampled if sampled else networks.dropconnect
        return Arm(
            name,
            made_from,
            export_network(network),
            network,
            networks.dropconnect.architecture,
            same_function=False,
            samples=networks.samples if sampled else None,
        )

    def made_from(self, name: str) -> str:
        """Say how an arm is made; the same words mean the same graph.

        Raises
        ------
        ExperimentError
            If there is no such arm.
        """
        networks = self._networks
        source = f"the trained network 'inverted' (weights {networks.inverted_sha256[:12]})"
        other = f"the trained network 'dropconnect' (weights {networks.dropconnect_sha256[:12]})"
        told = {
            "inverted": f"{source}, in evaluation mode",
            "again": f"the same bytes as the arm 'inverted': {source}, in evaluation mode",
            "regular": f"{source}, {self._division_told()}; {self._drift_told()}",
            "folded": f"the arm 'regular', its multiplications folded into the weights: {source}",
            NULL_ARM: f"no network: the first {networks.classes} numbers of an image",
            _MEAN_WEIGHTS: f"{other} by its mean weights, in evaluation mode: another function",
            _SAMPLED: f"{other} by {networks.samples} Gaussian samples of each layer that drops "
            "weights, averaged: another function, random at every prediction",
        }
        told |= {
            dose: f"the arm 'regular', each multiplication by 1-p split into {parts} by "
            f"(1-p)^(1/{parts}): {source}"
            for dose, parts in DOSE_ARMS.items()
            if parts > 1
        }
        if name not in told:
            raise ExperimentError(f"no arm {name!r}", remedy=nearest(name, ARMS))
        return told[name]

    def _division_told(self) -> str:
        if self._networks.architecture.placement == "before":
            return (
                "weights and biases of a dropped layer divided by 1-p and its net inputs "
                "multiplied by 1-p"
            )
        return (
            "weights divided by 1-p where a dropped layer feeds them and that layer's activations "
            "multiplied by 1-p"
        )

    def _drift_told(self) -> str:
        drift = self._networks.drift
        if drift == 0:
            return "the trained network 'regular' has the same weights to the bit"
        return (
            f"the trained network 'regular' differs from these weights by up to {drift:.2g}, "
            "for training amplifies rounding"
        )

    @cached_property
    def _inverted(self) -> onnx.ModelProto:
        return export_network(self._networks.inverted)

    @cached_property
    def _regular(self) -> onnx.ModelProto:
        return export_network(self._networks.derived)


class _FirstNumbers(torch.nn.Module):
    """What the arm `null` predicts: the first numbers of each row."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows[:, : self._count]


def _arm(name: str, made_from: str, model: onnx.ModelProto, network: Mlp) -> Arm:
    return Arm(name, made_from, model, network, network.architecture)
