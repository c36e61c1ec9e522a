from dataclasses import replace
from pathlib import Path

import pytest

from contract.run_directory import RunDirectory
from contract.run_record import CampaignEnd
from report.analysis import analyse
from report.answer import answer_lines, answer_text, verdict_lines
from stats.interval import IntervalKind
from stats.verdict import VerdictKind

MINUS = "\N{MINUS SIGN}"
SOMEWHERE = RunDirectory(Path("runs/20261123T120000Z-lecture"))


@pytest.fixture(scope="module")
def result(analysis):
    return analysis.result


def answer(directory):
    return " ".join(answer_lines(analyse(directory).result))


def test_the_answer_of_a_sound_run_is_the_golden_one(result, golden):
    text = answer_text(result, SOMEWHERE) + "\n"
    assert text == golden("answer.txt", text)


def test_the_answer_of_a_sound_run_is_short(result):
    assert len(answer_text(result, SOMEWHERE).splitlines()) <= 26


def test_no_line_is_longer_than_a_terminal_and_quantities_stay_on_one_line(result):
    lines = answer_text(result, SOMEWHERE).splitlines()
    assert max(map(len, lines)) <= 96
    assert not any(line.rstrip().endswith(("±", MINUS)) for line in lines)
    assert "\xa0" not in answer_text(result, SOMEWHERE)


def test_it_says_that_it_is_not_the_multiplication(result):
    (line,) = [line for line in answer_lines(result) if "not the multiplication" in line]
    assert "120 multiplications" in line
    assert "2 Mul" in line


def _with_contrast(result, **changes):
    models = [
        model.model_copy(update=changes) if model.arm == "regular" else model
        for model in result.models
    ]
    return result.model_copy(update={"models": tuple(models)})


def test_scalings_that_the_runtime_took_out_are_told_from_scalings_that_never_were(result):
    reference = result.model("inverted").graph
    gone = " ".join(answer_lines(_with_contrast(result, graph=reference)))
    assert "optimiser took the scalings out" in gone
    none = " ".join(answer_lines(_with_contrast(result, graph=reference, scalings=0)))
    assert "regular has no scaling: no unit is ever dropped." in none
    assert "not the multiplication" not in gone + none


def test_every_size_is_told_with_its_instrument_and_level(result):
    first, *_ = answer_lines(result)
    assert "measured in process" in first
    assert "of the 13.5 µs" in first
    assert f"regular {MINUS} inverted is" in verdict_lines(result)[0]
    assert "of 186 µs" in verdict_lines(result)[0]
    assert "% of the median latency of 456 µs" in " ".join(answer_lines(result))


def _but(result, **changes):
    return result.model_copy(update=changes)


def _without(result, *names):
    kept = tuple(found for found in result.instruments if found.instrument not in names)
    return _but(result, instruments=kept)


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (("in_process", "doses_cpu"), (" in process and ", " of server CPU: the slope")),
        (("in_process",), (" in process: the slope",)),
        (("doses_cpu",), (" of server CPU: the slope",)),
    ],
)
def test_the_slope_is_told_where_it_was_measured(result, kept, words):
    responses = tuple(found for found in result.dose_responses if found.instrument in kept)
    (line,) = [
        line
        for line in answer_lines(_but(result, dose_responses=responses))
        if line.startswith("One more scaling costs")
    ]
    assert all(expected in line for expected in words)
    assert "in process" in line or "in_process" not in kept
    assert "server CPU" in line or "doses_cpu" not in kept
    assert line.endswith("the slope of a line through 2, 4, 8 and 16 scalings.")


def test_a_slope_that_is_not_there_is_not_called_a_cost(result):
    in_process, served = result.dose_responses
    nothing = replace(served.slope, point=0.01, low=-0.04, high=0.06)
    flat = served.model_copy(update={"slope": nothing})
    told = " ".join(answer_lines(_but(result, dose_responses=(in_process, flat))))
    assert "0.010 ± 0.050 µs of server CPU (not told from noise): the slope" in told
    told = " ".join(answer_lines(_but(result, dose_responses=(flat,))))
    assert "What one more scaling costs cannot be told from noise: 0.010 ± 0.050 µs" in told


def test_without_a_dose_response_there_is_no_slope(result):
    told = " ".join(answer_lines(_but(result, dose_responses=())))
    assert "One more scaling" not in told


def test_arms_of_the_dose_response_do_not_stand_in_the_answer(result):
    told = answer_text(result, SOMEWHERE)
    assert not any(arm in told for arm in ("regular-x", "null"))


def test_the_noise_floor_is_told_by_what_was_measured(result):
    client_alone = _without(result, "in_process", "cpu_per_request")
    (line,) = [line for line in answer_lines(client_alone) if line.startswith("Noise floor")]
    assert line.endswith("of client latency.")
    nothing = _without(client_alone, "client_latency")
    assert not any(line.startswith("Noise floor") for line in answer_lines(nothing))


