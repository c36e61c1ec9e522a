import pytest

from report.analysis import analyse

LEVELS = (
    "Multiplications by 1-p",
    "Graph nodes that run",
    "Floating-point operations",
    "Instructions per inference",
    "Inference in process",
    "Handler",
    "CPU per request",
    "CPU per request, by blocks",
    "Client latency, mean",
    "Client latency, median of paired differences",
    "Saturated capacity",
    "Poisson rate that holds 99 % within 5 ms",
    "Core-hours per billion predictions",
    "Dollars per billion predictions",
)


def rows_of(result):
    return {row.level: row for row in result.ladder}


def missing(result):
    return {row.level: row.missing for row in result.ladder if row.missing}


def test_a_full_run_climbs_from_the_multiplications_to_dollars(analysis):
    assert tuple(row.level for row in analysis.result.ladder) == LEVELS
    assert missing(analysis.result) == {}


def test_every_row_says_its_level_and_either_counts_or_estimates(analysis):
    for row in analysis.result.ladder:
        assert row.reference is not None
        assert (row.exact is None) != (row.difference is None)
        assert row.instrument
        if row.difference is not None:
            assert row.difference.unit == row.unit


def test_what_is_counted_is_exact(analysis):
    rows = rows_of(analysis.result)
    counted = {level: (rows[level].exact, rows[level].reference) for level in LEVELS[:4]}
    assert counted == {
        "Multiplications by 1-p": (120, 0),
        "Graph nodes that run": (2, 3),
        "Floating-point operations": (120, 125_370),
        "Instructions per inference": (10_772, 72_906),
    }


def test_what_is_estimated_is_the_instruments_own(analysis):
    result = analysis.result
    rows = rows_of(result)
    for level, name, statistic in (
        ("Inference in process", "in_process", "mean"),
        ("Handler", "handler", "mean"),
        ("CPU per request", "cpu_per_request", "mean"),
        ("CPU per request, by blocks", "cpu_blocks", "mean"),
        ("Client latency, mean", "client_latency", "mean"),
        (
            "Client latency, median of paired differences",
            "client_latency",
            "median_of_paired_differences",
        ),
    ):
        difference = result.instrument(name).difference("regular", statistic)
        assert rows[level].difference == difference.absolute
        assert rows[level].reference == difference.reference_level.point
    cost = result.cost("regular", "cpu_per_request")
    assert rows[LEVELS[-2]].difference == cost.core_hours
    assert rows[LEVELS[-1]].difference == cost.usd
    assert rows[LEVELS[-1]].reference == pytest.approx(cost.reference_core_seconds / 3600 * 0.04)


def test_capacity_is_told_in_requests_a_second_by_the_ratio(analysis):
    row = rows_of(analysis.result)["Saturated capacity"]
    found = analysis.result.capacity.of("regular").saturated_ratio
    assert row.difference.point == pytest.approx(found.point * row.reference)
    assert row.difference.half_width == pytest.approx(found.half_width * row.reference)


def test_what_a_profile_leaves_out_is_told_with_how_to_get_it(make_run, truth):
    quick = truth.but(profile="quick", doses_starts=0, capacity_starts=0, instructions=False)
    found = missing(analyse(make_run(quick)).result)
    assert found == {
        "Instructions per inference": "profile quick leaves it out: --profile standard, or "
        "--set instructions.enabled=true",
        "Saturated capacity": "profile quick leaves it out: --profile standard, or "
        "--set capacity.pairs=6",
        "Poisson rate that holds 99 % within 5 ms": "profile quick leaves it out: "
        "--profile standard, or --set capacity.pairs=6",
    }


def test_a_campaign_for_which_there_was_no_time_does_not_ask_to_be_resumed(make_run, truth):
    directory = make_run(truth.but(capacity_starts=0))
    text = directory.experiment_toml.read_text()
    directory.experiment_toml.write_text(
        text.replace("[stopping]", "[stopping]\nbudget_seconds = 300.0")
    )
    found = missing(analyse(directory).result)
    assert set(found) == set(LEVELS[10:12])
    assert "--budget" in found["Saturated capacity"]


@pytest.mark.parametrize(
    ("changes", "levels", "words"),
    [
        ({"instructions": False}, LEVELS[3:4], "install Valgrind"),
        ({"in_process_starts": 0}, LEVELS[4:5], "perbillion run --resume"),
        ({"served_starts": 0}, LEVELS[5:10], "perbillion run --resume"),
        ({"blocks_per_arm": 0}, LEVELS[7:8], "served.blocks_per_arm"),
        ({"server_tells": False}, LEVELS[5:7], "perbillion serve"),
        ({"capacity_starts": 1}, LEVELS[10:12], "perbillion run --resume"),
        ({"busy_share": 0.9}, LEVELS[10:11], "0 of 144 blocks kept the server's core 97 % busy"),
        ({"probes": 0}, LEVELS[11:12], "objective"),
        ({"served_starts": 0}, LEVELS[12:], "follows from CPU per request"),
    ],
)
def test_a_level_that_was_not_measured_says_why_and_what_to_do(
    make_run, truth, changes, levels, words
):
    found = missing(analyse(make_run(truth.but(**changes))).result)
    for level in levels:
        assert words in found[level]
