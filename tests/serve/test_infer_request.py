import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InvalidRequestError
from contract.tensor import TensorSpec
from serve.codec.infer_request import decode_request
from serve.codec.signature import Signature
from serve.codec.tensor_shape import checked_shape

SPECS = {
    "FP32": TensorSpec(name="x", datatype="FP32", shape=(-1, 4)),
    "BYTES": TensorSpec(name="x", datatype="BYTES", shape=(-1,)),
    "BOOL": TensorSpec(name="x", datatype="BOOL", shape=(2, 2)),
}
SIGNATURES = {name: Signature.of((spec,), (spec,)) for name, spec in SPECS.items()}
SIZES = st.sampled_from([0, 1, 2, 3, 4, 7, 2**31, 2**63 - 1, 2**63, 2**64 - 1, -1, -(2**63)])
LENGTHS = st.none() | st.integers(0, 200)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | SIZES
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["x", "FP32", "BYTES", "y", ""]),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)
PARAMETERS = st.dictionaries(
    st.sampled_from(["binary_data_size", "binary_data", "binary_data_output"]), VALUES
)
TENSORS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.just("x") | VALUES,
        "datatype": st.sampled_from(["FP32", "BYTES", "BOOL"]) | VALUES,
        "shape": st.lists(SIZES, max_size=3) | VALUES,
        "data": VALUES,
        "parameters": PARAMETERS | VALUES,
    },
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "id": VALUES,
        "inputs": st.lists(TENSORS, max_size=2) | VALUES,
        "outputs": st.lists(TENSORS, max_size=2) | VALUES,
        "parameters": PARAMETERS | VALUES,
    },
)


def _decode(body, json_bytes, name):
    try:
        request = decode_request(body, json_bytes, SIGNATURES[name])
    except InvalidRequestError:
        return
    assert request.inputs.keys() == {"x"}
    assert SPECS[name].accepts(request.inputs["x"])
    assert request.inputs["x"].nbytes <= max(8 * len(body), 64)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=100), LENGTHS, st.sampled_from(list(SPECS)))
def test_any_bytes_are_a_request_that_fits_or_an_invalid_one(body, json_bytes, name):
    _decode(body, json_bytes, name)


@settings(deadline=None, max_examples=500)
@given(REQUESTS, st.binary(max_size=40), st.integers(-2, 2), st.sampled_from(list(SPECS)))
def test_any_json_of_the_protocol_s_words_is_a_request_that_fits_or_an_invalid_one(
    document, tail, lie, name
):
    head = json.dumps(document).encode()
    _decode(head + tail, max(len(head) + lie, 0), name)


@settings(deadline=None, max_examples=200)
@given(st.lists(SIZES, max_size=3), st.integers(-9, 9), st.sampled_from(list(SPECS)))
def test_a_binary_size_that_does_not_match_the_shape_is_refused(shape, lie, name):
    spec = SPECS[name]
    tensor = {"name": "x", "shape": shape, "datatype": spec.datatype}
    size = 16 + lie
    head = json.dumps({"inputs": [{**tensor, "parameters": {"binary_data_size": size}}]}).encode()
    _decode(head + bytes(16), len(head), name)


@pytest.mark.parametrize("shape", [[0, 2**40, 2**40], [2**62, 2, 0], [2**48, 2, 1], [2**64, 0, 0]])
def test_a_shape_that_overflows_is_refused_even_beside_a_zero(shape):
    spec = TensorSpec(name="x", datatype="FP32", shape=(-1, -1, -1))
    with pytest.raises(InvalidRequestError, match="too large"):
        checked_shape(shape, spec)


def test_a_raw_body_is_one_element_where_the_input_is_bytes():
    request = decode_request("grüße".encode(), 0, SIGNATURES["BYTES"])
    assert request.inputs["x"].tolist() == ["grüße"]
    assert all(output.binary for output in request.outputs)
    with pytest.raises(InvalidRequestError, match="not UTF-8"):
        decode_request(b"\xff", 0, SIGNATURES["BYTES"])


