import torch

from benchmarks.training.plain_loop import accuracy, train_plainly
from benchmarks.training.result import TimedWay, TrainingResult, training_page
from benchmarks.training.timed_training import Timed
from contract.environment import observe
from contract.experiment import Experiment
from train.digits import load_digits
from train.plan import plans


def _timed(seconds, peak_bytes=600_000_000):
    return Timed(seconds=seconds, peak_bytes=peak_bytes, test_accuracy=0.97)


def _result(*ways):
    return TrainingResult(
        measured="2026-11-26T12:00:00+00:00",
        environment=observe({}),
        load_before=0.1,
        data="mnist",
        epochs=50,
        batch_size=256,
        ways=ways,
    )


def test_the_page_divides_round_by_round_and_names_what_is_met():
    page = training_page(
        _result(
            TimedWay(way="here", network="inverted", rounds=(_timed(10.0), _timed(20.5))),
            TimedWay(way="plain", network="inverted", rounds=(_timed(30.0), _timed(41.0))),
            TimedWay(way="here", network="dropconnect", rounds=(_timed(60.0, 2_000_000_000),)),
        )
    )
    assert "| inverted, perbillion | 15.2 | 10.0 | 20.5 | 2.50 | 600 | 97.00% |" in page
    assert "| at most 20 s a network | 20.5 s at most | no |" in page
    assert "| less than 1.5 GB | 0.60 GB at most | yes |" in page


def test_the_plain_loop_learns_the_digits():
    experiment = Experiment.resolve(overrides={"training": {"epochs": 8}})
    plan = next(plan for plan in plans(experiment) if plan.name == "inverted")
    digits = load_digits()
    state = torch.get_rng_state()
    try:
        network = train_plainly(plan, digits)
    finally:
        torch.set_rng_state(state)
    assert accuracy(network, digits.test) > 0.6
