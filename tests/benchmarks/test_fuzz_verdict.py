"""What the fuzzing of the server takes for a finding: without this it would find nothing."""

import json
import socket
import threading

import numpy as np
import pytest

from benchmarks.fuzz.exchange import LIVE, Answer, Body, FindingError, Refusal, Result, Whatever
from benchmarks.fuzz.verdict import require_as, require_form
from benchmarks.fuzz.wire import Wire

JSON = {"content-type": "application/json"}
VALUES = np.array([1.0, -0.0, np.nan], dtype="<f4")
BINARY = Result("7", (("y", VALUES),), (True,), 0.0)
FLAT = Result(None, (("y", VALUES[:2]),), (False,), 0.0)


def _answer(status, body, headers=JSON, *, to_head=False):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, dict(headers), content, to_head)


def _binary(values=VALUES, request_id="7", size=12, **change):
    output = {"name": "y", "datatype": "FP32", "shape": [3]}
    output |= {"parameters": {"binary_data_size": size}, **change}
    head = json.dumps({"id": request_id, "outputs": [output]}).encode()
    headers = {"content-type": "application/octet-stream"}
    headers["inference-header-content-length"] = str(len(head))
    return _answer(200, head + values.tobytes(), headers)


def _flat(data, **change):
    output = {"name": "y", "datatype": "FP32", "shape": [2], "data": data, **change}
    return _answer(200, {"outputs": [output]})


@pytest.mark.parametrize(
    "answer",
    [
        _answer(500, {"error": "x"}),
        _answer(502, {"error": "x"}),
        _answer(400, b"Invalid HTTP request received.", {"content-type": "text/plain"}),
        _answer(400, b"not JSON"),
        _answer(400, {"detail": "x"}),
        _answer(400, {"error": ""}),
        _answer(400, {"error": ["x"]}),
        _answer(404, {"error": "x", "more": 1}),
        _answer(404, ["x"]),
    ],
)
def test_an_error_of_another_form_or_a_defect_is_a_finding(answer):
    with pytest.raises(FindingError):
        require_form(answer)


def test_errors_of_the_protocol_s_form_and_overload_are_none():
    for status in (400, 404, 413, 503, 504):
        require_form(_answer(status, {"error": "x"}))
    require_form(_answer(405, b"", to_head=True))
    require_form(_answer(200, b"anything", {}))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_answer(200, {"outputs": []}), Refusal()),
        (_answer(503, {"error": "x"}), Refusal()),
        (_answer(200, b'{"live":false}'), Body(b'{"live":true}')),
        (_answer(400, {"error": "x"}), BINARY),
        (_binary(np.array([1, 0, np.nan], dtype="<f4")), BINARY),  # a zero of the other sign
        (_binary(np.array([1, -0.0, 2], dtype="<f4")), BINARY),
        (_binary(np.nextafter(VALUES, 2, dtype="<f4")), BINARY),
        (_binary(request_id="8"), BINARY),
        (_binary(name="z"), BINARY),
        (_binary(shape=[1, 3]), BINARY),
        (_binary(size=8), BINARY),
        (_binary(size=16), BINARY),
        (_binary(VALUES.astype("<f8"), size=24, datatype="FP64"), BINARY),
        (_flat([1.0, 0.0]), FLAT),
        (_flat([1.0, -0.0, 3.0], shape=[3]), FLAT),
        (_flat([True, -0.0]), FLAT),
        (_flat([1.0, None]), FLAT),
        (_answer(200, b'{"outputs": [{"data": [NaN]}]}'), Whatever()),
        (_answer(200, {}), Whatever()),
        (_answer(302, {}), Whatever()),
        (_answer(200, {"outputs": [{}]}), Whatever()),
        (_flat([1.0], shape=[2]), Whatever()),
        (_flat([1.0, 2.0], datatype="FP31"), Whatever()),
    ],
)
def test_another_answer_than_the_one_that_must_come_is_a_finding(answer, expected):
    with pytest.raises(FindingError):
        require_as(answer, expected)


def test_the_right_answers_are_none():
    require_as(_binary(), BINARY)
    require_as(_flat([1.0, -0.0]), FLAT)
    require_as(_flat([1, -0.0]), FLAT)
    require_as(_answer(400, {"error": "x"}), Refusal())
    require_as(_answer(400, {"error": "x"}), Whatever())
    near = Result(None, (("y", np.array([1.0000001, 2], dtype="<f4")),), (False,), 1e-5)
    require_as(_flat([1.0, 2.0]), near)


OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        OK + b"\r\nx",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 abc OK\r\ncontent-length: 0\r\n\r\n",
        OK + b"no colon\r\n\r\nok",
        OK + b" folded: x\r\n\r\nok",
        b"x" * 70_000,
    ],
)
def test_what_is_no_answer_is_a_finding(said):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(said)

        thread = threading.Thread(target=answer)
        thread.start()
        with Wire(listening.getsockname()[1]) as wire, pytest.raises(FindingError):
            wire.ask(LIVE)
        thread.join()
