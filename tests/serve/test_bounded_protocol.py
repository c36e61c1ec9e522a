"""What one connection may do, tried over raw sockets on a real server with narrow limits."""

import json
import socket
from contextlib import contextmanager

import numpy as np
import pytest

TENSOR = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
BODY = json.dumps({"inputs": [TENSOR]}).encode()
HEAD = b"POST /v2/models/abcd/infer HTTP/1.1\r\nHost: localhost\r\n"
WHOLE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
LIVE = b"GET /v2/health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
ROW_BYTES = 16


class Client:
    """A connection that sends what it is told and reads whole answers."""

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=30)
        self.stream = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """Return status, headers and body; None at the connection's end."""
        line = self.stream.readline()
        if not line:
            return None
        headers = {}
        while (header := self.stream.readline().strip()) != b"":
            name, _, value = header.partition(b": ")
            headers[name.decode()] = value.decode()
        status = int(line.split()[1])
        body = self.stream.read(int(headers.get("content-length", 0)))
        return status, headers, json.loads(body) if body else None

    def error(self):
        """Return status and message of an error; the connection ends after it."""
        status, headers, body = self.answer()
        assert headers["content-type"] == "application/json"
        assert list(body) == ["error"]
        return status, body["error"]

    def ended(self):
        return self.stream.read() == b""

    def close(self):
        self.stream.close()
        self.socket.close()


@pytest.fixture(scope="module")
def start_narrow(repository, start_server):
    """Start a server with further arguments; yields what makes connections to it."""

    @contextmanager
    def started(*arguments):
        with start_server(repository, "--models", "abcd,echo-fp32", *arguments) as (_, text):
            ready = json.loads(text)
            clients = []

            def connect():
                clients.append(Client((ready["host"], ready["port"])))
                return clients[-1]

            yield connect
            for client in clients:
                client.close()

    return started


@pytest.fixture(scope="module")
def hasty(start_narrow):
    with start_narrow("--header-seconds", 0.3, "--body-seconds", 0.3) as connect:
        yield connect


@pytest.fixture(scope="module")
def narrow(start_narrow):
    with start_narrow("--max-body-mib", 1, "--max-rows", 3) as connect:
        yield connect


# -- too slow ------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"POST /v2/mod", HEAD, HEAD + b"X-Half: a hea", LIVE[:-2]])
def test_headers_that_do_not_end_are_cut_off_with_408(hasty, sent):
    client = hasty()
    client.send(sent)
    status, message = client.error()
    assert (status, message) == (408, "the request's headers came too slowly")
    assert client.ended()


@pytest.mark.parametrize(
    "sent",
    [
        WHOLE[:-1],
        HEAD + b"Content-Length: 100000\r\n\r\n" + b" " * 1000,
        HEAD + b"Content-Length: 300000\r\n\r\n" + b" " * 100_000,
        b"POST /v2/repository/index HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{",
    ],
    ids=["small", "middling", "large", "application"],
)
def test_a_body_that_does_not_end_is_cut_off_with_408(hasty, sent):
    client = hasty()
    client.send(sent)
    status, message = client.error()
    assert (status, message) == (408, "the request's body came too slowly")
    assert client.ended()


def test_a_byte_now_and_then_does_not_put_the_deadline_off(hasty):
    """The time is for all headers, not from byte to byte: the answer comes while it trickles."""
    client = hasty()
    client.send(HEAD)
    client.socket.settimeout(0.02)
    received = b""
    while b"\r\n\r\n" not in received:
        client.send(b"X-A: b\r\n")
        try:
            received += client.socket.recv(4096)
        except TimeoutError:
            continue
    assert received.startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_says_nothing_is_closed_without_a_word(hasty):
    assert hasty().answer() is None


def test_what_comes_in_time_is_answered_beside_the_slow_ones(hasty):
    slow, quick = hasty(), hasty()
    slow.send(HEAD)
    quick.send(WHOLE)
    assert quick.answer()[0] == 200
    assert slow.error()[0] == 408


