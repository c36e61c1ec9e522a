"""A repository of small models, a real server, and a way to call the application without one."""

import asyncio
import http.client
import json
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from contract.tensor import DATATYPES
from serve.access.access import AccessRules
from serve.access.exposure import ListeningAddress
from serve.models.model_control import LocalControl
from serve.models.repository import find_models
from serve.models.served_models import State
from serve.models.slots import SlotBook
from serve.settings import ServerSettings
from serve.statistics.tallies import Tallies
from serve.wiring import Wiring, wire
from small_models import (
    centred,
    gather,
    identity,
    impossible,
    logarithm,
    put,
    scale,
    sum_and_difference,
    wide,
)


@pytest.fixture(scope="session")
def models():
    """The functions that make models, for tests that need a repository of their own."""

    class Models:
        pass

    for make in (identity, scale, centred, wide, impossible, put):
        setattr(Models, make.__name__, staticmethod(make))
    return Models


@pytest.fixture(scope="session")
def repository(tmp_path_factory):
    root = tmp_path_factory.mktemp("repository")
    for datatype in DATATYPES:
        put(identity(datatype.protocol), root, f"echo-{datatype.protocol.lower()}")
    put(scale(2), root, "abcd")
    put(scale(-3), root, "bcde")
    for version in ("1", "2", "10"):
        put(scale(int(version)), root, "versions", version)
    put(sum_and_difference(), root, "two")
    put(logarithm(), root, "log")
    put(gather(), root, "gather")
    put(identity("FP32", ("n", "m")), root, "open")
    put(identity("INT32", (2,)), root, "fixed")
    return root


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The message of an error in the protocol's shape."""
        assert self.headers["content-type"] == "application/json"
        assert list(self.json) == ["error"]
        assert isinstance(self.json["error"], str)
        assert self.json["error"]
        return self.json["error"]


class RunningServer:
    def __init__(self, process, ready):
        self.process = process
        self.ready = ready
        self.address = f"{ready['host']}:{ready['port']}"
        self.connection = http.client.HTTPConnection(self.address, timeout=30)

    def ask(self, method, path, body=None, headers=None):
        try:
            self.connection.request(method, path, body, headers or {})
            response = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            # Idle for longer than the server keeps a connection: other tests ran in between.
            self.connection.close()
            self.connection.request(method, path, body, headers or {})
            response = self.connection.getresponse()
        lower = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lower, response.read())

    def get(self, path):
        return self.ask("GET", path)

    def infer(self, model, request, headers=None):
        body = request if isinstance(request, bytes | str) else json.dumps(request)
        return self.ask("POST", f"/v2/models/{model}/infer", body, headers)


def start(arguments, **options):
    """Start a server; return the process and what it said on its ready pipe ('': it died)."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "serve", *map(str, arguments), "--ready-fd", str(writing)],
        pass_fds=(writing,),
        **options,
    )
    os.close(writing)
    with os.fdopen(reading) as pipe:
        return process, pipe.read()


@pytest.fixture(scope="session")
def start_server():
    """Start a server; yields the process and the text on its ready pipe, and ends it."""

    @contextmanager
    def started(*arguments, port=0):
        process, text = start(
            [*arguments, "--port", port], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        with process:
            try:
                yield process, text
            finally:
                process.kill()

    return started


@pytest.fixture(scope="session")
def server(repository):
    process, text = start([repository, "--port", 0], stdout=subprocess.DEVNULL)
    with process:
        running = RunningServer(process, json.loads(text))
        try:
            yield running
        finally:
            running.connection.close()
            process.terminate()


@pytest.fixture
def connect():
    """Talk to a server that `start_server` started."""
    with ExitStack() as stack:

        def connected(process, text):
            server = RunningServer(process, json.loads(text))
            stack.callback(server.connection.close)
            return server

        yield connected


@dataclass
class Application:
    """The application with its models, called as ASGI calls it."""

    app: object
    wiring: Wiring
    slots: SlotBook

    @classmethod
    def of(cls, settings):
        slots = SlotBook()
        # The tests' requests carry no Host.
        access = AccessRules(ListeningAddress("localhost", "127.0.0.1", 80), ("*",))

        def control(own, served):
            return LocalControl(settings.repository, own, served, slots)

        wiring = wire(settings, access, Tallies.alone(), control)
        return cls(wiring.app, wiring, slots)

    @property
    def served(self):
        return self.wiring.entrance.served

    def load(self, names):
        files = self.slots.place(find_models(self.wiring.settings.repository, names))

        async def load():
            self.wiring.own.publish(await self.wiring.loader.load(files))

        asyncio.run(load())
        self.served.state = State.READY

    def ask(self, method, path, chunks=(b"",), headers=(), answers=None):
        """Return the answer; `answers` takes it where the application raises as well."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": urlsplit(path).path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
        last = len(chunks) - 1
        incoming = iter(
            {"type": "http.request", "body": chunk, "more_body": index < last}
            if isinstance(chunk, bytes)
            else {"type": "http.disconnect"}
            for index, chunk in enumerate(chunks)
        )
        sent = []

        async def receive():
            return next(incoming)

        async def send(message):
            sent.append(message)

        try:
            asyncio.run(self.app(scope, receive, send))
        finally:
            answer = _answer_of(sent) if sent else None
            if answers is not None:
                answers.append(answer)
        return answer


def _answer_of(sent):
    head, *rest = sent
    headers = {name.decode(): value.decode() for name, value in head["headers"]}
    return Answer(head["status"], headers, b"".join(part["body"] for part in rest))


@pytest.fixture
def application_of():
    """Make an application of settings; nothing is loaded yet."""
    with ExitStack() as stack:

        def make(settings):
            application = Application.of(settings)
            stack.callback(application.wiring.close)
            return application

        yield make


@pytest.fixture
def loading_application(application_of, settings):
    """An application whose models are not published yet."""
    return application_of(settings)


@pytest.fixture(scope="session")
def settings(repository):
    return ServerSettings(repository=repository)


@pytest.fixture
def application(loading_application):
    loading_application.load(("abcd", "echo-fp32"))
    return loading_application


def binary_request(arrays, **rest):
    """Return the body and the header of a request with binary tensors."""
    names = {datatype.numpy: datatype.protocol for datatype in DATATYPES}
    inputs = [
        {
            "name": name,
            "shape": list(array.shape),
            "datatype": names[array.dtype],
            "parameters": {"binary_data_size": array.nbytes},
        }
        for name, array in arrays.items()
    ]
    head = json.dumps({"inputs": inputs, **rest}).encode()
    body = head + b"".join(array.tobytes() for array in arrays.values())
    return body, {"Inference-Header-Content-Length": str(len(head))}


@pytest.fixture(scope="session")
def binary():
    """Make a request with binary tensors."""
    return binary_request