def _served(result, **changes):
    (served,) = [facts for facts in result.campaigns if facts.instrument == "served"]
    changes = {"first_stage": None, "target": None, "disturbed_starts": 0} | changes
    return _but(result, campaigns=(served.model_copy(update=changes),))


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        (
            {"planned_looks": (6,), "units": 6, "end": CampaignEnd.ALL_UNITS}
            | {"interval": IntervalKind.FIXED},
            "The served campaign ended after 6 units: all planned units are measured. "
            "Their number did not depend on what they showed.",
        ),
        (
            {"planned_looks": (6, 8, 12, 16), "units": 8, "end": CampaignEnd.SETTLED}
            | {"interval": IntervalKind.LOOKS, "disturbed_starts": 1},
            "The served campaign ended after 8 of at most 16 units: the verdict is settled. "
            "Its intervals hold at its 4 planned looks together. "
            "1 disturbed start was run again.",
        ),
        (
            {"planned_looks": (40,), "first_stage": 8, "target": 0.002, "units": 11}
            | {"end": CampaignEnd.OUT_OF_TIME, "interval": IntervalKind.STEIN},
            "The served campaign ended after 11 units: the time given for it was over. "
            "Its intervals keep the spread of the first of Stein's two stages.",
        ),
        (
            {"planned_looks": (16,), "units": 7, "end": CampaignEnd.UNDER_WAY}
            | {"interval": IntervalKind.SEQUENCE, "disturbed_starts": 2},
            "The served campaign ended after 7 of at most 16 units: it was stopped before its "
            "plan was carried out. Its intervals are wider for it: they hold whenever one stops. "
            "2 disturbed starts were run again.",
        ),
    ],
)
def test_the_end_of_the_served_campaign_is_told(result, changes, sentences):
    assert sentences in answer_lines(_served(result, **changes))


def test_without_a_served_campaign_nothing_is_said_of_its_end(result):
    assert "The served campaign" not in " ".join(answer_lines(_but(result, campaigns=())))


def test_without_the_primary_instrument_the_verdict_says_why_and_no_size(result):
    bare = _without(result, "cpu_per_request")
    verdict = replace(result.verdict, kind=VerdictKind.INCONCLUSIVE, reasons=("there are 0 units",))
    assert verdict_lines(_but(bare, verdict=verdict)) == (
        "Verdict: INCONCLUSIVE. There are 0 units.",
    )


def test_without_the_folded_arm_nothing_is_said_of_folding(result):
    in_process = result.instrument("in_process")
    arms = tuple(arm for arm in in_process.arms if arm != "folded")
    fewer = in_process.model_copy(update={"arms": arms})
    told = " ".join(answer_lines(_but(result, instruments=(fewer,))))
    assert "folded" not in told


def test_an_effect_that_is_not_there_is_not_called_a_cost(make_run, truth):
    nothing = truth.but(in_process_us={}, cpu_us={}, client_us={})
    told = answer(make_run(nothing))
    assert "cannot be told from noise: " in told
    assert "What the scalings (2 a prediction) cost" in told


def _with_folded(result, point, adjusted):
    """The same with another difference of folded in process, ± 0.05, and its p-value."""
    measured = result.instrument("in_process")
    differences = tuple(
        found.model_copy(
            update={
                "absolute": replace(
                    found.absolute, point=point, low=point - 0.05, high=point + 0.05
                )
            }
        )
        if found.arm == "folded"
        else found
        for found in measured.differences
    )
    p_values = {} if adjusted is None else measured.adjusted_p | {"folded": adjusted}
    changed = measured.model_copy(update={"differences": differences, "adjusted_p": p_values})
    return _but(result, instruments=(changed,))


@pytest.mark.parametrize(
    ("point", "adjusted", "words"),
    [
        (0.90, 0.001, "at export not all of it goes: folded"),
        (-0.09, 0.001, "at export nothing of it is left: folded"),
        (0.06, 0.31, "at export nothing of it can be seen: folded"),
        (0.06, None, "at export not all of it goes: folded"),
        (0.02, None, "at export nothing of it can be seen: folded"),
    ],
)
def test_what_folding_leaves_is_told_by_the_adjusted_p_value_where_there_is_one(
    result, point, adjusted, words
):
    assert words in " ".join(answer_lines(_with_folded(result, point, adjusted)))


def test_an_invalid_run_says_so_before_any_figure(make_run, truth):
    result = analyse(make_run(truth.but(steal_share=0.03))).result
    text = answer_text(result, SOMEWHERE)
    assert text.startswith("Verdict: INVALID. This run does not count")
    assert "- Steal: the hypervisor took" in text
    assert "Remedy: run it" in text


def test_too_few_units_give_points_without_intervals_and_say_so(make_run, truth):
    few = truth.but(in_process_starts=2, served_starts=2, doses_starts=2, dropconnect_starts=2)
    told = answer(make_run(few))
    assert "±" not in told
    assert "below 6 units none is printed (≈)" in told
    assert "1 unit (2 fresh processes) and 1 unit (2 server starts)" in told


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"served_starts": 0}, ("A client waits", "CPU clock")),
        ({"in_process_starts": 0}, ("in process", "in-process")),
    ],
)
def test_what_was_not_measured_is_left_out(make_run, truth, changes, missing):
    told = answer(make_run(truth.but(**changes)))
    assert told
    assert not any(words in told for words in missing)


def test_a_dose_response_alone_tells_its_units(make_run, truth):
    alone = truth.but(in_process_starts=0, served_starts=0, capacity_starts=0)
    told = answer(make_run(alone))
    assert "Intervals are 95 % over 6 units (12 server starts)." in told
    assert "Noise floor" not in told


def test_an_inconclusive_run_says_how_many_more_units_it_takes(make_run, truth):
    result = analyse(make_run(truth.but(layout_us=1.0, cpu_us={}))).result
    (line,) = verdict_lines(result)
    assert line.startswith("Verdict: INCONCLUSIVE.")
    more = result.verdict.more_units
    assert f"{more} units more ({2 * more} server starts, about 1 minute) would settle it" in line
