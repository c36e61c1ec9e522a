"""A synthetic run directory, written through the contract's own types.

The files in ``golden/`` are compared with what the report makes of it. After a wanted change
write them anew with ``UPDATE_GOLDEN=1 pytest tests/report`` and read the difference.
"""

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from contract.agreement import Agreement
from contract.card import (
    Accuracy,
    Census,
    DataFacts,
    LearningCurve,
    ModelCard,
    TrainedCard,
)
from contract.environment import Environment
from contract.experiment import Experiment
from contract.repository import card_file, model_file
from contract.run_directory import RunDirectory
from contract.run_record import RunRecord, StartRecord
from contract.samples import Samples
from contract.tensor import TensorSpec
from report.analysis import analyse
from report.stage import write_report

ARMS = ("inverted", "regular", "folded", "again")
GOLDEN = Path(__file__).parent / "golden"
_PARTS_US = {"decode_ns": 8.0, "infer_ns": 16.0, "encode_ns": 6.0}


@dataclass(frozen=True)
class Truth:
    """What the synthetic machine does; microseconds.

    The defaults are a sound run: the scalings cost 1.1 µs in process, 2.4 µs of the server's
    CPU and 2.6 µs of the client's latency.
    """

    in_process_us: dict = field(default_factory=lambda: {"regular": 1.1})
    cpu_us: dict = field(default_factory=lambda: {"regular": 2.4})
    client_us: dict = field(default_factory=lambda: {"regular": 2.6})
    in_process_starts: int = 12
    served_starts: int = 12
    in_process_rounds: int = 400
    served_rounds: int = 250
    layout_us: float = 0.06
    steal_share: float = 0.001
    foreign_share: float = 0.004
    failed_requests: int = 0  # of the first served start
    server_tells: bool = True
    logits_apart: float = 3.8e-6
    seed: int = 5

    def but(self, **changes):
        return replace(self, **changes)


@dataclass
class _Machine:
    truth: Truth
    rng: np.random.Generator

    def samples(self, instrument, replicate):
        served = instrument == "served"
        rounds = self.truth.served_rounds if served else self.truth.in_process_rounds
        order = self.rng.permuted(np.tile(np.arange(len(ARMS)), (rounds, 1)), axis=1).ravel()
        effects = self.truth.client_us if served else self.truth.in_process_us
        layout = self.rng.normal(0, (10 if served else 1) * self.truth.layout_us, len(ARMS))
        base, sigma = (455.0, 0.09) if served else (13.2, 0.04)
        took_us = self._effect(effects, order) + layout[order]
        took_us += base * self.rng.lognormal(0, sigma, order.size)
        tail = self.rng.random(order.size) < 0.012
        took_us[tail] *= 1 + self.rng.exponential(1.5, tail.sum())
        done_ns = np.cumsum(1000 * (took_us + 3)).astype(np.int64)
        sent_ns = done_ns - (1000 * took_us).astype(np.int64)
        status = np.full(order.size, 200 if served else 0)
        server = self._server(order, layout) if served and self.truth.server_tells else {}
        if served and replicate == 0:
            self._fail(status, server)
        return Samples(
            instrument=instrument,
            replicate=replicate,
            arms=ARMS,
            arm=order,
            round=np.arange(order.size) // len(ARMS),
            position=np.arange(order.size) % len(ARMS),
            intended_ns=sent_ns,
            sent_ns=sent_ns,
            done_ns=done_ns,
            status=status,
            server=server,
        )

    def _server(self, order, layout):
        cpu_us = 180 + self._effect(self.truth.cpu_us, order) + layout[order] / 2
        cpu_us = cpu_us + self.rng.gamma(4, 1.5, order.size)
        clock_ns = 10**9 + np.concatenate([[0], np.cumsum(1000 * cpu_us)[:-1]])
        parts = {
            name: (1000 * (mean + self.rng.gamma(4, 0.1, order.size))).astype(np.int64)
            for name, mean in _PARTS_US.items()
        }
        return parts | {"thread_cpu_ns": clock_ns.astype(np.int64)}

    def _fail(self, status, server):
        failed = np.arange(self.truth.failed_requests) * 13 + 11
        status[failed] = -1
        for column in server.values():
            column[failed] = -1

    @staticmethod
    def _effect(effects, order):
        return np.array([effects.get(arm, 0.0) for arm in ARMS])[order]


def _write_samples(directory, truth):
    machine = _Machine(truth, np.random.default_rng(truth.seed))
    starts = []
    planned = {"in_process": truth.in_process_starts, "served": truth.served_starts}
    for instrument, count in planned.items():
        for replicate in range(count):
            samples = machine.samples(instrument, replicate)
            name = f"{instrument}-{replicate:03d}.parquet"
            samples.save(directory.samples / name)
            starts.append(
                StartRecord(
                    instrument=instrument,
                    replicate=replicate,
                    unit=replicate // 2,
                    load_order=ARMS if replicate % 2 == 0 else ARMS[::-1],
                    aliases={},
                    samples_file=name,
                    rounds=samples.rounds,
                    failures=samples.failures,
                    seconds=4.0,
                    steal_share=truth.steal_share * (1 + replicate % 3),
                    foreign_share=truth.foreign_share,
                    measured_core=1,
                    generator_core=0 if instrument == "served" else None,
                )
            )
    equality = {
        arm: Agreement(
            rows=360,
            largest_absolute_difference=truth.logits_apart if arm == "regular" else 0.0,
            tolerance=1e-4,
            classes_agree=True,
        )
        for arm in ARMS[1:]
    }
    RunRecord(equality=equality, starts=tuple(starts)).save(directory.run_json)


