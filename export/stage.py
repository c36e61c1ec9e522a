"""The export stage: trained networks in, a model repository out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx

from contract.agreement import Agreement
from contract.document import sha256_of
from contract.errors import ArtifactError
from contract.experiment import Experiment
from contract.graph_card import ModelCard
from contract.payload import Inputs, Payload
from contract.progress import Progress
from contract.repository import FIRST_VERSION, MODEL_FILE, card_file, load_card, model_file
from contract.run_directory import RunDirectory
from contract.traffic import Traffic
from export.arms import REFERENCE, Arm, ArmMaker
from export.exporting import INPUT_NAME, OPSET
from export.parity import Logits, network_logits, require_parity
from export.sampled_parity import require_sampled_parity, rows_a_chunk
from export.trained_networks import TrainedNetworks
from graph.census import take_census
from graph.equality import require_same_function
from graph.model_file import save_model
from graph.prediction import outputs_of
from graph.scaling import scalings
from graph.session import input_specs, open_session, output_specs
from train.dropconnect import SampledMlp


def export_arms(
    experiment: Experiment, directory: RunDirectory, progress: Progress
) -> list[ModelCard]:
    """Export the arms of an experiment, leaving out what is there and whole.

    Every arm is made and checked beside the repository: against its network in torch, then
    those of one function against one another (the equality gate). Only when all have passed do
    the new ones take their places, so the repository never holds a model that is half written or
    wrong.

    Parameters
    ----------
    experiment : Experiment
        Which arms.
    directory : RunDirectory
        Where the trained networks and the test images are, and the repository goes.
    progress : Progress
        Gets one step an arm.

    Returns
    -------
    list of ModelCard
        In the experiment's order.

    Raises
    ------
    ArtifactError
        If a network or the test images are missing or damaged, or the directory cannot be
        written to.
    ParityError
        If a graph does not predict what its network predicts.
    EqualityError
        If the arms do not compute the same function.
    """
    networks = TrainedNetworks.load(directory, experiment.network.dropconnect_samples)
    payload = Payload.load(directory.payload_npz)
    maker = ArmMaker(networks)
    progress.begin("Exporting the arms to ONNX", total=len(experiment.arms))
    with directory.scratch() as staged:
        cards, homes = {}, {}
        for name in experiment.arms:
            card = _finished(directory.repository, name, maker.made_from(name), progress)
            homes[name] = staged if card is None else directory.repository
            cards[name] = card or _make(maker.make(name), payload, staged)
            progress.advance(name)
        traffic = Traffic.of_rows(INPUT_NAME, payload.inputs)
        _require_one_function(homes, experiment.same_function_arms, traffic)
        for name, home in homes.items():
            if home == staged:
                _move(staged, directory.repository, name)
        traffic.save(directory.traffic_npz)
    return list(cards.values())


def _finished(repository: Path, name: str, made_from: str, progress: Progress) -> ModelCard | None:
    """Return the card of an arm that is there, whole, and made as it would be made now."""
    if not card_file(repository, name).exists():
        return None
    try:
        card = load_card(repository, name, ModelCard)
    except ArtifactError as error:
        progress.say(f"{name} is made again: {error}")
        return None
    return card if (card.made_from, card.opset) == (made_from, OPSET) else None


def _make(arm: Arm, payload: Payload, repository: Path) -> ModelCard:
    path = model_file(repository, arm.name)
    save_model(arm.model, path)
    logits, parity = _checked(arm, path, payload.inputs, repository)
    session = open_session(path)
    card = ModelCard(
        arm=arm.name,
        version=FIRST_VERSION,
        made_from=arm.made_from,
        reference=REFERENCE,
        same_function=arm.same_function,
        inputs=input_specs(session),
        outputs=output_specs(session),
        architecture=arm.architecture,
        samples=arm.samples,
        scalings=len(scalings(arm.model.graph)),
        opset=_opset(arm.model),
        model_file=MODEL_FILE,
        model_sha256=sha256_of(path),
        parity=parity,
        census=take_census(arm.model),
        test_accuracy=payload.accuracy(logits),
    )
    card.save(card_file(repository, arm.name))
    return card


def _checked(arm: Arm, path: Path, images: Inputs, scratch: Path) -> tuple[Logits, Agreement]:
    """Predict by the graph, and compare it with its network."""
    if isinstance(arm.network, SampledMlp):
        logits = _predicted(path, images, rows_a_chunk(arm.network))
        return logits, require_sampled_parity(arm.name, arm.network, arm.model, images, scratch)
    logits = _predicted(path, images)
    return logits, require_parity(arm.name, network_logits(arm.network, images), logits)


def _predicted(path: Path, images: Inputs, rows_per_chunk: int = 1024) -> Logits:
    (output,) = outputs_of(path, {INPUT_NAME: images}, rows_per_chunk)
    return np.asarray(output, dtype=np.float32)


def _require_one_function(homes: Mapping[str, Path], arms: Sequence[str], traffic: Traffic) -> None:
    require_same_function({name: model_file(homes[name], name) for name in arms}, traffic)


def _opset(model: onnx.ModelProto) -> int:
    versions: dict[str, int] = {given.domain: given.version for given in model.opset_import}
    return versions[""]


def _move(staged: Path, repository: Path, arm: str) -> None:
    """Put a finished version in its place; one that was there before goes with the staging."""
    source, target = (model_file(folder, arm).parent for folder in (staged, repository))
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.rename(source.with_name("replaced"))
        source.rename(target)
    except OSError as error:
        raise ArtifactError(
            f"cannot write: {error.strerror or error}",
            where=str(target),
            remedy="choose a run directory that you may write to",
        ) from error
