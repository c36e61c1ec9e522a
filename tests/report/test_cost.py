import pytest

from report.cost import costs_of


@pytest.fixture(scope="module")
def result(analysis):
    return analysis.result


def test_a_microsecond_of_cpu_is_a_thousand_core_seconds_a_billion(result):
    for instrument in ("in_process", "cpu_per_request"):
        cost = result.cost("regular", instrument)
        extra = result.instrument(instrument).difference("regular", "mean").absolute
        assert cost.core_seconds == extra.scaled(1000, "core-seconds")
        assert cost.core_hours.point == pytest.approx(extra.point * 0.27778, rel=1e-4)
        assert cost.usd.point == pytest.approx(extra.point * 0.27778 * 0.04, rel=1e-4)
        assert cost.usd.half_width == pytest.approx(extra.half_width * 0.27778 * 0.04, rel=1e-4)


def test_the_cost_of_the_reference_stands_beside_it(result):
    cost = result.cost("regular", "cpu_per_request")
    assert cost.reference_core_seconds == pytest.approx(186_000, rel=0.01)


def test_cost_comes_from_means_and_never_from_client_latency(result):
    assert {cost.instrument for cost in result.costs} == {"in_process", "cpu_per_request"}


def test_the_control_costs_nothing_worth_telling(result):
    assert {cost.arm for cost in result.costs} == {"regular", "folded"}


def test_cores_that_cost_nothing_make_no_dollars_whatever_the_interval(result):
    (cost,) = costs_of([result.instrument("in_process")], ["regular"], 0.0)
    assert (cost.usd.point, cost.usd.low, cost.usd.high) == (0, 0, 0)
