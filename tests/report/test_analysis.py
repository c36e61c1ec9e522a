import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from contract.errors import ArtifactError, InvalidRunError
from contract.run_record import CampaignEnd, RunRecord
from contract.samples import Samples
from report.analysis import analyse
from report.result import Result, result_json_schema
from stats.estimate import t_estimate
from stats.verdict import VerdictKind
from synthetic_machine import ARMS, BLOCK_CPU_US, CPU_US, NOTHING, holds

SCHEMA = Path(__file__).parents[2] / "docs" / "result.schema.json"


@pytest.mark.parametrize(
    ("name", "effects", "arms"),
    [
        ("in_process", "in_process_us", 7),
        ("handler", "handler_us", 3),
        ("cpu_per_request", "cpu_us", 3),
        ("cpu_blocks", "cpu_us", 3),
        ("client_latency", "client_us", 3),
        ("doses_cpu", "doses_cpu_us", 5),
    ],
)
def test_what_the_arms_cost_in_truth_is_found_again_by_every_instrument(
    analysis, truth, name, effects, arms
):
    measured = analysis.result.instrument(name)
    compared = measured.arms[1:]
    assert len(compared) == arms
    for arm in compared:
        found = measured.difference(arm).absolute
        assert holds(found, getattr(truth, effects).get(arm, 0.0)), arm
    if name != "client_latency":
        assert measured.difference("regular").absolute.excludes_zero


def test_the_levels_of_both_clocks_are_found_again(analysis):
    for name, level_us in (("cpu_per_request", CPU_US), ("cpu_blocks", BLOCK_CPU_US)):
        found = analysis.result.instrument(name).levels[0].mean
        assert found.point == pytest.approx(level_us, rel=0.002)


def test_a_sound_run_passes_every_gate_and_gets_a_verdict_on_cpu_per_request(analysis):
    result = analysis.result
    assert [gate.name for gate in result.gates] == [
        "equality",
        "control",
        "doses",
        "clock",
        "steal",
        "foreign_cpu",
        "late",
        "failures",
        "units",
    ]
    assert [gate.name for gate in result.gates if not gate.passed] == []
    primary = result.instrument("cpu_per_request").difference("regular").relative
    assert result.verdict.kind is VerdictKind.SLOWER
    assert result.verdict.estimate == primary


@pytest.mark.parametrize("name", ["cpu_per_request", "cpu_blocks", "in_process", "doses_cpu"])
def test_a_cost_in_microseconds_is_the_ratio_times_the_reference_s_mean(analysis, name):
    difference = analysis.result.instrument(name).difference("regular", "mean")
    level = difference.reference_level.point
    assert difference.absolute.point == pytest.approx(difference.relative.point * level)
    assert difference.absolute_by_unit_us == pytest.approx(
        [ratio * level for ratio in difference.relative_by_unit]
    )


def test_the_parts_of_a_request_add_up_to_the_client_s_mean(analysis):
    result = analysis.result
    assert [parts.arm for parts in result.server_parts] == [
        "inverted",
        "regular",
        "folded",
        "again",
    ]
    for parts in result.server_parts:
        four = (parts.decode, parts.infer, parts.encode, parts.rest)
        assert sum(part.point for part in four) == pytest.approx(parts.client.point)
    client = result.instrument("client_latency").levels[0].mean
    assert result.server_parts[0].client == client


def test_the_handler_is_the_server_s_parts_together(analysis):
    parts = analysis.result.server_parts[1]
    handler = analysis.result.instrument("handler").levels[1]
    assert handler.arm == parts.arm
    assert handler.mean.point == pytest.approx(
        parts.decode.point + parts.infer.point + parts.encode.point
    )


def test_what_the_contrast_adds_to_each_part_is_found_again_and_adds_up(analysis, truth):
    added = analysis.result.parts_difference
    assert added.arm == "regular"
    assert holds(added.infer, truth.handler_us["regular"])
    assert holds(added.decode, 0.0)
    assert holds(added.encode, 0.0)
    four = (added.decode, added.infer, added.encode, added.rest)
    assert sum(part.point for part in four) == pytest.approx(added.client.point)


