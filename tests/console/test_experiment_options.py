from pathlib import Path

import pytest

from console.experiment_options import experiment_from
from contract.errors import ExperimentError


def test_settings_are_read_as_toml_and_bare_words_as_text():
    settings = [
        "training.epochs=5",
        "network.hidden=[8, 4]",
        "network.activation = tanh",
        "arms=['inverted', 'regular', 'again']",
    ]
    experiment = experiment_from(None, None, None, None, settings)
    assert experiment.training.epochs == 5
    assert experiment.network.hidden == (8, 4)
    assert experiment.network.activation == "tanh"
    assert experiment.arms == ("inverted", "regular", "again")


def test_a_data_folder_is_kept_as_an_absolute_path_so_a_resumed_run_finds_it():
    experiment = experiment_from(None, None, "mnist", Path("here"), None)
    assert experiment.data.folder == Path.cwd() / "here"


@pytest.mark.parametrize("setting", ["epochs", "=5", "training.epochs", "a b=3"])
def test_a_setting_that_is_no_assignment_is_refused_with_an_example(setting):
    with pytest.raises(ExperimentError, match=r"write it like training\.epochs=5"):
        experiment_from(None, None, None, None, [setting])
