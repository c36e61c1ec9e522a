"""A running server of several processes, and what can be seen of its workers from outside."""

import http.client
import json
from contextlib import ExitStack, closing, contextmanager

import psutil

TENSOR = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
BODY = json.dumps({"inputs": [TENSOR]}).encode()
INFER = "/v2/models/abcd/infer"


class Whole:
    """A running server and what can be seen of its workers from outside."""

    def __init__(self, process, text):
        self.process = process
        self.ready = json.loads(text)
        self.port = self.ready["port"]
        self.headers = {}
        self.opened = ExitStack()

    def children(self):
        return {child.pid for child in psutil.Process(self.process.pid).children()}

    def pids(self):
        """Return the workers: those that listen, not the one that waits for its turn."""
        return {pid for pid in self.children() if _listens(pid)}

    def connect(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        return self.opened.enter_context(closing(connection))

    def ask(self, connection, method, path, body=None):
        connection.request(method, path, body, self.headers)
        return answer_of(connection)

    def ask_anyone(self, method, path, body=None):
        with closing(self.connect()) as connection:
            return self.ask(connection, method, path, body)

    def taker(self, connection):
        """Return the worker that has accepted a connection."""
        port = connection.sock.getsockname()[1]
        for pid in self.children():
            for each in psutil.Process(pid).net_connections("tcp"):
                if each.raddr and each.raddr.port == port:
                    return pid
        return None

    def connect_to_each(self):
        """Return a connection to each worker."""
        found, workers = {}, len(self.pids())
        while len(found) < workers:
            pid, connection = self.connect_to_anyone()
            found.setdefault(pid, connection)
        return found

    def connect_to(self, wanted, count):
        """Return several connections to one worker."""
        found = []
        while len(found) < count:
            pid, connection = self.connect_to_anyone()
            if pid == wanted:
                found.append(connection)
        return found

    def connect_to_anyone(self):
        connection = self.connect()
        assert self.ask(connection, "GET", "/v2/health/live")[0] == 200
        return self.taker(connection), connection

    def metrics(self, connection):
        _, text = self.ask(connection, "GET", "/metrics")
        lines = [line for line in text.decode().splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}

    def metric(self, name):
        with closing(self.connect()) as connection:
            return self.metrics(connection)[name]

    def at_rest(self, connection, under_way):
        """Wait until just so many requests are under way, the one that asks for that aside."""
        while True:
            found = self.metrics(connection)
            read, answered, cut_off = (
                found[f"perbillion_requests_{name}_total"]
                for name in ("read", "answered", "cut_off")
            )
            if read - answered - cut_off == under_way + 1:
                return

    def succeeded(self, model):
        return int(self.metric(f'nv_inference_request_success{{model="{model}",version="1"}}'))

    def begin(self, connections):
        """Send a request on each, all but the last byte, and wait until they are in flight."""
        before = self.metric("perbillion_requests_in_flight")
        for connection in connections:
            connection.putrequest("POST", INFER)
            for name, value in {**self.headers, "Content-Length": str(len(BODY))}.items():
                connection.putheader(name, value)
            connection.endheaders(BODY[:-1])
        while self.metric("perbillion_requests_in_flight") < before + len(connections):
            pass

    def said(self, start):
        """Wait for a line that begins like this."""
        for line in self.process.stdout:
            if line.startswith(start):
                return line.rstrip("\n")
        raise AssertionError(f"the server ended and never said {start!r}")


def _listens(pid):
    connections = psutil.Process(pid).net_connections("tcp")
    return any(each.status == psutil.CONN_LISTEN for each in connections)


@contextmanager
def seen(process, text):
    whole = Whole(process, text)
    with whole.opened:
        yield whole


def answer_of(connection):
    response = connection.getresponse()
    return response.status, response.read()


def finish(connection):
    connection.send(BODY[-1:])
    return answer_of(connection)


def outputs(answer):
    status, body = answer
    assert status == 200, body
    return json.loads(body)["outputs"][0]["data"]
