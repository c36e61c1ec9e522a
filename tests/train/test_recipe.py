"""The lecture's notebook: its printed figures come out again, where MNIST's files are."""

import os

import pytest
import typer
from typer.testing import CliRunner

from contract.errors import ExperimentError
from contract.experiment import Experiment
from contract.progress import SilentProgress
from train.archive import NetworkArchive
from train.command import train_command
from train.evidence.notebook import PRINTED, notebook_network
from train.mnist import FOLDER_VARIABLE, load_mnist
from train.recipe import recipe_plans, recipe_settings
from train.training import train_network

needs_mnist = pytest.mark.skipif(
    not os.environ.get(FOLDER_VARIABLE), reason=f"{FOLDER_VARIABLE} does not name MNIST's files"
)


@pytest.fixture(scope="module")
def mnist():
    return load_mnist(None, SilentProgress())


def _experiment(**overrides):
    return Experiment.resolve(overrides={"data": {"name": "mnist"}} | overrides)


@needs_mnist
@pytest.mark.parametrize("name", ["none", "inverted"])
def test_the_first_epoch_comes_out_as_the_notebook_printed_it(mnist, tmp_path, name):
    plans = recipe_plans("notebook", _experiment(training={"epochs": 1}))
    plan = next(plan for plan in plans if plan.name == name)
    archive = NetworkArchive(tmp_path)
    card = train_network(plan, mnist, archive, SilentProgress())
    found = notebook_network(name, card, archive.curve(name))
    printed = PRINTED[name]
    assert tuple(round(loss, 4) for loss in found.losses) == printed.losses
    assert tuple(round(share, 4) for share in found.first_epoch) == printed.first_epoch


@needs_mnist
def test_the_command_puts_the_printed_figures_beside_what_came_out(tmp_path):
    app = typer.Typer(add_completion=False)
    app.command()(train_command)
    words = ["--recipe", "notebook", "--data", "mnist", "--set", "training.epochs=1"]
    result = CliRunner().invoke(app, [*words, "--out", str(tmp_path)], catch_exceptions=False)
    rows = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "loss, epoch 1, batch 50 1.8443 1.8443" in rows
    assert "loss, epoch 1, batch 50 2.0740 2.0740" in rows
    assert "accuracy, epoch 1, validation 86.27% 86.27%" in rows
    assert not any("99.73%" in row for row in rows)


def test_the_notebook_s_networks_are_the_two_it_trains():
    plans = recipe_plans("notebook", _experiment())
    assert [plan.name for plan in plans] == ["none", "inverted"]
    assert {(plan.seed, plan.batch_size, plan.learning_rate) for plan in plans} == {(123, 256, 0.1)}
    assert recipe_settings("notebook") == ["name=notebook", "training.epochs=50"]
    assert recipe_settings("lecture") == []


@pytest.mark.parametrize(
    ("overrides", "where"),
    [
        ({"data": {"name": "digits"}}, "data.name"),
        ({"network": {"hidden": [64, 45]}}, "network.hidden"),
        ({"network": {"drop_probability": 0.4}}, "network.drop_probability"),
        ({"training": {"batch_size": 128}}, "training.batch_size"),
        ({"seeds": {"training": 1}}, "seeds.training"),
    ],
)
def test_what_the_notebook_fixes_cannot_be_set(overrides, where):
    with pytest.raises(ExperimentError, match="the notebook has") as caught:
        recipe_plans("notebook", _experiment(**overrides))
    assert caught.value.where == where


def test_an_unknown_recipe_is_refused_with_the_nearest_name():
    with pytest.raises(ExperimentError, match="did you mean 'notebook'"):
        recipe_settings("notebok")
