"""The whole experiment through the command line: real data, server, Locust, report."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from jsonschema import Draft202012Validator
from onnx import numpy_helper

from command_line import perbillion, tiny_settings
from contract.document import sha256_of
from contract.samples import Samples

ROOT = Path(__file__).parents[2]


def test_a_run_leaves_every_file_that_the_architecture_names(finished_run):
    for name in (
        "experiment.toml",
        "environment.json",
        "payload.npz",
        "trained/inverted.pt",
        "trained/regular.card.json",
        "repository/folded/1/model.onnx",
        "repository/again/1/model.card.json",
        "samples/run.json",
        "samples/in_process-000.parquet",
        "samples/served-001.parquet",
        "result.json",
        "report.html",
        "report.md",
    ):
        assert (finished_run.root / name).is_file(), name
    assert not [path for path in finished_run.root.iterdir() if path.name.startswith(".")]


def test_a_run_of_too_few_units_says_so_and_ends_with_the_code_for_invalid(finished_run):
    assert finished_run.completed.returncode == 5
    assert "INVALID" in finished_run.completed.stdout
    assert re.search(r"\b6\b.* units|units.*\b6\b", finished_run.completed.stdout)


def test_the_answer_names_the_instrument_the_unit_and_where_the_report_is(finished_run):
    answer = finished_run.completed.stdout
    for words in ("µs", "in process", "billion", "folded", str(finished_run.root / "report.html")):
        assert words in answer, words
    assert "Traceback" not in answer + finished_run.completed.stderr


def test_the_result_follows_its_published_schema(finished_run):
    schema = json.loads((ROOT / "docs" / "result.schema.json").read_text())
    result = json.loads((finished_run.root / "result.json").read_text())
    Draft202012Validator(schema).validate(result)


def test_every_round_holds_every_arm_once_and_every_request_was_answered(finished_run):
    for replicate in (0, 1):
        samples = Samples.load(finished_run.root / "samples" / f"served-{replicate:03d}.parquet")
        assert samples.failures == 0
        assert samples.rounds > 20
        arms = samples.arm.reshape(samples.rounds, len(samples.arms))
        assert (np.sort(arms, axis=1) == np.arange(len(samples.arms))).all()
        assert (samples.done_ns > samples.sent_ns).all()
        inside = (
            samples.server["decode_ns"] + samples.server["infer_ns"] + samples.server["encode_ns"]
        )
        assert (inside < samples.done_ns - samples.sent_ns).all()
        assert (np.diff(samples.server["thread_cpu_ns"]) > 0).all()


def test_the_starts_of_a_pair_loaded_their_arms_in_reversed_order(finished_run):
    starts = json.loads((finished_run.root / "samples" / "run.json").read_text())["starts"]
    for instrument in ("in_process", "served", "dropconnect"):
        first, second = (start for start in starts if start["instrument"] == instrument)
        assert first["load_order"] == second["load_order"][::-1]


def test_the_arms_with_dropconnect_are_served_beside_one_another_and_by_nobody_else(finished_run):
    arms = ("dropconnect", "dropconnect-sampled")
    samples = Samples.load(finished_run.root / "samples" / "dropconnect-000.parquet")
    assert samples.arms == arms
    assert samples.failures == 0
    assert (np.sort(samples.arm.reshape(-1, 2), axis=1) == (0, 1)).all()
    for instrument in ("in_process", "served"):
        other = Samples.load(finished_run.root / "samples" / f"{instrument}-000.parquet")
        assert not set(other.arms) & set(arms)
    result = json.loads((finished_run.root / "result.json").read_text())
    facts = result["dropconnect"]
    assert facts["samples"] == 100
    assert facts["test_images"] == 450
    # A hundred samples of two layers are several times the work of the network itself.
    assert facts["differences"][0]["instrument"] == "dropconnect_cpu"
    assert facts["differences"][0]["absolute"]["point"] > 10
    assert "DropConnect by 100 samples a layer takes" in finished_run.completed.stdout.replace(
        "\n  ", " "
    )


def test_the_stages_one_by_one_do_what_run_does(finished_run, tmp_path):
    train = perbillion("train", *tiny_settings(), folder=tmp_path)
    assert train.returncode == 0, train.stderr
    (run,) = (tmp_path / "runs").iterdir()
    export = perbillion("export", run, folder=tmp_path)
    assert export.returncode == 0, export.stderr
    for name in ("repository/inverted/1/model.onnx", "repository/regular/1/model.onnx"):
        # The same seeds give the same networks and the same graphs, to the byte.
        assert (run / name).read_bytes() == (finished_run.root / name).read_bytes()


def test_a_resumed_run_keeps_finished_starts_and_makes_up_for_the_missing_one(
    finished_run, tmp_path
):
    run = tmp_path / "run"
    shutil.copytree(finished_run.root, run)
    record = json.loads((run / "samples" / "run.json").read_text())
    missing = [start for start in record["starts"] if start["instrument"] == "served"][-1]
    kept = [start for start in record["starts"] if start is not missing]
    record["campaigns"]["served"]["end"] = "under way"
    (run / "samples" / "run.json").write_text(json.dumps(record | {"starts": kept}))
    untouched = (run / "samples" / "served-000.parquet").stat().st_mtime_ns
    load = perbillion("load", run, folder=tmp_path)
    assert load.returncode == 0, load.stderr
    starts = json.loads((run / "samples" / "run.json").read_text())["starts"]
    assert starts[:-1] == kept
    # The plan depends on the seeds alone: the start that is made up for is the one that failed.
    assert starts[-1]["aliases"] == missing["aliases"]
    (run / "report.html").unlink()
    resumed = perbillion("run", "--resume", run, folder=tmp_path)
    assert resumed.returncode == 5, resumed.stderr  # one pair: too few units
    assert "Load-testing" not in resumed.stderr
    assert (run / "samples" / "served-000.parquet").stat().st_mtime_ns == untouched
    assert (run / "report.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--profile", "standard"], "after 6, 8, 12 pairs of server starts if the verdict"),
        (["--budget", "10m"], "as many server starts as fit"),
        (["--budget", "10m"], "or after 10 minutes of measuring"),
        (["--resolve", "0.2%"], "when ±0.2 % of CPU per request are reached"),
        (["--profile", "quick"], "after 6 pairs of server starts"),
        (
            ["--profile", "standard"],
            "DropConnect  12 server starts, 3 s of rounds each: dropconnect, dropconnect-sampled",
        ),
        (
            ["--profile", "standard", "--set", "arms=['inverted','regular','again']"],
            "DropConnect  not measured (its arms are left out)",
        ),
    ],
)
def test_a_dry_run_tells_when_the_campaign_looks_and_ends(arguments, expected, tmp_path):
    completed = perbillion("run", "--dry-run", *arguments, folder=tmp_path)
    assert completed.returncode == 0, completed.stderr
    assert expected in completed.stdout


def test_a_dry_run_tells_the_plan_and_leaves_nothing(tmp_path):
    completed = perbillion("run", "--dry-run", "--profile", "standard", folder=tmp_path)
    assert completed.returncode == 0
    assert "inverted, regular, folded, again" in completed.stdout
    assert "minutes" in completed.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--data", "digit"], "did you mean 'digits'?"),
        (["--profile", "quik"], "did you mean 'quick'?"),
        (["--set", "training.epoch=3"], "did you mean 'epochs'?"),
        (["--set", "arms=['inverted','regulr','again']"], "did you mean 'regular'?"),
        (["--set", "network.drop_probability=1.0"], "less than 1"),
        (["--set", "nonsense"], "write it like training.epochs=5"),
        (["absent.toml"], "absent.toml: cannot read the experiment"),
        (["--resume", "."], "not a run directory"),
        (["--resume", ".", "--data", "mnist"], "keeps its experiment"),
        (["--resume", ".", "--budget", "5m"], "keeps its experiment"),
        (["--set", "stopping.looks=[8,6]"], "ascending order"),
        (["--set", "stopping.looks=[3]"], "greater than or equal to 6"),
        (["--out", "/proc/nowhere"], "cannot make the run directory"),
    ],
)
def test_bad_input_is_one_line_exit_code_2_and_nothing_written(arguments, expected, tmp_path):
    completed = perbillion("run", *arguments, folder=tmp_path)
    assert completed.returncode == 2
    (line,) = completed.stderr.splitlines()
    assert expected in line
    assert completed.stdout == ""
    assert not list(tmp_path.iterdir())


def test_a_damaged_mnist_file_is_named_with_its_md5_and_no_run_is_left(tmp_path):
    folder = tmp_path / "mnist"
    folder.mkdir()
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (folder / f"{name}-ubyte.gz").write_bytes(b"damaged")
    completed = perbillion("run", "--data", "mnist", "--data-dir", folder, folder=tmp_path)
    assert completed.returncode == 2
    assert "train-images-idx3-ubyte.gz" in completed.stderr
    assert "f68b3c2dcbeaaa9fbdd348bbdeb94873" in completed.stderr
    assert "Traceback" not in completed.stderr
    assert not list((tmp_path / "runs").iterdir())


def test_a_missing_mnist_folder_is_named(tmp_path):
    completed = perbillion("run", "--data", "mnist", "--data-dir", "absent", folder=tmp_path)
    assert completed.returncode == 2
    assert "absent" in completed.stderr
    assert "Traceback" not in completed.stderr


def test_a_model_that_is_no_onnx_file_stops_the_load_before_it_begins(finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run.root, run)
    (run / "repository" / "folded" / "1" / "model.onnx").write_bytes(b"no model")
    (run / "samples" / "run.json").unlink()
    completed = perbillion("load", run, folder=tmp_path)
    assert completed.returncode == 2
    assert "folded" in completed.stderr
    assert "Traceback" not in completed.stderr
    assert not (run / "samples" / "run.json").exists()


def test_arms_that_compute_different_functions_are_refused_before_any_load(finished_run, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(finished_run.root, run)
    (run / "samples" / "run.json").unlink()
    path = run / "repository" / "regular" / "1" / "model.onnx"
    model = onnx.load(path)
    bias = next(i for i in model.graph.initializer if i.name.endswith("bias"))
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + 1, bias.name))
    onnx.save(model, path)
    card = json.loads(path.with_name("model.card.json").read_text())
    card["model_sha256"] = sha256_of(path)
    path.with_name("model.card.json").write_text(json.dumps(card))
    completed = perbillion("load", run, folder=tmp_path)
    assert completed.returncode == 6
    assert "'regular' and 'inverted' do not compute the same function" in completed.stderr
    assert "Traceback" not in completed.stderr
    assert not (run / "samples" / "run.json").exists()
