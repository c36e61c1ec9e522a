"""Work that is longer than the event loop may take: threads, queues, deadlines and refusals."""

import http.client
import json
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

JSON_LENGTH = "Inference-Header-Content-Length"
# One product of 1024 x 1024 and another four: some milliseconds a row on one core.
FEW, MANY = 4, 2_000
# More requests than there are threads for them.
LONG = len(os.sched_getaffinity(0)) + 1


@pytest.fixture(scope="module")
def busy_repository(tmp_path_factory, models):
    root = tmp_path_factory.mktemp("busy")
    models.put(models.wide(), root, "wide")
    models.put(models.wide(layers=0), root, "shallow")
    models.put(models.scale(2), root, "abcd")
    return root


@pytest.fixture(scope="module")
def start_busy(start_server, busy_repository):
    @contextmanager
    def started(*arguments):
        with start_server(busy_repository, "--threads", 1, *arguments) as (process, text):
            yield process, Asker(json.loads(text)["port"])

    return started


class Asker:
    def __init__(self, port):
        self.port = port

    def ask(self, method, path, body=None, headers=None):
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read()

    def infer(self, rows, model="wide", **parameters):
        tensor = {
            "name": "x",
            "shape": [rows, 4],
            "datatype": "FP32",
            "parameters": {"binary_data_size": 16 * rows},
        }
        head = json.dumps({"inputs": [tensor], "parameters": parameters}).encode()
        body = head + np.ones((rows, 4), np.float32).tobytes()
        return self.ask("POST", f"/v2/models/{model}/infer", body, {JSON_LENGTH: str(len(head))})

    def metric(self, name):
        _, _, text = self.ask("GET", "/metrics")
        lines = [line for line in text.decode().splitlines() if line.startswith(name)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def wait_for(self, name, value):
        while self.metric(name) < value:
            pass


def test_the_server_answers_others_while_a_thread_computes(start_busy):
    with start_busy() as (_, server), ThreadPoolExecutor(1) as threads:
        parameters = json.loads(server.ask("GET", "/v2/models/wide")[2])["parameters"]
        assert 0 <= parameters["event_loop_rows"] < MANY
        long = threads.submit(server.infer, MANY)
        server.wait_for("nv_inference_pending_request_count", 1)
        assert server.ask("GET", "/v2/health/ready")[0] == 200
        assert server.infer(1, "abcd")[0] == 200
        assert not long.done()
        status, _, body = long.result()
        assert status == 200
        outputs = json.loads(body)["outputs"]
        np.testing.assert_allclose(outputs[0]["data"], np.ones(MANY), rtol=1e-4)


@pytest.mark.parametrize(("execution", "rows"), [("event-loop", 65536), ("thread-pool", 0)])
def test_where_requests_run_can_be_fixed_for_all_models(start_busy, execution, rows):
    with start_busy("--execution", execution) as (_, server):
        for model in ("wide", "abcd"):
            parameters = json.loads(server.ask("GET", f"/v2/models/{model}")[2])["parameters"]
            assert (parameters["execution"], parameters["event_loop_rows"]) == (execution, rows)
        assert server.infer(FEW, "abcd")[0] == 200
        assert server.infer(FEW)[0] == 200


def test_beyond_the_bound_requests_are_refused_at_once_and_none_is_lost(start_busy):
    arguments = ("--execution", "thread-pool", "--max-in-flight", 2)
    with start_busy(*arguments) as (_, server), ThreadPoolExecutor(2) as threads:
        running = [threads.submit(server.infer, MANY) for _ in range(2)]
        server.wait_for("perbillion_requests_in_flight", 2)
        status, headers, body = server.infer(FEW)
        assert (status, headers["retry-after"]) == (503, "1")
        assert "2 requests are in flight" in json.loads(body)["error"]
        assert not any(each.done() for each in running)
        assert [each.result()[0] for each in running] == [200, 200]
        assert server.metric("perbillion_requests_in_flight") == 0
        assert server.infer(FEW)[0] == 200


def test_a_request_that_waits_beyond_its_deadline_is_a_504_at_the_deadline(start_busy):
    arguments = ("--execution", "thread-pool")
    with start_busy(*arguments) as (process, server), ThreadPoolExecutor(LONG) as threads:
        running = [threads.submit(server.infer, MANY) for _ in range(LONG)]
        server.wait_for("nv_inference_pending_request_count", LONG)
        status, _, body = server.infer(FEW, timeout=1_000)
        assert status == 504
        assert "deadline" in json.loads(body)["error"]
        assert not all(each.done() for each in running)
        assert server.metric('nv_inference_request_failure{model="wide",reason="REJECTED"') == 1
        assert [each.result()[0] for each in running] == [200] * LONG
        assert process.poll() is None


def test_the_server_s_own_deadline_holds_for_requests_that_name_none(start_busy):
    arguments = ("--execution", "thread-pool", "--queue-deadline-ms", 1)
    with start_busy(*arguments) as (_, server), ThreadPoolExecutor(8) as threads:
        statuses = [each[0] for each in threads.map(server.infer, [MANY] * 8)]
        assert set(statuses) == {200, 504}


def test_a_client_that_goes_away_takes_its_request_out_of_the_queue(start_busy):
    with (
        start_busy("--execution", "thread-pool") as (_, server),
        ThreadPoolExecutor(LONG) as threads,
    ):
        running = [threads.submit(server.infer, MANY) for _ in range(LONG)]
        server.wait_for("nv_inference_pending_request_count", LONG)
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        body = np.ones((FEW, 4), np.float32).tobytes()
        connection.request("POST", "/v2/models/wide/infer", body, {JSON_LENGTH: "0"})
        server.wait_for("nv_inference_pending_request_count", LONG + 1)
        connection.close()
        server.wait_for('nv_inference_request_failure{model="wide",reason="CANCELED"', 1)
        assert [each.result()[0] for each in running] == [200] * LONG
        assert server.metric("nv_inference_exec_count") == LONG


def test_every_request_that_was_read_is_answered_before_the_server_ends(start_busy):
    with start_busy("--execution", "thread-pool") as (process, server):
        with ThreadPoolExecutor(LONG) as threads:
            running = [threads.submit(server.infer, MANY) for _ in range(LONG)]
            server.wait_for("nv_inference_pending_request_count", LONG)
            process.send_signal(signal.SIGTERM)
            answers = [each.result() for each in running]
        assert [status for status, _, _ in answers] == [200] * LONG
        # One may have been answered just before the signal arrived: its connection stays open.
        assert "close" in {headers.get("connection") for _, headers, _ in answers}
        assert process.wait(60) == 0


def test_a_large_request_does_not_keep_its_memory(start_busy):
    def resident_mib():
        pages = Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * 4096 / 2**20

    with start_busy() as (process, server):
        for _ in range(20):
            assert server.infer(FEW, "shallow")[0] == 200
        before = resident_mib()
        # The hidden layer of 60,000 rows takes 234 MiB.
        assert server.infer(60_000, "shallow", binary_data_output=True)[0] == 200
        assert resident_mib() - before < 20


def test_a_batching_model_computes_what_waits_together_in_one_run(tmp_path, models, start_server):
    models.put(models.wide(), tmp_path, "wide")
    (tmp_path / "wide" / "model.toml").write_text("[batching]\nmax_batch_size = 64\n")
    with start_server(tmp_path, "--threads", 1) as (_, text), ThreadPoolExecutor(16) as threads:
        server = Asker(json.loads(text)["port"])
        first = threads.submit(server.infer, MANY)
        server.wait_for("nv_inference_pending_request_count", 1)
        answers = list(threads.map(server.infer, [FEW] * 12))
        assert first.result()[0] == 200
        assert [status for status, _, _ in answers] == [200] * 12
        for _, _, body in answers:
            (output,) = json.loads(body)["outputs"]
            np.testing.assert_allclose(output["data"], np.ones(FEW), rtol=1e-4)
        assert server.metric("nv_inference_count") == MANY + 12 * FEW
        assert server.metric("nv_inference_exec_count") < 13
