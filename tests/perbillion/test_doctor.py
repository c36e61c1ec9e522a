"""`perbillion doctor` as a user runs it."""

import os
import signal
import subprocess
import sys

import psutil
import pytest
from typer.testing import CliRunner

from command_line import command, processes_of
from contract.profile import PROFILES
from loadtest.probe import resolution_probe
from loadtest.probe.resolution_probe import ProbeSize
from perbillion import doctor_command
from perbillion.cli import app
from perbillion.diagnosis import Diagnosis

# None in sys.modules makes an import fail as if the package were not installed.
BLOCKED = """
import runpy, sys
for name in {modules!r}:
    sys.modules[name] = None
sys.argv = ["perbillion", "doctor"]
runpy.run_module("perbillion", run_name="__main__")
"""


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(doctor_command, "_WATCH_SECONDS", 0.0)
    return tmp_path


def _invoked(*arguments):
    return CliRunner().invoke(app, ["doctor", *arguments], catch_exceptions=False)


def test_without_load_it_tells_facts_and_that_nothing_was_measured(scratch):
    completed = _invoked("--no-load")
    assert completed.exit_code == 0
    for subject in ("cores", "steal", "thread CPU clock", "extra serve", "valgrind"):
        assert f"\n{subject}: " in f"\n{completed.stdout}"
    assert "not measured: left out by --no-load" in completed.stdout


@pytest.mark.slow
def test_json_holds_what_was_looked_at_and_measured_and_nothing_is_left_behind(
    scratch, monkeypatch
):
    monkeypatch.setattr(resolution_probe, "DEFAULT_SIZE", ProbeSize(2, 200, 0.5))
    completed = _invoked("--json")
    assert completed.exit_code == 0
    found = Diagnosis.model_validate_json(completed.stdout)
    assert found.not_probed is None
    assert set(found.tools) == {"valgrind", "wrk", "chromium"}
    assert not any(found.missing_modules.values())
    for probe in (found.resolution.in_process, found.resolution.served):
        assert probe.units == 2
        assert probe.reference_us > 0
        assert probe.within > 0
    told = [(found.profile, found.instrument) for found in found.resolution.expectations]
    assert sorted(told) == sorted((p, i) for p in PROFILES for i in ("served", "in_process"))
    assert list(scratch.iterdir()) == []


def test_a_machine_on_which_a_start_comes_to_nothing_is_told_as_such(scratch, monkeypatch):
    monkeypatch.setattr(resolution_probe, "DEFAULT_SIZE", ProbeSize(2, 1, 0.5))
    completed = _invoked()
    assert completed.exit_code == 0
    assert "not measured: a start of the probe came to less than two rounds (end" in (
        completed.stdout
    )
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("modules", "named"),
    [(["locust", "torch", "pyarrow"], "needs locust, pyarrow"), (["scipy"], "needs scipy")],
)
def test_without_the_extras_it_tells_the_facts_and_what_to_install(modules, named, tmp_path):
    completed = subprocess.run(
        [sys.executable, "-P", "-c", BLOCKED.format(modules=modules)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    assert completed.stdout.startswith("cores: ")
    assert f"{named}, not installed (pip install '.[compare]')" in completed.stdout
    assert "Traceback" not in completed.stderr


def test_an_interrupt_leaves_the_facts_on_the_screen_and_nothing_running(tmp_path):
    running = subprocess.Popen(
        command("doctor"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
    )
    while not _is_measuring(tmp_path):
        assert running.poll() is None, running.communicate()
        try:
            running.wait(0.02)
        except subprocess.TimeoutExpired:
            continue
    running.send_signal(signal.SIGINT)
    shown, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert shown.startswith("cores: ")
    assert "Traceback" not in errors
    assert processes_of(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def _is_measuring(folder):
    for process in processes_of(folder):
        try:
            if "loadtest.generators.inference_loop" in process.cmdline():
                return True
        except psutil.NoSuchProcess:
            continue
    return False
