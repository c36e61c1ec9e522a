"""What the tables say of the campaigns, the models and the gates."""

import pytest

from contract.run_record import CampaignEnd
from report.tables.campaigns import campaign_table
from report.tables.gates import gate_table
from report.tables.instruments import instrument_table, resolution_table
from report.tables.models import model_table
from stats.interval import IntervalKind


@pytest.fixture(scope="module")
def result(analysis):
    return analysis.result


def but(part, **changes):
    return part.model_copy(update=changes)


def without(result, *names):
    kept = tuple(found for found in result.instruments if found.instrument not in names)
    return but(result, instruments=kept)


def _one_campaign(result, **changes):
    return but(result, campaigns=(but(result.campaigns[0], **changes),))


@pytest.mark.parametrize(
    ("changes", "plan", "end", "interval"),
    [
        (
            {"planned_looks": (6,), "units": 6, "interval": IntervalKind.FIXED},
            "6 units, looked at once",
            "after 6 units: all planned units are measured",
            "did not depend on the figures",
        ),
        (
            {
                "planned_looks": (6, 8, 12, 16),
                "units": 8,
                "interval": IntervalKind.LOOKS,
                "end": CampaignEnd.SETTLED,
            },
            "looks after 6, 8, 12 and 16 units",
            "after 8 of at most 16 units: the verdict is settled",
            "all 4 planned looks together (Bonferroni)",
        ),
        (
            {
                "planned_looks": (10_000,),
                "first_stage": 8,
                "target": 0.002,
                "units": 11,
                "interval": IntervalKind.STEIN,
                "end": CampaignEnd.RESOLVED,
            },
            "Stein's two stages: after 8 units as many as a half-width of ±0.20 % takes",
            "after 11 units: the half-width asked for is reached by plan",
            "the spread of the first stage",
        ),
        (
            {
                "planned_looks": (16,),
                "units": 7,
                "interval": IntervalKind.SEQUENCE,
                "end": CampaignEnd.UNDER_WAY,
            },
            "16 units, looked at once",
            "after 7 of at most 16 units: it was stopped before its plan was carried out",
            "confidence sequence",
        ),
        (
            {
                "planned_looks": (),
                "units": 7,
                "interval": IntervalKind.SEQUENCE,
                "end": CampaignEnd.UNDER_WAY,
            },
            "not recorded",
            "after 7 units: it was stopped",
            "holds at any time",
        ),
    ],
)
def test_a_campaign_tells_its_plan_its_end_and_the_rule_of_its_intervals(
    result, changes, plan, end, interval
):
    whole = {"first_stage": None, "target": None, "end": CampaignEnd.ALL_UNITS} | changes
    (row,) = campaign_table(_one_campaign(result, **whole)).rows
    assert row[1] == plan
    assert row[2].startswith(end)
    assert interval in row[3]


def test_disturbed_starts_and_priority_are_told(result):
    changed = _one_campaign(result, disturbed_starts=2, realtime=True)
    assert campaign_table(changed).rows[0][4:] == ("2", "yes")
    assert campaign_table(_one_campaign(changed, realtime=False)).rows[0][5] == "no"
    assert campaign_table(but(result, campaigns=())) is None


def test_an_instrument_without_the_control_has_no_noise_floor(result):
    rows = {row[0]: row for row in resolution_table(result).rows}
    assert rows["CPU per request, doses"][4] == "—"
    assert "±" in rows["CPU per request"][4]


def test_what_an_instrument_reads_is_told_where_it_measured(result):
    rows = instrument_table(result).rows
    assert [row[0] for row in rows] == [row[0] for row in resolution_table(result).rows]
    assert len(instrument_table(without(result, "cpu_blocks")).rows) == len(rows) - 1


def test_neighbouring_operators_of_one_kind_are_counted(result):
    runs = {row[0]: row[2] for row in model_table(result).rows}
    assert runs["regular"] == "FusedGemm, Mul, FusedGemm, Mul, Gemm"
    assert runs["regular-x8"] == "FusedGemm, 8 Mul, FusedGemm, 8 Mul, Gemm"


def test_every_gate_has_a_name_a_finding_and_a_limit(result):
    table = gate_table(result)
    assert [row[0] for row in table.rows] == [
        "One function",
        "A/A control",
        "Dose-response",
        "Server's clock",
        "Steal",
        "Foreign CPU",
        "Late sends",
        "Failed requests",
        "Units",
    ]
    assert {row[1] for row in table.rows} == {"passed"}
    assert all(row[2] and row[3] for row in table.rows)


def test_a_gate_that_fails_tells_its_remedy(result):
    failing = tuple(but(gate, passed=False) for gate in result.gates)
    for row, gate in zip(gate_table(but(result, gates=failing)).rows, failing, strict=True):
        assert row[1] == "FAILED"
        assert row[2].endswith(f"Remedy: {gate.remedy}")