def test_a_unit_is_the_mean_of_its_two_starts_computed_by_hand(sound_run, analysis):
    measured = analysis.result.instrument("in_process")
    by_start = []
    for replicate in (2, 3):
        samples = Samples.load(sound_run.samples / f"in_process-{replicate:03d}.parquet")
        took_ns = samples.done_ns - samples.intended_ns
        means = [took_ns[samples.arm == arm].mean() for arm in range(2)]
        by_start.append(means[1] / means[0] - 1)
    assert measured.difference("regular").relative_by_unit[1] == pytest.approx(np.mean(by_start))


def test_an_instrument_without_the_control_has_no_noise_floor(analysis):
    assert analysis.result.instrument("doses_cpu").noise_floor is None
    for name in ("in_process", "handler", "cpu_per_request", "cpu_blocks", "client_latency"):
        measured = analysis.result.instrument(name)
        assert measured.noise_floor == measured.difference("again").absolute


def test_secondary_differences_get_p_values_that_are_adjusted_for_their_number(analysis):
    adjusted = analysis.result.instrument("in_process").adjusted_p
    assert set(adjusted) == set(ARMS["in_process"][1:])
    assert adjusted["regular"] < 0.001
    assert adjusted["again"] > 0.05
    # The largest of seven is multiplied by one, and none is smaller than a plain one.
    plain = t_estimate(
        analysis.result.instrument("in_process").difference("again").absolute_by_unit_us, unit=""
    )
    assert (adjusted["again"] < 0.05) <= plain.excludes_zero


def test_an_odd_start_without_its_partner_is_not_used_and_counted(make_run, truth):
    result = analyse(make_run(truth.but(**NOTHING | {"in_process_starts": 13}))).result
    measured = result.instrument("in_process")
    assert (measured.units, measured.starts, measured.unpaired_starts) == (6, 12, 1)


def test_a_run_with_in_process_starts_only_says_what_it_can(make_run, truth):
    result = analyse(make_run(truth.but(**NOTHING | {"in_process_starts": 12}))).result
    assert [measured.instrument for measured in result.instruments] == ["in_process"]
    assert (result.server_parts, result.sequence, result.quantiles) == ((), (), ())
    assert result.capacity is None
    assert {cost.instrument for cost in result.costs} == {"in_process"}
    assert result.verdict.kind is VerdictKind.INVALID
    assert result.verdict.estimate is None
    assert [gate.name for gate in result.gates if not gate.passed] == ["control", "units"]


def test_a_run_with_served_starts_only_says_what_it_can(make_run, truth):
    analysis = analyse(make_run(truth.but(**NOTHING | {"served_starts": 16})))
    result = analysis.result
    assert [measured.instrument for measured in result.instruments] == [
        "handler",
        "cpu_per_request",
        "cpu_blocks",
        "client_latency",
    ]
    assert result.verdict.estimate is not None
    assert result.dose_responses == ()
    assert analysis.pictures.in_process is None
    assert not {"doses", "late"} & {gate.name for gate in result.gates}


def test_a_run_with_dose_response_starts_only_says_what_it_can(make_run, truth):
    result = analyse(make_run(truth.but(**NOTHING | {"doses_starts": 12}))).result
    assert [measured.instrument for measured in result.instruments] == ["doses_cpu"]
    assert len(result.dose_responses) == 1
    assert result.costs == ()


