import dataclasses
import xml.etree.ElementTree as ET

import pytest

from contract.errors import ExperimentError
from perbillion.comparison.exit_code import exit_code_of
from report.analysis import analyse
from report.answer import answer_lines
from report.comparison.baseline import change_since
from report.comparison.comparison import BatchResult, Comparison, comparison_from
from report.comparison.comparison_markdown import comparison_markdown
from report.comparison.comparison_page import comparison_page
from report.comparison.comparison_text import comparison_text
from report.comparison.junit import junit_xml
from report.experiment_facts import ComparisonFacts
from report.html import render_comparison
from report.result import Result
from report.wording import MINUS
from stats.verdict import VerdictKind

FACTS = ComparisonFacts(
    a="/models/before.onnx",
    b="/models/after.onnx",
    batch=1,
    served_elsewhere=False,
    allow_different_outputs=False,
)


def _as_comparison(result, facts=FACTS):
    """The lecture's result, as if its reference and contrast had been somebody's two models."""
    experiment = result.experiment.model_copy(update={"lecture": None, "comparison": facts})
    return result.model_copy(update={"experiment": experiment})


@pytest.fixture(scope="module")
def result(sound_run):
    return _as_comparison(analyse(sound_run).result)


def _with_verdict(result, kind):
    return result.model_copy(update={"verdict": dataclasses.replace(result.verdict, kind=kind)})


def _comparison(*results, baseline=None):
    found = tuple(
        BatchResult(batch=4**n, run=f"/runs/compare/batch-{4**n}", result=each)
        for n, each in enumerate(results)
    )
    return Comparison(a=FACTS.a, b=FACTS.b, baseline=baseline, batches=found)


def test_the_answer_says_what_b_takes_more_than_a_and_whether_they_are_one_function(result):
    told = " ".join(answer_lines(result))
    assert "a is /models/before.onnx, b is /models/after.onnx." in told
    assert f"b {MINUS} a is " in told
    assert "They compute one function: on 360 rows" in told
    assert "2 Mul more" in told
    assert "scaling" not in told


def test_the_verdict_of_several_batch_sizes_is_the_one_that_weighs_most(result):
    for kinds, heaviest in (
        ((VerdictKind.EQUIVALENT, VerdictKind.FASTER), VerdictKind.EQUIVALENT),
        ((VerdictKind.FASTER, VerdictKind.SLOWER), VerdictKind.SLOWER),
        ((VerdictKind.SLOWER, VerdictKind.INVALID), VerdictKind.INVALID),
        ((VerdictKind.EQUIVALENT, VerdictKind.INCONCLUSIVE), VerdictKind.INCONCLUSIVE),
    ):
        assert _comparison(*(_with_verdict(result, kind) for kind in kinds)).verdict is heaviest


@pytest.mark.parametrize(
    ("kind", "code", "lenient"),
    [
        (VerdictKind.INVALID, 5, 5),
        (VerdictKind.SLOWER, 3, 3),
        (VerdictKind.INCONCLUSIVE, 4, 0),
        (VerdictKind.SLOWER_SIZE_OPEN, 4, 0),
        (VerdictKind.FASTER_SIZE_OPEN, 0, 0),
        (VerdictKind.SLOWER_NEGLIGIBLE, 0, 0),
        (VerdictKind.EQUIVALENT, 0, 0),
        (VerdictKind.FASTER, 0, 0),
    ],
)
def test_each_verdict_has_its_exit_code(kind, code, lenient):
    assert exit_code_of(kind) == code
    assert exit_code_of(kind, inconclusive_passes=True) == lenient


@pytest.mark.parametrize(
    ("kind", "lenient", "outcome"),
    [
        (VerdictKind.SLOWER, False, "failure"),
        (VerdictKind.INVALID, False, "error"),
        (VerdictKind.INCONCLUSIVE, False, "failure"),
        (VerdictKind.INCONCLUSIVE, True, "skipped"),
        (VerdictKind.EQUIVALENT, False, None),
    ],
)
def test_junit_says_of_every_batch_size_what_the_exit_code_says(result, kind, lenient, outcome):
    comparison = _comparison(_with_verdict(result, kind))
    suite = ET.fromstring(junit_xml(comparison, inconclusive_passes=lenient))
    (case,) = suite
    assert {mark.tag for mark in case} - {"system-out"} == ({outcome} if outcome else set())
    counts = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    for mark, total in counts.items():
        assert suite.get(total) == ("1" if mark == outcome else "0")


