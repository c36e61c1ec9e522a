"""A short probe of what can be resolved here: the product's own instruments on made-up models."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contract.experiment import Experiment
from contract.progress import Progress
from contract.run_directory import RunDirectory
from contract.run_record import CampaignEnd, CampaignRecord, RunRecord
from contract.samples import Samples
from contract.traffic import Traffic
from graph.model_file import save_model
from graph.perceptron import INPUT, perceptron
from loadtest.campaign.campaign_run import CampaignRun
from loadtest.campaign.primary_endpoint import cpu_rounds
from loadtest.instruments.in_process_instrument import InProcessInstrument
from loadtest.instruments.instrument import Setting, Subjects
from loadtest.instruments.served_instrument import ServedInstrument
from loadtest.machine.cores import available_cores, choose_cores
from loadtest.probe.expectation import efforts, expectations
from loadtest.probe.probe_reading import probe_of
from loadtest.probe.resolution import Probe, Resolution

_ARMS = ("inverted", "regular", "again")
# The lecture's network, with p = 0.5; what its weights are does not matter for its cost.
_WIDTHS = (784, 75, 45, 10)
_FACTOR = 0.5
_ROWS = 256


@dataclass(frozen=True, slots=True)
class ProbeSize:
    """How much a probe measures.

    Attributes
    ----------
    pairs : int
        Units of each instrument; two or more.
    rounds, seconds : int, float
        Of a start in process, and of a served one.
    """

    pairs: int = 6
    rounds: int = 3000
    seconds: float = 1.0

    def experiment(self) -> Experiment:
        """Return the experiment that measures so much."""
        return Experiment.resolve(
            overrides={
                "name": "doctor",
                "arms": _ARMS,
                "in_process": {"pairs": self.pairs, "rounds_per_start": self.rounds},
                "served": {
                    "pairs": self.pairs,
                    "seconds_per_start": self.seconds,
                    "warmup_rounds": 100,
                    "blocks_per_arm": 0,
                },
                # A disturbed start is what the probe looks for.
                "stopping": {"reruns": 0},
            }
        )


DEFAULT_SIZE = ProbeSize()


def probe_resolution(progress: Progress, size: ProbeSize | None = None) -> Resolution:
    """Measure briefly in process and served, and say what profiles can be expected to reach.

    Parameters
    ----------
    progress : Progress
        Told of every start.
    size : ProbeSize, optional
        How much to measure.

    Raises
    ------
    ServingError, LoadTestError
        If a server or a measuring process fails.
    InvalidRunError
        If a start came to nothing on a busy machine, or the server's clock stands still.
    """
    experiment = (size or DEFAULT_SIZE).experiment()
    with tempfile.TemporaryDirectory(prefix="perbillion-doctor-") as folder:
        directory = RunDirectory(Path(folder))
        cores = choose_cores(available_cores())
        setting = Setting(experiment, directory, _subjects(directory), cores)
        in_process = _probe(InProcessInstrument(setting), setting, progress)
        served = _probe(ServedInstrument(setting), setting, progress)
    return Resolution(
        in_process=in_process,
        served=served,
        expectations=(*expectations(served, experiment), *expectations(in_process, experiment)),
        efforts=efforts(served, experiment),
    )


def _subjects(directory: RunDirectory) -> Subjects:
    """Put made-up models and images where the instruments look for them."""
    models = {arm: directory.repository / f"{arm}.onnx" for arm in _ARMS}
    for arm, path in models.items():
        save_model(perceptron(_WIDTHS, factor=_FACTOR if arm == "regular" else 1.0), path)
    images = np.random.default_rng(0).random((_ROWS, _WIDTHS[0]), dtype=np.float32)
    Traffic.of_rows(INPUT, images).save(directory.traffic_npz)
    return Subjects(_ARMS, models)


def _probe(
    instrument: InProcessInstrument | ServedInstrument, setting: Setting, progress: Progress
) -> Probe:
    campaign = CampaignRun(instrument, setting.experiment, setting.directory, progress)
    plan = CampaignRecord(looks=(instrument.pairs,))
    starts = campaign.carry_on(RunRecord(equality={}), plan, _to_the_last_unit).starts
    folder = setting.directory.samples
    return probe_of(starts, [_rounds(folder / start.samples_file) for start in starts])


def _to_the_last_unit(_record: RunRecord, plan: CampaignRecord) -> CampaignEnd:
    return plan.end


def _rounds(path: Path) -> npt.NDArray[np.int64]:
    """Read a start's nanoseconds, shape (rounds, arms): of an inference, or of CPU per request."""
    samples = Samples.load(path)
    if samples.instrument == "in_process":
        return samples.by_round(samples.done_ns - samples.sent_ns)
    return cpu_rounds(path)
