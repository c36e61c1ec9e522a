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
    prediction's cost is that of everything else. It computes another function, so it takes no
    part in the equality gate and in no verdict.

The network *trained* with regular dropout is not what is measured: where 1-p is no power of
two, rounding lets it drift from ``inverted`` during training. Cards say whether it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import onnx
import torch

from contract.errors import ExperimentError, nearest
from contract.experiment import ARMS, DOSE_ARMS, NULL_ARM
from contract.run_directory import RunDirectory
from export.exporting import export_network
from graph.copying import copying_model
from graph.folding import fold
from graph.splitting import split_scalings
from train.archive import load_trained
from train.matching import derive_regular
from train.network import Mlp

REFERENCE = "inverted"


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
    same_function : bool
        Whether that is the reference's function.
    """

    name: str
    made_from: str
    model: onnx.ModelProto
    network: torch.nn.Module
    same_function: bool = True


@dataclass(frozen=True)
class TrainedPair:
    """What the arms are made from.

    Attributes
    ----------
    inverted : Mlp
        Trained with inverted dropout, in evaluation mode.
    regular : Mlp
        Trained with regular dropout, matched with it: only compared, never exported.
    layer_widths, drop_probabilities, activation
        Of both, as on their cards.
    weights_sha256 : str
        Of the inverted network's weights file.
    """

    inverted: Mlp
    regular: Mlp
    layer_widths: tuple[int, ...]
    drop_probabilities: tuple[float, ...]
    activation: str
    weights_sha256: str

    @classmethod
    def load(cls, directory: RunDirectory) -> Self:
        """Read the trained networks of a run.

        Raises
        ------
        ArtifactError
            If one is missing or damaged.
        """
        card, inverted = load_trained(directory, "inverted")
        _, regular = load_trained(directory, "regular")
        return cls(
            inverted=inverted,
            regular=regular,
            layer_widths=card.layer_widths,
            drop_probabilities=card.drop_probabilities,
            activation=card.activation,
            weights_sha256=card.weights_sha256,
        )

    @cached_property
    def derived(self) -> Mlp:
        """The inverted network's function by regular dropout, in evaluation mode."""
        network = Mlp(self.layer_widths, self.drop_probabilities, "regular", self.activation)
        network.load_state_dict(derive_regular(self.inverted.state_dict(), self.drop_probabilities))
        return network.eval()

    @cached_property
    def drift(self) -> float:
        """The largest difference of a weight between the trained regular network and `derived`."""
        trained = self.regular.state_dict()
        return max(
            torch.max(torch.abs(trained[name] - weight)).item()
            for name, weight in self.derived.state_dict().items()
        )


class ArmMaker:
    """Makes arms; each graph is exported once, when it is first asked for.

    Parameters
    ----------
    pair : TrainedPair
        What to make them from.
    """

    def __init__(self, pair: TrainedPair) -> None:
        self._pair = pair

    def make(self, name: str) -> Arm:
        """Make an arm.

        Raises
        ------
        ExperimentError
            If there is no such arm.
        """
        pair = self._pair
        if name in ("inverted", "again"):
            return Arm(name, self.made_from(name), self._inverted, pair.inverted)
        if name in DOSE_ARMS:
            model = split_scalings(self._regular, DOSE_ARMS[name])
            return Arm(name, self.made_from(name), model, pair.derived)
        if name == NULL_ARM:
            model, network = copying_model(self._inverted), _FirstNumbers(pair.layer_widths[-1])
            return Arm(name, self.made_from(name), model, network, same_function=False)
        return Arm(name, self.made_from(name), fold(self._regular), pair.derived)

    def made_from(self, name: str) -> str:
        """Say how an arm is made; the same words mean the same graph.

        Raises
        ------
        ExperimentError
            If there is no such arm.
        """
        source = f"the trained network 'inverted' (weights {self._pair.weights_sha256[:12]})"
        told = {
            "inverted": f"{source}, in evaluation mode",
            "again": f"the same bytes as the arm 'inverted': {source}, in evaluation mode",
            "regular": f"{source}, weights divided by 1-p where a dropped layer feeds them and "
            f"that layer's activations multiplied by 1-p; {self._drift_told()}",
            "folded": f"the arm 'regular', its multiplications folded into the weights: {source}",
            NULL_ARM: f"no network: the first {self._pair.layer_widths[-1]} numbers of an image",
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

    def _drift_told(self) -> str:
        drift = self._pair.drift
        if drift == 0:
            return "the trained network 'regular' has the same weights to the bit"
        return (
            f"the trained network 'regular' differs from these weights by up to {drift:.2g}, "
            "for training amplifies rounding"
        )

    @cached_property
    def _inverted(self) -> onnx.ModelProto:
        return export_network(self._pair.inverted)

    @cached_property
    def _regular(self) -> onnx.ModelProto:
        return export_network(self._pair.derived)


class _FirstNumbers(torch.nn.Module):
    """What the arm `null` predicts: the first numbers of each row."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        return rows[:, : self._count]
