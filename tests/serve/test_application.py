"""The application called directly, where a real server could not be brought to it."""

import json
import signal

import pytest

from contract.errors import PerbillionError, ServingError
from serve.http.draining_server import DrainingServer
from serve.http.error_response import status_of
from serve.models.served_models import State

TENSOR = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
BODY = json.dumps({"inputs": [TENSOR]}).encode()
INFER = "/v2/models/abcd/infer"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/health/ready"),
        ("GET", "/v2/models/abcd"),
        ("GET", "/v2/models/abcd/ready"),
        ("POST", INFER),
        ("POST", "/v2/models/abcd/versions/1/infer"),
    ],
)
def test_while_loading_the_server_is_alive_and_answers_503(loading_application, method, path):
    answer = loading_application.ask(method, path, [BODY])
    assert answer.status == 503
    assert "loading" in answer.error
    assert loading_application.ask("GET", "/v2/health/live").status == 200
    assert loading_application.ask("GET", "/v2").status == 200


def test_while_draining_it_is_not_ready_and_still_answers_inferences(application):
    assert application.ask("GET", "/v2/health/ready").status == 200
    application.served.state = State.DRAINING
    for path in ("/v2/health/ready", "/v2/models/abcd/ready"):
        answer = application.ask("GET", path)
        assert answer.status == 503
        assert "shutting down" in answer.error
    assert application.ask("GET", "/v2/health/live").status == 200
    assert application.ask("POST", INFER, [BODY]).status == 200


def test_a_signal_to_end_is_a_signal_to_drain(application):
    server = DrainingServer(application.wiring)
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit
    assert application.ask("GET", "/v2/health/ready").status == 503


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_body_that_comes_in_pieces_is_put_together(application, size):
    pieces = [BODY[start : start + size] for start in range(0, len(BODY), size)]
    whole = application.ask("POST", INFER, [BODY])
    assert whole.status == 200
    assert application.ask("POST", INFER, pieces) == whole


def test_a_client_that_goes_away_is_not_answered(application):
    assert application.ask("POST", INFER, [BODY[:10], None]) is None


def test_fastapi_s_own_validation_error_has_the_protocol_s_shape(application):
    @application.wiring.app.get("/count/{number}")
    async def count(number: int) -> int:
        return number

    answer = application.ask("GET", "/count/many")
    assert answer.status == 422
    assert "path.number: Input should be a valid integer" in answer.error


def test_an_unforeseen_error_is_a_500_that_tells_nothing_of_the_inside(application):
    @application.wiring.app.get("/defect")
    async def defect() -> None:
        raise AttributeError("the inside")

    answers = []
    with pytest.raises(AttributeError):  # raised again, so that the server logs it
        application.ask("GET", "/defect", answers=answers)
    (answer,) = answers
    assert answer.status == 500
    assert answer.error == "internal error; the server's log says more"


def test_an_error_that_has_no_status_of_its_own_is_a_500():
    assert status_of(ServingError("anything")) == status_of(PerbillionError("anything")) == 500
