"""The application called directly, where a real server could not be brought to it."""

import json
import signal

import pytest
import uvicorn

from contract.errors import PerbillionError, ServingError
from serve.application import create_application
from serve.error_response import status_of
from serve.server import DrainingServer

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
    application.served.drain()
    for path in ("/v2/health/ready", "/v2/models/abcd/ready"):
        answer = application.ask("GET", path)
        assert answer.status == 503
        assert "shutting down" in answer.error
    assert application.ask("GET", "/v2/health/live").status == 200
    assert application.ask("POST", INFER, [BODY]).status == 200


def test_a_signal_to_end_is_a_signal_to_drain(application):
    server = DrainingServer(uvicorn.Config(application.app, log_config=None), application.served)
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


def test_the_router_leads_to_the_same_endpoint_as_the_shortcut(application):
    """A FastAPI without the shortcut answers the same: it saves time and decides nothing."""
    app = create_application(application.served)
    app.user_middleware.clear()
    shortcut = application.ask("POST", INFER, [BODY])
    application.app = app
    assert application.ask("POST", INFER, [BODY]) == shortcut


def test_fastapi_s_own_validation_error_has_the_protocol_s_shape(application):
    @application.app.get("/count/{number}")
    async def count(number: int) -> int:
        return number

    answer = application.ask("GET", "/count/many")
    assert answer.status == 422
    assert "path.number: Input should be a valid integer" in answer.error


def test_an_unforeseen_error_is_a_500_that_tells_nothing_of_the_inside(application):
    application.served.by_infer_path[INFER] = "no model"
    sent = []

    async def send(message):
        sent.append(message)

    ask = application.app

    async def app(scope, receive, _send):
        # The application raises the error again, so that the server logs it.
        with pytest.raises(AttributeError):
            await ask(scope, receive, send)
        for message in sent:
            await _send(message)

    application.app = app
    answer = application.ask("POST", INFER, [BODY])
    assert answer.status == 500
    assert answer.error == "internal error; the server's log says more"


def test_an_error_that_has_no_status_of_its_own_is_a_500():
    assert status_of(ServingError("anything")) == status_of(PerbillionError("anything")) == 500
