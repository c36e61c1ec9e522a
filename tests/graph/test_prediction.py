import numpy as np
import pytest

from contract.errors import ArtifactError, EqualityError
from graph.prediction import outputs_of


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
