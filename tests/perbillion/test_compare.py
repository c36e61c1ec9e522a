"""``perbillion compare`` as its users run it: real servers, real Locust, small amounts."""

import json
import xml.etree.ElementTree as ET

import onnx
import pytest

from command_line import perbillion
from contract.comparison_plan import ComparisonPlan
from contract.run_directory import RunDirectory
from contract.run_record import RunRecord
from graph.folding import fold
from graph.model_file import save_model
from graph.perceptron import perceptron
from loadtest.machine.server_process import ServerCommand, ServerProcess
from report.comparison.comparison import Comparison

WIDTHS = (20, 16, 12, 5)
# As small as a comparison can be: it proves the path, not the figures.
TINY = {
    "in_process.pairs": 1,
    "in_process.rounds_per_start": 60,
    "in_process.warmup_rounds": 5,
    "served.pairs": 1,
    "served.seconds_per_start": 0.3,
    "served.warmup_rounds": 5,
    "served.blocks_per_arm": 1,
    "capacity.pairs": 0,
}
SETTINGS = [word for key, value in TINY.items() for word in ("--set", f"{key}={value}")]


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The same function with scalings and without, folded, and another function."""
    folder = tmp_path_factory.mktemp("models")
    made = {
        "plain": perceptron(WIDTHS),
        "scaled": perceptron(WIDTHS, factor=0.6),
        "folded": fold(perceptron(WIDTHS, factor=0.6)),
        "other": perceptron(WIDTHS, seed=1),
    }
    for name, model in made.items():
        save_model(model, folder / f"{name}.onnx")
    return {name: folder / f"{name}.onnx" for name in made}


@pytest.fixture(scope="module")
def compared(models, tmp_path_factory):
    """Two batch sizes, with every file that a comparison can write."""
    folder = tmp_path_factory.mktemp("compared")
    completed = perbillion(
        *("compare", models["plain"], models["scaled"], "--batch", "1,8", *SETTINGS),
        *("--json", "c.json", "--html", "c.html", "--markdown", "c.md", "--junit", "c.xml"),
        folder=folder,
    )
    return completed, folder


def test_every_batch_size_is_measured_in_a_run_of_its_own(compared):
    _, folder = compared
    comparison = Comparison.load(folder / "c.json")
    assert [found.batch for found in comparison.batches] == [1, 8]
    for found in comparison.batches:
        assert {i.instrument for i in found.result.instruments} >= {
            "in_process",
            "cpu_per_request",
            "client_latency",
        }
        plan = ComparisonPlan.load(RunDirectory(folder / found.run).comparison_toml)
        assert plan.rows_per_request == found.batch


def test_a_run_too_short_for_an_interval_ends_with_the_exit_code_of_one_that_does_not_count(
    compared,
):
    completed, folder = compared
    assert completed.returncode == 5, completed.stderr
    assert "INVALID" in completed.stdout
    assert "Report: " in completed.stdout
    suite = ET.parse(folder / "c.xml").getroot()
    assert suite.get("errors") == suite.get("tests") == "2"
    assert "INVALID" in (folder / "c.md").read_text()
    assert "What scaled.onnx costs beside plain.onnx" in (folder / "c.html").read_text()


def test_a_cost_per_billion_predictions_is_that_of_a_request_by_its_rows(compared):
    _, folder = compared
    for found in Comparison.load(folder / "c.json").batches:
        (cost,) = [
            cost
            for cost in found.result.costs
            if (cost.arm, cost.instrument) == ("b", "in_process")
        ]
        difference = found.result.instrument("in_process").difference("b", "mean")
        assert cost.core_seconds.point == pytest.approx(
            1000 * difference.absolute.point / found.batch
        )


def test_the_models_are_linked_into_the_repository_and_not_copied(compared, models):
    _, folder = compared
    run = RunDirectory(folder / Comparison.load(folder / "c.json").at(1).run)
    assert (run.repository / "b" / "1" / "model.onnx").samefile(models["scaled"])


def test_two_networks_that_compute_different_functions_end_with_6_before_any_load(models, tmp_path):
    completed = perbillion("compare", models["plain"], models["other"], *SETTINGS, folder=tmp_path)
    assert completed.returncode == 6
    assert f"{models['other']}: 'b' and 'a' do not compute the same function" in completed.stderr
    assert len(completed.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.rglob("*.parquet"))
    assert not list((tmp_path / "runs").iterdir())


def test_models_whose_outputs_may_differ_are_measured_and_told_apart(models, tmp_path):
    completed = perbillion(
        *("compare", models["plain"], models["other"], "--allow-different-outputs"),
        *(*SETTINGS, "--json", "c.json"),
        folder=tmp_path,
    )
    assert completed.returncode == 5, completed.stderr
    result = Comparison.load(tmp_path / "c.json").at(1).result
    assert not result.model("b").from_reference.same_function
    assert next(gate for gate in result.gates if gate.name == "equality").passed
    assert "They compute different functions" in completed.stdout


def test_models_that_take_other_inputs_are_refused(models, tmp_path):
    other = onnx.load(models["plain"])
    other.graph.input[0].name = "pixels"
    for node in other.graph.node:
        for place, name in enumerate(node.input):
            if name == "x":
                node.input[place] = "pixels"
    onnx.save(other, tmp_path / "renamed.onnx")
    completed = perbillion("compare", models["plain"], "renamed.onnx", folder=tmp_path)
    assert completed.returncode == 6
    assert "takes the inputs pixels (FP32)" in completed.stderr


@pytest.fixture
def served(models, tmp_path):
    """The URLs of the first two models, at a server that somebody else started."""
    repository = tmp_path / "repository"
    for name in ("plain", "scaled"):
        target = repository / name / "1" / "model.onnx"
        target.parent.mkdir(parents=True)
        target.write_bytes(models[name].read_bytes())
    command = ServerCommand(repository, ("plain", "scaled"), tmp_path / "server.log")
    with ServerProcess(command) as server:
        yield [f"{server.base_url}/v2/models/{name}" for name in ("plain", "scaled")]


def _seen_by_a_client(a, b, folder):
    completed = perbillion("compare", a, b, *SETTINGS, "--json", "c.json", folder=folder)
    assert completed.returncode == 5, completed.stderr
    result = Comparison.load(folder / "c.json").at(1).result
    assert [found.instrument for found in result.instruments] == ["client_latency"]
    assert result.experiment.endpoint == "client_latency"
    assert result.model("b").from_reference.same_function
    assert "a model is served elsewhere" in completed.stderr


def test_two_models_that_are_served_elsewhere_are_measured_by_what_their_client_sees(
    served, tmp_path
):
    _seen_by_a_client(*served, tmp_path)


@pytest.mark.slow
def test_a_file_beside_a_model_that_is_served_elsewhere_is_measured_as_that_is(
    served, models, tmp_path
):
    _seen_by_a_client(models["plain"], served[1], tmp_path)


def test_a_url_where_nobody_answers_is_one_line(models, tmp_path):
    url = "http://127.0.0.1:9/v2/models/m"
    completed = perbillion("compare", models["plain"], url, folder=tmp_path)
    assert completed.returncode == 1
    assert f"{url}: nobody answers" in completed.stderr


def test_a_baseline_of_another_machine_is_refused_before_anything_is_measured(
    compared, models, tmp_path
):
    _, folder = compared
    text = json.loads((folder / "c.json").read_text())
    for found in text["batches"]:
        found["result"]["environment"]["cpu"] = "Another processor"
    (tmp_path / "baseline.json").write_text(json.dumps(text))
    arguments = ("compare", models["plain"], models["scaled"], "--baseline", "baseline.json")
    completed = perbillion(*arguments, folder=tmp_path)
    assert completed.returncode == 2
    assert "of another machine: its cpu was Another processor" in completed.stderr
    assert not (tmp_path / "runs").exists()


def test_what_was_cut_short_goes_on_with_load_and_report(compared):
    _, folder = compared
    run = RunDirectory(folder / Comparison.load(folder / "c.json").at(8).run)
    record = RunRecord.load(run.run_json)
    kept = [start for start in record.starts if start.instrument == "in_process"]
    cut = {kind: facts for kind, facts in record.campaigns.items() if kind == "in_process"}
    record.model_copy(update={"starts": tuple(kept), "campaigns": cut}).save(run.run_json)
    assert perbillion("load", run.root, folder=folder).returncode == 0
    assert len(RunRecord.load(run.run_json).of("served")) == 2
    assert perbillion("report", run.root, folder=folder).returncode == 5


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--batch", "1,x"), "1,x"),
        (("--batch", "4,4"), "twice"),
        (("--size", "sequence"), "sequence=128"),
        (("--margin", "2"), "0.2%"),
        (("--set", "served.pears=3"), "served.pears"),
        (("--set", "doses.pairs=3"), "dose-response"),
        (("--profile", "quik"), "quick"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(arguments, complaint, models, tmp_path):
    completed = perbillion(
        "compare", models["plain"], models["scaled"], *arguments, folder=tmp_path
    )
    assert completed.returncode == 2
    assert complaint in completed.stderr
    assert "Traceback" not in completed.stderr
