from itertools import pairwise

import numpy as np
import pytest
import torch

from contract.architecture import Architecture
from train.evidence.forgotten_eval import PASSES, forgotten_eval
from train.fitting import evaluate, seeded
from train.network import Mlp


def test_accuracy_with_eval_is_what_evaluation_finds(loaded, few_digits):
    networks, seeds = loaded("inverted")
    found = forgotten_eval(networks, seeds, few_digits.test)
    assert found.passes == PASSES == 20
    assert found.seeds == tuple(seeds)
    assert found.accuracy_eval == tuple(
        evaluate(network, few_digits.test).accuracy for network in networks
    )


def test_what_is_forgotten_is_the_mean_over_passes_in_training_mode(loaded, few_digits):
    networks, seeds = loaded("inverted")
    found = forgotten_eval(networks[:1], seeds[:1], few_digits.test)
    with seeded(seeds[0]), torch.inference_mode():
        networks[0].train()
        passes = np.array(
            [networks[0](torch.from_numpy(few_digits.test.images)).argmax(1) for _ in range(20)]
        )
    accuracies = (passes == few_digits.test.labels).mean(1)
    assert found.accuracy_forgotten[0] == pytest.approx(accuracies.mean())
    changes = [np.mean(one != next_one) for one, next_one in pairwise(passes)]
    assert found.changed[0] == pytest.approx(np.mean(changes))
    assert found.changed[0] > 0


def test_without_dropout_nothing_is_lost_by_forgetting(few_digits):
    network = Mlp(Architecture((784, 8, 10), (0.0,), "inverted"))
    found = forgotten_eval([network], [1], few_digits.test)
    assert found.changed == (0,)
    assert found.accuracy_forgotten == found.accuracy_eval


def test_the_networks_are_left_in_evaluation_mode(loaded, few_digits):
    networks, seeds = loaded("inverted")
    forgotten_eval(networks, seeds, few_digits.test)
    assert not any(network.training for network in networks)
