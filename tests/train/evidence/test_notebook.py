import pytest

from train.evidence.notebook import PRINTED, notebook_network


@pytest.mark.parametrize("name", ["none", "inverted"])
def test_printed_figures_stand_beside_the_network_s_own(name, small_catalogue, archive):
    plan = small_catalogue.group(name).plans[0]
    card, curve = archive.load(plan.name)[0], archive.curve(plan.name)
    found = notebook_network(name, card, curve)
    assert (found.name, found.epochs) == (name, 2)
    assert found.printed_losses == PRINTED[name].losses
    assert found.losses == curve.batch_losses[0]
    assert found.first_epoch == (curve.train_accuracy[0], curve.validation_accuracy[0])
    assert found.first_epoch != (curve.train_accuracy[1], curve.validation_accuracy[1])
    assert found.final == (card.accuracy.train, card.accuracy.validation, card.accuracy.test)


def test_what_the_notebook_printed_shows_its_overfitting_and_what_dropout_does_to_it():
    gaps = {name: printed.final[0] - printed.final[2] for name, printed in PRINTED.items()}
    assert gaps == pytest.approx({"none": 0.0196, "inverted": 0.0088})
    assert all(len(printed.losses) == 5 for printed in PRINTED.values())
