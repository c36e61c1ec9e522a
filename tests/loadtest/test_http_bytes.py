import pytest

from contract.errors import LoadTestError
from loadtest.wire.http_bytes import AnswerHead, request_bytes


def test_a_request_is_its_head_and_its_body():
    wire = request_bytes("POST", "/v2", "localhost:80", {"X-One": "1"}, b"body")
    head, _, body = wire.partition(b"\r\n\r\n")
    assert body == b"body"
    assert head.split(b"\r\n") == [
        b"POST /v2 HTTP/1.1",
        b"Host: localhost:80",
        b"X-One: 1",
        b"Content-Length: 4",
    ]


def test_a_request_without_a_body_has_no_length():
    assert b"Content-Length" not in request_bytes("GET", "/", "localhost", {})


def test_the_head_of_an_answer_tells_status_length_and_what_comes_next():
    received = (
        b"HTTP/1.1 503 No\r\nretry-after: 1\r\nContent-LENGTH: 5\r\nConnection: close\r\n\r\nab"
    )
    head = AnswerHead.of(received)
    assert head == AnswerHead(
        status=503, total_bytes=len(received) + 3, closes=True, retry_after=True
    )


@pytest.mark.parametrize(
    "received", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n\r"]
)
def test_a_head_that_is_not_complete_is_none(received):
    assert AnswerHead.of(received) is None


def test_an_answer_that_does_not_say_how_long_it_is_is_refused():
    with pytest.raises(LoadTestError, match="without Content-Length"):
        AnswerHead.of(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
