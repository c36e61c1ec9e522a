from dataclasses import replace

import pytest
import torch

from contract.errors import ArtifactError
from contract.lecture_evidence import LectureEvidence
from contract.progress import SilentProgress
from train.archive import NetworkArchive
from train.evidence.gathering import gather
from train.evidence.sampled_inference import SAMPLES


class CountedProgress(SilentProgress):
    """Remembers how many steps were announced and how many were done."""

    def __init__(self):
        self.announced, self.done = [], 0

    def begin(self, task, total):
        self.announced.append(total)

    def advance(self, note=""):
        self.done += 1


@pytest.fixture(scope="module")
def gathered(small_catalogue, archive, few_digits, exported):
    """Gather once more whenever it is called."""

    def once_more(data=few_digits, progress=None):
        return gather(small_catalogue, archive, data, exported, progress or SilentProgress())

    return once_more


@pytest.fixture(scope="module")
def steps():
    return CountedProgress()


@pytest.fixture(scope="module")
def evidence(gathered, steps):
    return gathered(progress=steps)


def test_gathering_twice_gives_the_same_document_and_takes_no_draw_from_the_caller(
    gathered, evidence
):
    state = torch.get_rng_state()
    assert gathered() == evidence
    assert torch.equal(torch.get_rng_state(), state)


def test_the_document_has_a_part_for_whatever_was_planned(
    evidence, small_catalogue, few_digits, exported
):
    assert [group.name for group in evidence.groups] == [g.name for g in small_catalogue.groups]
    assert [group.name for group in evidence.sweep] == [g.name for g in small_catalogue.sweep]
    assert all(group.seeds == (123, 1) for group in (*evidence.groups, *evidence.sweep))
    assert len(evidence.identities) == 7
    assert len(evidence.net_inputs) == 2
    assert len(evidence.pairs) == len(small_catalogue.pairs)
    assert tuple(sampled.samples for sampled in evidence.sampled) == SAMPLES
    assert evidence.data == few_digits.facts
    assert (evidence.batch_size, evidence.learning_rate) == (32, 0.1)
    assert evidence.torch_version == torch.__version__
    assert evidence.exported == exported


def test_the_document_survives_the_disk(evidence, tmp_path):
    evidence.save(tmp_path / "evidence.json")
    assert LectureEvidence.load(tmp_path / "evidence.json") == evidence


def test_a_group_s_figures_are_its_cards_in_the_order_of_seeds(evidence, small_catalogue, archive):
    group, planned = evidence.group("sigmoid-after"), small_catalogue.group("sigmoid-after")
    cards = [archive.load(plan.name)[0] for plan in planned.plans]
    assert group.told == planned.told
    assert group.architecture == planned.plans[0].architecture
    assert group.epochs == 2
    assert group.train_accuracy == tuple(card.accuracy.train for card in cards)
    assert group.validation_accuracy == tuple(card.accuracy.validation for card in cards)
    assert group.test_accuracy == tuple(card.accuracy.test for card in cards)
    assert group.test_loss == tuple(card.test_loss for card in cards)


def test_curves_are_of_the_first_seed_with_every_epoch(evidence):
    assert {name: curve.name for name, curve in evidence.curves.items()} == {
        "none": "none-s123",
        "inverted": "inverted-s123",
    }
    assert all(len(curve.validation_loss) == 2 for curve in evidence.curves.values())


def test_dropout_before_relu_and_after_it_trains_the_same_networks_but_not_with_a_sigmoid(evidence):
    before, after = evidence.group("relu-before"), evidence.group("inverted")
    assert (before.test_accuracy, before.test_loss) == (after.test_accuracy, after.test_loss)
    sigmoid = [evidence.group(f"sigmoid-{order}") for order in ("before", "after")]
    assert sigmoid[0].test_loss != sigmoid[1].test_loss


def test_the_notebook_stands_beside_mnist_alone(gathered, evidence, few_digits):
    assert [network.name for network in evidence.notebook] == ["none", "inverted"]
    assert gathered(replace(few_digits, name="digits")).notebook == ()


def test_progress_ends_where_it_was_said_to(evidence, steps):
    assert steps.announced == [steps.done]


def test_a_network_that_is_not_trained_yet_is_named(
    small_catalogue, few_digits, exported, tmp_path
):
    first = small_catalogue.plans()[0].name
    with pytest.raises(ArtifactError, match=f"'{first}' is not trained yet") as caught:
        gather(small_catalogue, NetworkArchive(tmp_path), few_digits, exported, SilentProgress())
    assert caught.value.where == str(tmp_path)
