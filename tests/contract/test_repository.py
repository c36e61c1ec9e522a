import hashlib
from pathlib import Path

import pytest

from agreements import agreement
from contract.architecture import Architecture
from contract.errors import ArtifactError
from contract.graph_card import Census, ModelCard
from contract.repository import card_file, load_card, model_file


@pytest.fixture
def repository(tmp_path):
    """A repository of one arm."""
    path = model_file(tmp_path, "inverted")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a model")
    ModelCard(
        arm="inverted",
        version="1",
        made_from="nothing",
        reference="inverted",
        same_function=True,
        inputs=(),
        outputs=(),
        architecture=Architecture((4, 3, 2), (0.5,), "inverted"),
        samples=None,
        scalings=0,
        opset=20,
        model_file=path.name,
        model_sha256=hashlib.sha256(b"a model").hexdigest(),
        parity=agreement(rows=1, tolerance=0),
        census=Census(operators=(), operators_optimised=(), parameters=0, flops_per_row=0),
        test_accuracy=1.0,
    ).save(card_file(tmp_path, "inverted"))
    return tmp_path


def test_models_lie_as_model_servers_expect_them():
    assert model_file(Path("repo"), "regular") == Path("repo/regular/1/model.onnx")
    assert card_file(Path("repo"), "regular", "2") == Path("repo/regular/2/model.card.json")


def test_a_card_that_fits_its_model_is_read(repository):
    assert load_card(repository, "inverted", ModelCard).arm == "inverted"


def test_a_changed_model_is_refused_with_both_sums(repository):
    model_file(repository, "inverted").write_bytes(b"another model")
    with pytest.raises(ArtifactError, match=hashlib.sha256(b"another model").hexdigest()):
        load_card(repository, "inverted", ModelCard)


def test_a_missing_model_is_refused(repository):
    model_file(repository, "inverted").unlink()
    with pytest.raises(ArtifactError, match=r"cannot read the model.*perbillion export"):
        load_card(repository, "inverted", ModelCard)


def test_an_arm_that_is_not_there_is_refused_by_name(repository):
    with pytest.raises(ArtifactError, match="no arm 'regular'"):
        load_card(repository, "regular", ModelCard)


def test_the_card_of_another_arm_is_refused(repository):
    (repository / "inverted").rename(repository / "regular")
    with pytest.raises(ArtifactError, match="the card of another model: arm 'inverted'"):
        load_card(repository, "regular", ModelCard)