# -- too large -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n",
        HEAD + b"X-Many: a\r\n" * 2_000 + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["one header", "many headers", "the path"],
)
def test_headers_beyond_the_limit_are_a_431(narrow, sent):
    client = narrow()
    client.send(sent)
    status, message = client.error()
    assert (status, message) == (431, "request line and headers take more than 16384 bytes")
    assert client.ended()


def test_a_header_that_never_ends_is_a_431_while_it_still_comes(narrow):
    client = narrow()
    client.send(HEAD + b"X-Endless: " + b"a" * 1_000_000)
    assert client.error()[0] == 431
    assert client.ended()


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_a_body_beyond_the_limit_is_a_413_before_it_is_read(narrow, expect):
    client = narrow()
    client.send(HEAD + expect + b"Content-Length: 1048577\r\n\r\n")
    status, message = client.error()
    assert status == 413
    assert message == "the body has 1048577 bytes, at most 1048576 are read"
    assert client.ended()


def test_a_chunked_body_beyond_the_limit_is_a_413(narrow):
    client = narrow()
    client.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    piece = b"%x\r\n%s\r\n" % (65536, b" " * 65536)
    for _ in range(17):
        client.send(piece)
    assert client.error()[0] == 413


def test_rows_beyond_the_limit_are_a_413_and_the_connection_goes_on(narrow):
    client = narrow()
    for rows, expected in ((4, 413), (3, 200)):
        tensor = {**TENSOR, "shape": [rows, 4], "data": [0] * 4 * rows}
        body = json.dumps({"inputs": [tensor]}).encode()
        client.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert client.answer()[0] == expected


def test_a_compressed_body_is_a_415_and_the_connection_goes_on(narrow):
    client = narrow()
    client.send(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00")
    assert client.answer()[0] == 415
    client.send(WHOLE)
    assert client.answer()[0] == 200


def test_a_transfer_that_is_compressed_is_a_415(narrow):
    client = narrow()
    client.send(HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED)
    status, _, body = client.answer()
    assert status == 415
    assert body["error"].startswith("Transfer-Encoding: compressed bodies are not read")


def test_a_connection_too_many_is_told_so_and_closed(start_narrow):
    with start_narrow("--max-connections", 2) as connect:
        first, second = connect(), connect()
        for client in (first, second):
            client.send(WHOLE)
            assert client.answer()[0] == 200
        for request in (WHOLE, LIVE):
            third = connect()
            third.send(request)
            status, headers, body = third.answer()
            assert (status, headers["retry-after"]) == (503, "1")
            assert "connections are open" in body["error"]
            assert third.ended()
        first.send(WHOLE)
        assert first.answer()[0] == 200


# -- what HTTP allows ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_what_is_no_http_is_a_400_in_the_protocol_s_shape(narrow, sent):
    client = narrow()
    client.send(sent)
    assert client.error() == (400, "not an HTTP/1.1 request")
    assert client.ended()


def _framed(head, body):
    return head + b"Content-Length: %d\r\n\r\n" % len(body) + body


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED,
        _framed(HEAD.replace(b"abcd", b"%61bcd"), BODY),
        _framed(HEAD.replace(b"infer ", b"infer?a=b "), BODY),
        _framed(HEAD.replace(b"1.1", b"1.0"), BODY),
        _framed(HEAD + b"Connection: close\r\n", BODY),
    ],
    ids=["chunked", "escaped", "with a query", "HTTP/1.0", "close"],
)
def test_every_form_of_a_request_gets_the_same_answer(narrow, sent):
    plain, other = narrow(), narrow()
    plain.send(WHOLE)
    expected = plain.answer()
    assert expected[0] == 200
    other.send(sent)
    status, headers, body = other.answer()
    assert (status, body) == (200, expected[2])
    assert headers["content-type"] == expected[1]["content-type"]


UPGRADE = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"


