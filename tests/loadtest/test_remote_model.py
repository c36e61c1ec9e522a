import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from contract.errors import ServingError
from contract.traffic import Traffic
from graph.prediction import answers_of
from loadtest.machine.server_process import ServerCommand, ServerProcess
from loadtest.remote.remote_model import RemoteModel


@pytest.fixture
def served(bench):
    """The bench's model, served by a server of its own."""
    target = bench.directory.root / "elsewhere" / "m" / "1" / "model.onnx"
    target.parent.mkdir(parents=True)
    target.write_bytes(bench.subjects.models["regular"].read_bytes())
    command = ServerCommand(target.parents[2], ("m",), bench.directory.root / "server.log")
    with ServerProcess(command) as server:
        yield RemoteModel(f"{server.base_url}/v2/models/m"), bench.subjects.models["regular"]


def test_a_served_model_says_what_it_takes_and_answers_what_its_file_does(served):
    remote, file = served
    inputs, outputs = remote.specs()
    assert [(spec.name, spec.datatype, spec.shape) for spec in inputs] == [("x", "FP32", (-1, 8))]
    assert [spec.name for spec in outputs] == ["logits"]
    traffic = Traffic.of_rows("x", np.random.default_rng(0).random((5, 8), dtype=np.float32))
    for ours, theirs in zip(answers_of(file, traffic), remote.answers(traffic), strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
    assert remote.reads_binary()


def test_a_model_that_the_server_does_not_have_is_told_with_the_server_s_words(served):
    remote, _ = served
    with pytest.raises(ServingError, match=r"answers with 404.*m-nobody-knows"):
        RemoteModel(f"{remote.url}-nobody-knows").specs()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (b"<html>", "its answer is no JSON"),
        (b"[]", "no JSON object"),
        (b"{}", "metadata lacks"),
        (
            json.dumps(
                {"inputs": [{"name": "x", "datatype": "FP8", "shape": [1]}], "outputs": []}
            ).encode(),
            "type FP8",
        ),
    ],
)
def test_what_is_no_server_of_the_protocol_is_said_to_be_none(answer, complaint):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(ServingError, match=complaint):
            RemoteModel(f"http://127.0.0.1:{server.server_port}/v2/models/m").specs()
