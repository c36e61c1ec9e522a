"""What a probe found, in words: on probes made up."""

from dataclasses import replace

import pytest

from perbillion.resolution_findings import effort_lines, expectation_sheet, resolution_findings
from probed_machine import IN_PROCESS, RESOLUTION, SERVED, expected

DISTURBED = {
    "steal, worst start": {"served": replace(SERVED, worst_steal_share=0.05)},
    "foreign CPU, worst start": {"in_process": replace(IN_PROCESS, worst_foreign_share=0.2)},
    "host speed": {"in_process": replace(IN_PROCESS, reference_range=0.24)},
    "CPU per request: spread of a unit": {"served": replace(SERVED, between=0.02)},
    "smallest profile": {"expectations": (expected("quick", "served", 0.02),)},
    "in process: noise floor": {"in_process": replace(IN_PROCESS, control_differs=True)},
}


def _warnings(resolution):
    return [found.warning for found in resolution_findings(resolution) if found.warning]


def _values(resolution):
    return {found.subject: found.value for found in resolution_findings(resolution)}


def test_a_quiet_probe_gets_no_warning():
    assert _warnings(RESOLUTION) == []


@pytest.mark.parametrize("subject", DISTURBED)
def test_each_disturbance_gets_one_warning_that_names_it(subject):
    (warning,) = _warnings(replace(RESOLUTION, **DISTURBED[subject]))
    assert warning.startswith(f"{subject}: ")


def test_the_smallest_profile_that_reaches_the_margin_is_named():
    assert _values(RESOLUTION)["smallest profile"] == "quick"
    wide = (expected("quick", "served", 0.011), expected("standard", "served", 0.009))
    (warning,) = _warnings(replace(RESOLUTION, expectations=wide))
    assert "quick is likely to be INCONCLUSIVE here (take --profile standard" in warning


def test_where_no_profile_reaches_the_margin_it_says_so():
    wide = (expected("quick", "served", 0.03), expected("thorough", "served", 0.012))
    assert _values(replace(RESOLUTION, expectations=wide))["smallest profile"] == "none"


def test_differences_are_told_with_their_intervals():
    values = _values(RESOLUTION)
    assert values["CPU per request: regular - inverted"] == "1.31 ± 0.42 %"
    assert values["in process: noise floor"] == "0.10 ± 0.40 %"


@pytest.mark.parametrize(
    ("within", "between", "limit"),
    [
        (0.001, 0.01, "memory layout"),
        (0.01, 0.001, "the noise within starts"),
        (0.003, 0.002, "both"),
        (0.0, 0.002, "memory layout"),
    ],
)
def test_the_larger_part_of_the_spread_is_named_as_what_limits(within, between, limit):
    served = replace(SERVED, within=within, between=between)
    found = resolution_findings(replace(RESOLUTION, served=served))
    (spread,) = (f for f in found if f.subject == "CPU per request: spread of a unit")
    assert limit in spread.meaning


def test_every_profile_is_told_with_range_units_and_time():
    sheet = expectation_sheet(RESOLUTION)
    assert [row[0] for row in sheet.rows] == ["quick", "standard", "thorough"]
    assert sheet.rows[0][1:] == (
        "±0.63 % (0.32 to 1.3), 6 units, 75 s",
        "±0.16 µs (0.080 to 0.32), 6 units, 75 s",
    )
    assert "not a promise" in sheet.title


def test_an_effort_ends_with_the_command_that_makes_it():
    assert effort_lines(RESOLUTION)[1] == (
        "±0.35 % of CPU per request takes about 14 units, 4 min: "
        "perbillion run --profile standard --resolve 0.35%"
    )
