"""A synthetic run directory, written through the contract's own types."""

import hashlib

import numpy as np

from agreements import agreement
from contract.architecture import Architecture
from contract.environment import Environment
from contract.experiment import OTHER_FUNCTION, Experiment
from contract.graph_card import Census, ModelCard
from contract.instruction_count import ArmInstructions, InstructionCount
from contract.network_card import Accuracy, DataFacts, LearningCurve, TrainedCard
from contract.repository import card_file, model_file
from contract.run_directory import RunDirectory
from contract.run_record import CampaignEnd, CampaignRecord, RunRecord, StartRecord
from contract.tensor import TensorSpec
from synthetic_machine import ALL_ARMS, ARMS, INSTRUCTIONS, SCALINGS, Machine

SAMPLES = 100
_LAYERS = (784, 75, 45, 10)
_DROPOUTS = {
    "regular": "regular",
    "dropconnect": "dropconnect",
    "dropconnect-sampled": "dropconnect",
}
_ACCURACIES = {"null": 0.1, "dropconnect": 0.9622, "dropconnect-sampled": 0.9644}


def write_run(root, truth):
    """Write a run directory as the stages before the report leave it."""
    root.mkdir(parents=True)
    directory = RunDirectory(root)
    pairs = {"in_process": {"pairs": 6}} if truth.profile == "standard" else {}
    Experiment.resolve(profile=truth.profile, overrides=pairs).save(directory.experiment_toml)
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
    for arm in ALL_ARMS:
        _write_model(directory, arm, truth.logits_apart)
    _write_network(directory, "none", "none", "", 0.03)
    _write_network(directory, "inverted", "inverted", "", 0.004)
    _write_network(directory, "regular", "regular", "matched", 0.004)
    _write_network(directory, "regular-naive", "regular", "naive", 0.006)
    _write_network(directory, "dropconnect", "dropconnect", "", 0.005)
    if any(truth.starts(instrument) for instrument in ARMS):
        _write_measurements(directory, truth)
    return directory


def _write_measurements(directory, truth):
    machine = Machine(truth, np.random.default_rng(truth.seed))
    starts = [
        _write_start(directory, machine, instrument, replicate)
        for instrument in ARMS
        for replicate in range(truth.starts(instrument))
    ]
    served = [start for start in starts if start.instrument == "served"]
    disturbed = [
        start.model_copy(update={"steal_share": 0.2, "samples_file": f"disturbed-{number}.parquet"})
        for number, start in enumerate(served[: truth.disturbed_starts])
    ]
    if truth.instructions:
        _write_instructions(directory)
    RunRecord(
        equality=_equality(truth),
        campaigns=_campaigns(truth),
        starts=tuple(starts),
        disturbed=tuple(disturbed),
    ).save(directory.run_json)


def _write_start(directory, machine, instrument, replicate):
    truth, arms = machine.truth, ARMS[instrument]
    stem = f"{instrument}-{replicate:03d}"
    name = f"{stem}.parquet"
    rounds = failures = 0
    if instrument == "capacity":
        name = f"{stem}.json"
        machine.capacity(replicate).save(directory.samples / name)
    else:
        samples = machine.samples(instrument, replicate)
        samples.save(directory.samples / name)
        rounds, failures = samples.rounds, samples.failures
    blocks_file = None
    if instrument == "served" and truth.blocks_per_arm:
        blocks_file = f"{stem}.blocks.json"
        machine.blocks(replicate).save(directory.samples / blocks_file)
    return StartRecord(
        instrument=instrument,
        replicate=replicate,
        unit=replicate // 2,
        arms=arms,
        load_order=arms if replicate % 2 == 0 else arms[::-1],
        aliases={},
        samples_file=name,
        blocks_file=blocks_file,
        rounds=rounds,
        failures=failures,
        seconds=4.0,
        steal_share=truth.steal_share * (1 + replicate % 3),
        foreign_share=truth.foreign_share,
        measured_core=1,
        generator_core=None if instrument == "in_process" else 0,
        realtime=instrument != "in_process",
    )


