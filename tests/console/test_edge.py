import subprocess
import sys

import pytest

from console.exit_codes import exit_code_of
from console.extras import missing_extra
from contract import errors

COMMAND = """
from console.edge import run_command
import contract.errors as errors
def command(*, how: str = "done"):
    '''Do as told.'''
    {body}
run_command(command)
"""


def _run(body, *arguments):
    return subprocess.run(
        [sys.executable, "-P", "-c", COMMAND.format(body=body), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("body", "code", "line"),
    [
        ("pass", 0, ""),
        (
            "raise errors.DataError('is damaged', where='a.gz', remedy='fetch it anew')",
            2,
            "perbillion: error: a.gz: is damaged (fetch it anew)\n",
        ),
        ("raise errors.ServingError('it died')", 1, "perbillion: error: it died\n"),
        ("raise errors.EqualityError('they differ')", 6, "perbillion: error: they differ\n"),
        ("raise KeyboardInterrupt", 130, ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", 130, ""),
    ],
)
def test_an_error_of_ours_is_one_line_and_an_exit_code(body, code, line):
    completed = _run(body)
    assert (completed.returncode, completed.stderr) == (code, line)


def test_a_mistake_of_ours_shows_its_traceback_so_that_it_can_be_reported():
    assert "ZeroDivisionError" in _run("1 / 0").stderr


def test_an_unknown_option_is_a_usage_error():
    completed = _run("pass", "--hwo")
    assert completed.returncode == 2
    assert "--hwo" in completed.stderr


def test_a_missing_extra_is_one_line_that_names_it():
    completed = _run("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    assert completed.returncode == 2
    assert completed.stderr == (
        "perbillion: error: this needs the package 'torch', which is not installed "
        "(install it with: pip install '.[train]')\n"
    )


def test_a_module_that_no_extra_brings_is_not_explained_away():
    assert missing_extra(ModuleNotFoundError("No module named 'antigravity2'")) is None


def test_every_error_has_an_exit_code_other_than_zero():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    ours = [kind for kind in kinds if issubclass(kind, errors.PerbillionError)]
    assert len(ours) > 10
    assert all(exit_code_of(kind("x")) in {1, 2, 5, 6} for kind in ours)
