import numpy as np
import pytest

from contract.errors import ArtifactError
from contract.tensor import DATATYPES, TensorSpec
from graph.inputs import generated_inputs
from graph.prediction import outputs_of
from graph.session import input_specs, open_session


@pytest.mark.parametrize(
    "datatype", [datatype.protocol for datatype in DATATYPES if datatype.protocol != "BYTES"]
)
@pytest.mark.parametrize("shape", [(), (5,), (-1, 3), (-1, -1, 2), (2, -1)])
def test_generated_inputs_fit_the_specification(datatype, shape):
    spec = TensorSpec(name="x", datatype=datatype, shape=shape)
    array = generated_inputs([spec], rows=7, seed=0)["x"]
    assert spec.accepts(array)
    if shape and shape[0] == -1:
        assert len(array) == 7


def test_the_same_seed_gives_the_same_inputs_and_another_seed_others():
    specs = [TensorSpec(name="x", datatype="FP32", shape=(-1, 784))]
    first, again, other = (generated_inputs(specs, 3, seed)["x"] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_indices_stay_within_the_smallest_table():
    spec = TensorSpec(name="x", datatype="INT64", shape=(-1, 50))
    assert set(np.unique(generated_inputs([spec], 50, 0)["x"])) == {0, 1}


def test_bytes_have_the_range_of_pixels():
    spec = TensorSpec(name="x", datatype="UINT8", shape=(-1, 50))
    assert len(np.unique(generated_inputs([spec], 50, 0)["x"])) == 256


def test_text_is_not_made_up():
    spec = TensorSpec(name="words", datatype="BYTES", shape=(-1,))
    with pytest.raises(ArtifactError, match="words"):
        generated_inputs([spec], 1, 0)


def test_a_model_runs_on_the_inputs_generated_for_it(mlp, written):
    path = written(mlp([6, 5, 4], [0.5]))
    inputs = generated_inputs(input_specs(open_session(path)), rows=9, seed=0)
    assert outputs_of(path, inputs)[0].shape == (9, 4)
