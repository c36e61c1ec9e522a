import hashlib

import numpy as np
import pytest
from onnx import numpy_helper

from contract.document import sha256_of
from contract.errors import ArtifactError, EqualityError
from contract.experiment import ARMS, DROPCONNECT_ARMS, OTHER_FUNCTION, Experiment
from contract.graph_card import ModelCard
from contract.repository import card_file, load_card, model_file
from graph.model_file import load_model, save_model

MLP = ("FusedGemm", "FusedGemm", "Gemm")
DOSES = {"regular": 1, "regular-x2": 2, "regular-x4": 4, "regular-x8": 8}
# Of the network that each arm predicts like; null has none.
DROPOUTS = {
    **dict.fromkeys(("inverted", "again"), "inverted"),
    **dict.fromkeys((*DOSES, "folded"), "regular"),
    **dict.fromkeys(DROPCONNECT_ARMS, "dropconnect"),
}


def _times(run):
    return {
        arm: model_file(run.directory.repository, arm).stat().st_mtime_ns
        for arm in run.experiment.arms
    }


def _files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_repository_holds_a_model_and_its_card_an_arm_and_nothing_else(halves):
    assert _files(halves.directory.repository) == sorted(
        f"{arm}/1/{name}" for arm in ARMS for name in ("model.onnx", "model.card.json")
    )
    assert not [path for path in halves.directory.root.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("run_name", ["halves", "unequal"])
def test_cards_say_what_the_models_are(run_name, request):
    run = request.getfixturevalue(run_name)
    assert [card.arm for card in run.cards] == list(ARMS)
    for card in run.cards:
        assert load_card(run.directory.repository, card.arm, ModelCard) == card
        assert card.model_sha256 == sha256_of(model_file(run.directory.repository, card.arm))
        dropout = DROPOUTS.get(card.arm)
        assert card.architecture == (
            dropout and run.experiment.architecture(dropout, features=784, classes=10)
        )
        assert card.samples == (100 if card.arm == "dropconnect-sampled" else None)
        assert card.reference == "inverted"
        assert card.same_function == (card.arm not in OTHER_FUNCTION)
        assert card.parity.rows == 450
        assert card.parity.same_function
        assert card.parity.largest_absolute_difference <= card.parity.tolerance
        assert card.scalings == 2 * DOSES.get(card.arm, 0)


@pytest.mark.parametrize("run_name", ["halves", "unequal"])
def test_only_regular_pays_at_every_prediction_and_its_doses_pay_in_full(run_name, request):
    run = request.getfixturevalue(run_name)
    census = {card.arm: card.census for card in run.cards}
    for arm, parts in DOSES.items():
        muls = ("Mul",) * parts
        assert census[arm].operators_optimised == ("FusedGemm", *muls, "FusedGemm", *muls, "Gemm")
        assert census[arm].flops_per_row - census["inverted"].flops_per_row == parts * (75 + 45)
    assert census["inverted"].operators_optimised == MLP
    assert census["inverted"] == census["folded"] == census["again"] == census["dropconnect"]
    assert census["null"].operators_optimised == ("Gather",)
    assert census["null"].flops_per_row == 0


@pytest.mark.parametrize("run_name", ["halves", "unequal"])
def test_every_arm_of_the_function_is_as_accurate_as_the_trained_network(run_name, request):
    run = request.getfixturevalue(run_name)
    trained = (run.directory.trained / "inverted.card.json").read_text()
    accuracy = {card.test_accuracy for card in run.cards if card.same_function}
    assert len(accuracy) == 1
    assert f'"test": {accuracy.pop()}' in trained.replace("\n", " ")


def test_arms_that_are_there_and_whole_are_not_made_again(run):
    before = _times(run)
    assert run.export() == run.cards
    assert _times(run) == before
    assert run.progress.lines == []


def test_a_damaged_model_is_made_again_and_said(run):
    path = model_file(run.directory.repository, "folded")
    before, content = _times(run), path.read_bytes()
    path.write_bytes(content[:-1])
    assert run.export() == run.cards
    assert path.read_bytes() == content
    (line,) = run.progress.lines
    assert "folded is made again" in line
    assert str(path) in line
    assert {arm for arm, time in _times(run).items() if time != before[arm]} == {"folded"}
    assert _files(path.parent) == ["model.card.json", "model.onnx"]


def test_a_card_that_cannot_be_read_is_made_again(run):
    card_file(run.directory.repository, "regular").write_bytes(b"{}")
    assert run.export() == run.cards
    assert load_card(run.directory.repository, "regular", ModelCard) == run.cards[1]


def test_only_the_arms_asked_for_are_made(run):
    arms = ["inverted", "regular", "again"]
    run.experiment = Experiment.resolve(overrides={"arms": arms, "training": {"epochs": 1}})
    model_file(run.directory.repository, "folded").unlink()
    card_file(run.directory.repository, "folded").unlink()
    assert [card.arm for card in run.export()] == arms
    assert not model_file(run.directory.repository, "folded").exists()


def test_arms_of_a_network_that_was_trained_anew_are_made_again(run, unequal):
    for path in unequal.directory.trained.iterdir():
        (run.directory.trained / path.name).write_bytes(path.read_bytes())
    cards = run.export()
    assert [card.model_sha256 for card in cards] == [card.model_sha256 for card in unequal.cards]
    assert [card.made_from for card in cards] == [card.made_from for card in unequal.cards]


def test_an_arm_of_another_function_stops_the_export_and_nothing_new_is_written(run):
    path = model_file(run.directory.repository, "regular")
    model = load_model(path)
    bias = next(tensor for tensor in model.graph.initializer if tensor.name == "linears.2.bias")
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + np.float32(1), bias.name))
    save_model(model, path)
    forged = run.cards[1].model_copy(
        update={"model_sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    )
    forged.save(card_file(run.directory.repository, "regular"))
    for missing in (model_file, card_file):
        missing(run.directory.repository, "folded").unlink()
    before = _files(run.directory.root)
    with pytest.raises(EqualityError, match="'regular' and 'inverted'"):
        run.export()
    assert _files(run.directory.root) == before
    assert not [path for path in run.directory.root.iterdir() if path.name.startswith(".")]


def test_null_is_held_to_what_it_copies_and_not_to_the_reference_s_function(halves):
    (null,) = (card for card in halves.cards if card.arm == "null")
    assert null.parity.largest_absolute_difference == 0
    assert null.made_from == "no network: the first 10 numbers of an image"
    same = [card.arm for card in halves.cards if card.same_function]
    assert same == list(halves.experiment.same_function_arms)


def test_a_run_that_is_not_trained_is_an_error_that_names_the_file(run):
    (run.directory.trained / "regular.card.json").unlink()
    with pytest.raises(ArtifactError, match=r"regular\.card\.json"):
        run.export()


def test_a_card_of_an_older_graph_does_not_vouch_for_the_arm(run):
    older = ModelCard.load(card_file(run.directory.repository, "inverted")).model_copy(
        update={"opset": 17}
    )
    older.save(card_file(run.directory.repository, "inverted"))
    assert run.export()[0].opset == run.cards[0].opset
