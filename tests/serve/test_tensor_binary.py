import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from contract.errors import InvalidRequestError
from contract.tensor import BY_PROTOCOL_NAME, DATATYPES
from serve.codec.tensor_binary import BinaryTensor, bytes_from_array

SHAPES = arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
NUMBERS = [datatype for datatype in DATATYPES if datatype.protocol != "BYTES"]
BYTES = BY_PROTOCOL_NAME["BYTES"]


def _read(content, datatype, shape):
    return BinaryTensor(datatype, shape, len(content)).read(content, 0)


@settings(deadline=None, max_examples=100)
@given(st.data(), st.sampled_from(NUMBERS), SHAPES, st.integers(0, 9), st.booleans())
def test_a_tensor_comes_back_bit_for_bit_wherever_it_lies(data, datatype, shape, start, growing):
    array = data.draw(arrays_of.arrays(datatype.numpy, shape))
    body = b"#" * start + bytes_from_array(array) + b"#"
    again = BinaryTensor(datatype, shape, array.nbytes).read(
        bytearray(body) if growing else body, start
    )
    assert (again.dtype, again.shape) == (array.dtype, array.shape)
    assert again.tobytes() == array.tobytes()
    assert again.flags.aligned


@settings(deadline=None, max_examples=100)
@given(arrays_of.arrays(object, SHAPES, elements=st.text(st.characters(codec="utf-8"))))
def test_texts_come_back_as_they_were(array):
    again = _read(bytes_from_array(array), BYTES, array.shape)
    np.testing.assert_array_equal(again, array)
    assert again.shape == array.shape


def test_bytes_elements_are_a_little_endian_length_and_then_the_text():
    array = np.array(["ab", "", "é"], dtype=object)
    assert bytes_from_array(array) == b"\2\0\0\0ab\0\0\0\0\2\0\0\0\xc3\xa9"


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=40), st.sampled_from(DATATYPES), SHAPES)
def test_any_bytes_are_a_tensor_or_an_invalid_request(content, datatype, shape):
    try:
        array = _read(content, datatype, shape)
    except InvalidRequestError:
        return
    assert array.shape == shape
    assert bytes_from_array(array) == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\1\0\0", "runs past the end"),
        (b"\5\0\0\0abcd", "element 0 runs past the end"),
        (b"\xff\xff\xff\xff", "runs past the end"),
        (b"\1\0\0\0a", "has 1 elements, the shape asks for 2"),
        (b"\1\0\0\0a" * 3, "has 3 elements"),
        (b"\1\0\0\0\xff\1\0\0\0a", "not UTF-8"),
    ],
)
def test_bytes_elements_with_lengths_that_lie_are_refused(content, message):
    with pytest.raises(InvalidRequestError, match=message):
        _read(content, BYTES, (2,))


def test_a_boolean_s_byte_is_0_or_1():
    with pytest.raises(InvalidRequestError, match="must be 0 or 1"):
        _read(b"\0\1\2", BY_PROTOCOL_NAME["BOOL"], (3,))
