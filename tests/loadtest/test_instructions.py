import os
import shutil
import subprocess
import sys
import textwrap

import numpy as np
import onnx
import psutil
import pytest

from contract.errors import LoadTestError
from contract.progress import SilentProgress
from contract.traffic import Traffic
from graph.model_file import load_model, save_model
from graph.splitting import split_scalings
from loadtest.instruments.instructions import _counted, count_instructions

INFERENCES = 40

needs_valgrind = pytest.mark.skipif(
    shutil.which("valgrind") is None, reason="Valgrind is not installed"
)


class RecordedProgress(SilentProgress):
    """Remembers what it was told."""

    def __init__(self):
        self.heard = []

    def begin(self, task, total):
        self.heard.append(total)

    def advance(self, note=""):
        self.heard.append(note)

    def say(self, line):
        self.heard.append(line)


def _model(path, body):
    text = '<ir_version: 10, opset_import: ["" : 20]> g (float[n,8] x) => (float[n,8] y) '
    onnx.save_model(onnx.parser.parse_model(f"{text}<float s = {{0.5}}> {{ {body} }}"), path)
    return path


def _subjects(folder):
    """A model without a scaling, with one, with eight, and the first a second time."""
    traffic = folder / "traffic.npz"
    inputs = np.random.default_rng(0).random((3, 8), dtype=np.float32)
    Traffic.of_rows("x", inputs).save(traffic)
    models = {
        "plain": _model(folder / "plain.onnx", "y = Tanh(x)"),
        "scaled": _model(folder / "scaled.onnx", "h = Tanh(x)  y = Mul(h, s)"),
        "scaled-x8": folder / "scaled-x8.onnx",
        "again": _model(folder / "again.onnx", "y = Tanh(x)"),
    }
    save_model(split_scalings(load_model(models["scaled"]), 8), models["scaled-x8"])
    return models, traffic


def _count(models, traffic, folder, progress=None):
    scratch = folder / "scratch"
    scratch.mkdir()
    return count_instructions(
        models, traffic, INFERENCES, scratch, folder / "logs", progress or SilentProgress()
    )


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    return _subjects(tmp_path_factory.mktemp("subjects"))


@pytest.fixture(scope="module")
def counted(subjects, tmp_path_factory):
    """A count of the models, and what was told of it."""
    progress = RecordedProgress()
    return _count(*subjects, tmp_path_factory.mktemp("run"), progress), progress.heard


@pytest.fixture(scope="module")
def counted_again(subjects, tmp_path_factory):
    return _count(*subjects, tmp_path_factory.mktemp("run"))


def _by_arm(count):
    return {arm.arm: arm.instructions for arm in count.arms}


@needs_valgrind
def test_more_nodes_are_more_instructions(counted):
    found = _by_arm(counted[0])
    assert list(found) == ["plain", "scaled", "scaled-x8", "again"]
    one = found["scaled"] - found["plain"]
    seven = found["scaled-x8"] - found["scaled"]
    # A node is dispatched by some thousands of instructions, of which 8 numbers are a few.
    assert one > 500
    assert seven > 3 * one


@needs_valgrind
def test_a_count_is_the_difference_of_the_runs_by_the_inferences_between(counted):
    for arm in counted[0].arms:
        assert arm.instructions == (arm.long_run - arm.short_run) / INFERENCES
        # Both are complete: what they have in common is small beside what they count.
        assert arm.short_run == pytest.approx(20 * arm.instructions, rel=0.1)


@needs_valgrind
@pytest.mark.slow
def test_two_counts_agree_and_so_do_two_arms_of_the_same_bytes(counted, counted_again):
    first, second = _by_arm(counted[0]), _by_arm(counted_again)
    for arm, instructions in first.items():
        assert instructions == pytest.approx(second[arm], rel=0.005), arm
    assert first["again"] == pytest.approx(first["plain"], rel=0.005)


@needs_valgrind
def test_the_count_says_by_what_it_was_made_and_progress_hears_of_every_arm(counted):
    count, heard = counted
    assert count.inferences == INFERENCES
    version = subprocess.run(
        ["valgrind", "--version"], check=True, capture_output=True, text=True
    ).stdout
    assert version.strip() == f"valgrind-{count.valgrind}"
    assert heard == [4, "plain", "scaled", "scaled-x8", "again"]


@needs_valgrind
@pytest.mark.slow
def test_a_process_that_fails_is_an_error_with_its_reason(tmp_path):
    models, traffic = _subjects(tmp_path)
    models["scaled"].write_bytes(b"no model")
    with pytest.raises(LoadTestError, match=r"exit status 1.*cannot load this model"):
        _count(models, traffic, tmp_path)


def test_without_valgrind_nothing_is_counted_and_that_is_said(tmp_path, monkeypatch):
    models, traffic = _subjects(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    progress = RecordedProgress()
    assert _count(models, traffic, tmp_path, progress) is None
    assert progress.heard == ["instructions are not counted: Valgrind is not installed"]


def _written(folder, sums):
    for number, instructions in enumerate(sums, 1):
        header = f"version: 1\ncreator: callgrind-3.19.0\nsummary: {instructions}\n\nfn=(1) f\n"
        (folder / f"callgrind.out.{number}").write_text(header)


def test_the_short_and_the_long_run_of_each_arm_are_taken_and_no_other_count(tmp_path):
    # What came before, then warm-up, short run and long run of either arm.
    _written(tmp_path, [999, 500, 300, 1300, 510, 310, 2310])
    count = _counted(["a", "b"], 10, tmp_path)
    assert [(arm.arm, arm.instructions) for arm in count.arms] == [("a", 100), ("b", 200)]
    assert count.valgrind == "3.19.0"


@pytest.mark.parametrize("written", [6, 8])
def test_counts_that_are_not_all_there_or_too_many_are_an_error(written, tmp_path):
    _written(tmp_path, [100] * written)
    with pytest.raises(LoadTestError, match=f"wrote {written} counts where 7 are expected"):
        _counted(["a", "b"], 10, tmp_path)


@needs_valgrind
def test_the_process_under_valgrind_ends_when_its_parent_is_killed(tmp_path):
    models, traffic = _subjects(tmp_path)
    (tmp_path / "scratch").mkdir()
    code = textwrap.dedent(f"""
        from pathlib import Path
        from contract.progress import SilentProgress
        from loadtest.instruments.instructions import count_instructions
        folder = Path({str(tmp_path)!r})
        models = {{"plain": Path({str(models["plain"])!r})}}
        traffic = Path({str(traffic)!r})
        scratch, logs = folder / "scratch", folder / "logs"
        count_instructions(models, traffic, 10**9, scratch, logs, SilentProgress())
    """)
    # What Valgrind runs opens the pipe's other end: it is under way when that is read.
    fifo = tmp_path / "begun"
    os.mkfifo(fifo)
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, sys\n"
        f"if 'loadtest.generators.callgrind_loop' in sys.orig_argv:\n"
        f"    with open({str(fifo)!r}, 'w') as begun: begun.write(str(os.getpid()))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", code], env=environment)
    counting = psutil.Process(int(fifo.read_text()))
    parent.kill()
    parent.wait()
    counting.wait(timeout=30)
