import numpy as np
import pytest

from benchmarks.calibration.calibration import CalibrationPlan, calibrate
from benchmarks.calibration.calibration_page import calibration_page
from benchmarks.calibration.demand import demands
from benchmarks.calibration.result import CalibrationResult, Rate
from benchmarks.calibration.right_ways import looked, planned
from benchmarks.calibration.scenario import BASE_NS, SCENARIOS, Scenario
from benchmarks.calibration.troubled_campaign import relative_means, simulated_tables, table_blocks
from benchmarks.pages.page import save

CALM = Scenario("nothing", layout_sd_ns=0.0, noise_ns=0.0)


@pytest.fixture(scope="module")
def result():
    return calibrate(CalibrationPlan(campaigns=4, most_units=20), lambda _: None)


def with_coverage(result, share):
    """The result with so many of the first scenario's intervals after six units covering."""
    first = result.scenarios[0]
    covered = Rate.of(np.arange(100) < 100 * share)
    fixed = tuple(
        at.model_copy(
            update={"covered": covered if at.units == 6 else Rate.of(np.arange(100) < 95)}
        )
        for at in first.fixed
    )
    changed = first.model_copy(update={"fixed": fixed})
    return result.model_copy(update={"scenarios": (changed,)})


def test_a_document_reads_back_as_it_was_written(result, tmp_path):
    page = calibration_page(result)
    save(result, page, tmp_path)
    assert CalibrationResult.load(tmp_path / "calibration.json") == result
    assert (tmp_path / "calibration.md").read_text() == page.markdown
    assert (tmp_path / "calibration.svg").read_bytes().startswith(b"<?xml")


def test_the_same_seed_counts_the_same_and_another_one_does_not(result):
    again = calibrate(CalibrationPlan(campaigns=4, most_units=20), lambda _: None)
    other = calibrate(CalibrationPlan(campaigns=4, most_units=20, seed=2), lambda _: None)
    assert again.scenarios == result.scenarios
    assert other.scenarios != result.scenarios


def test_every_scenario_has_a_row_of_its_own_in_each_table(result):
    text = calibration_page(result).markdown
    for name in SCENARIOS:
        assert text.count(f"\n| {name} | ") >= 4, name


def test_a_demand_shows_its_hardest_scenario_and_whether_it_is_met_there(result):
    for share, met in ((0.95, True), (0.93, True), (0.92, False), (0.98, False)):
        demand = demands(with_coverage(result, share))[0]
        assert demand.met is met
        assert demand.rate.share == pytest.approx(share)


def test_more_coverage_than_promised_is_missed_where_a_range_is_demanded_and_only_there(result):
    gaussian, everywhere = demands(with_coverage(result, 0.98))[:2]
    assert not gaussian.met
    assert everywhere.met


def test_a_rate_s_standard_error_is_the_binomial_distribution_s():
    rate = Rate.of(np.arange(400) < 380)
    assert (rate.hits, rate.campaigns, rate.share) == (380, 400, 0.95)
    assert rate.standard_error == pytest.approx(np.sqrt(0.95 * 0.05 / 400))


def test_without_troubles_every_unit_says_the_truth():
    rng = np.random.default_rng(1)
    tables = simulated_tables(CALM, 134.0, rng, campaigns=2, units=3)
    assert tables.shape == (2, 6, 60, 2)
    assert relative_means(tables) == pytest.approx(np.full((2, 3), 134 / BASE_NS))


def test_each_unit_loads_either_arm_first_once():
    rng = np.random.default_rng(2)
    scenario = Scenario("load order", layout_sd_ns=0.0, noise_ns=0.0, load_order_ns=230.0)
    by_start = simulated_tables(scenario, 0.0, rng, campaigns=4, units=5)[:, :, 0]
    slower = (by_start[..., 1] > by_start[..., 0]).reshape(4, 5, 2)
    assert (slower.sum(axis=2) == 1).all()
    assert 0 < slower[..., 0].sum() < 20


def test_noise_remembers_as_much_as_its_scenario_says_and_keeps_its_spread():
    rng = np.random.default_rng(3)
    scenario = Scenario("memory", layout_sd_ns=0.0, noise_ns=500.0, autocorrelation=0.9)
    tables = simulated_tables(scenario, 0.0, rng, campaigns=50, units=10)
    noise = tables[..., 0] - BASE_NS
    assert noise.std() == pytest.approx(500, rel=0.03)
    assert noise[:, :, 0].std() == pytest.approx(500, rel=0.08)
    neighbours = np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]
    assert neighbours == pytest.approx(0.9, abs=0.02)


def test_the_host_s_speed_moves_both_arms_of_a_round_alike():
    rng = np.random.default_rng(4)
    scenario = Scenario(
        "speed", layout_sd_ns=0.0, noise_ns=0.0, drift=0.1, speed_steps=(1.0, 1.1, 1.3)
    )
    tables = simulated_tables(scenario, 0.0, rng, campaigns=3, units=4)
    assert tables[..., 0] == pytest.approx(tables[..., 1])
    assert tables[..., 0].std() / tables[..., 0].mean() > 0.1


def test_blocks_make_as_many_campaigns_as_were_asked_for():
    rng = np.random.default_rng(5)
    sizes = [len(block) for block in table_blocks(CALM, 0.0, rng, campaigns=130, units=16)]
    assert sum(sizes) == 130
    assert len(sizes) > 1


def test_a_campaign_ends_at_the_first_look_that_settles_it_and_an_open_one_at_the_last():
    narrow = np.random.default_rng(6).normal(0, 0.001, (5, 16))
    wide = np.random.default_rng(6).normal(0, 1, (5, 16))
    assert looked(narrow, 0.0, 0.01).mean_units == 6
    assert looked(wide, 0.0, 0.01).mean_units == 16
    # Right at the margin a difference is soon detected and hardly ever placed.
    at_margin = looked(narrow + 0.01, 0.01, 0.01)
    assert at_margin.detected.share == 1
    assert at_margin.mean_units > 6


def test_a_campaign_that_would_take_more_units_than_there_are_is_counted_as_cut():
    campaigns = np.random.default_rng(7).normal(0, 1, (20, 12))
    result = planned(campaigns, 0.0, 1.0, 0.2)
    assert (result.cut, result.reached.hits, result.mean_units) == (20, 0, 12)
