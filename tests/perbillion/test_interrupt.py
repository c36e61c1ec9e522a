"""Ctrl-C and a killed parent: nothing is left running, finished rounds are kept."""

import json
import os
import shutil
import signal
import subprocess

import psutil
import pytest

from command_line import command, processes_of
from contract.samples import Samples
from graph.model_file import save_model
from graph.perceptron import perceptron


def _wait_for(condition, running):
    """Wait until `condition` holds; looks whenever a file changes or 20 ms have passed."""
    while not condition():
        assert running.poll() is None, running.communicate()
        try:
            running.wait(0.02)
        except subprocess.TimeoutExpired:
            continue


@pytest.fixture
def exported_run(finished_run, tmp_path):
    """A run that is trained and exported, its served campaign still to come."""
    run = tmp_path / "run"
    shutil.copytree(finished_run.root, run)
    text = (run / "experiment.toml").read_text()
    (run / "experiment.toml").write_text(
        text.replace("seconds_per_start = 0.3", "seconds_per_start = 60.0")
    )
    record = json.loads((run / "samples" / "run.json").read_text())
    record["starts"] = [start for start in record["starts"] if start["instrument"] == "in_process"]
    del record["campaigns"]["served"]
    (run / "samples" / "run.json").write_text(json.dumps(record))
    for path in (run / "samples").glob("served-*"):
        path.unlink()
    (run / "result.json").unlink()
    return run


@pytest.fixture
def running(exported_run, tmp_path):
    """The same run, resumed, in the middle of its first served start."""
    process = subprocess.Popen(
        command("run", "--resume", exported_run),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def _generator_is_sending(run):
    """Whether Locust's connection to the server is established."""
    for process in processes_of(run):
        try:
            words = process.cmdline()
            if "loadtest.generators.generator" in words:
                return any(c.status == psutil.CONN_ESTABLISHED for c in process.net_connections())
        except psutil.NoSuchProcess:
            continue
    return False


def _only_the_whole_rounds_were_kept(run):
    samples = Samples.load(run / "samples" / "served-000.partial.parquet")
    assert samples.rounds > 0
    assert samples.arm.size == samples.rounds * len(samples.arms)
    starts = json.loads((run / "samples" / "run.json").read_text())["starts"]
    assert [start["instrument"] for start in starts] == ["in_process", "in_process"]


def _some_rounds_are_measured(run):
    """Whether the server has used the CPU time of far more than the warm-up's requests."""
    for process in processes_of(run):
        try:
            if "serve" in process.cmdline():
                started = getattr(_some_rounds_are_measured, "started", None)
                used = process.cpu_times().user
                if started is None or started[0] != process.pid:
                    _some_rounds_are_measured.started = (process.pid, used)
                    return False
                return used - started[1] > 0.5
        except psutil.NoSuchProcess:
            continue
    return False


def test_an_interrupt_leaves_no_process_and_keeps_what_is_finished(running, exported_run):
    _wait_for(lambda: _generator_is_sending(exported_run), running)
    _wait_for(lambda: _some_rounds_are_measured(exported_run), running)
    os.kill(running.pid, signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert f"perbillion run --resume {exported_run}" in errors
    assert "Traceback" not in errors
    assert processes_of(exported_run) == []
    _only_the_whole_rounds_were_kept(exported_run)
    assert not [path for path in exported_run.iterdir() if path.name.startswith(".")]


def test_a_killed_parent_takes_server_and_locust_along_and_finished_rounds_stay(
    running, exported_run
):
    _wait_for(lambda: _generator_is_sending(exported_run), running)
    _wait_for(lambda: _some_rounds_are_measured(exported_run), running)
    children = [process for process in processes_of(exported_run) if process.pid != running.pid]
    assert len(children) == 2
    running.kill()
    running.communicate()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    _only_the_whole_rounds_were_kept(exported_run)


def test_an_interrupted_comparison_keeps_finished_starts_and_says_how_to_go_on(tmp_path):
    model = tmp_path / "model.onnx"
    save_model(perceptron((8, 6, 4, 3)), model)
    settings = ("in_process.pairs=1", "in_process.rounds_per_start=20", "served.pairs=1")
    words = [word for one in (*settings, "served.seconds_per_start=60") for word in ("--set", one)]
    with subprocess.Popen(
        command("compare", model, model, *words),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as comparing:
        _wait_for(lambda: _generator_is_sending(tmp_path / "runs"), comparing)
        comparing.send_signal(signal.SIGINT)
        _, errors = comparing.communicate(timeout=60)
    assert comparing.returncode == 130
    assert not processes_of(tmp_path / "runs")
    (run,) = (tmp_path / "runs").glob("*/batch-1")
    assert f"perbillion load {run}" in errors
    assert len(json.loads((run / "samples" / "run.json").read_text())["starts"]) == 2
