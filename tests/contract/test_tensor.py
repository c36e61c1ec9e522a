import numpy as np
import pytest

from contract.tensor import BY_NUMPY_DTYPE, BY_ONNXRUNTIME_NAME, DATATYPES, TensorSpec


def test_every_datatype_has_three_different_names():
    for names in zip(*((d.protocol, str(d.numpy), d.onnxruntime) for d in DATATYPES), strict=True):
        assert len(set(names)) == len(DATATYPES)
    assert BY_ONNXRUNTIME_NAME["tensor(float)"].protocol == "FP32"


def test_a_datatype_is_found_by_the_type_of_an_array():
    for datatype in DATATYPES:
        assert BY_NUMPY_DTYPE[np.zeros(1, dtype=datatype.numpy).dtype] is datatype


@pytest.mark.parametrize(
    ("shape", "dtype", "fits"),
    [
        ((1, 4), np.float32, True),
        ((9, 4), np.float32, True),
        ((1, 5), np.float32, False),
        ((4,), np.float32, False),
        ((1, 4), np.float64, False),
    ],
)
def test_a_spec_accepts_its_datatype_and_any_size_of_an_open_dimension(shape, dtype, fits):
    spec = TensorSpec(name="x", datatype="FP32", shape=(-1, 4))
    assert spec.accepts(np.zeros(shape, dtype=dtype)) is fits
