"""A server of several processes, which is one server to whoever asks it."""

import http.client
import json
import os
import re
import select
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, closing, contextmanager

import psutil
import pytest

TENSOR = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
BODY = json.dumps({"inputs": [TENSOR]}).encode()
INFER = "/v2/models/abcd/infer"
KEY = "a-key-that-is-long-enough"


class Whole:
    """A running server and what can be seen of its workers from outside."""

    def __init__(self, process, text):
        self.process = process
        self.ready = json.loads(text)
        self.port = self.ready["port"]
        self.headers = {}
        self.opened = ExitStack()

    def pids(self):
        return {child.pid for child in psutil.Process(self.process.pid).children()}

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
        for pid in self.pids():
            for each in psutil.Process(pid).net_connections("tcp"):
                if each.raddr and each.raddr.port == port:
                    return pid
        return None

    def connect_to_each(self):
        """Return a connection to each worker."""
        found = {}
        while len(found) < len(self.pids()):
            connection = self.connect()
            assert self.ask(connection, "GET", "/v2/health/live")[0] == 200
            if found.setdefault(self.taker(connection), connection) is not connection:
                connection.close()
        return found

    def connect_to(self, pid, count):
        """Return several connections to one worker."""
        return [self.connect_to_each()[pid] for _ in range(count)]

    def metric(self, name):
        _, text = self.ask_anyone("GET", "/metrics")
        (line,) = [line for line in text.decode().splitlines() if line.startswith(name + " ")]
        return float(line.rpartition(" ")[2])

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


@pytest.fixture(scope="module")
def two_models(tmp_path_factory, models):
    root = tmp_path_factory.mktemp("workers")
    models.put(models.scale(2), root, "abcd")
    models.put(models.scale(-3), root, "bcde")
    return root


@pytest.fixture(scope="module")
def access_log(tmp_path_factory):
    return tmp_path_factory.mktemp("log") / "access.log"


@pytest.fixture(scope="module")
def whole(start_server, two_models, access_log):
    """A server of two workers that lasts for several tests."""
    options = ("--workers", 2, "--model-control", "--max-in-flight", 4, "--access-log", access_log)
    with start_server(two_models, *options) as (process, text):
        with seen(process, text) as whole:
            yield whole
        process.terminate()
        process.communicate()


@pytest.fixture
def each(whole):
    """A connection to each of its workers."""
    return tuple(whole.connect_to_each().values())


def test_the_parent_learns_of_one_server(whole):
    assert whole.ready["pid"] == whole.process.pid
    assert whole.ready["models"] == ["abcd", "bcde"]
    said = whole.said("ready on ")
    assert said.startswith(f"ready on http://127.0.0.1:{whole.port}, 2 workers, each with ")
    for pid in whole.pids():
        *program, control_fd = psutil.Process(pid).cmdline()
        assert program[1:] == ["-P", "-m", "serve.workers.worker"]
        assert control_fd.isdigit()


def test_counters_are_those_of_all_workers_whichever_is_asked(whole, each):
    before = whole.succeeded("abcd")
    for connection in each:
        for _ in range(3):
            assert outputs(whole.ask(connection, "POST", INFER, BODY)) == [2, 4, 6, 8]
    assert whole.succeeded("abcd") == before + 6
    for connection in each:
        _, body = whole.ask(connection, "GET", "/v2/models/abcd/stats")
        (stats,) = json.loads(body)["model_stats"]
        assert stats["inference_stats"]["success"]["count"] == before + 6
    assert whole.metric("perbillion_workers") == 2


def test_the_limit_of_requests_in_flight_is_one_for_all_workers(whole, each):
    first, second = each
    under_way = [
        *whole.connect_to(whole.taker(first), 3),
        *whole.connect_to(whole.taker(second), 1),
    ]
    whole.begin(under_way)
    for connection in each:
        connection.request("POST", INFER, BODY)
        response = connection.getresponse()
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
        assert "4 requests are in flight" in json.loads(response.read())["error"]
    for connection in under_way:
        assert outputs(finish(connection)) == [2, 4, 6, 8]
    for connection in each:
        assert whole.ask(connection, "POST", INFER, BODY)[0] == 200


