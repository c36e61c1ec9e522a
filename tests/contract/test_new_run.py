import pytest

from contract.experiment import Experiment
from contract.new_run import new_run


def test_a_new_run_writes_down_what_it_is_determined_by(tmp_path):
    with new_run(Experiment.resolve(), tmp_path) as directory:
        assert Experiment.load(directory.experiment_toml) == Experiment.resolve()
        assert directory.environment_json.is_file()


def test_a_run_that_fails_before_anything_is_trained_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_run(Experiment.resolve(), tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_later_keeps_its_work(tmp_path):
    run = new_run(Experiment.resolve(), tmp_path)
    directory = run.__enter__()
    directory.trained.mkdir()
    (directory.trained / "none.card.json").write_text("{}")
    assert not run.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert directory.experiment_toml.is_file()
