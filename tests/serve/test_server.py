"""A server's life, in processes of its own."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys

import pytest

from contract.errors import ServingError
from serve.http.listening_socket import open_listening_socket
from serve.ready_pipe import require_writable

TENSOR = {"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 2, 3, 4]}
BODY = json.dumps({"inputs": [TENSOR]}).encode()


def _one_line(process):
    """Return what a server that failed said: one line, and no traceback."""
    _, errors = process.communicate()
    (line,) = errors.splitlines()
    assert line.startswith("perbillion: error: ")
    return line


def test_the_parent_learns_address_process_and_models_and_what_is_served(
    start_server, repository, connect
):
    arguments = [repository, "--models", "versions,abcd", "--sacrificial-session"]
    with start_server(*arguments, "--threads", 2) as (process, text):
        ready = json.loads(text)
        assert text.endswith("\n")
        assert ready["pid"] == process.pid
        assert ready["models"] == ["versions", "abcd"]
        server = connect(process, text)
        assert server.get("/v2/health/ready").status == 200
        assert server.get("/v2/models/versions").status == 200
        assert server.get("/v2/models/two").status == 404
        process.terminate()
        output, errors = process.communicate()
    loading, versions, abcd, limits, address, ended = output.splitlines()
    assert loading == f"loading 4 model files from {repository}"
    assert re.fullmatch(
        r"  versions  version 1, 2, 10; \d+ us for one row, .*on the event loop.*", versions
    )
    assert re.fullmatch(r"  abcd  version 1; \d+ us for one row, .*on the event loop.*", abcd)
    assert limits.startswith("limits: 256 requests in flight, bodies of 64 MiB, ")
    assert address.startswith(
        f"ready on http://127.0.0.1:{ready['port']}, 2 threads for an inference, "
    )
    assert ended == "ended: 3 requests read, 3 answered, 0 cut off"
    assert errors == ""
    assert process.returncode == 0


def _accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionError:  # refused, or reset where it came just as the listener closed
        return False
    return True


def test_sigterm_ends_it_with_0_once_the_request_under_way_is_answered(
    start_server, repository, connect
):
    with start_server(repository, "--models", "abcd") as (process, text):
        port = json.loads(text)["port"]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.putrequest("POST", "/v2/models/abcd/infer")
        connection.putheader("Content-Length", str(len(BODY)))
        connection.endheaders(BODY[:-1])
        assert connect(process, text).get("/v2/health/live").status == 200  # it has been read
        process.send_signal(signal.SIGTERM)
        while _accepts(port):
            pass
        connection.send(BODY[-1:])
        response = connection.getresponse()
        assert response.status == 200
        assert json.loads(response.read())["outputs"][0]["data"] == [2, 4, 6, 8]
        connection.close()
        assert process.wait(30) == 0


def test_ctrl_c_ends_it_as_interrupted(start_server, repository):
    with start_server(repository, "--models", "abcd") as (process, _):
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
        assert (process.returncode, errors) == (130, "")


def test_a_server_that_dies_while_loading_ends_its_pipe_without_a_line(
    start_server, tmp_path, models
):
    models.put(models.scale(1), tmp_path, "a")
    path = models.put(b"no model", tmp_path, "b")
    with start_server(tmp_path) as (process, text):
        assert text == ""
        assert f"{path}: ONNX Runtime cannot load this model" in _one_line(process)
        assert process.returncode == 2


def test_a_port_in_use_is_told_at_once_with_address_and_remedy(start_server, tmp_path, models):
    models.put(b"no model: it is not even looked at", tmp_path, "a")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with start_server(tmp_path, port=port) as (process, text):
            assert text == ""
            line = _one_line(process)
            assert f"127.0.0.1:{port}: the port is in use" in line
            assert "--port 0" in line
            assert process.returncode == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--models", "abce,abcd"], "no model 'abce'"), (["--models", ""], "no model ''")],
)
def test_a_model_that_is_not_there_is_told(start_server, repository, arguments, message):
    with start_server(repository, *arguments) as (process, _):
        assert message in _one_line(process)
        assert process.returncode == 2


def test_an_address_that_cannot_be_listened_on_is_told():
    with pytest.raises(ServingError, match=r"^no\.such\.invalid:80: cannot listen: .*--host"):
        open_listening_socket("no.such.invalid", 80)
    with pytest.raises(ServingError, match=r"^192\.0\.2\.1:0: cannot listen"):
        open_listening_socket("192.0.2.1", 0)


def test_two_servers_cannot_take_the_same_port():
    with open_listening_socket("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(ServingError, match=f"127.0.0.1:{port}: the port is in use"):
            open_listening_socket("127.0.0.1", port)


def test_a_ready_pipe_that_is_none_is_told_before_any_work():
    reading, writing = os.pipe()
    require_writable(writing)
    with pytest.raises(ServingError, match="cannot be written to"):
        require_writable(reading)
    os.close(reading)
    os.close(writing)
    with pytest.raises(ServingError, match="is not open"):
        require_writable(writing)


def test_the_server_loads_nothing_of_what_the_other_stages_need():
    code = "import sys, serve.lone_server; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    others = {"torch", "onnx", "scipy", "pyarrow", "pandas", "sklearn", "locust", "matplotlib"}
    assert "onnxruntime" in loaded
    assert others.isdisjoint(loaded)


def test_help_loads_nothing_heavy():
    code = "import sys, serve.command; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert {"fastapi", "onnxruntime", "numpy", "uvicorn"}.isdisjoint(loaded)
