from dataclasses import replace

import psutil
import pytest
import torch

from contract.architecture import Architecture
from contract.errors import ArtifactError, TrainingError
from contract.experiment import DataSection
from contract.progress import SilentProgress
from perbillion.claims.training_pool import missing_plans, train_all
from train.archive import NetworkArchive
from train.digits import load_digits
from train.plan import NetworkPlan
from train.training import train_network, trained

DATA = DataSection(name="digits")
FIRST = NetworkPlan(
    name="first",
    architecture=Architecture((784, 8, 8, 10), (0.5, 0.5), "inverted"),
    matching="",
    epochs=2,
    batch_size=64,
    learning_rate=0.1,
    seed=1,
    data_name="digits",
)
PLANS = tuple(replace(FIRST, name=f"network-{seed}", seed=seed) for seed in range(4))


class RecordedProgress(SilentProgress):
    def __init__(self):
        self.tasks = []
        self.finished = []

    def begin(self, task, total):
        self.tasks.append((task, total))

    def advance(self, note=""):
        self.finished.append(note)


def test_networks_trained_side_by_side_are_those_trained_one_by_one(tmp_path):
    progress = RecordedProgress()
    train_all(PLANS, tmp_path, DATA, progress, workers=2)
    assert progress.tasks == [("Training 4 networks, 2 at a time", 4)]
    assert sorted(progress.finished) == [plan.name for plan in PLANS]
    digits, archive = load_digits(), NetworkArchive(tmp_path)
    for plan in PLANS:
        alone, curve = trained(plan, digits, SilentProgress())
        card, together = archive.load(plan.name)
        assert archive.finished_card(plan) == card
        assert archive.curve(plan.name) == curve
        for name, weight in alone.state_dict().items():
            assert torch.equal(weight, together.state_dict()[name])
    assert not (tmp_path / ".scratch").exists()


def test_what_is_in_the_archive_is_not_trained_again(tmp_path):
    train_network(PLANS[0], load_digits(), NetworkArchive(tmp_path), SilentProgress())
    assert missing_plans(PLANS[:2], tmp_path) == PLANS[1:2]
    before = (tmp_path / "network-0.pt").stat().st_mtime_ns
    progress = RecordedProgress()
    train_all(PLANS[:2], tmp_path, DATA, progress)
    train_all(PLANS[:2], tmp_path, DATA, progress)
    assert progress.finished == ["network-1"]
    assert (tmp_path / "network-0.pt").stat().st_mtime_ns == before


def test_a_network_that_cannot_be_trained_ends_all_and_says_why(tmp_path):
    broken = replace(FIRST, name="broken", learning_rate=1e30)
    long = tuple(replace(plan, epochs=300) for plan in PLANS)
    with pytest.raises(TrainingError, match="training broken: the loss is nan after epoch 1"):
        train_all((broken, FIRST, *long), tmp_path, DATA, SilentProgress(), workers=2)
    # The other process may have begun one of them, and then had no ticket left.
    assert len(list(tmp_path.glob("network-*.card.json"))) <= 1


def test_an_interruption_leaves_no_process_and_keeps_what_is_finished(tmp_path):
    class Interrupting(SilentProgress):
        def advance(self, note=""):
            raise KeyboardInterrupt

    long = replace(FIRST, name="long", epochs=100_000)
    with pytest.raises(KeyboardInterrupt):
        train_all((long, *PLANS), tmp_path, DATA, Interrupting(), workers=2)
    assert not psutil.Process().children(recursive=True)
    assert missing_plans(PLANS, tmp_path) != PLANS
    assert (tmp_path / "long.checkpoint.pt").is_file()


def test_a_folder_that_cannot_be_made_is_an_artifact_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match="cannot write"):
        train_all(PLANS, tmp_path / "file" / "networks", DATA, SilentProgress())
