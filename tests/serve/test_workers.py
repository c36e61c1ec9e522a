"""A server of several processes, which is one server to whoever asks it."""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager

import psutil
import pytest

from whole_server import BODY, INFER, answer_of, finish, outputs, seen


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
