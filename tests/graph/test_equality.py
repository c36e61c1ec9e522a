import weakref

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from contract.errors import ArtifactError, EqualityError
from contract.traffic import Traffic
from graph.equality import (
    Tolerance,
    equality_of_answers,
    measure_equality,
    measured_equality,
    require_same_function,
)

LOGITS = np.array([[1.0, 2.0], [4.0, -8.0]], dtype=np.float32)
X = Traffic.of_rows("x", np.random.default_rng(0).random((40, 6), dtype=np.float32))


def test_differences_are_measured_against_the_largest_output():
    equality = measured_equality([LOGITS], [LOGITS + np.float32(0.5)])
    assert equality.rows == 2
    assert equality.largest_absolute_difference == 0.5
    assert equality.largest_relative_difference == 0.5 / 8
    assert equality.allowed_difference == pytest.approx(1e-6 + 8e-4)
    assert equality.class_agreement == 1
    assert not equality.same_function


def test_what_the_tolerance_allows_is_the_same_function_and_a_little_more_is_not():
    tolerance = Tolerance(absolute=0.25, relative=0.0)
    assert measured_equality([LOGITS], [LOGITS + np.float32(0.25)], tolerance).same_function
    assert not measured_equality([LOGITS], [LOGITS + np.float32(0.26)], tolerance).same_function


def test_a_tie_within_what_is_allowed_may_go_either_way_and_is_told():
    tied = np.array([[1.0, 1.0 + 1e-6], [3.0, 0.0]], dtype=np.float32)
    other = tied.copy()
    other[0] = other[0, ::-1]
    equality = measured_equality([tied], [other])
    assert equality.class_agreement == 0.5
    assert equality.same_function


def test_a_class_that_changes_across_a_clear_margin_is_another_function():
    reference = np.array([[1.0, 1.3]], dtype=np.float32)
    other = np.array([[1.16, 1.14]], dtype=np.float32)
    # Each element is within the tolerance; the margin of 0.3 is not.
    tolerance = Tolerance(absolute=0.2, relative=0)
    equality = measured_equality([reference], [other], tolerance)
    later = equality_of_answers([[other], [reference]], [[other], [other]], tolerance)
    assert not later.same_function
    assert equality.largest_absolute_difference < equality.allowed_difference
    assert equality.class_agreement == 0
    assert not equality.same_function
    unasked = Tolerance(absolute=0.2, relative=0, same_classes=False)
    assert measured_equality([reference], [other], unasked).same_function


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        (np.nan, np.nan, True),
        (np.inf, np.inf, True),
        (np.inf, -np.inf, False),
        (np.inf, 0.0, False),
        (0.0, np.nan, False),
        (np.nan, 0.0, False),
    ],
)
def test_what_is_no_number_equals_only_itself(expected, found, same):
    reference, other = (np.array([[1.0], [x]], dtype=np.float32) for x in (expected, found))
    equality = measured_equality([reference], [other])
    assert equality.same_function is same
    assert equality.largest_absolute_difference == (0 if same else np.inf)


@pytest.mark.parametrize(
    ("reference", "other"),
    [
        (np.array([2**60], dtype=np.int64), np.array([2**60 + 1], dtype=np.int64)),
        (np.array([True]), np.array([False])),
        (np.array(["a"], dtype=object), np.array(["b"], dtype=object)),
    ],
)
def test_outputs_that_are_no_floats_must_be_equal(reference, other):
    assert measured_equality([reference], [reference]).same_function
    assert not measured_equality([reference], [other]).same_function


def test_the_output_that_differs_most_for_its_size_decides():
    large = np.array([[1e6]], dtype=np.float32)
    small = np.array([[1.0]], dtype=np.float32)
    equality = measured_equality([large, small], [large + 1, small + np.float32(0.5)])
    assert equality.largest_absolute_difference == 0.5
    assert not equality.same_function


def test_outputs_of_other_shapes_or_none_at_all_cannot_be_compared():
    with pytest.raises(EqualityError, match="float32"):
        measured_equality([LOGITS], [LOGITS[:1]])
    with pytest.raises(EqualityError, match="no output"):
        measured_equality([LOGITS[:0]], [LOGITS[:0]])


