"""What the tables say of the ladder, of the arms and of the dose-response."""

import pytest

from report.tables.differences import difference_table, series_table
from report.tables.doses import dose_table
from report.tables.ladder import ladder_table

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def result(analysis):
    return analysis.result


def but(part, **changes):
    return part.model_copy(update=changes)


def without(result, *names):
    kept = tuple(found for found in result.instruments if found.instrument not in names)
    return but(result, instruments=kept)


def told(table):
    return " ".join((table.title, table.note, *(cell for row in table.rows for cell in row)))


def test_the_ladder_goes_from_the_multiplications_to_dollars(result):
    table = ladder_table(result)
    assert table.title == "From 120 multiplications to dollars per billion"
    assert [row[0] for row in table.rows] == [row.level for row in result.ladder]
    assert table.rows[0][2] == "120 multiplications"
    assert table.rows[-1][2].startswith("$")
    assert table.rows[-1][3].startswith("$")


def test_a_level_of_the_ladder_that_is_missing_says_why(result):
    gone = but(
        result.ladder[3], difference=None, exact=None, reference=None, missing="install Valgrind"
    )
    table = ladder_table(but(result, ladder=(*result.ladder[:3], gone, *result.ladder[4:])))
    assert table.rows[3][2:] == ("not measured\ninstall Valgrind", "—")


def test_arms_of_the_dose_response_stand_in_a_table_of_their_own(result):
    assert difference_table(result).head[2:] == (
        f"regular {MINUS} inverted",
        f"folded {MINUS} inverted",
        f"again {MINUS} inverted (A/A)",
    )
    assert [head.split()[0] for head in series_table(result).head[2:]] == [
        "regular-x2",
        "regular-x4",
        "regular-x8",
        "null",
    ]


def test_what_an_empty_request_costs_is_told_where_it_was_served(result):
    assert "A request to it takes" in series_table(result).note
    assert "A request to it takes" not in series_table(without(result, "doses_cpu")).note
    assert series_table(without(result, "doses_cpu", "in_process")) is None


def test_an_instrument_that_did_not_measure_an_arm_has_no_figure_for_it(result):
    in_process = result.instrument("in_process")
    fewer = but(in_process, arms=tuple(arm for arm in in_process.arms if arm != "folded"))
    others = tuple(found for found in result.instruments if found is not in_process)
    row = difference_table(but(result, instruments=(fewer, *others))).rows[0]
    assert row[0].startswith("In process")
    assert row[3] == "—"
    assert row[2] != "—"


def test_secondary_differences_have_an_adjusted_p_value_and_the_verdict_s_has_none(result):
    rows = {row[0]: row for row in difference_table(result).rows}
    assert "p < 0.0001" in rows["In process: mean"][2] or "p = " in rows["In process: mean"][2]
    assert "p " not in rows["CPU per request: mean"][2]
    assert "p = " in rows["CPU per request: mean"][3]
    assert "Holm's method" in difference_table(result).note


def test_without_p_values_the_table_does_not_explain_them(result):
    bare = tuple(but(found, adjusted_p={}) for found in result.instruments)
    assert "Holm" not in told(difference_table(but(result, instruments=bare)))


def test_the_dose_table_tells_slope_intercept_and_every_step(result):
    table = dose_table(result)
    assert [row[0] for row in table.rows] == ["In process", "CPU per request, doses"]
    for row in table.rows:
        assert "±" in row[1]
        assert "±" in row[2]
        assert [line.split(":")[0] for line in row[3].split("\n")] == [
            "2 to 4",
            "4 to 8",
            "8 to 16",
        ]
        assert len(row[4].split("\n")) == 4
    assert "not measured" not in table.note


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        ((), "Not measured in this run."),
        (("in_process",), "Served it was not measured in this run."),
        (("doses_cpu",), "In process it was not measured in this run."),
    ],
)
def test_a_dose_response_that_is_missing_says_how_to_get_it(result, kept, words):
    responses = tuple(found for found in result.dose_responses if found.instrument in kept)
    table = dose_table(but(result, dose_responses=responses))
    assert words in table.note
    assert "doses.pairs" in table.note
    assert len(table.rows) == len(kept)
