"""All evidence of a catalogue's networks, put together."""

from __future__ import annotations

from collections.abc import Mapping

from contract.errors import ArtifactError
from contract.lecture_evidence import (
    ExportedFacts,
    LectureEvidence,
    NotebookNetwork,
    PairDifference,
    SampledInference,
    TrainedGroup,
)
from contract.network_card import TrainedCard
from contract.progress import Progress
from train.archive import NetworkArchive
from train.dataset import DataSet, Split
from train.evidence.catalogue import Catalogue, PlannedGroup
from train.evidence.forgotten_eval import forgotten_eval
from train.evidence.identities import identities
from train.evidence.net_inputs import net_inputs
from train.evidence.notebook import PRINTED, notebook_network
from train.evidence.pair_differences import pair_difference
from train.evidence.sampled_inference import SAMPLES, sampled_inference
from train.evidence.trained_groups import trained_group
from train.network import Mlp
from train.plan import NetworkPlan

_DRAWN_CURVES = ("none", "inverted")
# Identities, net inputs, pairs, forgotten eval, and each k of the sampled inference.
_STEPS = 4 + len(SAMPLES)


def gather(
    catalogue: Catalogue,
    archive: NetworkArchive,
    data: DataSet,
    exported: ExportedFacts,
    progress: Progress,
) -> LectureEvidence:
    """Measure what the trained networks show; from the same networks always the same.

    Parameters
    ----------
    catalogue : Catalogue
        Which networks there are.
    archive : NetworkArchive
        Where they are, all of them.
    data : DataSet
        What they were trained on.
    exported : ExportedFacts
        What exported graphs hold.
    progress : Progress
        Gets one step a kind of evidence.

    Raises
    ------
    ArtifactError
        If a network is not trained yet by its plan, or its files are damaged.
    """
    cards = {plan.name: _finished_card(archive, plan) for plan in catalogue.plans()}
    first = catalogue.group("none").plans[0]
    inverted_plans = catalogue.group("inverted").plans
    seeds = tuple(plan.seed for plan in inverted_plans)
    inverted = _networks(archive, inverted_plans)
    progress.begin("Measuring what the networks show", _STEPS)
    found_identities = identities()
    progress.advance("identities")
    found_net_inputs = net_inputs(inverted, seeds, data.test)
    progress.advance("net inputs")
    pairs = _pairs(catalogue, archive, data.test)
    progress.advance("pairs")
    forgotten = forgotten_eval(inverted, seeds, data.test)
    progress.advance("forgotten eval")
    sampled = _sampled(catalogue, archive, data.test, progress)
    return LectureEvidence(
        data=data.facts,
        batch_size=first.batch_size,
        learning_rate=first.learning_rate,
        torch_version=first.torch_version,
        groups=_trained(catalogue.groups, cards),
        sweep=_trained(catalogue.sweep, cards),
        identities=found_identities,
        net_inputs=found_net_inputs,
        pairs=pairs,
        forgotten_eval=forgotten,
        notebook=_notebook(catalogue, archive, cards) if data.name == "mnist" else (),
        curves={name: archive.curve(_first_name(catalogue, name)) for name in _DRAWN_CURVES},
        sampled=sampled,
        exported=exported,
    )


def _finished_card(archive: NetworkArchive, plan: NetworkPlan) -> TrainedCard:
    card = archive.finished_card(plan)
    if card is None:
        raise ArtifactError(
            f"the network {plan.name!r} is not trained yet",
            where=str(archive.folder),
            remedy="train all networks of the evidence first",
        )
    return card


def _networks(archive: NetworkArchive, plans: tuple[NetworkPlan, ...]) -> list[Mlp]:
    return [archive.load(plan.name)[1] for plan in plans]


def _first_name(catalogue: Catalogue, group: str) -> str:
    """Return the name of a group's network of the first seed."""
    return catalogue.group(group).plans[0].name


def _trained(
    groups: tuple[PlannedGroup, ...], cards: Mapping[str, TrainedCard]
) -> tuple[TrainedGroup, ...]:
    return tuple(
        trained_group(group, tuple(cards[plan.name] for plan in group.plans)) for group in groups
    )


def _pairs(
    catalogue: Catalogue, archive: NetworkArchive, test: Split
) -> tuple[PairDifference, ...]:
    found = []
    for pair in catalogue.pairs:
        inverted, regular = _networks(archive, (pair.inverted, pair.regular))
        found.append(pair_difference(pair, inverted, regular, test))
    return tuple(found)


def _sampled(
    catalogue: Catalogue, archive: NetworkArchive, test: Split, progress: Progress
) -> tuple[SampledInference, ...]:
    plans = catalogue.group("dropconnect").plans
    networks, seeds = _networks(archive, plans), tuple(plan.seed for plan in plans)
    found = []
    for samples in SAMPLES:
        found.append(sampled_inference(networks, seeds, samples, test))
        progress.advance(f"DropConnect by {samples} samples")
    return tuple(found)


def _notebook(
    catalogue: Catalogue, archive: NetworkArchive, cards: Mapping[str, TrainedCard]
) -> tuple[NotebookNetwork, ...]:
    """Return the notebook's two networks: those of the first seed, which is the notebook's."""
    return tuple(
        notebook_network(name, cards[own_name], archive.curve(own_name))
        for name, own_name in ((name, _first_name(catalogue, name)) for name in PRINTED)
    )
