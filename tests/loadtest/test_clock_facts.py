import itertools
import os

import pytest

from loadtest.machine.clock_facts import observe_clocks, typical_step

MS = 1_000_000


def _clock(steps_ns):
    """A clock that is found unmoved twice before each of its steps, again and again."""
    readings = itertools.accumulate(itertools.chain([0], itertools.cycle(steps_ns)))
    each = itertools.chain.from_iterable([now] * 3 for now in readings)
    return lambda: next(each)


def test_the_step_of_a_clock_that_ticks_is_its_tick():
    assert typical_step(_clock([4 * MS]), 100) == 4 * MS


def test_small_steps_between_ticks_do_not_hide_that_a_clock_is_coarse():
    assert typical_step(_clock([4 * MS, *[20_000] * 30]), 3000) == 4 * MS


def test_a_rare_gap_does_not_make_a_fine_clock_coarse():
    assert typical_step(_clock([*[300] * 20_000, 4 * MS])) == 300


def test_a_clock_that_stands_still_has_no_step():
    assert typical_step(lambda: 7, 100) is None


def test_this_machine_s_clocks_are_found_and_nothing_is_left_running():
    facts = observe_clocks()
    assert facts.thread_step_ns > 0
    assert facts.process_step_ns is None or facts.process_step_ns > 0
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
