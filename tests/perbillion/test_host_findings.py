"""What a machine's facts mean: on machines made up."""

from dataclasses import replace

import pytest

from loadtest.machine.clock_facts import ClockFacts
from loadtest.machine.cores import Cores
from perbillion.host_findings import FOREIGN_LIMIT, STEAL_LIMIT, duration, host_findings
from perbillion.installed_findings import installed_findings, installed_tools
from probed_machine import QUIET
from report.validity import MAXIMUM_FOREIGN_CPU, MAXIMUM_STEAL

DISTURBED = {
    "cores": {"cores": Cores(measured=None, generator=None)},
    "cores ": {"one_physical_core": True},
    "CPU quota": {"environment": QUIET.environment.model_copy(update={"quota_cores": 1.5})},
    "frequency governor": {
        "environment": QUIET.environment.model_copy(update={"governor": "powersave"})
    },
    "real-time priority": {"realtime_allowed": False},
    "clock source": {"clocks": ClockFacts(240, 4_000_000, "hpet")},
    "thread CPU clock": {"clocks": ClockFacts(4_000_000, 4_000_000, "tsc")},
    "thread CPU clock ": {"clocks": ClockFacts(None, 4_000_000, "tsc")},
    "steal": {"steal_share": 0.03},
    "foreign CPU": {"foreign_share": 0.4},
    "load average": {"load_average": 2.5},
}


def _warnings(host):
    return [found.warning for found in host_findings(host) if found.warning]


def test_a_quiet_machine_gets_no_warning():
    assert _warnings(QUIET) == []


@pytest.mark.parametrize("subject", DISTURBED)
def test_each_disturbance_gets_one_warning_that_names_it_and_says_what_to_do(subject):
    (warning,) = _warnings(replace(QUIET, **DISTURBED[subject]))
    assert warning.startswith(f"{subject.strip()}: ")
    assert warning.endswith(")")


@pytest.mark.parametrize(
    "harmless",
    [
        {"environment": QUIET.environment.model_copy(update={"quota_cores": 2.0})},
        {"environment": QUIET.environment.model_copy(update={"governor": "performance"})},
        {"one_physical_core": None},
        {"clocks": ClockFacts(240, None, None)},
        {"clocks": ClockFacts(240, 300, "kvm-clock")},
        {"steal_share": 0.02, "foreign_share": 0.02},
    ],
)
def test_what_does_not_disturb_gets_none(harmless):
    assert _warnings(replace(QUIET, **harmless)) == []


def test_the_limits_are_those_of_the_gates_that_a_run_must_pass():
    assert (STEAL_LIMIT, FOREIGN_LIMIT) == (MAXIMUM_STEAL, MAXIMUM_FOREIGN_CPU)


@pytest.mark.parametrize(
    ("nanoseconds", "text"), [(240, "240 ns"), (1_230, "1.2 µs"), (3_999_000, "4.0 ms")]
)
def test_durations_are_written_in_a_unit_that_fits(nanoseconds, text):
    assert duration(nanoseconds) == text


def test_a_missing_extra_is_a_warning_with_the_command_that_installs_it():
    found = installed_findings({"serve": ("uvloop", "orjson")}, {})
    warnings = [finding.warning for finding in found if finding.warning]
    assert warnings == ["extra serve: not installed: uvloop, orjson (pip install '.[serve]')"]


def test_a_missing_tool_is_no_warning_for_nothing_that_is_measured_needs_it():
    found = installed_findings({}, dict.fromkeys(installed_tools(), False))
    assert not any(finding.warning for finding in found)
    (valgrind,) = (finding for finding in found if finding.subject == "valgrind")
    assert "apt-get install valgrind" in valgrind.meaning
