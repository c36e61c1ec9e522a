"""A ledger of the lecture's claims whose evidence is plausible and made up from a seed."""

import numpy as np

from contract.architecture import Architecture
from contract.lecture_evidence import (
    ExportedFacts,
    ForgottenEval,
    Identity,
    LectureEvidence,
    NetInputs,
    NotebookNetwork,
    PairDifference,
    SampledInference,
    TrainedGroup,
)
from contract.ledger import Ledger
from contract.network_card import DataFacts, LearningCurve
from synthetic_claims import settled_claims

SEEDS = (123, 1, 2, 3, 4, 5)
WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
SAMPLES = (1, 10, 100, 1000)
RUN = "20261123T120000Z-lecture"
_EPOCHS = 50
_SWEEP_EPOCHS = 12
_ROWS = 10_000
_LAYERS = (784, 75, 45, 10)
_P = 0.5
# Name: what it is, what its architecture has, and its accuracy on train, validation and test in %.
_GROUPS = {
    "none": (
        "without dropout",
        {"dropout": "none", "drop_probabilities": (0, 0)},
        (99.9, 98.0, 97.8),
    ),
    "inverted": ("inverted dropout, p = 0.5", {}, (97.5, 97.4, 96.6)),
    "regular-naive": (
        "regular dropout, p = 0.5, trained with the rate of inverted dropout",
        {"dropout": "regular"},
        (96.9, 96.9, 96.1),
    ),
    "dropconnect": ("DropConnect, p = 0.5", {"dropout": "dropconnect"}, (98.9, 97.9, 97.5)),
    "sigmoid-after": ("sigmoid, then dropout", {"activation": "sigmoid"}, (93.6, 93.9, 93.1)),
    "sigmoid-before": (
        "dropout, then sigmoid",
        {"activation": "sigmoid", "placement": "before"},
        (92.4, 92.6, 92.0),
    ),
    "relu-before": ("dropout, then ReLU", {"placement": "before"}, (97.5, 97.4, 96.6)),
    "output-dropout": (
        "inverted dropout, and p = 0.3 on the outputs",
        {"output_drop_probability": 0.3},
        (96.0, 96.1, 95.2),
    ),
    "p-0.2-0.5": (
        "inverted dropout, p = 0.2 and 0.5",
        {"drop_probabilities": (0.2, 0.5)},
        (98.9, 97.9, 97.4),
    ),
}
_IDENTITIES = (
    ("C1", "regular-layer", "Regular dropout is what the lecture says.", 0, 0.0),
    ("C2", "inverted-layer", "Inverted dropout is what the lecture says.", 0, 0.0),
    ("C5", "two-eval-forms", "One set of weights, both forms of prediction.", 171, 3e-7),
    ("C5", "two-eval-forms-half", "The same at p = 0.5.", 0, 0.0),
    ("C6", "relu-orders", "The same mask before and after ReLU.", 0, 0.0),
    ("C6", "sigmoid-orders", "The same mask before and after a sigmoid.", 200, 0.5),
    ("C12", "unit-is-its-weights", "All weights that leave a unit are the unit.", 118, 2e-7),
)


def lecture_evidence(seeds=SEEDS, *, data="mnist", epochs=_EPOCHS):
    """All training evidence: `seeds` networks a group; the notebook's figures for MNIST alone."""
    rng = np.random.default_rng(7)
    return LectureEvidence(
        data=_data(data),
        batch_size=256,
        learning_rate=0.1,
        torch_version="2.13.0",
        groups=tuple(_group(rng, name, seeds, epochs) for name in _GROUPS),
        sweep=tuple(
            _swept(rng, width, dropout, seeds)
            for width in WIDTHS
            for dropout in ("none", "inverted")
        ),
        identities=tuple(
            Identity(
                claim=claim, name=name, told=told, cases=200, unequal=n, largest_difference=apart
            )
            for claim, name, told, n, apart in _IDENTITIES
        ),
        net_inputs=tuple(_net_inputs(rng, layer, seeds) for layer in (1, 2)),
        pairs=_pairs(rng, seeds, epochs),
        forgotten_eval=ForgottenEval(
            passes=20,
            seeds=seeds,
            accuracy_eval=_around(rng, 0.966, 0.001, seeds),
            accuracy_forgotten=_around(rng, 0.875, 0.002, seeds),
            changed=_around(rng, 0.162, 0.002, seeds),
        ),
        notebook=_notebook(epochs) if data == "mnist" else (),
        curves={name: _curve(rng, name, epochs) for name in ("none", "inverted")},
        sampled=tuple(
            SampledInference(
                samples=k,
                seeds=seeds,
                test_accuracy=_around(rng, 0.975 - 0.03 / k, 0.001, seeds),
                test_loss=_around(rng, 0.085 + 0.08 / k, 0.003, seeds),
            )
            for k in SAMPLES
        ),
        exported=_exported(),
    )


def ledger(evidence=None, *, served_run=RUN):
    """All thirteen claims, with every verdict that there is among them."""
    return Ledger(
        command="perbillion claims --data mnist",
        served_run=served_run,
        claims=settled_claims(),
        evidence=lecture_evidence() if evidence is None else evidence,
    )


def _around(rng, level, spread, seeds):
    return tuple(float(value) for value in level + spread * rng.standard_normal(len(seeds)))


def _data(name):
    if name == "mnist":
        source = "MNIST, indices 0 to 53999 for training, 54000 to 59999 for validation"
        return DataFacts(name=name, train=54_000, validation=6_000, test=_ROWS, source=source)
    source = "scikit-learn's digits, split by class"
    return DataFacts(name=name, train=1077, validation=270, test=450, source=source)


