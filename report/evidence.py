"""Everything a report is made from, read from a run directory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contract.block_log import BlockLog
from contract.capacity_log import CapacityLog
from contract.environment import Environment
from contract.errors import ArtifactError, InvalidRunError
from contract.graph_card import GraphCard
from contract.instruction_count import InstructionCount
from contract.measurement_plan import MeasurementPlan
from contract.network_card import LearningCurve, TrainedCard
from contract.plan_file import load_plan
from contract.repository import load_card
from contract.run_directory import RunDirectory
from contract.run_record import RunRecord, StartRecord
from contract.samples import Samples

# The order in which networks are told; others follow by name.
_NETWORKS = ("none", "inverted", "regular", "regular-naive", "dropconnect")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a run left behind, but for its samples, which are read start by start.

    Attributes
    ----------
    directory : RunDirectory
        Where it lies.
    experiment : MeasurementPlan
        What was asked.
    record : RunRecord
        The finished starts.
    environment : Environment
        The machine and the versions.
    models : tuple of GraphCard
        One an arm, the reference first.
    networks : tuple of TrainedCard
        The trained networks.
    curves : dict of str to LearningCurve
        By the network's name.
    instructions : InstructionCount or None
        Instructions per inference; None where they were not counted.
    """

    directory: RunDirectory
    experiment: MeasurementPlan
    record: RunRecord
    environment: Environment
    models: tuple[GraphCard, ...]
    networks: tuple[TrainedCard, ...]
    curves: dict[str, LearningCurve]
    instructions: InstructionCount | None

    @classmethod
    def read(cls, directory: RunDirectory) -> Self:
        """Read a run directory.

        Raises
        ------
        InvalidRunError
            If no start is finished.
        ArtifactError, ExperimentError
            If a file is missing or damaged, or of other arms than the experiment's.
        """
        experiment = load_plan(directory)
        if not directory.run_json.is_file():
            raise no_finished_unit(directory)
        networks = _networks(directory.trained)
        record = RunRecord.load(directory.run_json)
        for start in record.starts:
            _require_asked(start, experiment, directory.run_json)
        counted = directory.instructions_json
        return cls(
            directory=directory,
            experiment=experiment,
            record=record,
            environment=Environment.load(directory.environment_json),
            models=tuple(
                load_card(directory.repository, arm, experiment.card_type)
                for arm in experiment.arms
            ),
            networks=networks,
            curves=_curves(directory.trained, networks),
            instructions=InstructionCount.load(counted) if counted.is_file() else None,
        )

    def samples(self, start: StartRecord) -> Samples:
        """Read the samples of one start that measured in rounds.

        Raises
        ------
        ArtifactError
            If they are missing, damaged, or of other arms than the start's.
        """
        path = self.directory.samples / start.samples_file
        samples = Samples.load(path)
        _require_same(samples.arms, start, path)
        return samples

    def blocks(self, start: StartRecord) -> BlockLog | None:
        """Read the blocks of one arm that ended a start; None where there were none.

        Raises
        ------
        ArtifactError
            As `samples` does.
        """
        if start.blocks_file is None:
            return None
        path = self.directory.samples / start.blocks_file
        log = BlockLog.load(path)
        _require_same(log.arms, start, path)
        return log

    def capacity_log(self, start: StartRecord) -> CapacityLog:
        """Read what one start of the capacity instrument found.

        Raises
        ------
        ArtifactError
            As `samples` does.
        """
        path = self.directory.samples / start.samples_file
        log = CapacityLog.load(path)
        _require_same(log.arms, start, path)
        return log


def no_finished_unit(directory: RunDirectory) -> InvalidRunError:
    """Return the error of a run that has nothing to report on."""
    return InvalidRunError(
        "there is nothing to report on: no unit (two starts with reversed load orders) is finished",
        where=str(directory.root),
        remedy=f"go on with it: perbillion load {directory.root}",
    )


def _require_asked(start: StartRecord, experiment: MeasurementPlan, path: Path) -> None:
    asked = experiment.arms_of(start.instrument)
    if start.arms != asked:
        raise ArtifactError(
            f"{start.instrument} start {start.replicate} measured the arms "
            f"{', '.join(start.arms)}; the experiment's are {', '.join(asked)}",
            where=str(path),
            remedy="measure again with: perbillion run",
        )


def _require_same(arms: tuple[str, ...], start: StartRecord, path: Path) -> None:
    if arms != start.arms:
        raise ArtifactError(
            f"samples of the arms {', '.join(arms)}; its start measured {', '.join(start.arms)}",
            where=str(path),
            remedy="measure again with: perbillion run",
        )


def _networks(folder: Path) -> tuple[TrainedCard, ...]:
    cards = [TrainedCard.load(path) for path in sorted(folder.glob("*.card.json"))]
    known = {name: place for place, name in enumerate(_NETWORKS)}
    return tuple(sorted(cards, key=lambda card: (known.get(card.name, len(known)), card.name)))


def _curves(folder: Path, networks: tuple[TrainedCard, ...]) -> dict[str, LearningCurve]:
    paths = {card.name: folder / f"{card.name}.curve.json" for card in networks}
    return {name: LearningCurve.load(path) for name, path in paths.items() if path.is_file()}
