"""The trained networks that the arms are made from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch

from contract.architecture import Architecture
from contract.run_directory import RunDirectory
from train.archive import NetworkArchive
from train.dropconnect import SampledMlp
from train.matching import derive_regular
from train.network import Mlp


@dataclass(frozen=True)
class TrainedNetworks:
    """What the arms are made from.

    Attributes
    ----------
    inverted : Mlp
        Trained with inverted dropout, in evaluation mode.
    regular : Mlp
        Trained with regular dropout, matched with it: only compared, never exported.
    dropconnect : Mlp
        Trained with DropConnect, in evaluation mode.
    samples : int
        How many samples of each layer `sampled` averages.
    inverted_sha256, dropconnect_sha256 : str
        Of the weights files.
    """

    inverted: Mlp
    regular: Mlp
    dropconnect: Mlp
    samples: int
    inverted_sha256: str
    dropconnect_sha256: str

    @classmethod
    def load(cls, directory: RunDirectory, samples: int) -> Self:
        """Read the trained networks of a run.

        Raises
        ------
        ArtifactError
            If one is missing or damaged.
        """
        archive = NetworkArchive(directory.trained)
        inverted_card, inverted = archive.load("inverted")
        _, regular = archive.load("regular")
        dropconnect_card, dropconnect = archive.load("dropconnect")
        return cls(
            inverted=inverted,
            regular=regular,
            dropconnect=dropconnect,
            samples=samples,
            inverted_sha256=inverted_card.weights_sha256,
            dropconnect_sha256=dropconnect_card.weights_sha256,
        )

    @property
    def architecture(self) -> Architecture:
        """Of the inverted network."""
        return self.inverted.architecture

    @property
    def classes(self) -> int:
        """How many numbers every network predicts."""
        return self.architecture.layer_widths[-1]

    @cached_property
    def derived(self) -> Mlp:
        """The inverted network's function by regular dropout, in evaluation mode."""
        network = Mlp(replace(self.architecture, dropout="regular"))
        network.load_state_dict(derive_regular(self.inverted.state_dict(), self.architecture))
        return network.eval()

    @cached_property
    def sampled(self) -> SampledMlp:
        """The network with DropConnect as the paper predicts with it, in evaluation mode."""
        network = self.dropconnect
        return SampledMlp(network.linears, network.activation, self.samples).eval()

    @cached_property
    def drift(self) -> float:
        """The largest difference of a weight between the trained regular network and `derived`."""
        trained = self.regular.state_dict()
        return max(
            torch.max(torch.abs(trained[name] - weight)).item()
            for name, weight in self.derived.state_dict().items()
        )