def _architecture(**changes):
    facts = {"layer_widths": _LAYERS, "drop_probabilities": (_P, _P), "dropout": "inverted"}
    return Architecture(**(facts | changes))


def _trained(rng, seeds, percent, **facts):
    train, validation, test = (
        _around(rng, level / 100, spread, seeds)
        for level, spread in zip(percent, (0.0004, 0.0008, 0.001), strict=True)
    )
    return TrainedGroup(
        seeds=seeds,
        train_accuracy=train,
        validation_accuracy=validation,
        test_accuracy=test,
        test_loss=_around(rng, 4 * (1 - percent[2] / 100), 0.003, seeds),
        **facts,
    )


def _group(rng, name, seeds, epochs):
    told, changes, percent = _GROUPS[name]
    architecture = _architecture(**changes)
    facts = {"name": name, "told": told, "architecture": architecture, "epochs": epochs}
    return _trained(rng, seeds, percent, **facts)


def _swept(rng, width, dropout, seeds):
    wide = np.log2(width / 16) / 6
    if dropout == "none":
        percent = (96 + 3.9 * wide**0.5, 95.5 + 2.7 * wide**0.5, 95.2 + 2.8 * wide**0.5)
        told, p = f"{width} units a layer, without dropout", 0.0
    else:
        percent = (86 + 13 * wide**0.5, 86 + 12.2 * wide**0.5, 85.6 + 12.5 * wide**0.5)
        told, p = f"{width} units a layer, p = 0.5", _P
    architecture = _architecture(
        layer_widths=(784, width, width, 10), drop_probabilities=(p, p), dropout=dropout
    )
    facts = {"told": told, "architecture": architecture, "epochs": _SWEEP_EPOCHS}
    return _trained(rng, seeds, percent, name=f"sweep-{width}-{dropout}", **facts)


def _net_inputs(rng, layer, seeds):
    edges = np.linspace(-12, 12, 81)
    means = {"training": -0.4 * layer, "scaled": -0.4 * layer, "unscaled": -0.8 * layer}
    spreads = {"training": 1.7, "scaled": 1.4, "unscaled": 2.8}
    middles = (edges[1:] + edges[:-1]) / 2
    found = {}
    for mode, mean in means.items():
        spread = spreads[mode]
        density = np.exp(-(((middles - mean) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
        found[mode] = tuple(density.tolist())
        found[f"mean_{mode}"] = _around(rng, mean, 0.03, seeds)
        found[f"spread_{mode}"] = _around(rng, spread, 0.03, seeds)
    return NetInputs(hidden_layer=layer, p=_P, edges=tuple(edges.tolist()), **found)


def _pair(trained, seed, difference, different):
    matching, p, epochs = trained
    return PairDifference(
        matching=matching,
        p=p,
        epochs=epochs,
        seed=seed,
        largest_logit_difference=difference,
        largest_logit=24.0,
        different_predictions=different,
        rows=_ROWS,
    )


def _pairs(rng, seeds, epochs):
    matched = (
        _pair(("matched", 0.5, 1), seeds[0], 0.0, 0),
        _pair(("matched", 0.5, epochs), seeds[0], 0.0, 0),
        _pair(("matched", 0.2, 1), seeds[0], 2.4e-6, 0),
        _pair(("matched", 0.2, epochs), seeds[0], 0.21, 3),
    )
    naive = (
        _pair(("naive", 0.5, epochs), seed, float(rng.uniform(9, 15)), int(rng.integers(200, 260)))
        for seed in seeds
    )
    return (*matched, *naive)


def _notebook(epochs):
    return (
        NotebookNetwork(
            name="none",
            epochs=epochs,
            printed_losses=(2.3093, 1.8443, 0.7622, 0.6539, 0.5036),
            losses=(2.30931, 1.84428, 0.76219, 0.65391, 0.50362),
            printed_first_epoch=(0.8656, 0.8912),
            first_epoch=(0.8656, 0.8912),
            printed_final=(0.9973, 0.9793, 0.9777),
            final=(0.9971, 0.9795, 0.9776),
        ),
        NotebookNetwork(
            name="inverted",
            epochs=epochs,
            printed_losses=(2.3107, 2.0740, 1.5415, 1.3117, 1.0373),
            losses=(2.31069, 2.07401, 1.54149, 1.31172, 1.03731),
            printed_first_epoch=(0.8306, 0.8627),
            first_epoch=(0.8306, 0.8627),
            printed_final=(0.9748, 0.9753, 0.9660),
            final=(0.9745, 0.9750, 0.9661),
        ),
    )


def _curve(rng, name, epochs):
    passed = np.arange(1, epochs + 1)
    best = {"none": (0.9985, 0.979), "inverted": (0.9752, 0.974)}[name]
    reached = {}
    for split, accuracy in zip(("train", "validation"), best, strict=True):
        noise = 0.0008 * rng.standard_normal(epochs)
        share = np.minimum(accuracy - 0.12 / passed + noise, 1)
        overfits = 0.0012 * passed if (name, split) == ("none", "validation") else 0
        reached[f"{split}_accuracy"] = tuple(share.tolist())
        reached[f"{split}_loss"] = tuple((3.4 * (1 - share) + overfits).tolist())
    batches = tuple((2.3, 1.8, 0.8, 0.7, 0.5) for _ in passed)
    return LearningCurve(name=name, batch_losses=batches, **reached)


def _exported():
    operators = ("Gemm", "Relu", "Gemm", "Relu", "Gemm")
    return ExportedFacts(
        operators_none=operators,
        operators_inverted=operators,
        operators_dropconnect=operators,
        factors=(0.8, 0.5),
        refusal="the network is in training mode",
    )
