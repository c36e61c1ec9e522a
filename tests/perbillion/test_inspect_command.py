"""`perbillion inspect` as a user runs it."""

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from typer.testing import CliRunner

from command_line import perbillion
from contract.errors import PerbillionError
from graph.inspection.inspection import Inspection
from graph.perceptron import perceptron
from perbillion.cli import app

PAGE = Path(__file__).parent.parent.parent / "docs" / "inspect.md"


@pytest.fixture
def regular(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    onnx.save_model(perceptron((784, 75, 45, 10), factor=0.5), "regular.onnx")
    return "regular.onnx"


def _invoked(*arguments):
    return CliRunner().invoke(app, ["inspect", *arguments], catch_exceptions=False)


def test_it_tells_the_graph_the_scalings_and_the_times(regular):
    completed = _invoked(regular)
    assert completed.exit_code == 0
    assert "input x: float32 (batch, 784)" in completed.stdout
    assert "Relu_1: given Relu; disabled Relu; basic Relu; extended FusedGemm" in (completed.stdout)
    assert "Mul_2: by x 0.5; it survives; because MatMulScaleFusion looks at MatMul alone" in (
        completed.stdout
    )
    assert "2 of 2 multiplications by constants run as nodes of their own" in completed.stdout
    assert re.search(
        r"\nMul_2: operator Mul; us \d+\.\d\d; of all nodes \d+\.\d%\n", completed.stdout
    )
    assert re.search(r"They take \d+\.\d\d of \d+\.\d\d us of kernel time", completed.stdout)


def test_without_the_profile_nothing_is_timed(regular):
    shown = _invoked(regular, "--no-profile").stdout
    assert "2 of 2 multiplications" in shown
    assert "Time per node" not in shown


def test_the_page_shows_what_the_command_prints(regular, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    shown = _invoked(regular, "--no-profile").stdout
    block = re.search(
        r"```console\n\$ perbillion inspect regular.onnx --no-profile\n(.*?)```",
        PAGE.read_text(),
        re.S,
    )[1]
    assert _bare(block) == _bare(shown)


def test_json_holds_everything(regular):
    inspection = Inspection.model_validate_json(_invoked(regular, "--json", "--batch", "4").stdout)
    assert inspection.call.batch == 4
    assert inspection.times.threads == 1
    assert [graph.level for graph in inspection.levels] == [
        "given",
        "disabled",
        "basic",
        "extended",
        "all",
    ]
    assert len(inspection.multiplications) == 2


def test_recorded_inputs_take_the_place_of_made_up_ones(regular):
    np.savez("data.npz", x=np.zeros((6, 784), dtype=np.float32))
    shown = _invoked(regular, "--inputs", "data.npz", "--batch", "3", "--no-profile")
    assert shown.exit_code == 0
    assert "a call: of 3 rows: x (3, 784)" in shown.stdout


def test_a_long_graph_is_told_by_its_operators(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    onnx.save_model(perceptron([8] * 16, factor=0.5), "long.onnx")
    shown = _invoked("long.onnx", "--no-profile").stdout
    assert "Gemm: given 15; disabled 15; basic 15; extended 1; all 1; changes\n" in shown
    assert "Mul: given 14; disabled 14; basic 14; extended 14; all 14; same\n" in shown


def test_what_cannot_be_inspected_is_one_clear_line(regular, tmp_path):
    (tmp_path / "odd.onnx").write_bytes(b"no model")
    completed = perbillion("inspect", "odd.onnx", folder=tmp_path)
    assert completed.returncode == 2
    assert completed.stderr.splitlines()[-1].startswith("perbillion: error: odd.onnx: ")
    assert "Traceback" not in completed.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["absent.onnx"], "absent.onnx"),
        (["regular.onnx", "--size", "sequence=3"], "sequence"),
        (["regular.onnx", "--inputs", "data.npz", "--size", "a=3"], "leave out one of the two"),
    ],
)
def test_what_does_not_fit_the_model_is_an_error_of_ours(arguments, named, regular):
    with pytest.raises(PerbillionError) as caught:
        _invoked(*arguments)
    assert named in str(caught.value)


@pytest.mark.parametrize("arguments", [["--size", "sequence"], ["--size", "a=0"], ["--batch", "0"]])
def test_what_is_no_number_is_a_usage_error(arguments, regular):
    completed = _invoked(regular, *arguments)
    assert completed.exit_code == 2
    assert arguments[0] in completed.output or "write it like sequence=128" in completed.output


def _bare(text):
    # Bold stays where colours are not wanted.
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [line.rstrip() for line in plain.strip().splitlines()]
