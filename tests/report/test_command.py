import json
import subprocess
import sys

import pytest

from contract.run_directory import RunDirectory
from report.answer import answer_text
from synthetic_machine import NOTHING


def report(*arguments):
    return subprocess.run(
        [sys.executable, "-P", "-m", "report", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_command_prints_the_answer_and_where_the_report_is(reported_run):
    directory, result = reported_run
    completed = report(directory.root)
    assert completed.returncode == 0
    assert completed.stdout == answer_text(result, RunDirectory(directory.root)) + "\n"
    assert completed.stderr == ""


def test_json_is_result_json_and_nothing_else(reported_run):
    directory, _ = reported_run
    completed = report(directory.root, "--json")
    assert json.loads(completed.stdout) == json.loads(directory.result_json.read_text())


@pytest.mark.parametrize("kind", ["nowhere", "no run", "unfinished"])
def test_what_cannot_be_reported_on_is_one_line_and_an_exit_code(make_run, truth, tmp_path, kind):
    cut = NOTHING | {"in_process_starts": 1}
    if kind == "unfinished":
        root, status = make_run(truth.but(**cut)).root, 5
    else:
        root, status = (tmp_path if kind == "no run" else tmp_path / "nowhere"), 2
    completed = report(root)
    assert completed.returncode == status
    (line,) = completed.stderr.splitlines()
    assert line.startswith("perbillion: error: ")
    assert completed.stdout == ""
