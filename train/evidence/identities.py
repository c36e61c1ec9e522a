"""What must hold for every input, whatever was trained: tried on random shapes, p and values.

Each statement has two sides, computed along different ways. The claims are C1, C2, C5 (a), C6 and
the identity of C12; C6's statement about a sigmoid is the one that the lecture denies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from contract.architecture import ACTIVATIONS, PLACEMENTS, Architecture
from contract.lecture_evidence import Identity
from train.dropconnect import DropConnectLinear
from train.dropout import InvertedDropout, RegularDropout
from train.fitting import seeded
from train.matching import derive_regular
from train.network import Mlp

CASES = 200
_SEED = 123
_LARGEST_P = 0.95

Sides = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True)
class Statement:
    """Two sides that are said to be equal.

    Attributes
    ----------
    claim, name, told : str
        As `Identity` has them.
    sides : callable
        Draws a case from torch's generator and returns both sides of it.
    """

    claim: str
    name: str
    told: str
    sides: Callable[[], Sides]


def identities() -> tuple[Identity, ...]:
    """Try every statement on random cases, the same in every call."""
    with seeded(_SEED), torch.inference_mode():
        return tuple(tried(statement) for statement in STATEMENTS)


def tried(statement: Statement) -> Identity:
    """Try a statement on random cases; draws from torch's generator."""
    unequal, largest = 0, 0.0
    for _ in range(CASES):
        left, right = statement.sides()
        size = torch.maximum(left.abs(), right.abs()).max().item()
        difference = (left - right).abs().max().item()
        unequal += difference > 0
        largest = max(largest, difference / size if size else 0.0)
    return Identity(
        claim=statement.claim,
        name=statement.name,
        told=statement.told,
        cases=CASES,
        unequal=unequal,
        largest_difference=largest,
    )


def _regular_layer() -> Sides:
    """RegularDropout in training and evaluation, against NumPy."""
    p, x = _probability(), _activations()
    layer = RegularDropout(p)
    mask = layer.draw_mask((x.shape[0], x.shape[1]))
    kept = np.where(mask.numpy() == 1, x.numpy(), np.float32(0))
    scaled = x.numpy() * np.float32(1 - p)
    layer.mask = mask
    expected = torch.from_numpy(np.stack((kept, scaled)))
    return torch.stack((layer.train()(x), layer.eval()(x))), expected


def _inverted_layer() -> Sides:
    """torch.nn.Dropout and ours in training and evaluation, against NumPy."""
    p, x = _probability(), _activations()
    ours = InvertedDropout(p)
    state = torch.get_rng_state()
    kept = torch.empty_like(x).bernoulli_(1 - p).numpy() == 1
    factor = np.float32(1) / np.float32(1 - p)
    expected = torch.from_numpy(np.where(kept, x.numpy() * factor, np.float32(0)))
    torch.set_rng_state(state)
    by_torch = nn.Dropout(p).train()(x)
    torch.set_rng_state(state)
    ours.mask = ours.draw_mask((x.shape[0], x.shape[1]))
    found = (by_torch, ours.train()(x), nn.Dropout(p).eval()(x), ours.eval()(x))
    return torch.stack(found), torch.stack((expected, expected, x, x))


def _two_eval_forms(p: float | None = None) -> Sides:
    """Logits of a random network with inverted dropout and of its regular form; p None: any."""
    hidden = [_whole(1, 60) for _ in range(_whole(1, 3))]
    architecture = Architecture(
        layer_widths=(_whole(1, 60), *hidden, _whole(2, 10)),
        drop_probabilities=tuple(_probability() if p is None else p for _ in hidden),
        dropout="inverted",
        activation=ACTIVATIONS[_whole(0, len(ACTIVATIONS) - 1)],
        placement=PLACEMENTS[_whole(0, 1)],
    )
    inverted = Mlp(architecture).eval()
    regular = Mlp(replace(architecture, dropout="regular")).eval()
    regular.load_state_dict(derive_regular(inverted.state_dict(), architecture))
    images = torch.rand(_whole(1, 40), architecture.layer_widths[0])
    return inverted(images), regular(images)


def _two_eval_forms_half() -> Sides:
    return _two_eval_forms(0.5)


def _orders(activation: Callable[[Tensor], Tensor]) -> Sides:
    """Dropout before the activation and after it, both kinds, in training and evaluation."""
    p, net_inputs = _probability(), _activations()
    before, after = [], []
    for layer in (InvertedDropout(p), RegularDropout(p)):
        mask = layer.draw_mask((net_inputs.shape[0], net_inputs.shape[1]))
        for training in (True, False):
            layer.train(training)
            layer.mask = mask
            before.append(activation(layer(net_inputs)))
            layer.mask = mask
            after.append(layer(activation(net_inputs)))
    return torch.stack(before), torch.stack(after)


def _relu_orders() -> Sides:
    return _orders(torch.relu)


def _sigmoid_orders() -> Sides:
    return _orders(torch.sigmoid)


def _unit_is_its_weights() -> Sides:
    """DropConnect that drops all weights that leave a unit, and dropout of the unit.

    In whole numbers and with a power of two for 1-p nothing is rounded, so that what is left
    between the sides would be a difference of the mathematics.
    """
    rows, inputs, outputs = _whole(1, 30), _whole(1, 60), _whole(1, 40)
    p = 1 - 0.5 ** _whole(1, 4)
    dropping, units = DropConnectLinear(inputs, outputs, p), InvertedDropout(p)
    dropping.weight.copy_(torch.randint(-8, 9, (outputs, inputs)))
    dropping.bias.copy_(torch.randint(-8, 9, (outputs,)))
    x = torch.randint(-8, 9, (rows, inputs)).float()
    units.mask = units.draw_mask((rows, inputs))
    dropping.mask = (units.mask > 0).float().unsqueeze(1).expand(rows, outputs, inputs)
    return dropping(x), functional.linear(units(x), dropping.weight, dropping.bias)


def _activations() -> Tensor:
    return torch.randn(_whole(1, 40), _whole(1, 60))


def _probability() -> float:
    return _LARGEST_P * torch.rand(()).item()


def _whole(least: int, most: int) -> int:
    return int(torch.randint(least, most + 1, ()))


STATEMENTS = (
    Statement(
        "C1",
        "regular-layer",
        "Regular dropout multiplies by its mask in training and by 1-p at prediction, as NumPy "
        "does.",
        _regular_layer,
    ),
    Statement(
        "C2",
        "inverted-layer",
        "Inverted dropout, torch.nn.Dropout, multiplies by its mask over 1-p in training, as NumPy "
        "does, and returns its input at prediction.",
        _inverted_layer,
    ),
    Statement(
        "C5",
        "two-eval-forms",
        "Inverted dropout with weights W and regular dropout with W/(1-p) predict the same.",
        _two_eval_forms,
    ),
    Statement(
        "C5",
        "two-eval-forms-half",
        "The same at p = 0.5, where every factor is a power of two.",
        _two_eval_forms_half,
    ),
    Statement(
        "C6",
        "relu-orders",
        "With one mask, dropout before ReLU and after it give the same.",
        _relu_orders,
    ),
    Statement(
        "C6",
        "sigmoid-orders",
        "With one mask, dropout before a sigmoid and after it give the same.",
        _sigmoid_orders,
    ),
    Statement(
        "C12",
        "unit-is-its-weights",
        "Dropping all weights that leave a unit is dropping the unit; in whole numbers, where "
        "nothing is rounded.",
        _unit_is_its_weights,
    ),
)
