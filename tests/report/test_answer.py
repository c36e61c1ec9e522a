from pathlib import Path

import pytest

from contract.run_directory import RunDirectory
from report.analysis import analyse
from report.answer import answer_lines, answer_text, verdict_lines

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
    reference = result.model("inverted").operators_optimised
    gone = " ".join(answer_lines(_with_contrast(result, operators_optimised=reference)))
    assert "optimiser took the scalings out" in gone
    none = " ".join(answer_lines(_with_contrast(result, operators_optimised=reference, scalings=0)))
    assert "regular has no scaling: no unit is ever dropped." in none
    assert "not the multiplication" not in gone + none


def test_every_size_is_told_with_its_instrument_and_level(result):
    first, *_ = answer_lines(result)
    assert "measured in process" in first
    assert "of the 13.4 µs" in first
    assert f"regular {MINUS} inverted is" in verdict_lines(result)[0]
    assert "of 186 µs" in verdict_lines(result)[0]
    assert "% of the median latency of 456 µs" in " ".join(answer_lines(result))


def test_an_effect_that_is_not_there_is_not_called_a_cost(make_run, truth):
    nothing = truth.but(in_process_us={}, cpu_us={}, client_us={})
    told = answer(make_run(nothing))
    assert "cannot be told from noise: " in told
    assert "What the scalings (2 a prediction) cost" in told


def test_folding_that_leaves_a_cost_is_told(make_run, truth):
    left = truth.but(in_process_us={"regular": 1.1, "folded": 0.9})
    assert "not all of it goes" in answer(make_run(left))
    assert "nothing of it can be seen" in answer(make_run(truth))


def test_an_invalid_run_says_so_before_any_figure(make_run, truth):
    result = analyse(make_run(truth.but(steal_share=0.03))).result
    text = answer_text(result, SOMEWHERE)
    assert text.startswith("Verdict: INVALID. This run does not count")
    assert "- Steal: the hypervisor took" in text
    assert "Remedy: run it" in text


def test_too_few_units_give_points_without_intervals_and_say_so(make_run, truth):
    few = truth.but(in_process_starts=2, served_starts=2)
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


def test_an_inconclusive_run_says_how_many_more_units_it_takes(make_run, truth):
    result = analyse(make_run(truth.but(layout_us=1.0, cpu_us={}))).result
    (line,) = verdict_lines(result)
    assert line.startswith("Verdict: INCONCLUSIVE.")
    assert f"{result.verdict.more_units} units more would settle it" in line
