import numpy as np
import pytest

from graph.scaling import every_scaling, scalings

SIGNATURE = "(float[n,2] x) => (float[n,2] y)"


def test_every_layer_s_own_factor_is_found_in_order(mlp):
    found = scalings(mlp([4, 3, 3, 2], [0.8, 0.5]).graph)
    assert [scaling.factor.item() for scaling in found] == [np.float32(0.8), 0.5]
    assert [scaling.tensor for scaling in found] == ["active0", "active1"]


@pytest.mark.parametrize(
    ("initializers", "body"),
    [
        ("<float s = {0.5}>", "y = Mul(x, s)"),
        ("<float s = {0.5}>", "y = Mul(s, x)"),
        ("<float[1] s = {0.5}>", "y = Mul(x, s)"),
        ("<float[1,1] s = {0.5}>", "y = Mul(x, s)"),
        ("", "s = Constant<value = float {0.5}>()  y = Mul(x, s)"),
        ("", "s = Constant<value_float = 0.5>()  y = Mul(x, s)"),
    ],
)
def test_a_constant_number_is_found_in_every_form(initializers, body, parsed):
    (scaling,) = scalings(parsed(SIGNATURE, initializers, body).graph)
    assert scaling.factor.item() == 0.5
    assert (scaling.tensor, scaling.factor_name, scaling.output) == ("x", "s", "y")


@pytest.mark.parametrize(
    ("initializers", "body"),
    [
        ("<float[2] s = {0.5, 0.25}>", "y = Mul(x, s)"),
        ("", "y = Mul(x, x)"),
        ("<float s = {0.5}>", "y = Add(x, s)"),
        ("<float s = {0.5}, float[1,2] t = {1, 2}>", "p = Mul(s, t)  y = Add(x, p)"),
        ("", "m = ReduceMax<keepdims = 0>(x)  y = Mul(x, m)"),
    ],
)
def test_what_is_no_scaling_by_a_constant_number_is_not_taken_for_one(initializers, body, parsed):
    assert scalings(parsed(SIGNATURE, initializers, body).graph) == ()


def test_a_constant_that_a_caller_may_override_is_none(parsed):
    model = parsed(
        "(float[n,2] x, float s) => (float[n,2] y)", "<float s = {0.5}>", "y = Mul(x, s)"
    )
    assert scalings(model.graph) == ()


@pytest.mark.parametrize(
    ("initializers", "body", "factor"),
    [
        ("<float[2] s = {0.5, 0.25}>", "y = Mul(x, s)", [0.5, 0.25]),
        ("<float[2] s = {4, 8}>", "y = Div(x, s)", [0.25, 0.125]),
        ("<float s = {3}>", "y = Div(x, s)", 1 / 3),
        ("", "s = Constant<value_floats = [2.0, 3.0]>()  y = Mul(x, s)", [2, 3]),
    ],
)
def test_scalings_by_many_numbers_and_divisions_are_found_among_all(
    initializers, body, factor, parsed
):
    graph = parsed(SIGNATURE, initializers, body).graph
    (scaling,) = every_scaling(graph)
    assert np.array_equal(scaling.factor, factor)
    assert scaling.operator == body.split("y = ")[1][:3]
    # They are not the lecture's kind.
    assert scalings(graph) == ()


@pytest.mark.parametrize(
    ("initializers", "body"),
    [
        ("<float s = {2}>", "y = Div(s, x)"),
        ("", "y = Div(x, x)"),
    ],
)
def test_a_division_by_what_is_computed_is_no_scaling(initializers, body, parsed):
    assert every_scaling(parsed(SIGNATURE, initializers, body).graph) == ()


def test_a_multiplication_of_integers_is_no_scaling(parsed):
    model = parsed("(int64[n] x) => (int64[n] y)", "<int64 s = {2}>", "y = Mul(x, s)")
    assert every_scaling(model.graph) == ()
