"""From a catalogue of networks to the ledger's files: train, export, measure, settle, write."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from contract.errors import PerbillionError
from contract.experiment import DataSection
from contract.lecture_evidence import LectureEvidence
from contract.ledger import Ledger
from contract.progress import Progress
from perbillion.claims.exported_facts import exported_facts
from perbillion.claims.newest_run import ServedRun, newest_run
from perbillion.claims.settling import ledger_of
from perbillion.claims.training_ahead import TrainingAhead
from perbillion.claims.training_pool import train_all
from report.lecture.ledger_files import write_ledger
from report.stage import write_report
from train.archive import NetworkArchive
from train.evidence.catalogue import Catalogue
from train.evidence.gathering import gather
from train.loading import load_data


@dataclass(frozen=True, slots=True)
class ClaimsOrder:
    """What a ledger is made from.

    Attributes
    ----------
    catalogue : Catalogue
        The networks that it takes.
    data : DataSection
        What they are trained on.
    folder : Path
        Where the ledger goes, and the networks beneath it.
    runs : Path
        Where runs of the serving experiment lie.
    workers : int or None
        Processes that train side by side; None: one a core.
    command : str
        What makes the ledger anew.
    """

    catalogue: Catalogue
    data: DataSection
    folder: Path
    runs: Path
    workers: int | None
    command: str

    @property
    def networks(self) -> Path:
        """The archive of its networks."""
        return self.folder / "networks"

    def training_ahead(self) -> TrainingAhead:
        """Look which networks are trained already.

        Raises
        ------
        ArtifactError
            If a card or weights cannot be read.
        """
        return TrainingAhead.of(self.catalogue.plans(), self.networks, self.workers)


def carry_out(order: ClaimsOrder, progress: Progress) -> Ledger:
    """Make a ledger and write its files; networks that are trained already are kept.

    A run whose serving evidence was read gets the ledger too, and its report anew.

    Raises
    ------
    DataError
        If the data is missing, damaged, or cannot be downloaded.
    TrainingError
        If a training fails.
    ArtifactError
        If a file cannot be read or written.
    """
    progress.say(order.training_ahead().told)
    data = load_data(order.data, progress)
    train_all(order.catalogue.plans(), order.networks, order.data, progress, order.workers)
    archive = NetworkArchive(order.networks)
    exported = exported_facts(order.catalogue, archive)
    evidence = gather(order.catalogue, archive, data, exported, progress)
    return conclude(order, evidence, progress)


def conclude(order: ClaimsOrder, evidence: LectureEvidence, progress: Progress) -> Ledger:
    """Read what serving costs, settle the claims, and write the ledger's files.

    Raises
    ------
    ArtifactError
        If a file cannot be written.
    """
    served = newest_run(order.runs)
    progress.say(_told(served, order.runs))
    ledger = ledger_of(evidence, None if served is None else served.result, order.command)
    write_ledger(ledger, order.folder)
    if served is not None:
        _hand_on(ledger, served, progress)
    return ledger


def _told(served: ServedRun | None, runs: Path) -> str:
    if served is None:
        return f"no run in {runs} counts as evidence of serving; that part stays open"
    read = f"what serving costs is read from the run {served.result.run}"
    if served.newer:
        return f"{read}: the newer {served.newer} did not serve DropConnect"
    return read


def _hand_on(ledger: Ledger, served: ServedRun, progress: Progress) -> None:
    """Put the ledger into the run's report; a run whose samples are gone keeps its old one."""
    try:
        ledger.save(served.directory.claims_json)
        write_report(served.directory)
    except PerbillionError as error:
        progress.say(f"the report of {served.result.run} was not written anew: {error}")
