import http.server
import threading

import pytest

from benchmarks.peers.http_exchange import HttpRequest
from benchmarks.peers.open_loop import BROKEN, OpenLoop, OpenLoopOrder

REQUESTS = 20


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 2 * REQUESTS


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers 200, 503 with Retry-After, or nothing, in turns."""

    protocol_version = "HTTP/1.1"
    statuses = ()
    count = 0

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status = self.statuses[type(self).count % len(self.statuses)]
        type(self).count += 1
        if status is None:
            self.close_connection = True
            return
        self.send_response(status)
        if status == 503:
            self.send_header("Retry-After", "1")
            self.send_header("Connection", "close")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture
def run_against(tmp_path):
    """Run an open loop against a server that answers these statuses in turns."""

    def run(*statuses):
        handler = type("Handler", (Handler,), {"statuses": statuses})
        with Server(("127.0.0.1", 0), handler) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            port = server.server_port
            file = tmp_path / "request"
            file.write_bytes(HttpRequest("POST", "/", {}, b"body").wire(port))
            loop = OpenLoop(OpenLoopOrder(port, str(file), 100.0, 0.2, REQUESTS))
            try:
                return loop.run()
            finally:
                loop.close()
                server.shutdown()
                thread.join()

    return run


def test_every_request_is_sent_when_it_is_due_and_not_before(run_against):
    outcome = run_against(200)
    assert outcome.status.tolist() == [200] * REQUESTS
    assert (outcome.sent_ns >= outcome.due_ns).all()
    assert (outcome.done_ns > outcome.sent_ns).all()


def test_refusals_and_what_they_carry_are_told_apart(run_against):
    outcome = run_against(200, 503)
    assert set(outcome.status.tolist()) == {200, 503}
    assert (outcome.retry_after == (outcome.status == 503)).all()


def test_a_connection_that_ends_without_an_answer_is_a_broken_request(run_against):
    outcome = run_against(200, None)
    assert set(outcome.status.tolist()) == {200, BROKEN}
