import re

import pytest
from fastapi import FastAPI

from serve.routes.docs_page import router


@pytest.fixture
def ask(loading_application):
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(router)

    async def without_waiting_for_a_disconnect(scope, receive, send):
        # A file's answer waits for one beside the sending, unless the server is of this version.
        await app(scope | {"asgi": {"version": "3.0", "spec_version": "2.4"}}, receive, send)

    loading_application.app = without_waiting_for_a_disconnect
    return lambda path: loading_application.ask("GET", path)


def test_the_page_loads_nothing_from_elsewhere(ask):
    page = ask("/docs")
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.body.decode())
    assert loaded
    for address in loaded:
        assert address == "data:," or (
            address.startswith("docs/") and ask(f"/{address}").status == 200
        )
    assert "http" not in page.body.decode()


def test_its_policy_lets_nothing_else_in(ask):
    page = ask("/docs")
    policy = dict(
        part.split(" ", 1) for part in page.headers["content-security-policy"].split("; ")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert "<script>" not in page.body.decode()


@pytest.mark.parametrize(
    ("path", "media"),
    [
        ("/docs/swagger-ui-bundle.js", "text/javascript"),
        ("/docs/start.js", "text/javascript"),
        ("/docs/swagger-ui.css", "text/css"),
    ],
)
def test_its_files_bear_their_types(ask, path, media):
    answer = ask(path)
    assert answer.headers["content-type"].startswith(media)
    assert len(answer.body) > 50


def test_it_is_not_part_of_what_it_describes(ask):
    assert ask("/openapi.json").json["paths"] == {}