@pytest.mark.parametrize("order", ["in_process", "served", "doses", "capacity"])
def test_a_run_that_was_cut_after_any_start_is_reported_as_far_as_it_went(make_run, truth, order):
    # Campaigns follow one another; the named one is the one that was cut in its third unit.
    campaigns = ("in_process", "served", "doses", "capacity")
    cut = campaigns.index(order)
    full = {f"{name}_starts": 12 for name in campaigns[:cut]}
    directory = make_run(truth.but(**NOTHING | full | {f"{order}_starts": 5}))
    result = analyse(directory).result
    finished = {facts.instrument: facts.units for facts in result.campaigns}
    assert finished == dict.fromkeys(campaigns[:cut], 6) | {order: 2}
    assert Result.model_validate_json(result.model_dump_json()) == result


def test_a_server_that_does_not_tell_its_clock_leaves_latency_without_a_verdict(make_run, truth):
    result = analyse(make_run(truth.but(server_tells=False))).result
    assert result.instrument("client_latency").units == 8
    assert result.instrument("cpu_per_request") is None
    assert result.instrument("handler") is None
    assert result.verdict.kind is VerdictKind.INVALID
    assert not next(gate for gate in result.gates if gate.name == "clock").passed


def test_failed_requests_are_counted_and_their_rounds_left_out(make_run, truth):
    result = analyse(make_run(truth.but(failed_requests=5))).result
    measured = result.instrument("client_latency")
    assert 1 <= measured.rounds_left_out <= 5
    assert measured.rounds + measured.rounds_left_out == 16 * truth.served_rounds
    gate = next(gate for gate in result.gates if gate.name == "failures")
    assert gate.figure == pytest.approx(5 / (16 * truth.served_rounds * 4))


@pytest.mark.parametrize(("in_process", "served"), [(0, 0), (1, 0), (1, 1)])
def test_a_run_without_a_finished_unit_says_how_to_go_on(make_run, truth, in_process, served):
    few = NOTHING | {"in_process_starts": in_process, "served_starts": served}
    with pytest.raises(InvalidRunError, match="perbillion load"):
        analyse(make_run(truth.but(**few)))


def test_an_empty_run_record_is_a_run_without_a_finished_unit(make_run, truth):
    directory = make_run(truth.but(**NOTHING))
    RunRecord(equality={}).save(directory.run_json)
    with pytest.raises(InvalidRunError, match="nothing to report on"):
        analyse(directory)


@pytest.mark.parametrize(
    ("counts", "name"),
    [
        ({"in_process_starts": 2}, "in_process-001.parquet"),
        ({"served_starts": 2}, "served-001.blocks.json"),
        ({"in_process_starts": 2, "capacity_starts": 2}, "capacity-001.json"),
    ],
)
def test_a_start_s_file_that_is_missing_is_named(make_run, truth, counts, name):
    directory = make_run(truth.but(**NOTHING | counts))
    (directory.samples / name).unlink()
    with pytest.raises(ArtifactError, match=name):
        analyse(directory)


def test_a_start_of_other_arms_than_the_experiment_s_is_refused(make_run, truth):
    directory = make_run(truth.but(**NOTHING | {"in_process_starts": 2}))
    text = directory.experiment_toml.read_text().replace('    "folded",\n', "")
    directory.experiment_toml.write_text(text)
    with pytest.raises(ArtifactError, match="folded"):
        analyse(directory)


def test_samples_of_other_arms_than_their_start_s_are_refused(make_run, truth):
    directory = make_run(truth.but(**NOTHING | {"in_process_starts": 2, "served_starts": 2}))
    stranger = directory.samples / "in_process-001.parquet"
    (directory.samples / "served-001.parquet").replace(stranger)
    with pytest.raises(ArtifactError, match=r"in_process-001\.parquet: samples of the arms"):
        analyse(directory)


def test_the_result_comes_back_from_its_file_as_it_was(analysis, tmp_path):
    result = analysis.result
    result.save(tmp_path / "result.json")
    assert Result.load(tmp_path / "result.json") == result


@pytest.mark.parametrize("starts", [12, 2])
def test_the_result_fits_its_published_schema(make_run, truth, starts):
    few = truth.but(**dict.fromkeys(NOTHING, starts), served_end=CampaignEnd.OUT_OF_TIME)
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
