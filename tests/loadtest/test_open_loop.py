"""Open and closed loop over real sockets, against a server that answers as it is told."""

import contextlib
import http.server
import json
import os
import subprocess
import sys
import threading

import pytest

from contract.capacity_log import LATE_TOLERANCE_NS
from contract.errors import LoadTestError
from loadtest.wire.arrivals import Arrivals
from loadtest.wire.closed_loop import drain, saturate
from loadtest.wire.connection_pool import BROKEN, ConnectionPool
from loadtest.wire.http_bytes import request_bytes
from loadtest.wire.open_loop import NO_CONNECTION, drive_open_loop

REQUESTS = 20
EVERY_10_MS = Arrivals(100.0, 0.2)
ALL_AT_ONCE = Arrivals(1e9, 20e-9)


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 2 * REQUESTS
    daemon_threads = True


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


@contextlib.contextmanager
def serving(*statuses):
    """Serve answers with these statuses in turns; gives the address and the request to send."""
    handler = type("Handler", (Handler,), {"statuses": statuses})
    with Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address, request_bytes("POST", "/", "localhost", {}, b"body")
        finally:
            server.shutdown()
            thread.join()


def run_open_loop(*statuses, arrivals=EVERY_10_MS, connections=REQUESTS):
    with serving(*statuses) as (address, wire), ConnectionPool(address, connections) as pool:
        return drive_open_loop(pool, wire, arrivals)


def test_every_request_is_sent_when_it_is_due_and_not_before():
    outcome = run_open_loop(200)
    assert outcome.status.tolist() == [200] * REQUESTS
    assert (outcome.sent_ns >= outcome.due_ns).all()
    assert (outcome.done_ns > outcome.sent_ns).all()
    assert outcome.failures == 0


def test_latency_counts_from_when_a_request_was_due_and_not_from_when_it_was_sent():
    outcome = run_open_loop(200)
    assert (outcome.latency_ns == outcome.done_ns - outcome.due_ns).all()
    assert (outcome.latency_ns > outcome.done_ns - outcome.sent_ns).all()


def test_refusals_and_what_they_carry_are_told_apart():
    outcome = run_open_loop(200, 503)
    assert set(outcome.status.tolist()) == {200, 503}
    assert (outcome.retry_after == (outcome.status == 503)).all()
    assert outcome.failures == (outcome.status == 503).sum()


def test_a_connection_that_ends_without_an_answer_is_a_broken_request():
    outcome = run_open_loop(200, None)
    assert set(outcome.status.tolist()) == {200, BROKEN}


def test_a_request_that_finds_every_connection_taken_is_not_sent_late_but_counted():
    outcome = run_open_loop(200, arrivals=ALL_AT_ONCE, connections=1)
    assert outcome.status.tolist() == [200] + [NO_CONNECTION] * (REQUESTS - 1)
    assert outcome.sent_ns[1:].tolist() == [-1] * (REQUESTS - 1)
    assert outcome.failures == REQUESTS - 1


def test_the_closed_loop_counts_what_was_answered_and_leaves_nothing_queued():
    with serving(200, 503) as (address, wire), ConnectionPool(address, 4) as pool:
        outcome = saturate(pool, wire, 0.2)
        drain(pool)
        assert pool.free == 4
        assert not pool.in_flight
    assert outcome.seconds >= 0.2
    assert 0 < outcome.failures < outcome.requests


def test_a_server_that_does_not_listen_is_told_with_its_address():
    with serving(200) as (address, _):
        pass
    with pytest.raises(LoadTestError, match=rf"127.0.0.1:{address[1]}: the server takes no conn"):
        ConnectionPool(address, 1)


SPIN = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
while True:
    pass
"""
STARVED = """
import json, os, sys
from loadtest.wire.arrivals import Arrivals
from loadtest.wire.connection_pool import ConnectionPool
from loadtest.wire.http_bytes import request_bytes
from loadtest.wire.open_loop import drive_open_loop

core, port, tolerance_ns = map(int, sys.argv[1:])
os.sched_setaffinity(0, {core})
wire = request_bytes("POST", "/", "localhost", {}, b"body")
with ConnectionPool(("127.0.0.1", port), 50) as pool:
    outcome = drive_open_loop(pool, wire, Arrivals(500.0, 1.0))
print(json.dumps([outcome.due_ns.size, outcome.late(tolerance_ns)]))
"""


def run_starved(port):
    """Run the open loop on a core together with four processes that never rest."""
    core = str(min(os.sched_getaffinity(0)))
    spinning = [subprocess.Popen([sys.executable, "-c", SPIN, core]) for _ in range(4)]
    try:
        words = (core, str(port), str(LATE_TOLERANCE_NS))
        output = subprocess.check_output([sys.executable, "-c", STARVED, *words], timeout=120)
    finally:
        for process in spinning:
            process.kill()
            process.wait()
    return json.loads(output)


def test_a_generator_that_shares_its_core_with_busy_processes_shows_that_it_is_late():
    with serving(200) as (address, _):
        due, late = run_starved(address[1])
    assert due == 500
    # Ten times as many as a run that counts may have.
    assert late > 0.1 * due
