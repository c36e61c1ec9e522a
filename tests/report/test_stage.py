import json
import shutil

import pytest

from contract.errors import ArtifactError, InvalidRunError
from contract.run_directory import RunDirectory
from report.result import Result
from report.stage import write_report
from synthetic_lecture import ledger
from synthetic_machine import NOTHING


def test_the_report_stage_writes_result_page_and_text(reported_run):
    directory, result = reported_run
    assert Result.load(directory.result_json) == result
    assert directory.report_html.read_text().startswith("<!DOCTYPE html>")
    assert directory.report_md.read_text().startswith("# ")


def test_the_result_of_a_sound_run_is_the_golden_one(reported_run, golden):
    directory, _ = reported_run
    text = directory.result_json.read_text()
    expected = json.loads(golden("result.json", text))
    assert_alike(json.loads(text), expected)


def assert_alike(found, expected, place="result"):
    """Equal but for the last bits of numbers, which differ from one processor to another."""
    if isinstance(expected, dict):
        assert list(found) == list(expected), place
        for key, value in expected.items():
            assert_alike(found[key], value, f"{place}.{key}")
    elif isinstance(expected, list):
        assert len(found) == len(expected), place
        for index, value in enumerate(expected):
            assert_alike(found[index], value, f"{place}[{index}]")
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12), place
    else:
        assert found == expected, place


def test_nothing_else_is_written_and_nothing_half_written_is_left(make_run, truth):
    directory = make_run(truth)
    before = set(directory.root.rglob("*"))
    write_report(directory)
    written = set(directory.root.rglob("*")) - before
    assert {path.name for path in written} == {"result.json", "report.html", "report.md"}


def test_a_run_with_nothing_to_report_on_writes_nothing(make_run, truth):
    directory = make_run(truth.but(**NOTHING))
    with pytest.raises(InvalidRunError):
        write_report(directory)
    assert not directory.result_json.exists()


def test_a_place_that_cannot_be_written_to_is_named(make_run, truth):
    directory = make_run(truth)
    directory.report_html.mkdir()
    with pytest.raises(ArtifactError, match=r"report\.html"):
        write_report(directory)
    assert not list(directory.root.glob(".report*"))


def test_a_report_is_made_again_from_the_same_samples(reported_run, tmp_path):
    first, _ = reported_run
    again = RunDirectory(shutil.copytree(first.root, tmp_path / first.root.name))
    again.report_html.write_text("old")
    write_report(again)
    assert again.report_html.read_text() == first.report_html.read_text()


def test_the_lecture_s_claims_are_told_once_they_are_settled(reported_run, tmp_path):
    first, _ = reported_run
    directory = RunDirectory(shutil.copytree(first.root, tmp_path / first.root.name))
    assert "lecture says" not in directory.report_html.read_text()
    settled = ledger()
    settled.save(directory.claims_json)
    write_report(directory)
    html, markdown = directory.report_html.read_text(), directory.report_md.read_text()
    assert html.count("<h3>The lecture&#39;s claims</h3>") == 1
    assert markdown.count("## The lecture's claims\n") == 1
    for claim in settled.claims:
        assert f"| {claim.id} | " in markdown
        assert f"| {claim.verdict} | " in markdown
