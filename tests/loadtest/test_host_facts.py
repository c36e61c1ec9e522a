import os

import pytest

from loadtest.machine.child_process import ChildCommand, ChildProcess
from loadtest.machine.cores import available_cores, choose_cores
from loadtest.machine.host_facts import core_list, observe_host


@pytest.mark.parametrize(
    ("text", "cores"),
    [("0\n", {0}), ("0,4\n", {0, 4}), ("0-2,8\n", {0, 1, 2, 8})],
)
def test_a_list_of_cores_is_read_as_the_kernel_writes_it(text, cores):
    assert core_list(text) == cores


def test_the_facts_are_of_this_machine():
    facts = observe_host(0.0)
    assert facts.environment.cores == len(os.sched_getaffinity(0))
    assert facts.cores == choose_cores(available_cores())
    assert 0 <= facts.steal_share <= 1
    assert 0 <= facts.foreign_share <= 1
    assert facts.watched_seconds > 0


def test_a_real_time_priority_is_told_as_allowed_where_a_server_gets_it(tmp_path):
    command = ChildCommand(
        module="platform",
        arguments=(),
        folder=tmp_path,
        log=tmp_path / "log",
        realtime=True,
    )
    with ChildProcess(command) as child:
        got_it = child.realtime
        assert observe_host(0.0).realtime_allowed is got_it