def test_models_of_one_function_pass_and_how_close_they_are_is_returned(mlp, written):
    models = {"a": written(mlp([6, 5, 4], [0.5]), "a"), "b": written(mlp([6, 5, 4], [0.5]), "b")}
    (arm, equality), *more = require_same_function(models, X).items()
    assert (arm, more) == ("b", [])
    assert equality.largest_absolute_difference == 0
    assert equality.rows == 40


def test_an_arm_of_another_function_is_named_with_its_reference_and_the_difference(mlp, written):
    models = {
        "inverted": written(mlp([6, 5, 4], [0.5]), "a"),
        "same": written(mlp([6, 5, 4], [0.5]), "b"),
        "regular": written(mlp([6, 5, 4], [0.4]), "c"),
    }
    with pytest.raises(EqualityError, match=r"'regular' and 'inverted'.*differ by up to") as caught:
        require_same_function(models, X)
    assert caught.value.where == str(models["regular"])


def test_one_changed_weight_is_noticed(mlp, written):
    model = mlp([6, 5, 4], [0.5])
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    weight = numpy_helper.to_array(model.graph.initializer[0]).copy()
    weight[0, 0] += 0.01
    changed.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, "w0"))
    with pytest.raises(EqualityError):
        require_same_function({"a": written(model, "a"), "b": written(changed, "b")}, X)


def test_models_of_other_shapes_are_refused_by_name(mlp, written):
    models = {"a": written(mlp([6, 5, 4], [0.5]), "a"), "b": written(mlp([6, 5, 3], [0.5]), "b")}
    with pytest.raises(EqualityError, match="'b' cannot be compared with 'a'"):
        require_same_function(models, X)


def test_a_model_that_is_no_onnx_file_is_an_error_of_the_file(mlp, written, tmp_path):
    (tmp_path / "bad").write_bytes(b"no model")
    with pytest.raises(ArtifactError, match="bad"):
        require_same_function({"a": written(mlp([6, 5, 4], [0.5])), "b": tmp_path / "bad"}, X)


def test_answers_of_different_shapes_are_compared_request_by_request_on_one_scale():
    answers = [[LOGITS], [LOGITS[:1] / 4]]
    other = [[LOGITS], [LOGITS[:1] / 4 + np.float32(0.5)]]
    equality = equality_of_answers(iter(answers), iter(other))
    assert equality.rows == 3
    assert equality.largest_absolute_difference == 0.5
    # Of all answers together, the largest is 8.
    assert equality.largest_relative_difference == 0.5 / 8
    assert equality.class_agreement == 1
    assert not equality.same_function


def test_no_answer_is_kept_while_answers_are_compared():
    made = []

    def answers():
        for _ in range(20):
            assert sum(answer() is not None for answer in made) <= 4
            answer = np.ones((2, 3), dtype=np.float32)
            made.append(weakref.ref(answer))
            yield [answer]
            del answer

    assert equality_of_answers(answers(), answers()).rows == 40


def test_an_output_that_is_empty_now_and_then_is_compared_where_it_is_not():
    empty, full = np.empty((0, 2), dtype=np.float32), LOGITS
    assert equality_of_answers([[empty], [full]], [[empty], [full]]).same_function
    assert not equality_of_answers([[empty], [full]], [[empty], [full + 1]]).same_function


def test_nothing_asked_is_nothing_compared():
    with pytest.raises(EqualityError, match="no output to compare"):
        equality_of_answers([], [])


def test_models_of_different_functions_are_measured_where_that_is_asked_for(mlp, written):
    models = {
        "a": written(mlp([6, 5, 4], [0.5]), "a"),
        "b": written(mlp([6, 5, 4], [0.4]), "b"),
        "again": written(mlp([6, 5, 4], [0.5]), "c"),
    }
    measured = measure_equality(models, X)
    assert list(measured) == ["b", "again"]
    assert not measured["b"].same_function
    assert measured["b"].largest_absolute_difference > measured["b"].allowed_difference
    assert measured["again"].same_function


def test_traffic_that_a_model_does_not_take_is_told_of_that_model(mlp, written):
    models = {"a": written(mlp([7, 5, 4], [0.5]), "a"), "b": written(mlp([6, 5, 4], [0.5]), "b")}
    with pytest.raises(EqualityError, match=r"input 'x' is FP32 of shape \(-1, 7\)") as caught:
        measure_equality(models, X)
    assert caught.value.where == str(models["a"])
