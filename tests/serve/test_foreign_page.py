"""A page on another origin, in a real browser, gets nothing from a real server."""

import http.server
import json
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
# The page's name that is bent to this machine, as an attacker's name server would.
BENT = "evil.example"
# A name that the server goes by on a network, where browsers leave Sec-Fetch-Site out.
ALLOWED = "models.example"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP {BENT} 127.0.0.1, MAP {ALLOWED} 127.0.0.1",
)
TENSOR = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
BODY = json.dumps({"inputs": [TENSOR]})
INFER = "/v2/models/abcd/infer"
# An opaque answer tells a page nothing at all, not even that it was a refusal.
NOTHING = {"TypeError", "opaque 0 "}

pytestmark = pytest.mark.skipif(
    not CHROMIUM.is_file(), reason=f"no browser: {CHROMIUM} is not installed"
)

# What a script can try. Each answers with what it got to know.
FETCHES = """async ([address, infer, body]) => {
    const read = (path, options) => fetch(address + path, options).then(
        async answer => answer.type + " " + answer.status + " " + await answer.text(),
        error => error.name);
    const bytes = new TextEncoder().encode(body);
    return {
        get: await read("/v2"),
        blind_get: await read("/v2", {mode: "no-cors"}),
        health: await read("/v2/health/ready"),
        get_without_referrer: await read("/v2", {referrerPolicy: "no-referrer"}),
        text: await read(infer, {method: "POST", body}),
        blind_text: await read(infer, {method: "POST", mode: "no-cors", body}),
        blind_bytes: await read(infer, {method: "POST", mode: "no-cors", body: bytes}),
        blind_without_referrer: await read(infer,
            {method: "POST", mode: "no-cors", body: bytes, referrerPolicy: "no-referrer"}),
        json: await read(infer,
            {method: "POST", body, headers: {"content-type": "application/json"}}),
        binary: await read(infer,
            {method: "POST", body, headers: {"content-type": "application/octet-stream"}}),
        with_key: await read("/v2", {headers: {authorization: "Bearer anything"}}),
    };
}"""
ELEMENTS = """async ([address, infer, body]) => {
    const loaded = (name, attributes) => new Promise(done => {
        const element = Object.assign(document.createElement(name), attributes);
        element.onload = () => done("loaded");
        element.onerror = () => done("nothing");
        document.body.append(element);
    });
    navigator.sendBeacon(address + infer, body);
    navigator.sendBeacon(address + infer, new TextEncoder().encode(body));
    return {
        script: await loaded("script", {src: address + "/v2"}),
        image: await loaded("img", {src: address + "/v2/models/abcd"}),
        style: await loaded("link", {rel: "stylesheet", href: address + "/docs/swagger-ui.css"}),
    };
}"""
FORM = """([address, infer, type]) => {
    const form = Object.assign(document.createElement("form"),
        {action: address + infer, method: "POST", enctype: type, target: "_self"});
    form.append(Object.assign(document.createElement("input"), {name: "{", value: "}"}));
    document.body.append(form);
    form.submit();
}"""


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = b"<!DOCTYPE html><title>a page</title><link rel=icon href=data:,><p>a page"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_arguments):
        pass


@contextmanager
def _foreign_server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def foreign_port():
    with _foreign_server() as port:
        yield port


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def visit(browser):
    """Open a page; returns it, and the statuses of all that it is answered from then on."""
    contexts = []

    def opened(address):
        context = browser.new_context()
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        statuses = []
        # What came over the wire, also where the browser keeps it from the page.
        wire = context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on(
            "Network.responseReceivedExtraInfo",
            lambda answer: statuses.append(answer["statusCode"]),
        )
        return page, statuses

    yield opened
    for context in contexts:
        context.close()


def _target(server):
    return [f"http://{server.address}", INFER, BODY]


# Another host is another site; another port of the same host is the same site, and foreign.
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", BENT])
def test_a_script_of_another_page_can_neither_read_nor_infer(visit, server, foreign_port, host):
    page, statuses = visit(f"http://{host}:{foreign_port}/")
    known = page.evaluate(FETCHES, _target(server))
    for name, got in known.items():
        assert got in NOTHING, name
    assert len(statuses) == len(known)
    assert set(statuses) == {403}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_elements_and_beacons_of_another_page_get_nothing(visit, server, foreign_port, host):
    page, statuses = visit(f"http://{host}:{foreign_port}/")
    assert set(page.evaluate(ELEMENTS, _target(server)).values()) == {"nothing"}
    assert set(statuses) == {403}


def test_on_a_network_too_a_foreign_page_gets_nothing(
    visit, start_server, repository, foreign_port
):
    """There only Origin tells on it, and what comes without is kept from it by the browser."""
    with start_server(repository, "--models", "abcd", "--allowed-host", ALLOWED) as (_, text):
        target = [f"http://{ALLOWED}:{json.loads(text)['port']}", INFER, BODY]
        page, statuses = visit(f"http://{BENT}:{foreign_port}/")
        known = page.evaluate(FETCHES, target)
        assert set(known.values()) <= NOTHING
        assert known["blind_get"] == "TypeError"
        assert statuses.count(200) == 1
        assert set(statuses) == {200, 403}
        assert set(page.evaluate(ELEMENTS, target).values()) == {"nothing"}


@pytest.mark.parametrize(
    "encoding", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_form_of_another_page_is_refused(visit, server, foreign_port, encoding):
    page, statuses = visit(f"http://localhost:{foreign_port}/")
    with page.expect_navigation():
        page.evaluate(FORM, [f"http://{server.address}", INFER, encoding])
    assert statuses[0] == 403


def test_a_page_whose_name_was_bent_to_this_address_gets_nothing(visit, server):
    """Its name leads to the server itself: to the browser all is of one origin."""
    port = server.address.rpartition(":")[2]
    page, _ = visit(f"http://{BENT}:{port}/v2")
    known = page.evaluate(FETCHES, [f"http://{BENT}:{port}", INFER, BODY])
    assert {got[:9] for got in known.values()} == {"basic 403"}


def test_the_server_s_own_page_can_do_what_the_others_cannot(visit, server):
    page, statuses = visit(f"http://{server.address}/v2")
    known = page.evaluate(FETCHES, _target(server))
    assert known["get"].startswith("basic 200")
    assert known["json"].startswith("basic 200")
    assert known["text"].startswith("basic 415")
    assert {200, 415} <= set(statuses)


def test_the_documentation_shows_itself_without_any_other_host(browser, server):
    context = browser.new_context()
    page = context.new_page()
    troubles = []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    hosts = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(f"http://{server.address}/docs")
    page.get_by_text("/v2/models/{model}/infer", exact=True).first.click()
    page.get_by_role("button", name="Try it out").first.wait_for()
    assert troubles == []
    assert hosts == {server.address}
    context.close()
