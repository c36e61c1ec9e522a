"""What the documents say is what the code does."""

import functools
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from perbillion.cli import app

ROOT = Path(__file__).parent.parent


@functools.cache
def _generator():
    specification = importlib.util.spec_from_file_location(
        "generate", ROOT / "docs" / "generate.py"
    )
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", _generator().GENERATED)
def test_a_generated_document_is_current(name):
    assert (ROOT / name).read_text() == _generator().GENERATED[name](), "run `make docs`"


def test_every_command_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()
    for command in app.registered_commands:
        assert f"perbillion {command.name}" in readme, command.name


def _shell_lines():
    for document in ("README.md", "CONTRIBUTING.md"):
        for block in re.findall(
            r"```(?:sh|console)?\n(.*?)```", (ROOT / document).read_text(), re.S
        ):
            for line in block.splitlines():
                if line.startswith(("perbillion ", "make ")):
                    words = shlex.split(line, comments=True)
                    yield pytest.param(words, id=" ".join(words))


@pytest.mark.parametrize("words", list(_shell_lines()))
def test_a_command_in_a_document_exists_with_these_options(words):
    if words[0] == "make":
        subprocess.run(["make", "--dry-run", *words[1:]], cwd=ROOT, check=True, capture_output=True)
        return
    # With --help in its place a command is parsed, explained and not run.
    shown = subprocess.run(
        [sys.executable, "-P", "-m", "perbillion", words[1], "--help"],
        check=True,
        capture_output=True,
        text=True,
        env={"COLUMNS": "200", "NO_COLOR": "1"},
    ).stdout
    for word in words[2:]:
        if word.startswith("--"):
            assert word.partition("=")[0] in shown


def test_links_in_documents_lead_to_files_that_exist():
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} -> {target}"
