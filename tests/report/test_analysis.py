import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from contract.errors import ArtifactError, InvalidRunError
from contract.run_record import RunRecord
from contract.samples import Samples
from report.analysis import analyse
from report.result import Result, result_json_schema
from stats.estimate import t_estimate
from stats.verdict import VerdictKind

SCHEMA = Path(__file__).parents[2] / "docs" / "result.schema.json"


def holds(values, truth):
    """Whether the 99.9 % interval over units holds the truth."""
    wide = t_estimate(values, level=0.999, unit="")
    return wide.low <= truth <= wide.high


def test_what_the_arms_cost_in_truth_is_found_again_by_every_instrument(analysis, truth):
    result = analysis.result
    for name, effects in (
        ("in_process", truth.in_process_us),
        ("client_latency", truth.client_us),
        ("cpu_per_request", truth.cpu_us),
    ):
        measured = result.instrument(name)
        for arm in ("regular", "folded", "again"):
            units = measured.difference(arm).absolute_by_unit_us
            assert holds(units, effects.get(arm, 0.0)), (name, arm)
    assert result.instrument("in_process").difference("regular").absolute.excludes_zero
    assert result.instrument("cpu_per_request").difference("regular").absolute.excludes_zero


def test_a_sound_run_passes_every_gate_and_gets_a_verdict_on_cpu_per_request(analysis):
    result = analysis.result
    assert [gate.name for gate in result.gates if not gate.passed] == []
    primary = result.instrument("cpu_per_request").difference("regular").relative
    assert result.verdict.kind is VerdictKind.SLOWER
    assert result.verdict.estimate == primary


def test_absolute_cpu_is_the_ratio_times_the_reference_s_mean(analysis):
    difference = analysis.result.instrument("cpu_per_request").difference("regular")
    level = difference.reference_level.point
    assert difference.absolute.point == pytest.approx(difference.relative.point * level)
    assert difference.absolute_by_unit_us == pytest.approx(
        [ratio * level for ratio in difference.relative_by_unit]
    )


def test_an_estimate_is_that_of_the_units_it_tells(analysis):
    for measured in analysis.result.instruments:
        assert measured.units == 6
        for difference in measured.differences:
            assert len(difference.absolute_by_unit_us) == 6
            assert difference.absolute == t_estimate(difference.absolute_by_unit_us, unit="µs")
            assert difference.relative == t_estimate(difference.relative_by_unit, unit="ratio")


def test_the_parts_of_a_request_add_up_to_the_client_s_mean(analysis):
    result = analysis.result
    for parts in result.server_parts:
        four = (parts.decode, parts.infer, parts.encode, parts.rest)
        assert sum(part.point for part in four) == pytest.approx(parts.client.point)
    client = result.instrument("client_latency").levels[0].mean
    assert result.server_parts[0].client == client


def test_a_unit_is_the_mean_of_its_two_starts_computed_by_hand(sound_run, analysis):
    measured = analysis.result.instrument("in_process")
    by_start = []
    for replicate in (2, 3):
        samples = Samples.load(sound_run.samples / f"in_process-{replicate:03d}.parquet")
        took_ns = samples.done_ns - samples.intended_ns
        means = [took_ns[samples.arm == arm].mean() for arm in range(4)]
        by_start.append(means[1] - means[0])
    assert measured.difference("regular").absolute_by_unit_us[1] == pytest.approx(
        np.mean(by_start) / 1000
    )


def test_an_odd_start_without_its_partner_is_not_used_and_counted(make_run, truth):
    result = analyse(make_run(truth.but(in_process_starts=13, served_starts=0))).result
    measured = result.instrument("in_process")
    assert (measured.units, measured.starts, measured.unpaired_starts) == (6, 12, 1)


def test_a_run_with_in_process_starts_only_says_what_it_can(make_run, truth):
    result = analyse(make_run(truth.but(served_starts=0))).result
    assert [measured.instrument for measured in result.instruments] == ["in_process"]
    assert result.server_parts == ()
    assert {cost.instrument for cost in result.costs} == {"in_process"}
    assert result.verdict.kind is VerdictKind.INVALID
    assert result.verdict.estimate is None


def test_a_run_with_served_starts_only_says_what_it_can(make_run, truth):
    analysis = analyse(make_run(truth.but(in_process_starts=0)))
    assert analysis.result.instrument("in_process") is None
    assert analysis.result.verdict.estimate is not None
    assert analysis.pictures.in_process is None


def test_a_server_that_does_not_tell_its_clock_leaves_latency_without_a_verdict(make_run, truth):
    result = analyse(make_run(truth.but(server_tells=False))).result
    assert result.instrument("client_latency").units == 6
    assert result.instrument("cpu_per_request") is None
    assert result.verdict.kind is VerdictKind.INVALID


def test_failed_requests_are_counted_and_their_rounds_left_out(make_run, truth):
    result = analyse(make_run(truth.but(failed_requests=5))).result
    measured = result.instrument("client_latency")
    assert 1 <= measured.rounds_left_out <= 5
    assert measured.rounds + measured.rounds_left_out == 12 * truth.served_rounds
    gate = next(gate for gate in result.gates if gate.name == "failures")
    assert gate.figure == pytest.approx(5 / (12 * truth.served_rounds * 4))


@pytest.mark.parametrize(("in_process", "served"), [(0, 0), (1, 0), (1, 1)])
def test_a_run_without_a_finished_unit_says_how_to_go_on(make_run, truth, in_process, served):
    directory = make_run(truth.but(in_process_starts=in_process, served_starts=served))
    with pytest.raises(InvalidRunError, match="perbillion run --resume"):
        analyse(directory)


def test_an_empty_run_record_is_a_run_without_a_finished_unit(make_run, truth):
    directory = make_run(truth.but(in_process_starts=0, served_starts=0))
    RunRecord(equality={}).save(directory.run_json)
    with pytest.raises(InvalidRunError, match="nothing to report on"):
        analyse(directory)


def test_samples_that_are_missing_are_named(make_run, truth):
    directory = make_run(truth.but(in_process_starts=2, served_starts=0))
    (directory.samples / "in_process-001.parquet").unlink()
    with pytest.raises(ArtifactError, match=r"in_process-001\.parquet"):
        analyse(directory)


def test_samples_of_other_arms_than_the_experiment_s_are_refused(make_run, truth):
    directory = make_run(truth.but(in_process_starts=2, served_starts=0))
    text = directory.experiment_toml.read_text().replace('    "folded",\n', "")
    directory.experiment_toml.write_text(text)
    with pytest.raises(ArtifactError, match="folded"):
        analyse(directory)


def test_the_result_comes_back_from_its_file_as_it_was(analysis, tmp_path):
    result = analysis.result
    result.save(tmp_path / "result.json")
    assert Result.load(tmp_path / "result.json") == result


@pytest.mark.parametrize("starts", [12, 2])
def test_the_result_fits_its_published_schema(make_run, truth, starts):
    few = truth.but(in_process_starts=starts, served_starts=starts)
    document = json.loads(analyse(make_run(few)).result.model_dump_json())
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    del document["verdict"]
    with pytest.raises(jsonschema.ValidationError, match="verdict"):
        jsonschema.Draft202012Validator(schema).validate(document)


def test_the_published_schema_is_current():
    assert SCHEMA.read_text() == json.dumps(result_json_schema(), indent=2) + "\n", "make docs"


def test_the_same_samples_give_the_same_result(sound_run, analysis):
    assert analyse(sound_run).result.model_dump_json() == analysis.result.model_dump_json()
