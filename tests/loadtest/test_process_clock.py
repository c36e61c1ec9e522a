"""The clock of another process, against what that process says of itself."""

import contextlib
import subprocess
import sys

import pytest

from contract.errors import LoadTestError
from loadtest.machine.process_clock import settled_cpu_ns

# Burns so many milliseconds of its own thread as each line asks for, and answers what they were.
BURNER = """
import sys, threading, time

def burn(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass

for line in sys.stdin:
    milliseconds, threads = map(int, line.split())
    before = time.process_time_ns()
    others = [threading.Thread(target=burn, args=(milliseconds / 1e3,)) for _ in range(threads)]
    for other in others:
        other.start()
    for other in others:
        other.join()
    print(time.process_time_ns() - before, flush=True)
"""
FOREVER = "print('running', flush=True)\nwhile True: pass"


@contextlib.contextmanager
def child(code):
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ask(process, line):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


@pytest.mark.parametrize("threads", [1, 3])
def test_what_a_process_has_used_is_what_it_says_itself(threads):
    with child(BURNER) as process:
        ask(process, "1 1")
        before_ns = settled_cpu_ns(process.pid)
        own_ns = ask(process, f"50 {threads}")
        used_ns = settled_cpu_ns(process.pid) - before_ns
    assert own_ns >= threads * 50_000_000
    # Reading the order and writing the answer are not in its own figure.
    assert own_ns <= used_ns <= own_ns + 2_000_000


def test_the_clock_of_a_process_that_sleeps_stands_still():
    with child(BURNER) as process:
        ask(process, "1 1")
        assert len({settled_cpu_ns(process.pid) for _ in range(20)}) == 1


def test_a_process_that_goes_on_running_is_not_read():
    with child(FOREVER) as process:
        process.stdout.readline()
        with pytest.raises(LoadTestError, match="does not come to rest"):
            settled_cpu_ns(process.pid)


def test_a_process_that_ended_is_told():
    with child("") as process:
        process.wait(30)
    with pytest.raises(LoadTestError, match="it is gone"):
        settled_cpu_ns(process.pid)
