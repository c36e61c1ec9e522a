"""Workers that are killed, and those that take their places."""

import os
import re
import select
import signal
from contextlib import closing

import psutil
import pytest

from whole_server import BODY, INFER, Whole, answer_of, finish, outputs, seen

KEY = "a-key-that-is-long-enough"


@pytest.fixture
def two_models(tmp_path, models):
    models.put(models.scale(2), tmp_path / "repository", "abcd")
    models.put(models.scale(-3), tmp_path / "repository", "bcde")
    return tmp_path / "repository"


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
        (spare,) = whole.children() - {other, victim}
        for pid in (other, victim, spare):
            assert KEY not in str(psutil.Process(pid).environ())
        for connection in whole.connect_to_each().values():
            assert outputs(whole.ask(connection, "POST", INFER, BODY)) == [2, 4, 6, 8]
        lost, kept = whole.connect_to(victim, 3), whole.connect_to(other, 3)
        whole.begin([*lost, *kept])
        # Nor has the victim an answer in its hands that it has sent and not yet counted.
        whole.at_rest(whole.connect_to(other, 1)[0], under_way=6)
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
        assert f" is back as pid {spare} after " in back
        assert whole.pids() == {other, spare}
        assert whole.succeeded("abcd") == 2 + len(kept) + len(fresh)
        assert whole.metric("perbillion_requests_cut_off_total") == len(lost)
        assert whole.metric("perbillion_requests_in_flight") == 0
        assert whole.metric("perbillion_worker_deaths_total") == 1
        assert whole.metric("perbillion_workers") == 2
        _drains_when_it_is_told_to_end(whole)


def _drains_when_it_is_told_to_end(whole):
    """Part of the test above: a server that has lost a worker ends like one that has not."""
    pids = whole.children()
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
        supervisor, pids = whole.process, whole.children()
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
        for pid in Whole(process, text).children():  # the one that waits for its turn as well
            os.kill(pid, signal.SIGKILL)
        output, errors = process.communicate()
        assert process.returncode == 1
        (line,) = errors.splitlines()
        assert line.startswith("perbillion: error: worker ")
        assert " could not be started 3 times in a row: worker " in line
        assert line.endswith(" ended with exit status 7")
        assert output.count(" could not be started: worker ") >= 2
