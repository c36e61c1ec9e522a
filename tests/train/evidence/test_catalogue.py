import re
from dataclasses import replace

import pytest

from contract.errors import ExperimentError
from train.evidence.catalogue import catalogue
from train.network import Mlp

BOTH = pytest.mark.parametrize("data_name", ["digits", "mnist"])
GROUPS = (
    "none",
    "inverted",
    "regular-naive",
    "dropconnect",
    "sigmoid-after",
    "sigmoid-before",
    "relu-before",
    "output-dropout",
    "p-0.2-0.5",
)


def _architecture(name):
    return catalogue("mnist").group(name).plans[0].architecture


@BOTH
def test_every_group_has_the_same_six_seeds_the_notebook_s_first(data_name):
    planned = catalogue(data_name)
    assert tuple(group.name for group in planned.groups) == GROUPS
    for group in (*planned.groups, *planned.sweep):
        assert [plan.seed for plan in group.plans] == [123, 1, 2, 3, 4, 5]
        assert len({replace(plan, name="", seed=0) for plan in group.plans}) == 1


@pytest.mark.parametrize(("data_name", "epochs", "batch"), [("mnist", 50, 256), ("digits", 60, 32)])
def test_networks_are_trained_as_the_notebook_does_or_as_the_data_needs(data_name, epochs, batch):
    for group in catalogue(data_name).groups:
        for plan in group.plans:
            assert (plan.epochs, plan.batch_size, plan.learning_rate) == (epochs, batch, 0.1)
            assert plan.architecture.layer_widths == (784, 75, 45, 10)
            assert plan.data_name == data_name


def test_groups_differ_from_inverted_dropout_by_what_their_claim_is_about():
    inverted = _architecture("inverted")
    assert inverted.drop_probabilities == (0.5, 0.5)
    assert _architecture("none") == replace(inverted, dropout="none", drop_probabilities=(0.0, 0.0))
    assert _architecture("regular-naive") == replace(inverted, dropout="regular")
    assert _architecture("dropconnect") == replace(inverted, dropout="dropconnect")
    assert _architecture("relu-before") == replace(inverted, placement="before")
    assert _architecture("sigmoid-after") == replace(inverted, activation="sigmoid")
    assert _architecture("sigmoid-before") == replace(
        inverted, activation="sigmoid", placement="before"
    )
    assert _architecture("output-dropout") == replace(inverted, output_drop_probability=0.3)
    assert _architecture("p-0.2-0.5") == replace(inverted, drop_probabilities=(0.2, 0.5))


def test_only_naive_and_matched_regular_dropout_say_how_they_follow_inverted():
    planned = catalogue("digits")
    matchings = {plan.name: plan.matching for plan in planned.plans() if plan.matching}
    assert {name.rsplit("-", 1)[0] for name in matchings} == {
        "regular-naive",
        "matched-p0.5",
        "matched-p0.2",
    }
    assert matchings["regular-naive-s123"] == "naive"
    assert matchings["matched-p0.2-e1"] == "matched"


@BOTH
def test_the_sweep_has_each_width_without_dropout_and_with_it(data_name):
    sweep = catalogue(data_name).sweep
    found = [
        (group.plans[0].architecture.layer_widths[1:3], group.plans[0].architecture.dropout)
        for group in sweep
    ]
    assert found == [
        ((width, width), dropout)
        for width in (16, 32, 64, 128, 256, 512, 1024)
        for dropout in ("none", "inverted")
    ]


@BOTH
def test_pairs_differ_by_their_kind_of_dropout_alone(data_name):
    pairs = catalogue(data_name).pairs
    for pair in pairs:
        regular = pair.regular
        assert pair.inverted == replace(
            regular,
            name=pair.inverted.name,
            architecture=replace(regular.architecture, dropout="inverted"),
            matching="",
        )
    matched = [pair.regular for pair in pairs if pair.regular.matching == "matched"]
    epochs = catalogue(data_name).groups[0].plans[0].epochs
    assert [(plan.architecture.drop_probabilities, plan.epochs) for plan in matched] == [
        ((0.5, 0.5), 1),
        ((0.5, 0.5), epochs),
        ((0.2, 0.2), 1),
        ((0.2, 0.2), epochs),
    ]
    naive = [pair.regular for pair in pairs if pair.regular.matching == "naive"]
    assert naive == list(catalogue(data_name).group("regular-naive").plans)


@BOTH
def test_names_are_unique_and_fit_for_files(data_name):
    plans = catalogue(data_name).plans()
    names = [plan.name for plan in plans]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9.-]+", name) for name in names)
    assert {"none-s123", "sweep-1024-inverted-s1", "matched-p0.2-e1"} <= set(names)


@BOTH
def test_no_network_is_trained_twice(data_name):
    plans = catalogue(data_name).plans()
    assert len({replace(plan, name="") for plan in plans}) == len(plans)


def test_the_dearest_networks_come_first():
    names = [plan.name for plan in catalogue("mnist").plans()]
    assert names[0] == "sweep-1024-none-s123"
    assert names.index("dropconnect-s4") < names.index("inverted-s123")
    assert names[-1] == "matched-p0.2-e1"


def test_only_networks_whose_curves_are_drawn_are_evaluated_after_every_epoch():
    watched = {plan.name.rsplit("-", 1)[0] for plan in catalogue("mnist").plans() if plan.watched}
    assert watched == {"none", "inverted"}


def test_every_planned_network_can_be_built():
    for plan in catalogue("digits").plans():
        Mlp(plan.architecture)


def test_data_that_there_is_none_of_is_refused():
    with pytest.raises(ExperimentError, match="no data 'minst'") as caught:
        catalogue("minst")
    assert "did you mean 'mnist'?" in caught.value.remedy
