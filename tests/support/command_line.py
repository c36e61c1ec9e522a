"""The command line as a user runs it, for tests."""

import os
import subprocess
import sys

import psutil

# A run as small as a run can be: it proves the path, not the figures.
TINY = {
    "training.epochs": 2,
    "in_process.pairs": 1,
    "in_process.rounds_per_start": 100,
    "in_process.warmup_rounds": 10,
    "served.pairs": 1,
    "served.seconds_per_start": 0.3,
    "served.warmup_rounds": 10,
    "served.blocks_per_arm": 2,
}


def tiny_settings(**changes):
    settings = TINY | {key.replace("__", "."): value for key, value in changes.items()}
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


def command(*arguments):
    return [sys.executable, "-P", "-m", "perbillion", *map(str, arguments)]


def perbillion(*arguments, folder, timeout=150):
    """Run the command line in `folder` to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120"},
    )


def processes_of(run):
    """Return every living process whose command line or working directory is of this run."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            if str(run) in words or str(run) in process.cwd():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return found
