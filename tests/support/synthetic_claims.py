"""All thirteen claims as a ledger might settle them, with every verdict among them."""

from contract.ledger import ClaimFigure, SettledClaim, Settlement

# Id, claim, verdict, reason, figures.
_CLAIMS = (
    (
        "C1",
        "Regular dropout drops in training and multiplies the activations by 1-p at test time.",
        Settlement.HOLDS,
        "In 200 cases of random shapes, p and masks the layer did that, to the bit.",
        (("Cases", "200"), ("Cases that differ", "0")),
    ),
    (
        "C2",
        "Inverted dropout divides by 1-p in training and does nothing at test time.",
        Settlement.HOLDS,
        "Its prediction is the identity, bit for bit, and its exported graph has the operators of "
        "the network without dropout.",
        (("Operators", "Gemm Relu Gemm Relu Gemm"),),
    ),
    (
        "C3",
        "Without the scaling, net inputs would be larger at test time than in training.",
        Settlement.CONDITION,
        "Without the factor the mean net input is 2.00 ± 0.03 times the one of training: larger in "
        "size, whatever its sign.",
        (("Layer 2, mean in training", "\N{MINUS SIGN}0.412 ± 0.031"),),
    ),
    (
        "C4",
        "Scaling every prediction is one multiplication; at a billion queries that is expensive, "
        "and inverted dropout saves it.",
        Settlement.CONDITION,
        "The scalings cost 1.026 ± 0.080 µs a prediction, where the runtime does not fold them "
        "into the weights: 0.654 ± 0.073 core-hours ($0.0262 ± 0.0029) a billion.",
        (("CPU per request", "2.31 ± 0.26 %"), ("Folded", "\N{MINUS SIGN}0.07 ± 0.11 µs")),
    ),
    (
        "C5",
        "Regular and inverted dropout should give exactly the same results.",
        Settlement.CONDITION,
        "“Exactly the same results” has three readings. One set of weights gives the same "
        "predictions in both forms, to the bit at p = 0.5. Trained with matched weights and rates "
        "the two networks are the same to the bit at p = 0.5 and drift by rounding otherwise. "
        "Trained with one rate they are two networks.",
        (("Naive, largest difference of logits", "11 ± 3"),),
    ),
    (
        "C6",
        "With ReLU dropout may stand before or after the activation; with a sigmoid it matters.",
        Settlement.HOLDS,
        "The same masks give the same outputs in both orders with ReLU, to the bit, and others "
        "with a sigmoid in 200 of 200 cases.",
        (("Sigmoid, before \N{MINUS SIGN} after", "\N{MINUS SIGN}1.1 ± 0.2 points"),),
    ),
    (
        "C7",
        "No dropout on the output layer: it would drop class labels.",
        Settlement.HOLDS,
        "With p = 0.3 on the outputs test accuracy is 1.4 ± 0.2 points lower.",
        (("Test loss", "0.31 ± 0.02 nats more"),),
    ),
    (
        "C8",
        "The drop probability is a hyperparameter and may differ from layer to layer.",
        Settlement.HOLDS,
        "The graph of p = 0.2 and 0.5 multiplies by 0.8 and 0.5, each in its layer.",
        (("Factors", "0.8, 0.5"),),
    ),
    (
        "C9",
        "model.train() and model.eval() must be set: eval skips dropout.",
        Settlement.HOLDS,
        "Without model.eval() test accuracy is 9.1 ± 0.4 points lower and 16.2 % of predictions "
        "change from one pass to the next.",
        (("Export in training mode", "refused: the network | is in training mode"),),
    ),
    (
        "C10",
        "Without dropout the network overfits, with p = 0.5 it does not, and test accuracy is "
        "“97.5 % approximately” and “only 96.5 %”.",
        Settlement.HOLDS,
        "Train minus test accuracy is 2.1 ± 0.1 points without dropout and 0.9 ± 0.2 with it.",
        (("Losses of the first epoch", "equal to the printed digits"),),
    ),
    (
        "C11",
        "Use dropout only if the network overfits; better, enlarge it until it overfits and then "
        "add dropout.",
        Settlement.FAILS,
        "Of all networks the best is the one of 1024 units without dropout.",
        (("Best without", "98.4 ± 0.1 %"), ("Best with", "98.3 ± 0.1 %")),
    ),
    (
        "C12",
        "DropConnect generalises dropout; dropout works better.",
        Settlement.OPEN,
        "No run has served DropConnect yet: perbillion run --profile standard.",
        (),
    ),
    (
        "C13",
        "Inverted dropout began in 2015 in TensorFlow.",
        Settlement.UNTESTABLE,
        "It is history, not a measurement: public commits had the 1/(1-p) form before.",
        (
            ("pylearn2", "2013-01-21"),
            ("Caffe", "2013-09-16"),
            ("Torch7", "2014-07-09"),
            ("Lasagne", "2014-09-11"),
            ("Keras", "2015-10-30"),
        ),
    ),
)


def settled_claims():
    """The claims in the lecture's order."""
    return tuple(
        SettledClaim(
            id=name,
            claim=claim,
            verdict=verdict,
            because=because,
            figures=tuple(ClaimFigure(name=title, value=value) for title, value in figures),
            how=f"How {name} was settled: by networks, layers and graphs that were made up.",
        )
        for name, claim, verdict, because, figures in _CLAIMS
    )
