import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from contract.errors import InvalidRequestError
from contract.tensor import BY_PROTOCOL_NAME, DATATYPES
from serve.codec.tensor_json import array_from_json, json_from_array

SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)


def _arrays(datatype, shape):
    if datatype.numpy.kind == "f":
        elements = arrays_of.from_dtype(datatype.numpy, allow_nan=False, allow_infinity=False)
    elif datatype.numpy.kind == "O":
        elements = st.text(st.characters(codec="utf-8"), max_size=5)
    else:
        elements = arrays_of.from_dtype(datatype.numpy)
    return arrays_of.arrays(datatype.numpy, shape, elements=elements)


@settings(deadline=None, max_examples=200)
@given(st.data(), st.sampled_from(DATATYPES), SHAPES, st.booleans())
def test_a_tensor_comes_back_through_json_text_flat_or_nested(data, datatype, shape, nested):
    array = data.draw(_arrays(datatype, shape))
    flat = orjson.loads(orjson.dumps(json_from_array(array), option=orjson.OPT_SERIALIZE_NUMPY))
    text = np.array(flat, dtype=object).reshape(shape).tolist() if nested and shape else flat
    again = array_from_json(text, datatype, shape)
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(again, array)


@settings(deadline=None, max_examples=300)
@given(JSON, st.sampled_from(DATATYPES), SHAPES)
def test_any_json_is_a_tensor_or_an_invalid_request(data, datatype, shape):
    try:
        array = array_from_json(data, datatype, shape)
    except InvalidRequestError:
        return
    assert (array.shape, array.dtype) == (shape, datatype.numpy)


@pytest.mark.parametrize(
    ("datatype", "number"),
    [
        ("UINT8", 256),
        ("UINT8", -1),
        ("INT8", -129),
        ("INT64", 2**63),
        ("UINT64", -1),
        ("FP16", 65520),
        ("FP32", 3.5e38),
    ],
)
def test_a_number_out_of_range_is_refused_and_not_wrapped(datatype, number):
    with pytest.raises(InvalidRequestError, match=f"beyond {datatype}'s range"):
        array_from_json([number], BY_PROTOCOL_NAME[datatype], (1,))


@pytest.mark.parametrize(
    ("datatype", "element", "what"),
    [
        ("INT32", 1.0, "numbers with a fraction"),
        ("INT32", True, "true or false"),
        ("BOOL", 1, "integers"),
        ("FP32", "1", "strings"),
        ("FP32", None, "null"),
        ("BYTES", 1, "integers"),
        ("BYTES", {}, "objects"),
    ],
)
def test_an_element_of_another_type_is_refused_and_not_converted(datatype, element, what):
    with pytest.raises(InvalidRequestError, match=f"{datatype} cannot hold {what}"):
        array_from_json([element], BY_PROTOCOL_NAME[datatype], (1,))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["<f2", "<f4", "<f8"])
def test_what_json_cannot_hold_is_refused_and_never_a_null(dtype, value):
    with pytest.raises(InvalidRequestError, match="NaN or infinity"):
        json_from_array(np.array([1.0, value], dtype=dtype))
