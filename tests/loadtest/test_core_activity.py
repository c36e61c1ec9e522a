import os
import subprocess
import sys

import pytest

from contract.errors import LoadTestError
from loadtest.machine.core_activity import CoreActivity

BURN = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"


def test_a_core_on_which_a_process_burns_is_busy_for_that_long():
    core = max(os.sched_getaffinity(0))
    before = CoreActivity.read(core)
    subprocess.run(
        [sys.executable, "-c", BURN],
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    after = CoreActivity.read(core)
    busy_seconds = after.busy_share_since(before) * (after.total_seconds - before.total_seconds)
    # Half a second, less a tick at either end.
    assert busy_seconds >= 0.48


@pytest.mark.parametrize(("idle_seconds", "share"), [(0, 1.0), (1, 0.75), (4, 0.0)])
def test_the_busy_share_is_what_of_the_time_was_not_idle(idle_seconds, share):
    earlier = CoreActivity(total_seconds=10, idle_seconds=5)
    later = CoreActivity(total_seconds=14, idle_seconds=5 + idle_seconds)
    assert later.busy_share_since(earlier) == share


def test_two_readings_at_the_same_time_make_no_share():
    reading = CoreActivity(total_seconds=10, idle_seconds=5)
    assert reading.busy_share_since(reading) == 0.0


def test_a_core_that_is_not_there_is_told():
    with pytest.raises(LoadTestError, match="how busy core 100000 is"):
        CoreActivity.read(100_000)
