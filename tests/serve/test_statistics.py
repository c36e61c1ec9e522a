"""Statistics, configuration and metrics of a real server: what they count, and that they agree."""

import json

import numpy as np
import pytest
from prometheus_client.parser import text_string_to_metric_families

from serve.statistics.tallies import BATCH_SIZES, LATENCY_BOUNDS_US, ModelCell, Tallies, WorkerCell

TENSOR = {"name": "x", "shape": [2, 4], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6, 7, 8]}


@pytest.fixture
def counted(start_server, repository, connect):
    """A server of its own, after 3 requests of 2 rows that were answered and 1 that was not."""
    with start_server(repository, "--models", "abcd,versions,two") as (process, text):
        server = connect(process, text)
        for _ in range(3):
            assert server.infer("abcd", {"inputs": [TENSOR]}).status == 200
        assert server.infer("abcd", {"inputs": []}).status == 400
        yield server


def _of(answer, name="abcd", version="1"):
    (stats,) = [
        stats
        for stats in answer.json["model_stats"]
        if (stats["name"], stats["version"]) == (name, version)
    ]
    return stats


def test_requests_rows_and_runs_are_counted_with_the_time_they_took(counted):
    stats = _of(counted.get("/v2/models/abcd/stats"))
    assert (stats["inference_count"], stats["execution_count"]) == (6, 3)
    durations = stats["inference_stats"]
    assert durations["success"]["count"] == 3
    assert durations["fail"]["count"] == 1
    assert durations["queue"] == {"count": 3, "ns": 0}
    parts = [durations[part]["ns"] for part in ("compute_input", "compute_infer", "compute_output")]
    assert min(parts) > 0
    assert sum(parts) <= durations["success"]["ns"]
    (batch,) = stats["batch_stats"]
    assert (batch["batch_size"], batch["compute_infer"]["count"]) == (2, 3)
    assert batch["compute_infer"]["ns"] == durations["compute_infer"]["ns"]
    assert stats["last_inference"] > 1_700_000_000_000


def test_each_model_and_version_has_statistics_of_its_own(counted):
    everything = counted.get("/v2/models/stats").json["model_stats"]
    assert [(stats["name"], stats["version"]) for stats in everything] == [
        ("abcd", "1"),
        ("versions", "1"),
        ("versions", "2"),
        ("versions", "10"),
        ("two", "1"),
    ]
    versions = counted.get("/v2/models/versions/stats").json["model_stats"]
    assert [stats["version"] for stats in versions] == ["1", "2", "10"]
    second = counted.get("/v2/models/versions/versions/2/stats").json["model_stats"]
    assert [stats["version"] for stats in second] == ["2"]
    assert _of(counted.get("/v2/models/stats"), "two")["inference_count"] == 0
    assert counted.get("/v2/models/none/stats").status == 404


def test_the_configuration_is_in_triton_s_terms(counted):
    config = counted.get("/v2/models/abcd/config").json
    assert (config["name"], config["backend"], config["max_batch_size"]) == (
        "abcd",
        "onnxruntime",
        0,
    )
    assert config["input"] == [{"name": "x", "data_type": "TYPE_FP32", "dims": [-1, 4]}]
    assert config["output"] == [{"name": "y", "data_type": "TYPE_FP32", "dims": [-1, 4]}]


def test_metrics_are_what_prometheus_reads_and_agree_with_the_statistics(counted):
    answer = counted.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    families = {
        family.name: family for family in text_string_to_metric_families(answer.body.decode())
    }
    values = {
        (sample.name, sample.labels.get("model"), sample.labels.get("le")): sample.value
        for family in families.values()
        for sample in family.samples
        if sample.labels.get("version", "1") == "1" and "reason" not in sample.labels
    }
    stats = _of(counted.get("/v2/models/abcd/stats"))
    assert values["nv_inference_request_success", "abcd", None] == 3
    assert values["nv_inference_count", "abcd", None] == 6
    assert values["nv_inference_exec_count", "abcd", None] == 3
    assert values["nv_inference_compute_infer_duration_us", "abcd", None] == pytest.approx(
        stats["inference_stats"]["compute_infer"]["ns"] / 1000
    )
    assert values["perbillion_request_duration_seconds_bucket", "abcd", "+Inf"] == 3
    assert values["perbillion_request_duration_seconds_count", "abcd", None] == 3
    assert values["perbillion_batch_size_bucket", "abcd", "1.0"] == 0
    assert values["perbillion_batch_size_bucket", "abcd", "2.0"] == 3
    assert values["perbillion_batch_size_sum", "abcd", None] == 6
    assert values["perbillion_ready", None, None] == 1
    assert values["perbillion_requests_in_flight", None, None] == 0
    reasons = {
        sample.labels["reason"]: sample.value
        for sample in families["nv_inference_request_failure"].samples
        if sample.labels["model"] == "abcd"
    }
    assert reasons == {"REJECTED": 0, "CANCELED": 0, "OTHER": 1}


def test_a_latency_is_counted_in_the_first_bucket_whose_bound_it_does_not_pass():
    tally = Tallies.alone().model(0)
    for total_ns in (1, 50_000, 50_001, 10**12):
        tally.answered(total_ns, 0, 7)
    buckets = tally.latency_buckets()
    assert len(buckets) == len(LATENCY_BOUNDS_US) + 1
    assert (buckets[0], buckets[1], buckets[-1], sum(buckets)) == (2, 1, 1, 4)


def test_runs_are_counted_by_their_size_and_the_largest_together():
    tally = Tallies.alone().model(3)
    for rows in (1, 1, 5, BATCH_SIZES, 10_000):
        tally.ran(rows, 1, 2, 3)
    assert dict(tally.runs()) == {1: (2, 2, 4, 6), 5: (1, 1, 2, 3), BATCH_SIZES: (2, 2, 4, 6)}
    assert tally[ModelCell.INFERENCES] == 7 + BATCH_SIZES + 10_000


def test_slots_do_not_overlap():
    tallies = Tallies.alone()
    tallies.model(0).ran(BATCH_SIZES, 1, 1, 1)
    tallies.model(0).answered(10**12, 1, 1)
    for cell in WorkerCell:
        assert tallies.total(cell) == 0
    untouched = tallies.model(1)
    assert not any(untouched[cell] for cell in ModelCell)
    assert not list(untouched.runs())


def test_the_access_log_notes_every_answer_and_no_body(start_server, repository, connect, tmp_path):
    log = tmp_path / "access.jsonl"
    arguments = (repository, "--models", "abcd", "--access-log", log)
    with start_server(*arguments) as (process, text):
        server = connect(process, text)
        server.infer("abcd", {"inputs": [TENSOR]})
        server.infer("abcd", {"inputs": []})
        server.get("/v2/models/none?key=value")
        process.terminate()
        process.communicate()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["method"], line["url"], line["status"]) for line in lines] == [
        ("POST", "/v2/models/abcd/infer", 200),
        ("POST", "/v2/models/abcd/infer", 400),
        ("GET", "/v2/models/none?key=value", 404),
    ]
    for line in lines:
        assert set(line) == {"time", "client", "method", "url", "status", "took_us", "sent_bytes"}
        assert line["took_us"] >= 0
        assert line["sent_bytes"] > 0
    assert np.all(np.diff([line["time"] for line in lines]) >= 0)
