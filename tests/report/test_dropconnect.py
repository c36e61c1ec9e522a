"""What the report makes of the arms with DropConnect."""

import pytest

from contract.experiment import DROPCONNECT_ARMS
from contract.run_record import RunRecord
from report.analysis import analyse
from report.answer import answer_lines
from report.tables.dropconnect import dropconnect_table
from report.tables.models import model_table
from report.validity import failures_gate
from synthetic_machine import NOTHING, holds
from synthetic_run import SAMPLES


@pytest.fixture(scope="module")
def result(analysis):
    return analysis.result


def but(part, **changes):
    return part.model_copy(update=changes)


def line_of(result):
    return next((line for line in answer_lines(result) if "DropConnect" in line), None)


def test_what_sampling_costs_in_truth_is_found_again(result):
    facts = result.dropconnect
    assert facts.samples == SAMPLES
    by_clock, waited = map(facts.difference, ("dropconnect_cpu", "dropconnect_latency"))
    assert holds(by_clock.absolute, 88.0)
    assert holds(by_clock.mean_weights, 186.0)
    assert holds(by_clock.sampled, 186.0 + 88.0)
    assert by_clock.relative.point == pytest.approx(88 / 186, rel=0.01)
    # A median of latencies that are skewed, so near the truth and not at it.
    assert waited.statistic == "median_of_paired_differences"
    assert waited.absolute.point == pytest.approx(95.0, rel=0.05)
    means = [found for found in facts.differences if found.statistic == "mean"]
    assert [found.instrument for found in means] == ["dropconnect_cpu", "dropconnect_latency"]
    assert holds(means[1].absolute, 95.0)
    for found in means:
        apart = found.sampled.point - found.mean_weights.point
        assert apart == pytest.approx(found.absolute.point, rel=1e-3)


def test_its_cost_per_billion_is_that_of_the_difference_of_cpu_per_request(result):
    cost, extra = result.dropconnect.cost, result.dropconnect.difference("dropconnect_cpu").absolute
    assert (cost.arm, cost.instrument) == ("dropconnect-sampled", "dropconnect_cpu")
    assert cost.core_hours == extra.scaled(1000, "core-seconds").scaled(1 / 3600, "core-hours")
    assert cost.usd.point == pytest.approx(cost.core_hours.point * 0.04)
    assert cost.reference_core_seconds == pytest.approx(186_000, rel=0.01)


def test_the_accuracies_are_those_of_the_two_arms_cards(result):
    facts = result.dropconnect
    assert (facts.mean_weights_accuracy, facts.sampled_accuracy) == (0.9622, 0.9644)
    assert facts.test_images == 360
    samples = {model.arm: model.origin.samples for model in result.models}
    assert samples.pop("dropconnect-sampled") == SAMPLES
    assert set(samples.values()) == {None}


def test_the_arms_have_no_part_in_verdict_equality_doses_and_costs(result, make_run, truth):
    without = analyse(make_run(truth.but(dropconnect_starts=0))).result
    assert without.dropconnect is None
    assert result.verdict == without.verdict
    assert result.ladder == without.ladder
    assert result.costs == without.costs
    assert result.dose_responses == without.dose_responses
    own = {"dropconnect_cpu", "dropconnect_latency"}
    for found in result.instruments:
        assert set(found.arms) & set(DROPCONNECT_ARMS) == (
            set(DROPCONNECT_ARMS) if found.instrument in own else set()
        )
    for arm in DROPCONNECT_ARMS:
        assert result.model(arm).from_reference is None


def test_failed_requests_to_these_arms_make_a_run_invalid(sound_run):
    starts = [
        but(start, failures=5 if start.instrument == "dropconnect" else 0)
        for start in RunRecord.load(sound_run.run_json).starts
    ]
    gate = failures_gate(starts, [], [])
    assert not gate.passed
    assert "in rounds of the arms with DropConnect failed" in gate.finding


def test_the_answer_says_what_sampling_costs_and_what_it_buys(result):
    line = line_of(result)
    for words in (
        "DropConnect by 100 samples a layer takes 88.",
        "µs more of server CPU per request than by mean weights (47.",
        "core-hours ($0.9",
        "right on 96.44 % of the test images, by mean weights on 96.22 %",
    ):
        assert words in line, words


def test_without_the_server_s_clock_the_answer_tells_what_clients_wait(make_run, truth):
    told = analyse(make_run(truth.but(**NOTHING | {"dropconnect_starts": 12}, server_tells=False)))
    assert told.result.dropconnect.cost is None
    assert "µs more of client latency than by mean weights" in line_of(told.result)
    assert "core-hours" not in line_of(told.result)
    assert "Core-hours" not in str(dropconnect_table(told.result).rows)


def test_what_was_not_measured_is_no_sentence_and_a_table_that_says_how_to_get_it(result):
    absent = but(result, dropconnect=None)
    assert line_of(absent) is None
    table = dropconnect_table(absent)
    assert table.rows == ()
    assert "dropconnect.pairs" in table.note
    fewer = but(absent.experiment, arms=("inverted", "regular", "again", "dropconnect"))
    assert dropconnect_table(but(absent, experiment=fewer)) is None


def test_the_table_sets_both_ways_of_predicting_side_by_side(result):
    table = dropconnect_table(result)
    assert table.title == "DropConnect: what sampling at prediction costs"
    assert table.head[2] == "dropconnect-sampled: by 100 samples"
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Test accuracy"] == ("96.22 %", "96.44 %", "+0.22 points", "—")
    assert rows["CPU per request, DropConnect: mean"][3].startswith("47.")
    mean_weights, sampled, more, _ = rows["Core-hours per billion predictions"]
    assert float(sampled) - float(mean_weights) == pytest.approx(float(more.split()[0]), abs=0.1)
    worse = but(result.dropconnect, sampled_accuracy=0.96)
    row = dropconnect_table(but(result, dropconnect=worse)).rows[-1]
    assert row[3] == "\N{MINUS SIGN}0.22 points"


def test_the_models_say_that_they_are_other_functions(result):
    rows = {row[0]: row for row in model_table(result).rows}
    for arm in ("null", *DROPCONNECT_ARMS):
        assert rows[arm][6] == "another function"
    assert rows["again"][6].startswith("0 (limit")
    note = model_table(result).note
    assert "no part of the verdict: null, dropconnect, dropconnect-sampled." in note
    assert "were given the same ones" in note
    plain = tuple(model for model in result.models if model.same_function)
    assert model_table(but(result, models=plain)).note.endswith("optimisation.")
