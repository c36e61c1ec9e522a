"""C3: larger in size, with the sign as the condition."""

from contract.ledger import Settlement
from perbillion.claims.net_inputs import settle_c3


def _all_positive(layer):
    """The same histogram, moved beyond zero."""
    moved = tuple(edge - layer.edges[0] + 0.1 for edge in layer.edges)
    return layer.model_copy(update={"edges": moved})


def _not_scaled_as_training(layer):
    return layer.model_copy(
        update={
            "mean_unscaled": layer.mean_training,
            "spread_unscaled": layer.spread_training,
        }
    )


def test_larger_in_size_is_the_condition_where_net_inputs_are_negative(mnist):
    claim = settle_c3(mnist.evidence)
    assert claim.verdict is Settlement.CONDITION
    assert "1.661 ± 0.021 behind hidden layer 1" in claim.because
    assert "(61 % and 72 % are negative)" in claim.because
    assert "(what is left out comes to 2 and 4)" in claim.because


def test_c3_holds_where_all_net_inputs_are_positive(mnist):
    positive = mnist.every("net_inputs", _all_positive).evidence
    assert settle_c3(positive).verdict is Settlement.HOLDS


def test_c3_does_not_hold_where_they_are_no_larger(mnist):
    same = mnist.every("net_inputs", _not_scaled_as_training).evidence
    assert settle_c3(same).verdict is Settlement.FAILS
    one_layer = (_not_scaled_as_training(same.net_inputs[0]), mnist.evidence.net_inputs[1])
    assert settle_c3(mnist.but(net_inputs=one_layer).evidence).verdict is Settlement.FAILS


def test_a_mean_of_zero_in_training_has_no_multiple(mnist):
    zero = mnist.every(
        "net_inputs",
        lambda layer: layer.model_copy(update={"mean_training": (0.0, *layer.mean_training[1:])}),
    ).evidence
    names = [figure.name for figure in settle_c3(zero).figures]
    assert "mean behind hidden layer 1: not scaled, as a multiple of training" not in names
    assert "spread behind hidden layer 1: not scaled, as a multiple of training" in names
