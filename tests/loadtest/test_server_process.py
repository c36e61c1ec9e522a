import json
import socket
import urllib.request

import psutil
import pytest

from contract.errors import ServingError
from loadtest.machine.server_process import ServerCommand, ServerProcess


@pytest.fixture
def command(bench, tmp_path):
    repository = tmp_path / "repository"
    version = repository / "small" / "1"
    version.mkdir(parents=True)
    bench.subjects.models["inverted"].rename(version / "model.onnx")
    return ServerCommand(repository=repository, models=("small",), log=tmp_path / "server.log")


def test_a_server_that_was_waited_for_answers_at_once_and_is_gone_afterwards(command):
    with ServerProcess(command) as server:
        with urllib.request.urlopen(f"{server.base_url}/v2/health/ready") as answer:
            assert json.load(answer) == {"ready": True}
        pid = server.pid
        server.require_alive()
    assert not psutil.pid_exists(pid)


def test_a_port_in_use_is_told_with_the_address(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        occupied = ServerCommand(command.repository, command.models, command.log, port=port)
        with pytest.raises(ServingError, match=f"127.0.0.1:{port}"):
            ServerProcess(occupied)


def test_an_unknown_model_ends_the_start_and_names_the_nearest(command):
    unknown = ServerCommand(command.repository, ("smal",), command.log)
    with pytest.raises(ServingError, match="did you mean 'small'"):
        ServerProcess(unknown)