def _write_model(directory, arm, logits_apart):
    path = model_file(directory.repository, arm)
    path.parent.mkdir(parents=True)
    path.write_bytes(arm.encode())
    scalings = 2 if arm == "regular" else 0
    exported = ("Gemm", "Relu", "Mul", "Gemm", "Relu", "Mul", "Gemm")
    runs = ("FusedGemm", "Mul", "FusedGemm", "Mul", "Gemm")
    if not scalings:
        exported, runs = (
            tuple(operator for operator in operators if operator != "Mul")
            for operators in (exported, runs)
        )
    ModelCard(
        arm=arm,
        version="1",
        made_from="synthetic",
        reference="inverted",
        same_function=True,
        inputs=(TensorSpec(name="images", datatype="FP32", shape=(-1, 784)),),
        outputs=(TensorSpec(name="logits", datatype="FP32", shape=(-1, 10)),),
        layer_widths=(784, 75, 45, 10),
        drop_probabilities=(0.5, 0.5),
        activation="relu",
        scalings=scalings,
        opset=20,
        model_file="model.onnx",
        model_sha256=hashlib.sha256(arm.encode()).hexdigest(),
        parity=Agreement(
            rows=360, largest_absolute_difference=logits_apart, tolerance=1e-4, classes_agree=True
        ),
        census=Census(
            operators=exported,
            operators_optimised=runs,
            parameters=62755,
            flops_per_row=125370 + (120 if scalings else 0),
        ),
        test_accuracy=0.9694,
    ).save(card_file(directory.repository, arm))


def _write_network(directory, name, dropout, matching, gap):
    epochs = np.arange(1, 31)
    validation = 0.965 - gap - 0.55 * np.exp(-epochs / 4)
    train = 0.965 + gap - 0.6 * np.exp(-epochs / 4)
    LearningCurve(
        name=name,
        train_loss=tuple((2.3 * np.exp(-epochs / 6)).round(6).tolist()),
        validation_loss=tuple((2.3 * np.exp(-epochs / 6) + gap).round(6).tolist()),
        train_accuracy=tuple(train.round(6).tolist()),
        validation_accuracy=tuple(validation.round(6).tolist()),
    ).save(directory.trained / f"{name}.curve.json")
    TrainedCard(
        name=name,
        dropout=dropout,
        matching=matching,
        layer_widths=(784, 75, 45, 10),
        drop_probabilities=(0.0, 0.0) if dropout == "none" else (0.5, 0.5),
        activation="relu",
        epochs=30,
        batch_size=32,
        learning_rate=0.1,
        seed=123,
        data=DataFacts(name="digits", train=1078, validation=359, test=360, source="synthetic"),
        accuracy=Accuracy(train=float(train[-1]), validation=float(validation[-1]), test=0.9611),
        weights_file=f"{name}.pt",
        weights_sha256="0" * 64,
        torch_version="2.13.0",
    ).save(directory.trained / f"{name}.card.json")


def write_run(root, truth):
    """Write a run directory as the stages before the report leave it."""
    root.mkdir(parents=True)
    directory = RunDirectory(root)
    Experiment.resolve().save(directory.experiment_toml)
    Environment(
        cpu="Synthetic 2-core processor",
        cores=2,
        quota_cores=None,
        governor=None,
        memory_bytes=8 * 2**30,
        kernel="6.1.0",
        python="3.11.2",
        perbillion="0.1.0",
        packages={"numpy": "2.4.0", "onnxruntime": "1.32.0"},
        seeds={"training": 123, "order": 1, "payload": 2, "load_order": 3},
    ).save(directory.environment_json)
    for arm in ARMS:
        _write_model(directory, arm, truth.logits_apart)
    _write_network(directory, "none", "none", "", 0.03)
    _write_network(directory, "inverted", "inverted", "", 0.004)
    _write_network(directory, "regular", "regular", "matched", 0.004)
    _write_network(directory, "regular-naive", "regular", "naive", 0.006)
    if truth.in_process_starts or truth.served_starts:
        _write_samples(directory, truth)
    return directory


@pytest.fixture
def truth():
    return Truth()


@pytest.fixture
def make_run(tmp_path):
    """Write a run directory whose truth is known; a later one lies beside it."""
    made = []

    def make(truth):
        made.append(truth)
        return write_run(tmp_path / f"run{len(made)}" / "20261123T120000Z-lecture", truth)

    return make


@pytest.fixture(scope="session")
def sound_run(tmp_path_factory):
    """A finished run with the default truth, its report not yet written. Do not change it."""
    return write_run(tmp_path_factory.mktemp("sound") / "20261123T120000Z-lecture", Truth())


@pytest.fixture(scope="session")
def analysis(sound_run):
    """What the report makes of the sound run."""
    return analyse(sound_run)


@pytest.fixture(scope="session")
def reported_run(tmp_path_factory):
    """The same run with its report. Do not change it."""
    root = tmp_path_factory.mktemp("reported") / "20261123T120000Z-lecture"
    directory = write_run(root, Truth())
    return directory, write_report(directory)


@pytest.fixture
def golden():
    """Compare a text with a golden file, or write that file where UPDATE_GOLDEN is set."""

    def compare(name, text):
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return path.read_text(encoding="utf-8")

    return compare
