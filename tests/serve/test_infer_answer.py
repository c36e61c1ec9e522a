import json

import numpy as np
import pytest

from contract.tensor import TensorSpec
from serve.codec.infer_answer import ModelIdentity, encode_answer
from serve.codec.infer_request import decode_request
from serve.codec.signature import Signature

MODEL = ModelIdentity('a "model"', "3")
X = TensorSpec(name="x", datatype="FP32", shape=(-1,))


@pytest.fixture
def signature():
    outputs = ("FP32", "INT64", "BYTES")
    return Signature.of(
        (X,), tuple(TensorSpec(name=name.lower(), datatype=name, shape=(-1,)) for name in outputs)
    )


def _request(signature, values, **rest):
    tensor = {"name": "x", "shape": [len(values)], "datatype": "FP32"}
    tensor["parameters"] = {"binary_data_size": values.nbytes}
    head = json.dumps({**rest, "inputs": [tensor]}).encode()
    return decode_request(head + values.tobytes(), len(head), signature)


def _ask(signature, values, names, binary, **rest):
    """Return an answer's JSON and binary parts to a request whose model doubles its input."""
    outputs = [{"name": name, "parameters": {"binary_data": binary}} for name in names]
    request = _request(signature, values, **rest, outputs=outputs)
    doubled = 2 * values
    by_name = {
        "fp32": doubled,
        "int64": doubled.astype(np.int64),
        "bytes": np.array([str(int(value)) for value in doubled], dtype=object),
    }
    answer = encode_answer(MODEL, signature, request, [by_name[name] for name in names])
    end = len(answer.body) if answer.json_bytes is None else answer.json_bytes
    return json.loads(answer.body[:end]), answer.body[end:]


@pytest.mark.parametrize("ids", [[None], ["7", "8", None], ["ü", None, "7"]])
@pytest.mark.parametrize("binary", [True, False])
def test_an_answer_is_the_same_whether_its_request_s_head_is_known_or_not(signature, binary, ids):
    for count in (1, 2, 1, 2, 100, 1):
        for request_id in ids:
            identity = {} if request_id is None else {"id": request_id}
            values = np.arange(count, dtype=np.float32)
            head, rest = _ask(signature, values, ["int64", "fp32"], binary, **identity)
            fresh = Signature.of((X,), tuple(signature.outputs.values()))
            assert (head, rest) == _ask(fresh, values, ["int64", "fp32"], binary, **identity)
            assert head.get("id") == request_id
            assert list(head)[:2] == ["model_name", "model_version"]
            assert head["model_name"] == MODEL.name
            assert [output["shape"] for output in head["outputs"]] == [[count], [count]]
            assert len(rest) == (12 * count if binary else 0)


def test_texts_of_other_lengths_make_another_head(signature):
    for value in (1.0, 1000.0, 2.0):
        values = np.array([value], dtype=np.float32)
        head, rest = _ask(signature, values, ["bytes"], binary=True)
        text = b"%d" % (2 * value)
        assert rest == len(text).to_bytes(4, "little") + text
        assert head["outputs"][0]["parameters"] == {"binary_data_size": len(rest)}


def test_an_answer_s_shape_may_depend_on_values(signature):
    values = np.ones(2, dtype=np.float32)
    outputs = [{"name": "fp32", "parameters": {"binary_data": True}}]
    _request(signature, values, outputs=outputs)
    for size in [*range(20), 1]:
        request = _request(signature, values, outputs=outputs)
        answer = encode_answer(MODEL, signature, request, [np.zeros(size, dtype=np.float32)])
        (output,) = json.loads(answer.body[: answer.json_bytes])["outputs"]
        assert output["shape"] == [size]
        assert len(request.answer_heads) <= 8