def _binary_head(name, values, **rest):
    shape, size = [len(values) // 4, 4], 4 * len(values)
    tensor = {"name": name, "shape": shape, "datatype": "FP32"}
    tensor["parameters"] = {"binary_data_size": size}
    return json.dumps({**rest, "inputs": [tensor]}).encode()


def _fp32(rows):
    return np.arange(4 * rows, dtype="<f4")


@pytest.fixture
def fp32():
    return Signature.of((SPECS["FP32"],), (SPECS["FP32"],))


def test_a_head_that_comes_again_is_known_and_its_tensors_are_new(fp32):
    for values in (_fp32(2), _fp32(2) + 7, -_fp32(2)):
        head = _binary_head("x", values, parameters={"binary_data_output": True, "timeout": 9})
        request = decode_request(head + values.tobytes(), len(head), fp32)
        np.testing.assert_array_equal(request.inputs["x"].ravel(), values)
        assert (request.outputs, request.timeout_us) == (fp32.all_binary, 9)
        assert len(fp32.known_heads) == 1
        for change in (-1, 1):
            wrong = (head + values.tobytes() + b"!")[: len(head) + values.nbytes + change]
            with pytest.raises(InvalidRequestError, match="bytes are left"):
                decode_request(wrong, len(head), fp32)


def test_heads_that_differ_in_their_id_alone_are_one_and_keep_their_ids(fp32):
    values = _fp32(1)
    for request_id in ("1", "2", "", "a b", "grüße", 'with "quotes"'):
        head = _binary_head("x", values, id=request_id)
        for _ in range(2):
            request = decode_request(head + values.tobytes(), len(head), fp32)
            assert request.request_id == request_id
    assert len(fp32.known_heads) == 1


@pytest.mark.parametrize(
    "head",
    [
        b'{"id":"1", "id":"2", "inputs":[{"name":"x","shape":[0,4],"datatype":"FP32",'
        b'"parameters":{"binary_data_size":0}}]}',
        b'{"inputs":[{"name":"x","shape":[0,4],"datatype":"FP32","parameters":'
        b'{"binary_data_size":0}}], "id":"2"}',
    ],
)
def test_an_id_further_behind_is_never_another_request_s(fp32, head):
    for _ in range(2):
        assert decode_request(head, len(head), fp32).request_id == "2"
    assert len(fp32.known_heads) == 0


def test_raw_bodies_of_one_length_are_known_too(fp32):
    for values in (_fp32(2), -_fp32(2)):
        request = decode_request(values.tobytes(), 0, fp32)
        np.testing.assert_array_equal(request.inputs["x"].ravel(), values)
    assert len(fp32.known_heads) == 1


def test_what_is_wrong_long_or_holds_its_data_is_never_kept(fp32):
    wrong = _binary_head("z", _fp32(1))
    for body, length in ((wrong, len(wrong)), (bytes(7), 0)):
        with pytest.raises(InvalidRequestError):
            decode_request(body, length, fp32)
    data = b'{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4]}]}'
    decode_request(data, len(data), fp32)
    padded = _binary_head("x", _fp32(1)) + b" " * 1024
    decode_request(padded + _fp32(1).tobytes(), len(padded), fp32)
    assert len(fp32.known_heads) == 0


def test_no_more_heads_are_kept_than_there_is_room_for(fp32):
    for rows in range(200):
        head = _binary_head("x", _fp32(rows))
        for body, length in ((head + _fp32(rows).tobytes(), len(head)), (bytes(16 * rows), 0)):
            assert len(decode_request(body, length, fp32).inputs["x"]) == rows
    assert len(fp32.known_heads) == 64


@pytest.mark.parametrize("timeout", [-1, 1.5, "9", True, None, 2**64])
def test_a_timeout_is_a_number_of_microseconds(fp32, timeout):
    head = _binary_head("x", _fp32(0), parameters={"timeout": timeout})
    with pytest.raises(InvalidRequestError, match="'timeout'"):
        decode_request(head, len(head), fp32)
    head = _binary_head("x", _fp32(0), parameters={"timeout": 0})
    assert decode_request(head, len(head), fp32).timeout_us is None
