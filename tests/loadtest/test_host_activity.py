import subprocess
import sys

from loadtest.machine.host_activity import HostActivity

BURN = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass"


def _burn(seconds):
    return [sys.executable, "-c", BURN.format(seconds=seconds)]


def test_work_of_our_own_children_is_not_foreign():
    before = HostActivity.read()
    subprocess.run(_burn(1.0), check=True)
    after = HostActivity.read()
    assert after.own_seconds - before.own_seconds >= 1.0
    busy = after.busy_seconds - before.busy_seconds
    foreign = after.shares_since(before)[1] * (after.total_seconds - before.total_seconds)
    assert foreign <= max(0.0, busy - 0.9)


def test_work_of_a_process_that_is_not_yet_waited_for_counts_as_foreign():
    with subprocess.Popen(
        [sys.executable, "-c", BURN.format(seconds=0.5) + "\nprint('burnt', flush=True)\ninput()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as stranger:
        before = HostActivity.read()
        assert stranger.stdout.readline() == b"burnt\n"
        after = HostActivity.read()
        stranger.communicate(b"\n")
    foreign_seconds = after.shares_since(before)[1] * (after.total_seconds - before.total_seconds)
    assert foreign_seconds > 0.3


def test_two_readings_at_the_same_time_make_no_share():
    reading = HostActivity(total_seconds=5, steal_seconds=1, busy_seconds=2, own_seconds=1)
    assert reading.shares_since(reading) == (0.0, 0.0)
