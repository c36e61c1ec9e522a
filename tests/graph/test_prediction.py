import numpy as np
import pytest

from contract.errors import ArtifactError, EqualityError
from contract.traffic import Traffic
from graph.prediction import answers_of, each_answer, outputs_of


def test_inputs_in_chunks_predict_every_row_in_its_order(parsed, written):
    path = written(parsed("(float[n,3] x) => (float[n,3] y)", "", "y = Neg(x)"))
    x = np.arange(30, dtype=np.float32).reshape(10, 3)
    for rows_per_chunk in (1, 3, 10, 1024):
        (y,) = outputs_of(path, {"x": x}, rows_per_chunk)
        assert np.array_equal(y, -x)


def test_a_model_with_a_fixed_number_of_rows_is_not_run_in_chunks(parsed, written):
    path = written(parsed("(float[4,3] x) => (float[4,3] y)", "", "y = Neg(x)"))
    x = np.ones((4, 3), dtype=np.float32)
    assert np.array_equal(outputs_of(path, {"x": x}, rows_per_chunk=2)[0], -x)


def test_no_rows_give_no_rows(parsed, written):
    path = written(parsed("(float[n,3] x) => (float[n,3] y)", "", "y = Neg(x)"))
    assert outputs_of(path, {"x": np.empty((0, 3), dtype=np.float32)})[0].shape == (0, 3)


@pytest.mark.parametrize(
    ("inputs", "named"),
    [
        ({"other": np.zeros((1, 3), dtype=np.float32)}, "takes the inputs x, given other"),
        ({"x": np.zeros((1, 4), dtype=np.float32)}, "shape"),
        ({"x": np.zeros((1, 3))}, "float64"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(inputs, named, parsed, written):
    path = written(parsed("(float[n,3] x) => (float[n,3] y)", "", "y = Neg(x)"))
    with pytest.raises(EqualityError, match=named):
        outputs_of(path, inputs)


def test_a_model_that_fails_while_it_runs_is_named(parsed, written):
    path = written(
        parsed("(float[n,3] x, int64[n] i) => (float[m,3] y)", "", "y = Gather<axis = 0>(x, i)")
    )
    inputs = {"x": np.zeros((1, 3), dtype=np.float32), "i": np.array([9])}
    with pytest.raises(ArtifactError, match=r"cannot run this model.*|Gather") as caught:
        outputs_of(path, inputs)
    assert str(path) in str(caught.value)


def test_requests_are_answered_one_by_one_whatever_their_shapes(parsed, written):
    path = written(parsed("(float[n,m] x) => (float[n,m] y)", "", "y = Neg(x)"))
    traffic = Traffic(
        tuple({"x": np.full(shape, 2, dtype=np.float32)} for shape in [(1, 3), (4, 2)])
    )
    answers = answers_of(path, traffic)
    assert [answer.shape for (answer,) in answers] == [(1, 3), (4, 2)]
    assert all((answer == -2).all() for (answer,) in answers)


def test_a_request_that_does_not_fit_is_refused_when_its_turn_comes(parsed, written):
    path = written(parsed("(float[n,3] x) => (float[n,3] y)", "", "y = Neg(x)"))
    fits, does_not = ({"x": np.zeros((1, size), dtype=np.float32)} for size in (3, 4))
    answers = each_answer(path, Traffic((fits, does_not)))
    assert next(answers)[0].shape == (1, 3)
    with pytest.raises(EqualityError, match=r"given float32 of shape \(1, 4\)"):
        next(answers)


def test_an_output_that_is_no_tensor_is_refused_with_the_model_s_name(parsed, written):
    path = written(parsed("(float[n,3] x) => (seq(float[n,3]) y)", "", "y = SequenceConstruct(x)"))
    with pytest.raises(ArtifactError, match=r"'y' is of type seq") as caught:
        answers_of(path, Traffic(({"x": np.zeros((1, 3), dtype=np.float32)},)))
    assert caught.value.where == str(path)


def test_what_the_runtime_says_is_told_without_the_place_in_its_source_code(parsed, written, capfd):
    model = parsed("(float[n,3] x) => (float[n,3] y)", "", "y = Neg(x)")
    model.ir_version = 99
    path = written(model)
    with pytest.raises(ArtifactError) as caught:
        answers_of(path, Traffic(()))
    begins = f"{path}: ONNX Runtime cannot load this model: Unsupported model IR version: 99"
    assert str(caught.value).startswith(begins)
    # A failed run says so by its error alone: nothing is printed.
    table = "(float[n,3] x, int64[n] i) => (float[m,3] y)"
    path = written(parsed(table, "", "y = Gather<axis = 0>(x, i)"))
    with pytest.raises(ArtifactError, match=r"cannot run this model: .*Gather"):
        outputs_of(path, {"x": np.zeros((1, 3), dtype=np.float32), "i": np.array([9])})
    assert capfd.readouterr() == ("", "")
