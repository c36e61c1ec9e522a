"""The probe cut short; tests/perbillion/test_doctor.py runs it to its end."""

import psutil
import pytest

from contract.progress import SilentProgress
from graph.equality import require_same_function
from graph.generated_traffic import generated_traffic
from loadtest.instruments.in_process_instrument import InProcessInstrument
from loadtest.probe.resolution_probe import ProbeSize, probe_resolution

SMALL = ProbeSize(pairs=2, rounds=200, seconds=0.5)


class StopAfter(SilentProgress):
    """Somebody presses Ctrl-C once so many starts are done."""

    def __init__(self, starts):
        self.left = starts

    def advance(self, note=""):
        self.left -= 1
        if not self.left:
            raise KeyboardInterrupt


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_an_interrupted_probe_leaves_no_process_and_no_file(scratch):
    with pytest.raises(KeyboardInterrupt):
        probe_resolution(StopAfter(1), SMALL)
    assert psutil.Process().children() == []
    assert list(scratch.iterdir()) == []


def test_what_a_probe_measures_computes_one_function(scratch, monkeypatch):
    compared = []

    def run(instrument, plan):
        subjects = instrument._setting.subjects
        traffic = generated_traffic(subjects.models["inverted"], requests=64, seed=1)
        compared.append(require_same_function(subjects.models, traffic))
        raise KeyboardInterrupt

    monkeypatch.setattr(InProcessInstrument, "run", run)
    with pytest.raises(KeyboardInterrupt):
        probe_resolution(SilentProgress(), SMALL)
    ((regular, again),) = [found.values() for found in compared]
    assert regular.agreement().same_function
    assert again.agreement().largest_absolute_difference == 0


def test_a_probe_runs_no_disturbed_start_again_for_it_is_what_it_looks_for():
    assert SMALL.experiment().stopping.reruns == 0
