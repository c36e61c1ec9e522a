import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InvalidRequestError
from contract.tensor import TensorSpec
from serve.infer_request import decode_request
from serve.signature import Signature
from serve.tensor_shape import checked_shape

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
