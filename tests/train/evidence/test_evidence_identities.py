import pytest
import torch

from train.dropout import RegularDropout
from train.evidence.identities import CASES, Statement, identities, tried
from train.fitting import seeded


@pytest.fixture(scope="module")
def found():
    return {identity.name: identity for identity in identities()}


def _false_regular_layer():
    """Multiply by p at prediction: the mistake that nobody can see at p = 0.5."""
    x = torch.ones(1, 4)
    return RegularDropout(0.2).eval()(x), x * 0.2


def test_each_identity_is_tried_for_the_claim_it_belongs_to(found):
    assert {name: identity.claim for name, identity in found.items()} == {
        "regular-layer": "C1",
        "inverted-layer": "C2",
        "two-eval-forms": "C5",
        "two-eval-forms-half": "C5",
        "relu-orders": "C6",
        "sigmoid-orders": "C6",
        "unit-is-its-weights": "C12",
    }
    assert {identity.cases for identity in found.values()} == {CASES}


@pytest.mark.parametrize(
    "name",
    [
        "regular-layer",
        "inverted-layer",
        "two-eval-forms-half",
        "relu-orders",
        "unit-is-its-weights",
    ],
)
def test_what_holds_to_the_bit_is_never_unequal(found, name):
    assert (found[name].unequal, found[name].largest_difference) == (0, 0)


def test_the_two_eval_forms_differ_by_rounding_where_p_is_not_one_half(found):
    assert found["two-eval-forms"].unequal > 0
    assert 0 < found["two-eval-forms"].largest_difference < 1e-5


def test_the_orders_of_dropout_and_a_sigmoid_always_differ(found):
    assert found["sigmoid-orders"].unequal == CASES
    assert found["sigmoid-orders"].largest_difference > 0.1


def test_a_false_statement_is_found_out_with_how_far_its_sides_are_apart():
    false = tried(Statement("C1", "false", "", _false_regular_layer))
    assert false.unequal == CASES
    assert false.largest_difference == pytest.approx(0.75)


def test_identities_are_the_same_in_every_call_and_leave_the_caller_s_generator_alone(found):
    state = torch.get_rng_state()
    assert {identity.name: identity for identity in identities()} == found
    assert torch.equal(torch.get_rng_state(), state)


def test_cases_are_drawn_and_not_one_case_again_and_again():
    shapes = set()

    def sides():
        x = torch.rand(int(torch.randint(1, 9, ())))
        shapes.add(len(x))
        return x, x

    with seeded(1):
        tried(Statement("", "", "", sides))
    assert len(shapes) == 8
