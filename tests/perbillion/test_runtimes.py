"""The table of runtimes: rows, what they find, and rows that cannot be measured."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from contract.errors import ArtifactError, ExperimentError, LoadTestError
from contract.progress import SilentProgress
from graph.perceptron import perceptron
from graph.session import open_session
from perbillion.cli import app
from perbillion.runtimes.here import Here
from perbillion.runtimes.loaded_arm import open_runtime
from perbillion.runtimes.pair_models import in_form, save_pair
from perbillion.runtimes.paired_cost import PairedCost
from perbillion.runtimes.paired_order import PairedOrder, StartFound
from perbillion.runtimes.paired_process import measured, timed
from perbillion.runtimes.paired_task import Amount, PairedTask
from perbillion.runtimes.row import FORMS, Row, catalogue, chosen_rows
from perbillion.runtimes.runtimes_result import RuntimesPlan, RuntimesResult
from perbillion.runtimes.runtimes_text import runtimes_sheet
from perbillion.runtimes.survey import RESULT, survey
from perbillion.runtimes.why import why
from synthetic_survey import cost, examined, runtimes

WIDTHS = (6, 5, 4, 3)
PLAN = RuntimesPlan(pairs=1, slow_pairs=1, seconds_per_start=0.002, widths=WIDTHS)
EVERYTHING = Here(2, has_gpu=True, packages=frozenset({"openvino", "torch", "onnxruntime-gpu"}))


def _row(name):
    (row,) = chosen_rows((name,))
    return row


def test_every_row_has_a_name_of_its_own_and_levels_forms_and_threads_are_all_there():
    names = [row.name for row in catalogue()]
    assert len(set(names)) == len(names) == 4 * 4 * 2 + 7


def test_a_name_chooses_a_row_and_the_beginning_of_names_all_that_begin_so():
    assert [row.name for row in chosen_rows(("openvino",))] == ["openvino"]
    assert {row.level for row in chosen_rows(("onnxruntime-all",))} == {"all"}
    assert len(chosen_rows(("onnxruntime-all",))) == 8


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_pair_is_one_function(form, tmp_path):
    shape = (3, 1, 6) if form == "rank-3" else (3, 6)
    rows = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    paths = save_pair(tmp_path, WIDTHS, keep_probability=0.6, form=form)
    inverted, regular = (
        open_session(paths[arm]).run(None, {"x": rows})[0] for arm in ("inverted", "regular")
    )
    np.testing.assert_allclose(regular, inverted, rtol=1e-5, atol=1e-6)
    assert inverted.shape == (*shape[:-1], 3)


@pytest.mark.parametrize("form", ["matmul-add", "rank-3"])
def test_a_form_with_biases_is_the_function_of_the_gemm_form(form, tmp_path):
    rows = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    model = perceptron(WIDTHS, factor=0.6)
    given = in_form(model, form)
    paths = [tmp_path / "gemm.onnx", tmp_path / "other.onnx"]
    for path, each in zip(paths, (model, given), strict=True):
        path.write_bytes(each.SerializeToString())
    other = rows[:, np.newaxis] if form == "rank-3" else rows
    (expected,), (found,) = (
        open_session(path).run(None, {"x": x}) for path, x in zip(paths, (rows, other), strict=True)
    )
    np.testing.assert_allclose(found.reshape(3, 3), expected, rtol=1e-5, atol=1e-6)


def test_rounds_ask_every_arm_once_in_changing_order_on_the_same_request():
    asked = []
    calls = [
        [lambda arm=arm, request=request: asked.append((arm, request)) for request in range(2)]
        for arm in "abc"
    ]
    assert timed(calls, 20, seed=1).shape == (20, 3)
    rounds = [asked[start : start + 3] for start in range(0, 60, 3)]
    assert all(sorted(arm for arm, _ in one) == ["a", "b", "c"] for one in rounds)
    assert [{request for _, request in one} for one in rounds[:4]] == [{0}, {1}, {0}, {1}]
    assert len({tuple(arm for arm, _ in one) for one in rounds}) > 3


def test_a_process_measures_as_many_rounds_as_it_must_and_no_more_than_it_may(tmp_path):
    models = save_pair(tmp_path, WIDTHS, keep_probability=0.6)
    order = PairedOrder(
        row=Row(runtime="onnxruntime"),
        load_order=("again", "inverted", "regular"),
        arms=("inverted", "regular", "again"),
        models=models,
        request_shape=(1, 6),
        seconds=1e-9,
        fewest_rounds=7,
        most_rounds=9,
        order_seed=1,
        payload_seed=2,
        found=tmp_path / "found.json",
    )
    runtime = open_runtime(order.row)
    assert measured(runtime, order).shape == (7, 3)
    assert measured(runtime, order.model_copy(update={"seconds": 60.0})).shape == (9, 3)


def test_a_cost_is_the_mean_over_pairs_of_processes_of_paired_medians_over_the_reference():
    def start(reference, difference):
        medians = (reference, reference + difference, reference)
        return StartFound(
            rounds=10,
            median_ns=medians,
            mean_ns=(reference, 2 * reference, reference),
            paired_ns=(0, difference, 0),
        )

    # The two processes of a pair differ by their load order; a unit is their mean.
    starts = [start(1000, 50), start(2000, 300)] * 6
    found = PairedCost.of(starts, 0.0, 0.0)
    assert found.relative_by_unit == pytest.approx([0.1] * 6)
    assert found.relative.point == pytest.approx(0.1)
    assert found.relative.replicates == 6
    assert found.reference.point == pytest.approx(1.5)
    assert found.difference.point == pytest.approx(0.15)
    assert found.of_means.point == pytest.approx(1.0)
    assert found.rounds == 120


def test_a_row_is_measured_kept_and_not_measured_again(tmp_path):
    rows = chosen_rows(("onnxruntime-all-gemm-1",))
    first = survey(PLAN, rows, tmp_path, SilentProgress())
    (found,) = first.rows
    assert (found.scalings, found.version[:12], found.why_not) == (2, "ONNX Runtime", "")
    assert found.cost.units == 1
    assert found.cost.reference.point > 0
    assert found.agreement.same_function
    more = survey(PLAN, (*rows, _row("onnxruntime-all-rank-3-1")), tmp_path, SilentProgress())
    assert more.rows[0] == found
    assert more.rows[1].scalings == 0
    assert RuntimesResult.load(tmp_path / RESULT) == more


def test_what_is_there_of_another_plan_is_refused(tmp_path):
    survey(PLAN, (), tmp_path, SilentProgress())
    with pytest.raises(ExperimentError, match="other options"):
        survey(PLAN.model_copy(update={"batch": 2}), (), tmp_path, SilentProgress())


def test_what_is_there_of_another_machine_is_refused(tmp_path):
    kept = survey(PLAN, (), tmp_path, SilentProgress())
    elsewhere = kept.environment.model_copy(update={"cpu": "another"})
    kept.model_copy(update={"environment": elsewhere}).save(tmp_path / RESULT)
    with pytest.raises(ExperimentError, match="another machine"):
        survey(PLAN, (), tmp_path, SilentProgress())


def test_arms_that_are_not_one_function_are_not_timed(tmp_path):
    models = save_pair(tmp_path, WIDTHS, keep_probability=0.6)
    other = perceptron(WIDTHS, seed=1)
    models["regular"].write_bytes(other.SerializeToString())
    task = PairedTask(
        Row(runtime="onnxruntime"), models, (1, 6), Amount(1, 0.01), tmp_path / "starts"
    )
    with pytest.raises(LoadTestError, match="'regular' and 'inverted' do not compute the same"):
        task.examine()


@pytest.mark.parametrize(
    ("name", "here", "reason"),
    [
        ("onnxruntime-all-gemm-2", Here(1, False, frozenset()), "needs 2 cores; there is 1"),
        ("openvino", Here(2, False, frozenset()), "pip install '.[openvino]'"),
        ("torch-eager", Here(2, False, frozenset()), "pip install '.[train]'"),
        ("torch-cuda-graph", Here(2, False, frozenset({"torch"})), "there is no NVIDIA GPU"),
        ("torch-cuda-graph", Here(2, True, frozenset()), "pip install '.[train]'"),
        ("onnxruntime-cuda", Here(2, True, frozenset()), "pip install onnxruntime-gpu"),
    ],
)
def test_what_is_missing_is_said_in_the_row(name, here, reason):
    assert reason in here.why_not(_row(name))


def test_nothing_is_missing_where_everything_is_there():
    assert not any(EVERYTHING.why_not(row) for row in catalogue())


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="torch is not installed")
def test_a_gpu_that_torch_cannot_use_is_said_so():
    import torch  # noqa: PLC0415 - takes a second to load

    if torch.cuda.is_available():
        pytest.skip("there is a GPU that torch can use")
    with pytest.raises(LoadTestError, match="sees no GPU that it can use"):
        open_runtime(_row("torch-cuda-eager"))


@pytest.mark.skipif(not importlib.util.find_spec("torch"), reason="torch is not installed")
def test_torch_eager_computes_what_the_graph_does_and_multiplies_twice(tmp_path):
    models = save_pair(tmp_path, WIDTHS, keep_probability=0.6)
    requests = [np.random.default_rng(0).normal(size=(2, 6)).astype(np.float32)]
    runtime = open_runtime(_row("torch-eager"))
    for arm, scalings in (("inverted", 0), ("regular", 2)):
        loaded = runtime.load(models[arm], requests)
        expected = open_session(models[arm]).run(None, {"x": requests[0]})[0]
        np.testing.assert_allclose(loaded.answers()[0], expected, rtol=1e-5, atol=1e-6)
        assert loaded.executed().scalings == scalings


def test_compiled_arms_share_no_code_for_dynamo_to_list_them_under(tmp_path):
    from perbillion.runtimes.torch_arm import compiled  # noqa: PLC0415 - needs torch
    from perbillion.runtimes.torch_network import network_of  # noqa: PLC0415

    network = network_of(save_pair(tmp_path, WIDTHS, keep_probability=0.6)["regular"])
    codes = {compiled(network, name)._torchdynamo_orig_callable.__code__ for name in "ab"}
    assert {code.co_name for code in codes} == {"a", "b"}


def test_kernels_are_read_from_what_inductor_calls_not_from_what_it_defines():
    from perbillion.runtimes.torch_arm import kernel_calls  # noqa: PLC0415 - needs torch

    code = """
