"""What the graphs of trained networks hold."""

from __future__ import annotations

from dataclasses import replace

from contract.errors import ParityError
from contract.lecture_evidence import ExportedFacts
from export.exporting import export_network
from graph.census import take_census
from graph.scaling import scalings
from train.archive import NetworkArchive
from train.evidence.catalogue import Catalogue
from train.matching import derive_regular
from train.network import Mlp


def exported_facts(catalogue: Catalogue, archive: NetworkArchive) -> ExportedFacts:
    """Export networks of the first seed and read their graphs.

    Parameters
    ----------
    catalogue : Catalogue
        Which networks there are.
    archive : NetworkArchive
        Where they are.

    Raises
    ------
    ArtifactError
        If a network is missing or damaged.
    """
    none, inverted, dropconnect, uneven = (
        archive.load(catalogue.group(name).plans[0].name)[1]
        for name in ("none", "inverted", "dropconnect", "p-0.2-0.5")
    )
    return ExportedFacts(
        operators_none=_operators(none),
        operators_inverted=_operators(inverted),
        operators_dropconnect=_operators(dropconnect),
        factors=_factors(_regular_form(uneven)),
        refusal=_refusal(inverted),
    )


def _operators(network: Mlp) -> tuple[str, ...]:
    return take_census(export_network(network)).operators


def _regular_form(inverted: Mlp) -> Mlp:
    """Return the same function by regular dropout, in evaluation mode."""
    architecture = replace(inverted.architecture, dropout="regular")
    network = Mlp(architecture)
    network.load_state_dict(derive_regular(inverted.state_dict(), architecture))
    return network.eval()


def _factors(regular: Mlp) -> tuple[float, ...]:
    found = scalings(export_network(regular).graph)
    return tuple(scaling.factor.item() for scaling in found)


def _refusal(network: Mlp) -> str:
    """Return what the export of a network in training mode says; empty where it went through."""
    try:
        export_network(network.train())
    except ParityError as error:
        return str(error)
    finally:
        network.eval()
    return ""
