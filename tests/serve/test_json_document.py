import json

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import InvalidRequestError
from contract.tensor import BY_PROTOCOL_NAME, DATATYPES
from serve.codec.json_document import PackedData, parse_document
from serve.codec.tensor_json import array_from_json

NUMBERS = (
    st.integers(-(2**65), 2**65)
    | st.sampled_from([0, 1, 255, 256, -128, -129, 65520, 3.5e38, -0.0, 2**63, 2**64])
    | st.floats(allow_nan=False, allow_infinity=False)
)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text(max_size=3) | st.sampled_from(["[", "[[]"])
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)
NAMES = st.sampled_from(["inputs", "data", "name", "shape", "id", "outputs", "parameters"])
INPUTS = st.lists(st.dictionaries(NAMES, JSON, max_size=4), max_size=3)
DOCUMENTS = JSON | st.fixed_dictionaries({"inputs": INPUTS | JSON}, optional={"id": JSON})
SIZES = st.lists(st.integers(0, 3), max_size=3).map(tuple)


def _text(document):
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _unpacked(document):
    """Return a parsed document with lists where its packed data stands."""
    if isinstance(document, PackedData):
        return document.array.as_list()
    if isinstance(document, list):
        return [_unpacked(part) for part in document]
    if isinstance(document, dict):
        return {name: _unpacked(part) for name, part in document.items()}
    return document.as_list() if hasattr(document, "as_list") else document


def _written(document):
    """Return JSON that is the same for the same document: 1 and 1.0 and true differ in it."""
    return json.dumps(_unpacked(document), sort_keys=True)


def _outcome(act):
    try:
        array = act()
    except InvalidRequestError as error:
        return str(error)
    return array.dtype, array.shape, array.tobytes() if array.dtype != object else array.tolist()


@settings(deadline=None, max_examples=300)
@given(DOCUMENTS)
def test_a_document_is_what_orjson_reads_in_it(document):
    text = _text(document)
    try:
        expected = orjson.loads(text)
    except orjson.JSONDecodeError:
        with pytest.raises(InvalidRequestError, match="not JSON"):
            parse_document(text)
        return
    assert _written(parse_document(text)) == _written(expected)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=30) | st.text(max_size=30).map(lambda text: text.encode()))
def test_any_bytes_are_a_document_that_orjson_reads_too_or_none(text):
    try:
        document = parse_document(text)
    except InvalidRequestError:
        return
    assert _written(document) == _written(orjson.loads(text))


def _nested(elements, shape):
    for size in reversed(shape[1:]):
        elements = [elements[at : at + size] for at in range(0, len(elements), size or 1)]
    return elements


@st.composite
def tensors(draw):
    """Return data that nearly is a tensor, and a shape."""
    shape = draw(SIZES)
    count = int(np.prod(shape)) + draw(st.sampled_from([0, 0, 0, 0, 1, -1]))
    kind = draw(
        st.sampled_from(
            [NUMBERS, st.integers(-129, 256), st.floats(-1e38, 1e38), st.booleans(), LEAVES]
        )
    )
    elements = draw(st.lists(kind, min_size=max(count, 0), max_size=max(count, 0)))
    data = _nested(elements, shape) if draw(st.booleans()) else elements
    return draw(st.just(data) | st.lists(JSON, max_size=3)), shape


@settings(deadline=None, max_examples=500)
@given(tensors(), st.sampled_from(DATATYPES), st.sampled_from(["x", "[", "]["]), st.booleans())
def test_packed_data_is_the_tensor_or_the_error_that_lists_are(tensor, datatype, name, twice):
    data, shape = tensor
    entry = {"name": name, "shape": list(shape), "data": data}
    text = _text({"inputs": [entry, entry] if twice else [entry]})
    try:
        as_lists = orjson.loads(text)["inputs"][0]["data"]
    except orjson.JSONDecodeError:
        return
    packed = parse_document(text)["inputs"][0]["data"]
    assert _outcome(lambda: array_from_json(packed, datatype, shape)) == _outcome(
        lambda: array_from_json(as_lists, datatype, shape)
    )


def _data_of(text):
    return parse_document(text)["inputs"][0]["data"]


def test_data_stays_packed_with_flat_and_with_nested_tensors():
    assert _data_of(b'{"inputs": [{"shape": [2], "data": [1, 2]}]}').inner_arrays == 0
    assert _data_of(b'{"inputs": [{"shape": [2, 1], "data": [[1], [2]]}]}').inner_arrays == 2
    mixed = b'{"id": "[", "inputs": [{"data": [1]}], "outputs": [{"name": "y"}]}'
    assert _data_of(mixed).inner_arrays == 1


@pytest.mark.parametrize("data", [[[1, 2, 3], [4]], [[1, 2], [[], [3, 4]]], [[1, 2], 3, [4]]])
def test_packed_data_that_is_ragged_is_refused_though_its_numbers_would_do(data):
    packed = _data_of(_text({"inputs": [{"name": "x", "shape": [2, 2], "data": data}]}))
    with pytest.raises(InvalidRequestError):
        array_from_json(packed, BY_PROTOCOL_NAME["FP32"], (2, 2))


@pytest.mark.parametrize(
    "text",
    [
        b'{"inputs": [{"data": [1], "data": [2]}]}',
        b'{"inputs": [{"data": [1]}], "inputs": [{"data": [2]}]}',
        b'{"inputs": [{"data\\u0000": [1], "data": [2]}]}',
        b'{"\\u0000": 7, "inputs": [{"data": [1]}]}',
        b'{"inputs": [{"data": [100000000000000000000]}]}',
        b'{"inputs": [{"data": [1]}, 7]}',
        b'{"inputs": [' + b", ".join([b'{"data": [1]}'] * 65) + b"]}",
        b'{"inputs": [{%b, "data": [1]}]}' % b", ".join(b'"%d": 0' % at for at in range(16)),
    ],
)
def test_what_is_doubtful_is_read_by_orjson_alone(text):
    assert parse_document(text) == orjson.loads(text)


@pytest.mark.parametrize(
    "text", [b"[" * 1025 + b"]" * 1025, b'{"a":' * 100_000, b'{"inputs": [{"data": [' + b"[" * 2000]
)
def test_a_document_nested_too_deep_is_none(text):
    with pytest.raises(InvalidRequestError, match="not JSON"):
        parse_document(text)