def test_the_summary_for_a_pull_request_has_a_row_a_batch_size(result):
    text = comparison_markdown(_comparison(result, result))
    assert text.startswith("### ")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows] == ["| Rows a request", "| ---", "| 1", "| 4"]
    assert f"`after.onnx` {MINUS} `before.onnx`: SLOWER" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_the_page_of_several_batch_sizes_leads_to_each_report(result):
    html = render_comparison(comparison_page(_comparison(result, result)))
    assert "What after.onnx costs beside before.onnx" in html
    assert 'href="file:///runs/compare/batch-4/report.html"' in html
    assert "{{" not in html


def test_the_terminal_is_told_the_whole_of_one_batch_size_and_the_gist_of_several(result):
    one, two = comparison_text(_comparison(result)), comparison_text(_comparison(result, result))
    assert "Noise floor" in one
    assert "Noise floor" not in two
    assert "Verdict of all: SLOWER." in two


def test_a_comparison_is_read_as_it_was_written(result, tmp_path):
    comparison = _comparison(result, result)
    comparison.save(tmp_path / "comparison.json")
    assert Comparison.load(tmp_path / "comparison.json") == comparison


def test_a_baseline_with_the_same_difference_shows_no_change(result):
    change = change_since(_comparison(result), "c.json", 1, result)
    assert change.change.point == 0
    assert change.verdict.kind is VerdictKind.EQUIVALENT
    assert change.reference_then == change.reference_now


def test_a_difference_that_grew_beyond_the_margin_decides_though_it_was_slower_before(result):
    grown = _shifted(result, 0.05)
    change = change_since(_comparison(result), "c.json", 1, grown)
    assert change.verdict.kind is VerdictKind.SLOWER
    found = BatchResult(batch=1, run="/runs", result=grown, change=change)
    assert found.verdict is VerdictKind.SLOWER
    same = found.model_copy(update={"change": change_since(_comparison(result), "", 1, result)})
    assert same.verdict is VerdictKind.EQUIVALENT


def _shifted(result, ratio):
    """Add to the contrast's relative difference in CPU per request."""
    primary = result.instrument("cpu_per_request")
    contrast = primary.difference("regular")
    moved = dataclasses.replace(
        contrast.relative,
        point=contrast.relative.point + ratio,
        low=contrast.relative.low + ratio,
        high=contrast.relative.high + ratio,
    )
    differences = tuple(
        found.model_copy(update={"relative": moved}) if found == contrast else found
        for found in primary.differences
    )
    instruments = tuple(
        primary.model_copy(update={"differences": differences}) if found is primary else found
        for found in result.instruments
    )
    return result.model_copy(update={"instruments": instruments})


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"cpu": "Another"}, "its cpu was"),
        ({"cores": 64}, "its cores was"),
        ({"memory_bytes": 1}, "its memory_bytes was"),
    ],
)
def test_a_baseline_of_another_machine_is_refused(result, change, complaint):
    elsewhere = result.environment.model_copy(update=change)
    baseline = _comparison(result.model_copy(update={"environment": elsewhere}))
    with pytest.raises(ExperimentError, match=complaint):
        change_since(baseline, "c.json", 1, result)


def test_a_baseline_that_was_measured_otherwise_or_does_not_count_is_refused(result):
    threaded = result.experiment.model_copy(update={"threads": 2})
    for baseline, complaint in (
        (_comparison(result.model_copy(update={"experiment": threaded})), "2 threads"),
        (_comparison(_with_verdict(result, VerdictKind.INVALID)), "does not count"),
    ):
        with pytest.raises(ExperimentError, match=complaint):
            change_since(baseline, "c.json", 1, result)
    with pytest.raises(ExperimentError, match="no batch of 16, only of 1"):
        change_since(_comparison(result), "c.json", 16, result)


def test_a_result_of_a_comparison_fits_the_schema_of_results(result):
    assert Result.model_validate_json(result.model_dump_json()) == result


def test_the_result_of_one_batch_size_is_a_baseline_too_and_the_lecture_s_is_none(
    result, analysis, tmp_path
):
    result.save(tmp_path / "result.json")
    baseline = comparison_from(tmp_path / "result.json")
    assert [found.batch for found in baseline.batches] == [1]
    assert change_since(baseline, "result.json", 1, result).change.point == 0
    _comparison(result).save(tmp_path / "comparison.json")
    assert comparison_from(tmp_path / "comparison.json") == _comparison(result)
    analysis.result.save(tmp_path / "result.json")
    with pytest.raises(ExperimentError, match="no comparison of two models"):
        comparison_from(tmp_path / "result.json")
