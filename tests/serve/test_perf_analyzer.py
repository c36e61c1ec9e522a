"""NVIDIA's perf_analyzer, unmodified: it asks for metadata, configuration and statistics, and
compares what it sent with what the server counted."""

import json
import os
import re
import subprocess

import pytest

from benchmarks.fuzz.models import write_repository
from benchmarks.peers.peer_environment import PeerEnvironment

pytestmark = pytest.mark.slow

WINDOWS = ["--measurement-mode", "count_windows", "--measurement-request-count", "100"]
# It waits until throughput and latency settle, which no test may ask of a busy machine.
UNSETTLED = ["--stability-percentage", "999", "--max-trials", "3"]


@pytest.fixture(scope="module")
def perf_analyzer(tmp_path_factory):
    """Return a function that runs it against a port, and what it said."""
    analyzer, triton = PeerEnvironment("perf_analyzer"), PeerEnvironment("triton")
    analyzer.install()
    triton.install()
    libraries = tmp_path_factory.mktemp("libraries")
    for name, pattern in {"libb64.so.0d": "libb64-*", "libcudart.so.12": "libcudart-*"}.items():
        (bundled,) = (triton.packages / "nvidia_pytriton.libs").glob(pattern)
        (libraries / name).symlink_to(bundled)

    def run(port, model, *arguments):
        return subprocess.run(
            [
                analyzer.program("perf_analyzer"),
                *("-i", "http", "-u", f"127.0.0.1:{port}", "-m", model),
                *WINDOWS,
                *UNSETTLED,
                *arguments,
            ],
            env={**os.environ, "LD_LIBRARY_PATH": str(libraries)},
            cwd=libraries,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


@pytest.fixture(scope="module")
def port(start_server, tmp_path_factory):
    repository = tmp_path_factory.mktemp("perf") / "repository"
    write_repository(repository)
    with start_server(repository) as (_, text):
        yield json.loads(text)["port"]


@pytest.mark.parametrize(
    ("model", "arguments"),
    [
        ("mlp", ["--shape", "input:1,784"]),
        ("mlp", ["--shape", "input:8,784", "--input-data", "zero", "--async"]),
        ("mlp", ["--shape", "input:1,784", "--request-rate-range", "200"]),
        ("batched", ["--shape", "input:1,784", "--concurrency-range", "8"]),
        ("pooled", ["--shape", "x:2,3", "--concurrency-range", "4"]),
        ("echo-bytes", ["--shape", "x:1,3", "--string-length", "7"]),
        ("echo-int64", ["--shape", "x:1,3", "--input-data", "zero"]),
        ("two", ["--shape", "a:5", "--shape", "b:5"]),
        ("fixed", ["--output-tensor-format", "json"]),
        ("versions", ["-x", "2", "--shape", "x:1,4"]),
        (
            "mlp",
            ["--shape", "input:1,784", "--input-data", "zero", "--input-tensor-format", "json"],
        ),
    ],
)
def test_perf_analyzer_measures_a_model_and_finds_its_requests_counted(
    perf_analyzer, port, model, arguments
):
    ran = perf_analyzer(port, model, *arguments)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    sent = int(re.search(r"Client:\s+Request count: (\d+)", ran.stdout)[1])
    counted = int(re.search(r"Successful request count: (\d+)", ran.stdout)[1])
    assert sent >= 100
    # The windows of the two do not begin and end with the same request.
    assert sent * 0.9 <= counted <= sent * 1.1 + 20
    assert re.search(r"overhead \d+ usec \+ queue \d+ usec \+ compute input \d+ usec", ran.stdout)
    assert "throughput" in ran.stdout.splitlines()[-1]


def test_perf_analyzer_reads_our_errors(perf_analyzer, port):
    ran = perf_analyzer(port, "nowhere")
    assert ran.returncode != 0
    assert "no model 'nowhere'" in ran.stdout + ran.stderr