def _campaigns(truth):
    planned = {
        instrument: CampaignRecord(
            looks=(truth.starts(instrument) // 2,), end=CampaignEnd.ALL_UNITS
        )
        for instrument in ("in_process", "doses", "dropconnect", "capacity")
        if truth.starts(instrument)
    }
    if truth.served_starts:
        planned["served"] = CampaignRecord(
            looks=truth.looks,
            first_stage=truth.first_stage,
            target=None if truth.first_stage is None else 0.005,
            end=truth.served_end,
        )
    return planned


def _equality(truth):
    return {
        arm: agreement(apart=truth.logits_apart if arm == "regular" else 0.0)
        for arm in ARMS["in_process"][1:]
        if arm != "null"
    }


def _write_instructions(directory):
    InstructionCount(
        valgrind="valgrind-3.19.0",
        inferences=200,
        arms=tuple(
            ArmInstructions(
                arm=arm, instructions=each, short_run=10**9, long_run=10**9 + int(200 * each)
            )
            for arm, each in INSTRUCTIONS.items()
        ),
    ).save(directory.instructions_json)


def _write_model(directory, arm, logits_apart):
    path = model_file(directory.repository, arm)
    path.parent.mkdir(parents=True)
    path.write_bytes(arm.encode())
    scalings = SCALINGS.get(arm, 0)
    muls = ("Mul",) * (scalings // 2)
    exported = ("Gemm", "Relu", *muls, "Gemm", "Relu", *muls, "Gemm")
    runs = ("FusedGemm", *muls, "FusedGemm", *muls, "Gemm")
    if arm == "null":
        exported = runs = ("Slice",)
    parameters = 0 if arm == "null" else 62755
    flops = 0 if arm == "null" else 125370 + 60 * scalings
    uncounted = ()
    if arm == "dropconnect-sampled":
        drawing = ("Mul", "Gemm", "Sqrt", "Shape", "Concat", "ConstantOfShape", "RandomNormalLike")
        exported = runs = ("Gemm", "Relu", *drawing, "Mul", "Add", "Relu", "ReduceMean", "Gemm")
        parameters, flops, uncounted = 66585, 160345, ("RandomNormalLike",)
    ModelCard(
        arm=arm,
        version="1",
        made_from="synthetic",
        reference="inverted",
        same_function=arm not in OTHER_FUNCTION,
        inputs=(TensorSpec(name="images", datatype="FP32", shape=(-1, 784)),),
        outputs=(TensorSpec(name="logits", datatype="FP32", shape=(-1, 10)),),
        architecture=None if arm == "null" else _architecture(_DROPOUTS.get(arm, "inverted")),
        samples=SAMPLES if arm == "dropconnect-sampled" else None,
        scalings=scalings,
        opset=20,
        model_file="model.onnx",
        model_sha256=hashlib.sha256(arm.encode()).hexdigest(),
        parity=agreement(apart=logits_apart),
        census=Census(
            operators=exported,
            operators_optimised=runs,
            parameters=parameters,
            flops_per_row=flops,
            operators_uncounted=uncounted,
        ),
        test_accuracy=_ACCURACIES.get(arm, 0.9694),
    ).save(card_file(directory.repository, arm))


def _architecture(dropout):
    return Architecture(
        layer_widths=_LAYERS,
        drop_probabilities=(0.0, 0.0) if dropout == "none" else (0.5, 0.5),
        dropout=dropout,
    )


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
        batch_losses=((2.3,),) * len(epochs),
    ).save(directory.trained / f"{name}.curve.json")
    TrainedCard(
        name=name,
        architecture=_architecture(dropout),
        matching=matching,
        epochs=30,
        batch_size=32,
        learning_rate=0.1,
        seed=123,
        data=DataFacts(name="digits", train=1078, validation=359, test=360, source="synthetic"),
        accuracy=Accuracy(train=float(train[-1]), validation=float(validation[-1]), test=0.9611),
        test_loss=0.14,
        weights_file=f"{name}.pt",
        weights_sha256="0" * 64,
        torch_version="2.13.0",
    ).save(directory.trained / f"{name}.card.json")
