"""The gate before an application that answers everything, so that what stops is the gate's."""

from dataclasses import replace

import pytest

from serve.access.access import AccessRules
from serve.access.access_gate import AccessGate
from serve.access.api_keys import ApiKeys
from serve.access.exposure import ListeningAddress

LOOPBACK = ListeningAddress("127.0.0.1", "127.0.0.1", 8000)
HOST = ("Host", "127.0.0.1:8000")
JSON = ("Content-Type", "application/json")
KEY = ("Authorization", "Bearer a-key-of-the-test")
FOREIGN = ("Origin", "http://evil.example")
INFER = "/v2/models/m/infer"
ASKED = ["/v2", "/v2/models/m", "/v2/models/m/ready", "/metrics", "/docs", "/openapi.json"]
HEALTH = ["/v2/health/live", "/v2/health/ready"]


async def _answers(scope, receive, send):
    """Answer with the body, whatever is asked."""
    message = await receive()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": message["body"] or b"{}"})


@pytest.fixture
def gate(loading_application):
    """Put a gate before the application; it asks for a key if it is told to."""

    def make(app=_answers, keys=None):
        rules = AccessRules(LOOPBACK, keys=keys and ApiKeys(keys))
        return replace(loading_application, app=AccessGate(app, rules))

    return make


def test_what_may_come_in_reaches_the_application_as_it_was_sent(gate):
    answer = gate().ask("POST", INFER, [b"[]"], [HOST, JSON])
    assert (answer.status, answer.body) == (200, b"[]")
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", [*ASKED, *HEALTH, INFER, "/nowhere"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [[HOST, FOREIGN], [HOST, ("Sec-Fetch-Site", "cross-site")], [("Host", "evil.example")]],
)
def test_foreign_pages_and_names_get_a_403_whatever_they_ask(gate, method, path, headers):
    answer = gate().ask(method, path, [b"{}"], [*headers, JSON])
    assert answer.status == 403
    assert answer.error
    # No header that would let a page read this, or go on asking.
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("path", ASKED)
def test_with_keys_everything_asks_for_one(gate, path):
    guarded = gate(keys=["a-key-of-the-test"])
    for headers in ([HOST], [HOST, ("Authorization", "Bearer another-key-of-a-test")]):
        answer = guarded.ask("GET", path, headers=headers)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "key-of" not in answer.error
        assert "connection" not in answer.headers
    assert guarded.ask("GET", path, headers=[HOST, KEY]).status == 200
    assert guarded.ask("POST", INFER, headers=[HOST, JSON]).status == 401
    assert guarded.ask("POST", INFER, headers=[HOST, JSON, KEY]).status == 200


@pytest.mark.parametrize("path", HEALTH)
def test_health_asks_for_none_and_stays_closed_to_foreign_pages(gate, path):
    guarded = gate(keys=["a-key-of-the-test"])
    assert guarded.ask("GET", path, headers=[HOST]).status == 200
    assert guarded.ask("GET", path, headers=[HOST, FOREIGN]).status == 403
    assert guarded.ask("GET", path, headers=[("Host", "evil.example")]).status == 403


@pytest.mark.parametrize("path", ["/v2/health/", "/v2/health/live/", "/v2/health/../models/m"])
def test_what_only_looks_like_health_asks_for_a_key(gate, path):
    assert gate(keys=["a-key-of-the-test"]).ask("GET", path, headers=[HOST]).status == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_form_s_body_is_a_415_and_a_get_needs_no_type(gate, method):
    form = ("Content-Type", "application/x-www-form-urlencoded")
    answer = gate().ask(method, INFER, [b"x=y"], [HOST, form])
    assert answer.status == 415
    assert "application/octet-stream" in answer.error
    assert gate().ask("GET", "/v2", headers=[HOST, form]).status == 200


def test_a_request_is_refused_before_its_body_is_read(gate):
    guarded = gate()
    read = []
    app = guarded.app

    async def watched(scope, receive, send):
        async def reading():
            read.append(True)
            return await receive()

        await app(scope, reading, send)

    guarded.app = watched
    assert guarded.ask("POST", INFER, [b"{}"], [HOST, JSON, FOREIGN]).status == 403
    assert not read
    assert guarded.ask("POST", INFER, [b"{}"], [HOST, JSON]).status == 200
    assert read


def test_every_answer_tells_browsers_to_keep_it_from_other_pages(gate):
    for headers in ([HOST], [HOST, FOREIGN]):
        answer = gate().ask("GET", "/v2", headers=headers)
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_missing_host_is_a_400(gate):
    assert gate().ask("GET", "/v2").status == 400


def test_what_is_no_request_passes(gate):
    """An application's start and end come the same way."""
    scopes = []

    async def app(scope, _receive, _send):
        scopes.append(scope["type"])

    guarded = gate(app)
    inner = guarded.app

    async def as_lifespan(scope, receive, send):
        await inner(scope | {"type": "lifespan"}, receive, send)

    guarded.app = as_lifespan
    assert guarded.ask("GET", "/") is None
    assert scopes == ["lifespan"]
