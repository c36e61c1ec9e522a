"""The load stage: every campaign of a run, from the inside out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from contract.measurement_plan import MeasurementPlan
from contract.progress import Progress
from contract.repository import load_card, model_file
from contract.run_directory import RunDirectory
from contract.run_record import CampaignEnd, CampaignRecord, RunRecord, StartKind
from contract.traffic import Traffic
from loadtest.campaign.budget import Budget
from loadtest.campaign.campaign_run import CampaignRun
from loadtest.campaign.primary_endpoint import relative_by_unit
from loadtest.campaign.stopping import plan_of, standing
from loadtest.campaign.telling import standing_line, standing_note
from loadtest.equality_gate import agreements_of
from loadtest.instruments.capacity_instrument import CapacityInstrument
from loadtest.instruments.in_process_instrument import InProcessInstrument
from loadtest.instruments.instructions import count_instructions
from loadtest.instruments.instrument import Setting, StartRunner, Subjects
from loadtest.instruments.served_instrument import ServedInstrument
from loadtest.machine.cores import available_cores, choose_cores
from loadtest.remote.remote_model import RemoteModel


def run_campaign(
    experiment: MeasurementPlan,
    directory: RunDirectory,
    progress: Progress,
    server_module: str = "serve",
) -> RunRecord:
    """Run every campaign and every start of it that is not finished yet.

    Before any load, the arms are checked to compute the same function. Where a model is served
    elsewhere, only what clients see is measured.

    Parameters
    ----------
    experiment : MeasurementPlan
        What to measure and how much.
    directory : RunDirectory
        Where the models are and the samples go.
    progress : Progress
        Told of every start.
    server_module : str
        What is started as the server; another one than ours is for proofs of the method.

    Raises
    ------
    ArtifactError
        If models, inputs or records cannot be read or written.
    EqualityError
        If the arms do not compute the same function.
    ServingError, LoadTestError
        If a server or a measuring process fails.
    """
    subjects = _subjects(experiment, directory)
    equality = agreements_of(experiment, subjects, Traffic.load(directory.traffic_npz))
    if directory.run_json.is_file():
        record = RunRecord.load(directory.run_json).model_copy(update={"equality": equality})
    else:
        record = RunRecord(equality=equality)
    record.save(directory.run_json)
    cores = choose_cores(available_cores(), experiment.threads)
    setting = Setting(experiment, directory, subjects, cores, server_module)
    return _Campaigns(setting, progress).carry_on(record)


@dataclass(frozen=True, slots=True)
class _Campaigns:
    """All campaigns of a run, in order."""

    setting: Setting
    progress: Progress

    def carry_on(self, record: RunRecord) -> RunRecord:
        setting = self.setting
        budget = Budget.of(setting.experiment, record)
        if setting.subjects.urls:
            self.progress.say(
                "a model is served elsewhere: only what its clients see is measured, and its "
                "server is not started anew"
            )
            return self._verdict(ServedInstrument(setting), record, budget)
        record = self._fixed(InProcessInstrument(setting), record, budget)
        self._count_instructions()
        record = self._verdict(ServedInstrument(setting), record, budget)
        record = self._fixed(ServedInstrument(setting, "doses"), record, budget)
        record = self._fixed(ServedInstrument(setting, "dropconnect"), record, budget)
        return self._fixed(CapacityInstrument(setting), record, budget)

    def _run_of(self, instrument: StartRunner) -> CampaignRun:
        setting = self.setting
        return CampaignRun(instrument, setting.experiment, setting.directory, self.progress)

    def _fixed(self, instrument: StartRunner, record: RunRecord, budget: Budget) -> RunRecord:
        """Carry out a campaign whose number of units is fixed beforehand."""
        pairs = min(instrument.pairs, budget.pairs(instrument.name))
        if not pairs:
            wanted = self.setting.experiment.pairs_of(instrument.name)
            if wanted and instrument.name not in record.campaigns:
                why = "the time does not suffice" if instrument.pairs else "it takes two cores"
                self.progress.say(f"{instrument.title}: left out, {why}")
            return record
        plan = record.campaigns.get(instrument.name) or CampaignRecord(looks=(pairs,))
        return self._run_of(instrument).carry_on(record, plan, partial(_all_units, instrument.name))

    def _verdict(
        self, instrument: ServedInstrument, record: RunRecord, budget: Budget
    ) -> RunRecord:
        """Carry out the campaign that ends when its verdict is settled."""
        experiment = self.setting.experiment
        plan = record.campaigns.get(instrument.name)
        if plan is None:
            plan = plan_of(experiment, budget.served_pairs(record))
        return self._run_of(instrument).carry_on(record, plan, partial(self._decide, budget))

    def _decide(self, budget: Budget, record: RunRecord, plan: CampaignRecord) -> CampaignEnd:
        experiment, directory = self.setting.experiment, self.setting.directory
        starts = record.of("served")
        values = relative_by_unit(starts, directory.samples, experiment.endpoint)
        contrast, control = values[experiment.contrast], values[experiment.control]
        now = standing(plan, experiment, contrast, control)
        self.progress.note(standing_note(now, experiment))
        seconds_a_unit = 2 * sum(start.seconds for start in starts) / len(starts)
        if now.verdict is not None:
            self.progress.say(standing_line(now, plan, experiment, seconds_a_unit))
        if now.end is CampaignEnd.UNDER_WAY and not budget.has_time_for(seconds_a_unit):
            return CampaignEnd.OUT_OF_TIME
        return now.end

    def _count_instructions(self) -> None:
        experiment, directory = self.setting.experiment, self.setting.directory
        if not experiment.instructions.enabled or directory.instructions_json.is_file():
            return
        with directory.scratch() as scratch:
            counted = count_instructions(
                {arm: self.setting.subjects.models[arm] for arm in experiment.compared_arms},
                directory.traffic_npz,
                experiment.instructions.inferences,
                scratch,
                directory.logs,
                self.progress,
            )
        if counted is not None:
            counted.save(directory.instructions_json)


def _all_units(name: StartKind, record: RunRecord, plan: CampaignRecord) -> CampaignEnd:
    complete = len(record.of(name)) == 2 * plan.looks[-1]
    return CampaignEnd.ALL_UNITS if complete else CampaignEnd.UNDER_WAY


def _subjects(experiment: MeasurementPlan, directory: RunDirectory) -> Subjects:
    repository = directory.repository
    cards = [load_card(repository, arm, experiment.card_type) for arm in experiment.arms]
    urls = {card.arm: card.url for card in cards if card.url is not None}
    return Subjects(
        arms=experiment.in_process_arms,
        models={
            card.arm: model_file(repository, card.arm, card.version)
            for card in cards
            if card.model_file is not None
        },
        urls=urls,
        binary=all(RemoteModel(url).reads_binary() for url in urls.values()),
    )
