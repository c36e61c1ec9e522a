import os
import sys

import psutil
import pytest

from benchmarks.peers.pinned_process import PinnedCommand, PinnedProcess
from contract.errors import LoadTestError, ServingError

CORE = min(os.sched_getaffinity(0))
# A server that starts a process in a session of its own, tells its id, and stays.
WITH_A_STRAY = """
import subprocess, sys, time
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
with open(sys.argv[1], "w") as pipe:
    pipe.write(f"{child.pid}\\n")
time.sleep(60)
"""


@pytest.fixture
def start(tmp_path):
    """Start a Python program as a server; yields it and what it writes to a pipe."""

    def started(program):
        fifo = tmp_path / "pipe"
        os.mkfifo(fifo)
        arguments = [sys.executable, "-c", program, str(fifo)]
        process = PinnedProcess(PinnedCommand(arguments, CORE, tmp_path, tmp_path / "log"))
        return process, fifo

    return started


def test_nothing_that_a_server_has_started_outlives_it(start):
    process, fifo = start(WITH_A_STRAY)
    with process:
        stray = psutil.Process(int(fifo.read_text()))
        assert process.resident_bytes() > 0
    assert not stray.is_running()


def test_what_an_ended_server_left_is_ended_too(start):
    process, fifo = start(WITH_A_STRAY.replace("time.sleep(60)", "sys.exit(3)"))
    with process:
        stray = psutil.Process(int(fifo.read_text()))
        psutil.wait_procs([stray], timeout=30)
        assert not stray.is_running()


def test_a_thread_that_leaves_the_core_is_noticed(start):
    everywhere = os.sched_getaffinity(0)
    if len(everywhere) == 1:
        pytest.skip("one core: there is nowhere to go")
    process, fifo = start(
        "import os, sys, time\n"
        f"os.sched_setaffinity(0, {everywhere})\n"
        "open(sys.argv[1], 'w').write('gone')\n"
        "time.sleep(60)\n"
    )
    with process:
        assert fifo.read_text() == "gone"
        with pytest.raises(LoadTestError, match="may run on cores"):
            process.require_one_core()


def test_a_server_that_ended_is_told_with_its_last_error_and_no_paths(tmp_path):
    program = "import sys; sys.exit('cannot find /some/where/deep/model.onnx: error 7')"
    log = tmp_path / "log"
    command = PinnedCommand([sys.executable, "-c", program], CORE, tmp_path, log)
    with PinnedProcess(command) as process:
        process.wait()
        with pytest.raises(ServingError, match=r"status 1: cannot find model\.onnx: error 7"):
            process.require_alive()
