import json

import numpy as np
import pytest

from benchmarks.peers.codec import BINARY, LISTS, NO_TENSOR, OIP_JSON, RAW, check_answer
from benchmarks.peers.http_exchange import HttpAnswer
from contract.errors import LoadTestError

ROWS = np.array([[0.5, 0.25, 1.0]], dtype=np.float32)
LOGITS = np.array([[1.5, -2.0]], dtype=np.float32)
OUTPUT = {"name": "logits", "datatype": "FP32", "shape": [1, 2]}


def answer(body, status=200, headers=None):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpAnswer(status, headers or {}, content)


def binary_answer(logits):
    head = json.dumps({"outputs": [OUTPUT]}).encode()
    headers = {"inference-header-content-length": str(len(head))}
    return answer(head + logits.tobytes(), headers=headers)


def test_a_binary_request_is_json_and_then_the_bytes():
    request = BINARY.write("/infer", ROWS)
    length = int(request.headers["Inference-Header-Content-Length"])
    head = json.loads(request.body[:length])
    assert head["inputs"][0]["parameters"] == {"binary_data_size": ROWS.nbytes}
    assert head["parameters"] == {"binary_data_output": True}
    assert request.body[length:] == ROWS.tobytes()


def test_a_raw_request_is_the_bytes_alone():
    request = RAW.write("/infer", ROWS)
    assert request.headers["Inference-Header-Content-Length"] == "0"
    assert request.body == ROWS.tobytes()


@pytest.mark.parametrize("codec", [OIP_JSON, LISTS])
def test_json_carries_the_float32_values_exactly(codec):
    sent = json.loads(codec.write("/infer", ROWS).body)
    values = sent["inputs"][0]["data"] if codec is OIP_JSON else sent["input"][0]
    assert np.array_equal(np.array(values, dtype=np.float32), ROWS[0])


@pytest.mark.parametrize(
    ("codec", "right"),
    [
        (NO_TENSOR, answer({})),
        (BINARY, binary_answer(LOGITS)),
        (RAW, binary_answer(LOGITS)),
        (OIP_JSON, answer({"outputs": [{**OUTPUT, "data": [1.5, -2.0]}]})),
        (LISTS, answer([[1.5, -2.0]])),
        (LISTS, answer({"output": [[1.5, -2.0]]})),
    ],
)
def test_the_right_answer_passes(codec, right):
    check_answer(codec, right, LOGITS)


@pytest.mark.parametrize(
    ("codec", "wrong"),
    [
        (NO_TENSOR, answer({"error": "no"})),
        (BINARY, binary_answer(-LOGITS)),
        (BINARY, answer({"outputs": []})),
        (OIP_JSON, answer({"outputs": [{**OUTPUT, "data": [1.5, -2.1]}]})),
        (LISTS, answer([[1.5]])),
        (LISTS, answer([[1.5, -2.0]], status=500)),
    ],
)
def test_any_other_answer_is_refused(codec, wrong):
    with pytest.raises(LoadTestError):
        check_answer(codec, wrong, LOGITS)
