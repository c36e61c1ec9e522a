"""The load stage: every start of a campaign, recorded one by one."""

from __future__ import annotations

from time import perf_counter

from contract.errors import ArtifactError
from contract.experiment import Experiment
from contract.payload import Payload
from contract.progress import Progress
from contract.repository import load_card, model_file
from contract.run_directory import RunDirectory
from contract.run_record import RunRecord, StartRecord
from contract.samples import Samples
from graph.equality import require_same_function
from loadtest.campaign import CampaignSeeds, StartPlan, plan_starts
from loadtest.cores import Cores, available_cores, choose_cores
from loadtest.host_activity import HostActivity
from loadtest.instrument import (
    InProcessInstrument,
    ServedInstrument,
    Setting,
    StartRunner,
    Subjects,
)

_TITLES = {
    "in_process": "Measuring in process, in fresh processes",
    "served": "Load-testing with Locust, fresh servers",
}


def run_campaign(experiment: Experiment, directory: RunDirectory, progress: Progress) -> RunRecord:
    """Run every start that is not finished yet.

    Before any load, the arms are checked to compute the same function. After each start
    the run record is written anew, so a campaign that is cut short loses the start that
    was under way and nothing else.

    Parameters
    ----------
    experiment : Experiment
        What to measure and how much.
    directory : RunDirectory
        Where the models are and the samples go.
    progress : Progress
        Told of every start.

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
    inputs = Payload.load(directory.payload_npz).inputs
    equalities = require_same_function(subjects.models, {subjects.spec.name: inputs})
    record = RunRecord(
        equality={arm: equality.agreement() for arm, equality in equalities.items()},
        starts=_finished_starts(directory),
    )
    setting = Setting(experiment, directory, subjects, choose_cores(available_cores()))
    instruments: tuple[StartRunner, ...] = (InProcessInstrument(setting), ServedInstrument(setting))
    for instrument in instruments:
        record = _run_instrument(instrument, experiment, record, directory, progress)
    return record


def _finished_starts(directory: RunDirectory) -> tuple[StartRecord, ...]:
    return RunRecord.load(directory.run_json).starts if directory.run_json.is_file() else ()


def _subjects(experiment: Experiment, directory: RunDirectory) -> Subjects:
    cards = {arm: load_card(directory.repository, arm) for arm in experiment.arms}
    reference = cards[experiment.arms[0]]
    if len(reference.inputs) != 1:
        raise ArtifactError(
            f"the model takes {len(reference.inputs)} inputs; the load test sends one",
            where=str(directory.repository),
        )
    return Subjects(
        arms=experiment.arms,
        models={
            arm: model_file(directory.repository, arm, card.version) for arm, card in cards.items()
        },
        spec=reference.inputs[0],
    )


def _run_instrument(
    instrument: StartRunner,
    experiment: Experiment,
    record: RunRecord,
    directory: RunDirectory,
    progress: Progress,
) -> RunRecord:
    seeds = CampaignSeeds(
        order=experiment.seeds.order,
        payload=experiment.seeds.payload,
        load_order=experiment.seeds.load_order,
    )
    plans = plan_starts(experiment.arms, instrument.pairs, seeds)
    finished = {start.replicate for start in record.of(instrument.name)}
    ahead = [plan for plan in plans if plan.replicate not in finished]
    if ahead:
        progress.begin(_TITLES[instrument.name], total=len(ahead))
    for plan in ahead:
        start = _run_start(instrument, plan)
        record = RunRecord(equality=record.equality, starts=(*record.starts, start))
        record.save(directory.run_json)
        progress.advance()
    return record


def _run_start(instrument: StartRunner, plan: StartPlan) -> StartRecord:
    before = HostActivity.read()
    began = perf_counter()
    samples_path = instrument.run(plan)
    seconds = perf_counter() - began
    steal_share, foreign_share = HostActivity.read().shares_since(before)
    samples = Samples.load(samples_path)
    cores: Cores = instrument.cores_of()
    return StartRecord(
        instrument=instrument.name,
        replicate=plan.replicate,
        unit=plan.unit,
        load_order=plan.load_order,
        aliases=plan.aliases if instrument.name == "served" else {},
        samples_file=samples_path.name,
        rounds=samples.rounds,
        failures=samples.failures,
        seconds=seconds,
        steal_share=steal_share,
        foreign_share=foreign_share,
        measured_core=cores.measured,
        generator_core=cores.generator,
    )
