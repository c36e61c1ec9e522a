"""One campaign while it runs: start after start, recorded one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from contract.measurement_plan import MeasurementPlan
from contract.progress import Progress
from contract.run_directory import RunDirectory
from contract.run_record import CampaignEnd, CampaignRecord, RunRecord, StartRecord
from loadtest.campaign.start_plan import CampaignSeeds, StartPlan, plan_starts
from loadtest.instruments.instrument import StartRunner
from loadtest.machine.host_activity import HostActivity

Decide = Callable[[RunRecord, CampaignRecord], CampaignEnd]


@dataclass(frozen=True, slots=True)
class CampaignRun:
    """Runs an instrument's starts until its plan says that it ends.

    Attributes
    ----------
    instrument : StartRunner
        What runs one start.
    experiment : MeasurementPlan
        Seeds, and when a start is run again.
    directory : RunDirectory
        Where the run record is.
    progress : Progress
        Told of every start.
    look : callable
        Reads what the machine has done so far.
    """

    instrument: StartRunner
    experiment: MeasurementPlan
    directory: RunDirectory
    progress: Progress
    look: Callable[[], HostActivity] = HostActivity.read

    def carry_on(self, record: RunRecord, plan: CampaignRecord, decide: Decide) -> RunRecord:
        """Run what is not finished yet.

        After each start the run record is written anew, so a campaign that is cut short loses
        the start that was under way and nothing else.

        Parameters
        ----------
        record : RunRecord
            What is finished.
        plan : CampaignRecord
            How far the campaign goes at most, and whether it has ended.
        decide : callable
            Asked after each complete unit: under way, or why the campaign ends.

        Raises
        ------
        ArtifactError
            If records cannot be read or written.
        ServingError, LoadTestError
            If a server or a measuring process fails.
        """
        name = self.instrument.name
        record = _with_plan(record, self.instrument, plan)
        if plan.end is not CampaignEnd.UNDER_WAY:
            return record
        record.save(self.directory.run_json)
        starts = plan_starts(
            self.instrument.arms, plan.looks[-1], self._seeds, self.instrument.copies
        )
        finished = {start.replicate for start in record.of(name)}
        self.progress.begin(self.instrument.title, total=len(starts) - len(finished))
        for start in starts:
            ahead = start.replicate not in finished
            if ahead:
                record = self._run(start, record)
                self.progress.advance()
            # A run that was cut between its last start and its end is ended here.
            if start.replicate % 2 and (ahead or start is starts[-1]):
                plan = plan.model_copy(update={"end": decide(record, plan)})
                record = _with_plan(record, self.instrument, plan)
                record.save(self.directory.run_json)
            if plan.end is not CampaignEnd.UNDER_WAY:
                break
        return record

    @property
    def _seeds(self) -> CampaignSeeds:
        seeds = self.experiment.seeds
        return CampaignSeeds(order=seeds.order, payload=seeds.payload, load_order=seeds.load_order)

    def _run(self, plan: StartPlan, record: RunRecord) -> RunRecord:
        """Run one start; run it again while the hypervisor took too much of the machine."""
        stopping = self.experiment.stopping
        while True:
            start = self._run_once(plan)
            earlier = [s for s in record.disturbed if s.instrument == start.instrument]
            if start.steal_share <= stopping.steal_share or len(earlier) >= stopping.reruns:
                record = record.model_copy(update={"starts": (*record.starts, start)})
                record.save(self.directory.run_json)
                return record
            start = self._set_aside(start, len(earlier))
            record = record.model_copy(update={"disturbed": (*record.disturbed, start)})
            record.save(self.directory.run_json)

    def _set_aside(self, start: StartRecord, number: int) -> StartRecord:
        """Keep the files of a disturbed start under names of their own."""

        def renamed(name: str) -> str:
            stem, _, suffix = name.partition(".")
            kept = f"{stem}.disturbed-{number}.{suffix}"
            (self.directory.samples / name).replace(self.directory.samples / kept)
            return kept

        return start.model_copy(
            update={
                "samples_file": renamed(start.samples_file),
                "blocks_file": start.blocks_file and renamed(start.blocks_file),
            }
        )

    def _run_once(self, plan: StartPlan) -> StartRecord:
        before = self.look()
        began = perf_counter()
        outcome = self.instrument.run(plan)
        seconds = perf_counter() - began
        steal_share, foreign_share = self.look().shares_since(before)
        cores = self.instrument.cores_of()
        return StartRecord(
            instrument=self.instrument.name,
            replicate=plan.replicate,
            unit=plan.unit,
            arms=self.instrument.arms,
            load_order=plan.load_order,
            aliases={} if self.instrument.name == "in_process" else plan.aliases,
            samples_file=outcome.samples.name,
            blocks_file=_name(outcome.blocks),
            rounds=outcome.rounds,
            failures=outcome.failures,
            seconds=seconds,
            steal_share=steal_share,
            foreign_share=foreign_share,
            measured_core=cores.measured,
            generator_core=cores.generator,
            realtime=outcome.realtime,
        )


def _with_plan(record: RunRecord, instrument: StartRunner, plan: CampaignRecord) -> RunRecord:
    return record.model_copy(update={"campaigns": {**record.campaigns, instrument.name: plan}})


def _name(path: Path | None) -> str | None:
    return None if path is None else path.name