cpp_fused_mul_relu_0 = async_compile.cpp_pybinding(['float*'], '''...''')
extern_kernels = torch._C._inductor
class Runner:
    def call(self, args):
        extern_kernels.addmm(arg1, arg2, out=buf0)
        cpp_fused_mul_relu_0(buf1)
        buf2 = torch.ops.mkldnn._linear_pointwise.default(buf1, arg3)
        triton_poi_fused_mul_1.run(buf2, 75, stream=stream0)
"""
    assert kernel_calls(code) == (
        "extern_kernels.addmm",
        "cpp_fused_mul_relu_0",
        "torch.ops.mkldnn._linear_pointwise",
        "triton_poi_fused_mul_1",
    )


@pytest.mark.skipif(not importlib.util.find_spec("openvino"), reason="openvino is not installed")
def test_openvino_is_loaded_without_what_reports_to_its_makers(tmp_path):
    code = (
        "import sys, perbillion.runtimes.openvino_arm;"
        "print([name for name in sys.modules if name.startswith('openvino_telemetry.')])"
    )
    shown = subprocess.check_output(
        [sys.executable, "-P", "-c", code], text=True, env=os.environ | {"HOME": str(tmp_path)}
    )
    assert shown == "[]\n"
    assert list(tmp_path.iterdir()) == []


def test_a_row_that_does_otherwise_than_is_known_says_so():
    table = runtimes({"openvino": (examined(("FullyConnected", "Eltwise"), 1), cost(0.05))})
    assert "does otherwise than is known" in why(table.rows[0])
    assert "FullyConnected, Eltwise" in why(table.rows[0])


def test_the_table_tells_figures_with_intervals_and_reasons():
    table = runtimes(
        {"onnxruntime-all-gemm-1": (examined(("Mul",), 2), cost(0.0812))},
        {"openvino": "not installed: pip install '.[openvino]'"},
    )
    measured_row, absent_row = runtimes_sheet(table).rows
    assert measured_row[:3] == ("onnxruntime-all-gemm-1", "2 of 2", "15.0")
    assert measured_row[4] == "8.12 ± 0.20 %"
    assert absent_row[-1] == "not measured: not installed: pip install '.[openvino]'"


def test_the_command_tells_of_absent_rows_and_does_not_fail(tmp_path, monkeypatch):
    if Here.observe().has_gpu:
        pytest.skip("there is a GPU")
    monkeypatch.chdir(tmp_path)
    completed = CliRunner().invoke(app, ["runtimes", "--only", "torch-cuda"])
    assert completed.exit_code == 0, completed.output
    assert completed.stdout.count("not measured: there is no NVIDIA GPU") == 3


def test_json_goes_to_a_file_or_to_the_screen(tmp_path):
    options = ["runtimes", "--only", "onnxruntime-cuda", "--out", str(tmp_path / "work")]
    printed = CliRunner().invoke(app, [*options, "--json", "-"])
    CliRunner().invoke(app, [*options, "--json", str(tmp_path / "copy.json")])
    shown = RuntimesResult.model_validate_json(printed.stdout)
    assert shown == RuntimesResult.load(tmp_path / "copy.json")
    assert [found.row.runtime for found in shown.rows] == ["onnxruntime-cuda"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "openvin"], "--only: no row 'openvin' (did you mean 'openvino'?"),
        (["--out", "/dev/null/x"], "cannot write"),
    ],
)
def test_bad_input_is_told_in_a_line(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    completed = CliRunner().invoke(app, ["runtimes", *arguments])
    assert isinstance(completed.exception, ExperimentError | ArtifactError)
    assert told in str(completed.exception)


def test_an_unknown_profile_is_a_usage_error():
    assert CliRunner().invoke(app, ["runtimes", "--profile", "slow"]).exit_code == 2