def test_lines_of_the_access_log_are_whole_whoever_wrote_them(whole, each, access_log):
    before = len(access_log.read_text().splitlines())
    writers = [
        threading.Thread(
            target=lambda connection: [
                whole.ask(connection, "POST", INFER, BODY) for _ in range(100)
            ],
            args=(connection,),
        )
        for connection in each
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    for connection in each:  # a line follows its answer and goes before the next one
        assert whole.ask(connection, "GET", "/v2/health/live")[0] == 200
    lines = [json.loads(line) for line in access_log.read_text().splitlines()[before:]]
    assert [line["url"] for line in lines].count(INFER) == 200


def test_a_model_is_loaded_and_unloaded_in_all_workers_at_once(whole, each, two_models, models):
    first, second = each
    assert whole.ask(first, "POST", "/v2/repository/models/bcde/unload")[0] == 200
    for connection in each:
        assert whole.ask(connection, "GET", "/v2/models/bcde")[0] == 404
    assert whole.ask(second, "POST", "/v2/repository/models/bcde/unload")[0] == 404
    models.put(models.scale(5), two_models, "bcde", "2")
    assert whole.ask(second, "POST", "/v2/repository/models/bcde/load")[0] == 200
    for connection in each:
        answer = whole.ask(connection, "POST", "/v2/models/bcde/infer", BODY)
        assert outputs(answer) == [5, 10, 15, 20]


def test_a_model_that_cannot_be_loaded_changes_no_worker(whole, each, two_models, models):
    path = models.put(b"no model", two_models, "abcd", "2")
    status, body = whole.ask(each[0], "POST", "/v2/repository/models/abcd/load")
    path.unlink()
    path.parent.rmdir()
    assert status == 400
    assert f"{path}: ONNX Runtime cannot load this model" in json.loads(body)["error"]
    for connection in each:
        assert outputs(whole.ask(connection, "POST", INFER, BODY)) == [2, 4, 6, 8]


def test_a_worker_that_dies_while_a_model_is_loaded_changes_no_other(whole, two_models, models):
    connections = whole.connect_to_each()
    (asked, victim) = connections
    models.put(models.scale(7), two_models, "late")
    late, abcd = two_models / "late" / "model.toml", two_models / "abcd" / "model.toml"
    os.mkfifo(late)
    os.kill(victim, signal.SIGSTOP)
    connections[asked].request("POST", "/v2/repository/models/late/load")
    with late.open("w"):  # not before the one that is not stopped reads it
        late.unlink()
        os.mkfifo(abcd)
        os.kill(victim, signal.SIGKILL)
    status, body = answer_of(connections[asked])
    assert status == 503
    assert f"(pid {victim}) died by SIGKILL while the model" in json.loads(body)["error"]
    assert whole.ask(connections[asked], "GET", "/v2/models/late")[0] == 404
    # A load that succeeds while the successor of the dead is loading reaches that one as well.
    with abcd.open("w"):  # not before the successor reads it
        abcd.unlink()
        answer = whole.ask(connections[asked], "POST", "/v2/repository/models/late/load")
        assert answer == (200, b"")
    while " is back as pid " not in whole.said("worker "):
        pass
    for connection in whole.connect_to_each().values():
        answer = whole.ask(connection, "POST", "/v2/models/late/infer", BODY)
        assert outputs(answer) == [7, 14, 21, 28]


def test_a_worker_that_is_killed_loses_only_what_it_had_in_flight(
    start_server, two_models, monkeypatch
):
    monkeypatch.setenv("PERBILLION_API_KEYS", KEY)
    with (
        start_server(two_models, "--workers", 2, "--models", "abcd") as started,
        seen(*started) as whole,
    ):
        assert whole.ask_anyone("GET", "/metrics")[0] == 401
        whole.headers = {"Authorization": f"Bearer {KEY}"}
        other, victim = sorted(whole.pids())
        for pid in (other, victim):
            assert KEY not in str(psutil.Process(pid).environ())
        for connection in whole.connect_to_each().values():
            assert outputs(whole.ask(connection, "POST", INFER, BODY)) == [2, 4, 6, 8]
        lost, kept = whole.connect_to(victim, 3), whole.connect_to(other, 3)
        whole.begin([*lost, *kept])
        os.kill(victim, signal.SIGSTOP)
        # Some of these wait for the one that is stopped, and then for its successor.
        fresh = [whole.connect() for _ in range(16)]
        for connection in fresh:
            connection.request("POST", INFER, BODY, whole.headers)
        os.kill(victim, signal.SIGKILL)
        died = whole.said("worker ")
        assert died.endswith(f"(pid {victim}) died by SIGKILL; requests lost: 3")
        for connection in lost:
            with pytest.raises(ConnectionError):
                finish(connection)
        for connection in kept:
            assert outputs(finish(connection)) == [2, 4, 6, 8]
        for connection in fresh:
            assert outputs(answer_of(connection)) == [2, 4, 6, 8]
        back = whole.said(died.partition(" (")[0])
        (successor,) = whole.pids() - {other}
        assert f" is back as pid {successor} after " in back
        assert whole.succeeded("abcd") == 2 + len(kept) + len(fresh)
        assert whole.metric("perbillion_requests_cut_off_total") == len(lost)
        assert whole.metric("perbillion_requests_in_flight") == 0
        assert whole.metric("perbillion_worker_deaths_total") == 1
        assert whole.metric("perbillion_workers") == 2
        _drains_when_it_is_told_to_end(whole)


def _drains_when_it_is_told_to_end(whole):
    """Part of the test above: a server that has lost a worker ends like one that has not."""
    pids = whole.pids()
    under_way = whole.connect_to_each().values()
    whole.begin(under_way)
    whole.process.send_signal(signal.SIGTERM)
    while _accepts(whole):
        pass
    for connection in under_way:
        assert outputs(finish(connection)) == [2, 4, 6, 8]
    read, answered, cut_off = map(int, re.findall(r"\d+", whole.said("ended: ")))
    assert (read - answered, cut_off) == (3, 3)
    assert whole.process.wait(30) == 0
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert whole.process.stderr.read() == ""


def _accepts(whole):
    try:
        with closing(whole.connect()) as connection:
            connection.connect()
    except ConnectionError:
        return False
    return True


def test_a_worker_that_alone_is_told_to_end_answers_first_and_is_replaced(whole):
    leaving = min(whole.pids())
    (under_way,) = whole.connect_to(leaving, 1)
    whole.begin([under_way])
    os.kill(leaving, signal.SIGTERM)
    while whole.metric("perbillion_workers") != 1:
        pass
    assert whole.ask_anyone("GET", "/v2/health/ready")[0] == 200
    assert outputs(finish(under_way)) == [2, 4, 6, 8]
    ended = whole.said("worker ")
    assert ended.endswith(f"(pid {leaving}) ended with exit status 0; requests lost: 0")
    assert " is back as pid " in whole.said("worker ")


def test_while_loading_it_is_alive_and_not_ready_and_can_be_ended(tmp_path, models):
    models.put(models.scale(2), tmp_path, "abcd")
    os.mkfifo(tmp_path / "abcd" / "model.toml")  # whoever reads it waits
    with _started(tmp_path, "--workers", 2, "--port", 0) as process:
        assert process.stdout.readline() == f"loading 1 model file from {tmp_path}\n"
        (listening, _) = psutil.Process(process.pid).net_connections("tcp")
        with seen(process, json.dumps({"port": listening.laddr.port})) as whole:
            assert whole.ask_anyone("GET", "/v2/health/live")[0] == 200
            assert whole.ask_anyone("GET", "/v2/health/ready")[0] == 503
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
        assert output.startswith("ended: ")
        assert errors == ""
        assert process.returncode == 130


def test_what_keeps_a_server_from_starting_is_told_like_that_of_one_process(
    start_server, tmp_path, models, server
):
    path = models.put(b"no model", tmp_path, "b")
    with start_server(tmp_path, "--workers", 2) as (process, text):
        _, errors = process.communicate()
        assert (text, process.returncode) == ("", 2)
        (line,) = errors.splitlines()
        assert line.startswith(f"perbillion: error: {path}: ONNX Runtime cannot load this model")
    port = server.ready["port"]
    with start_server(tmp_path, "--workers", 2, port=port) as (process, text):
        _, errors = process.communicate()
        assert (text, process.returncode) == ("", 1)
        assert f"127.0.0.1:{port}: the port is in use" in errors


def test_while_a_worker_cannot_be_replaced_the_others_serve_and_it_is_tried_again(
    start_server, tmp_path, models
):
    path = models.put(models.scale(2), tmp_path, "abcd")
    good = path.read_bytes()
    with start_server(tmp_path, "--workers", 2) as started, seen(*started) as whole:
        victim = min(whole.pids())
        path.write_bytes(b"no model")
        os.kill(victim, signal.SIGKILL)
        whole.said("worker ")
        why = whole.said("worker ")
        path.write_bytes(good)
        assert f"could not be started: {path}: ONNX Runtime cannot load this model" in why
        assert outputs(whole.ask_anyone("POST", INFER, BODY)) == [2, 4, 6, 8]
        while " is back as pid " not in whole.said("worker "):
            pass
        # Killed outright the supervisor cannot tell its workers to end: they find out.
        supervisor, pids = whole.process, whole.pids()
        assert all(os.getsid(pid) != os.getsid(supervisor.pid) for pid in pids)
        pid_fds = [os.pidfd_open(pid) for pid in pids]
        supervisor.kill()
        for pid_fd in pid_fds:
            assert select.select([pid_fd], [], [], 60)[0] == [pid_fd]  # readable: it has ended
            os.close(pid_fd)
        assert supervisor.stderr.read() == ""


def test_a_server_none_of_whose_workers_can_be_replaced_gives_up(
    start_server, two_models, tmp_path, monkeypatch
):
    broken = tmp_path / "broken"
    # Python runs this first of all: from some time on no worker gets any further.
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        f"broken = os.path.exists({str(broken)!r})\n"
        "if broken and 'serve.workers.worker' in sys.orig_argv: os._exit(7)\n"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", path)
    with start_server(two_models, "--workers", 2, "--models", "abcd") as (process, text):
        broken.touch()
        for pid in Whole(process, text).pids():
            os.kill(pid, signal.SIGKILL)
        output, errors = process.communicate()
        assert process.returncode == 1
        (line,) = errors.splitlines()
        assert line.startswith("perbillion: error: worker ")
        assert " could not be started 3 times in a row: worker " in line
        assert line.endswith(" ended with exit status 7")
        assert output.count(" could not be started: worker ") >= 2


def test_a_supervisor_loads_nothing_that_answers_requests():
    code = "import sys, serve.server, serve.workers.supervisor; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert {"fastapi", "onnxruntime", "starlette", "uvicorn"}.isdisjoint(loaded)


@contextmanager
def _started(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "serve", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