@pytest.mark.parametrize("sent", [LIVE, WHOLE])
def test_a_second_host_is_a_400(narrow, sent):
    client = narrow()
    client.send(sent.replace(b"Host: localhost\r\n", b"Host: evil\r\nHost: localhost\r\n"))
    assert client.error() == (400, "more than one Host header")


def test_no_other_protocol_is_spoken(narrow):
    client = narrow()
    client.send(LIVE[:-2] + UPGRADE + b"\r\n")
    assert client.answer()[::2] == (200, {"live": True})
    assert client.ended()
    client = narrow()
    client.send(_framed(HEAD + UPGRADE, BODY))
    assert client.error() == (
        400,
        "a body cannot come with a wish to upgrade (leave Upgrade out)",
    )


def test_requests_that_are_sent_together_are_answered_in_their_order(narrow):
    client = narrow()
    bodies = [json.dumps({"id": str(number), "inputs": [TENSOR]}).encode() for number in range(20)]
    forms = [
        _framed(HEAD, body)
        if number % 3
        else HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        for number, body in enumerate(bodies)
    ]
    client.send(b"".join(forms) + LIVE)
    assert [client.answer()[2]["id"] for _ in bodies] == [str(number) for number in range(20)]
    assert client.answer()[2] == {"live": True}


@pytest.mark.parametrize(
    "sent", [LIVE, WHOLE, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED]
)
@pytest.mark.parametrize(
    ("spoilt", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nno length\r\n", 400),
        (HEAD + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ],
)
def test_requests_before_one_that_is_refused_are_answered_before_it(narrow, sent, spoilt, status):
    client = narrow()
    client.send(sent + LIVE + sent + spoilt)
    assert [client.answer()[0] for _ in range(3)] == [200, 200, 200]
    assert client.error()[0] == status
    assert client.ended()


def test_a_client_that_asks_first_is_told_to_go_on(narrow):
    client = narrow()
    client.send(HEAD + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY))
    assert client.answer() == (100, {}, None)
    client.send(BODY)
    assert client.answer()[0] == 200


@pytest.mark.parametrize("rows", [1, 5_000, 60_000])
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_body_arrives_whole_however_large_and_in_however_many_pieces(start_narrow, rows, pieces):
    data = np.random.default_rng(rows).standard_normal((rows, 3), dtype=np.float32)
    head = HEAD.replace(b"abcd", b"echo-fp32") + b"Inference-Header-Content-Length: 0\r\n"
    sent = _framed(head, data.tobytes())
    with start_narrow() as connect:
        client = connect()
        for _ in range(2):  # and the connection goes on
            size = len(sent) // pieces + 1
            for start in range(0, len(sent), size):
                client.send(sent[start : start + size])
            line = client.stream.readline()
            assert line == b"HTTP/1.1 200 OK\r\n"
            headers = {}
            while (header := client.stream.readline().strip()) != b"":
                name, _, value = header.partition(b": ")
                headers[name] = int(value) if value.isdigit() else value
            body = client.stream.read(headers[b"content-length"])
            echoed = np.frombuffer(body[headers[b"inference-header-content-length"] :], "<f4")
            np.testing.assert_array_equal(echoed.reshape(rows, 3), data)
            client.send(WHOLE)
            assert client.answer()[0] == 200


def test_a_client_that_does_not_read_stops_being_read(start_narrow):
    """Its answers would pile up otherwise: the server takes no more requests from it."""
    rows = 20_000
    data = np.zeros((rows, 3), dtype=np.float32)
    head = HEAD.replace(b"abcd", b"echo-fp32") + b"Inference-Header-Content-Length: 0\r\n"
    sent = _framed(head, data.tobytes())
    with start_narrow() as connect:
        client = connect()
        client.socket.settimeout(1.0)
        with pytest.raises(TimeoutError):
            client.send(sent * 1_000)  # 240 MB
        other = connect()
        other.send(LIVE)
        assert other.answer()[0] == 200
