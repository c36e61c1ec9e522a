import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from contract.errors import ArtifactError
from loadtest.machine.child_process import ChildCommand, ChildProcess

REPORTER = """
import os, signal, sys, time
print("affinity", sorted(os.sched_getaffinity(0)), flush=True)
print("session", os.getsid(0) == os.getpid(), flush=True)
print("path", sys.path[0], flush=True)
print("greeting", os.environ.get("GREETING"), os.getpid(), flush=True)
if "stay" in sys.argv:
    signal.pause()
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "reporter_for_test.py").write_text(REPORTER)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return "reporter_for_test"


def _command(module, tmp_path, *arguments, core=None):
    return ChildCommand(module, arguments, folder=tmp_path, log=tmp_path / "child.log", core=core)


def test_a_child_is_pinned_to_its_core_and_has_a_session_of_its_own(module, tmp_path):
    core = max(os.sched_getaffinity(0))
    with ChildProcess(_command(module, tmp_path, core=core)) as child:
        assert child.wait(30) == 0
    assert f"affinity [{core}] | session True" in child.last_lines()


def test_words_before_the_interpreter_start_a_program_that_becomes_the_child(module, tmp_path):
    command = replace(_command(module, tmp_path), prefix=("env", "GREETING=hello"))
    with ChildProcess(command) as child:
        assert child.wait(30) == 0
    assert f"greeting hello {child.pid}" in child.last_lines()


def test_a_file_in_the_working_directory_does_not_shadow_a_module(module, tmp_path):
    (tmp_path / "signal.py").write_text("raise SystemExit('shadowed')")
    with ChildProcess(_command(module, tmp_path)) as child:
        assert child.wait(30) == 0


def test_leaving_the_block_ends_the_child(module, tmp_path):
    with ChildProcess(_command(module, tmp_path, "stay")) as child:
        pid = child.pid
        assert child.returncode is None
    assert child.returncode == -signal.SIGTERM
    assert not psutil.pid_exists(pid)


def test_a_child_ends_when_its_parent_is_killed(module, tmp_path):
    parent_code = textwrap.dedent(f"""
        import signal
        from pathlib import Path
        from loadtest.machine.child_process import ChildCommand, ChildProcess
        folder = Path({str(tmp_path)!r})
        command = ChildCommand({module!r}, ["stay"], folder=folder, log=folder / "log")
        child = ChildProcess(command)
        print(child.pid, flush=True)
        signal.pause()
    """)
    parent = subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE)
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    child.wait(timeout=30)


def test_a_log_that_cannot_be_written_is_an_error_of_ours(module, tmp_path):
    (tmp_path / "file").write_text("")
    command = ChildCommand(module, (), folder=tmp_path, log=tmp_path / "file" / "child.log")
    with pytest.raises(ArtifactError, match="cannot write the log"):
        ChildProcess(command)


def test_the_last_lines_of_a_child_that_failed_are_kept(tmp_path):
    command = ChildCommand("no_such_module_at_all", (), folder=tmp_path, log=tmp_path / "child.log")
    with ChildProcess(command) as child:
        assert child.wait(30) == 1
    assert "No module named no_such_module_at_all" in child.last_lines()
    assert Path(command.log).is_file()
