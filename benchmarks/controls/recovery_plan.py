"""How much of the known differences is measured, and where."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.example_model import INPUT, MLP
from contract.errors import LoadTestError
from contract.experiment import Experiment
from contract.run_directory import RunDirectory
from contract.samples import Samples
from contract.traffic import Traffic
from loadtest.campaign.start_plan import CampaignSeeds, StartPlan, plan_starts
from loadtest.instruments.instrument import Setting, StartOutcome, Subjects
from loadtest.machine.cores import available_cores, choose_cores

TRAFFIC = Traffic.of_rows(INPUT, MLP.rows(256))


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """How much is measured.

    Attributes
    ----------
    served_pairs, in_process_pairs : int
        Units: pairs of starts.
    seconds_per_start : float
        Of rounds, in each served start.
    rounds_per_start : int
        In each process.
    seed : int
        All others follow from it.
    """

    served_pairs: int = 12
    seconds_per_start: float = 5.0
    in_process_pairs: int = 16
    rounds_per_start: int = 8_000
    seed: int = 1

    def setting(self, root: Path, subjects: Subjects) -> Setting:
        """Return what an instrument is told; its samples go to a directory of its own.

        Raises
        ------
        ArtifactError
            If the directory cannot be written to.
        """
        directory = RunDirectory(root)
        TRAFFIC.save(directory.traffic_npz)
        return Setting(self._experiment(), directory, subjects, choose_cores(available_cores()))

    def _experiment(self) -> Experiment:
        return Experiment.resolve(
            overrides={
                "served": {
                    "pairs": self.served_pairs,
                    "seconds_per_start": self.seconds_per_start,
                    # The truth is of the last inferences of each start: they shall be rounds.
                    "blocks_per_arm": 0,
                },
                "in_process": {
                    "pairs": self.in_process_pairs,
                    "rounds_per_start": self.rounds_per_start,
                },
            }
        )


def starts_of(arms: tuple[str, ...], pairs: int, seed: int) -> tuple[StartPlan, ...]:
    """Plan the starts of one campaign."""
    return plan_starts(arms, pairs, CampaignSeeds(seed, seed, seed))


def clean_samples(outcome: StartOutcome) -> Samples:
    """Read the samples of a start in which every request was answered.

    Raises
    ------
    LoadTestError
        If one was not, so that its time would be none, or there are too few of them.
    """
    if outcome.failures:
        raise LoadTestError(f"{outcome.failures} requests failed", where=str(outcome.samples))
    # The CPU of a start's last request is not known, so neither is that of its last round.
    if outcome.rounds < 2:
        raise LoadTestError(
            f"{outcome.rounds} rounds in a start", remedy="give it more time, on a machine at rest"
        )
    return Samples.load(outcome.samples)
