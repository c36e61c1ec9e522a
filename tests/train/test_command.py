import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from contract.errors import ExperimentError, TrainingError
from contract.experiment import Experiment
from contract.run_directory import RunDirectory
from train.command import train_command


def _invoke(*arguments):
    app = typer.Typer(add_completion=False)
    app.command()(train_command)
    return CliRunner().invoke(app, [str(word) for word in arguments], catch_exceptions=False)


def _python_m_train(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-P", "-m", "train", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin"} | environment,
    )


def test_train_makes_a_run_directory_and_prints_a_plain_table(tmp_path):
    result = _invoke(
        "--out",
        tmp_path,
        "--set",
        "training.epochs=1",
        "--set",
        "network.drop_probability=[0.2, 0.5]",
    )
    assert result.exit_code == 0
    (root,) = tmp_path.iterdir()
    directory = RunDirectory.open(root)
    assert Experiment.load(directory.experiment_toml).network.drop_probability == (0.2, 0.5)
    assert directory.environment_json.is_file()
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["network", "train", "validation", "test"]
    assert [line.split()[0] for line in lines[2:7]] == [
        "none",
        "inverted",
        "regular",
        "regular-naive",
        "dropconnect",
    ]
    assert f"networks: {directory.trained}" in lines
    assert result.stdout.isascii()
    assert "\x1b" not in result.stdout


def test_a_first_network_that_cannot_be_trained_leaves_no_run_directory(tmp_path):
    with pytest.raises(TrainingError):
        _invoke("--out", tmp_path, "--set", "training.learning_rate=1e9")
    assert list(tmp_path.iterdir()) == []


def test_train_goes_on_in_a_run_directory_that_exists(tmp_path, experiment):
    directory = RunDirectory.create(tmp_path, "mine")
    experiment(training={"epochs": 1}).save(directory.experiment_toml)
    assert _invoke("--run", directory.root).exit_code == 0
    again = _invoke("--run", directory.root)
    assert "trained already" in again.stderr
    assert len(list(tmp_path.iterdir())) == 1


def test_a_run_that_exists_keeps_its_experiment(tmp_path):
    with pytest.raises(ExperimentError, match="keeps its experiment"):
        _invoke("--run", tmp_path, "--data", "digits")


def test_missing_data_is_one_line_and_leaves_nothing_behind(tmp_path):
    out = tmp_path / "runs"
    done = _python_m_train("--data", "mnist", "--data-dir", tmp_path, "--out", out)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"perbillion: error: {tmp_path}/train-images-idx3-ubyte.gz: cannot be")
    assert list(out.glob("*")) == []


def test_an_unknown_data_set_is_one_line_with_the_nearest_name(tmp_path):
    done = _python_m_train("--data", "digit", "--out", tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "did you mean 'digits'?" in line


def test_an_unknown_recipe_is_one_line_with_the_nearest_name(tmp_path):
    done = _python_m_train("--recipe", "notebok", "--out", tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("perbillion: error: --recipe: no recipe 'notebok' (did you mean")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("network.drop_probability=1", "Input should be less than 1"),
        ("network.drop_probability=[0.5]", "1 drop probabilities for 2 hidden layers"),
        ("network.activation=rleu", "did you mean 'relu'"),
        ("network.placement=behind", "after"),
    ],
)
def test_a_network_that_cannot_be_built_is_refused_before_anything_is_made(
    tmp_path, setting, message
):
    with pytest.raises(ExperimentError, match=message):
        _invoke("--out", tmp_path, "--set", setting)
    assert list(tmp_path.iterdir()) == []
