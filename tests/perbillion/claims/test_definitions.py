"""C1 and C2: verdicts follow the layers and the graphs."""

from contract.ledger import Settlement
from perbillion.claims.definitions import settle_c1, settle_c2


def test_c1_holds_where_the_layer_differs_by_rounding_at_most(mnist):
    assert settle_c1(mnist.evidence).verdict is Settlement.HOLDS
    rounded = mnist.identity("regular-layer", unequal=3, largest_difference=1.2e-7).evidence
    claim = settle_c1(rounded)
    assert claim.verdict is Settlement.HOLDS
    assert "3 of 200 cases, apart by up to 1.2e-07" in claim.because


def test_c1_does_not_hold_where_the_layer_multiplies_by_something_else(mnist):
    wrong = mnist.identity("regular-layer", unequal=200, largest_difference=0.4).evidence
    assert settle_c1(wrong).verdict is Settlement.FAILS


def test_c2_holds_where_the_layer_is_right_and_nothing_is_left_in_the_graph(mnist):
    assert settle_c2(mnist.evidence).verdict is Settlement.HOLDS


def test_c2_does_not_hold_where_a_node_is_left_in_the_graph(mnist):
    left = mnist.part("exported", operators_inverted=("Gemm", "Relu", "Mul", "Gemm")).evidence
    claim = settle_c2(left)
    assert claim.verdict is Settlement.FAILS
    assert "Gemm, Relu, Mul, Gemm" in claim.because


def test_c2_does_not_hold_where_the_layer_differs(mnist):
    wrong = mnist.identity("inverted-layer", unequal=1, largest_difference=0.1).evidence
    assert settle_c2(wrong).verdict is Settlement.FAILS
