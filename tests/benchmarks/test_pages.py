import pytest

from benchmarks.peers.peers import Contested, PeersResult
from benchmarks.peers.peers_page import peers_page
from benchmarks.peers.result import Sitting, Window
from contract.environment import observe


def contested(name, *rates, failure=None):
    windows = tuple(
        Window(
            requests_per_second=rate, p50_us=1000, p99_us=2000, steal_share=0, foreign_share=0.01
        )
        for rate in rates
    )
    return Contested(
        name=name,
        label=name.title(),
        codec="JSON",
        package=name,
        version="1.2",
        windows=windows,
        failure=failure,
    )


@pytest.fixture
def page():
    """Make the page of these contenders."""

    def made(*contenders):
        result = PeersResult(
            sitting=Sitting(
                measured="2026-01-01T00:00:00+00:00",
                environment=observe({}),
                server_core=1,
                load_core=0,
                serve_options=(),
            ),
            rounds=3,
            seconds=5,
            warm_up_seconds=1,
            connections=16,
            contenders=contenders,
        )
        return peers_page(result).markdown

    return made


def test_a_target_is_met_by_the_median_of_the_rounds_ratios(page):
    text = page(contested("fastapi", 100, 50, 100), contested("perbillion-binary", 95, 47, 80))
    assert "| 0.90 | 0.94 (0.80\N{EN DASH}0.95) | yes |" in text


def test_a_target_that_is_missed_says_so(page):
    text = page(contested("fastapi", 100), contested("perbillion-binary", 89))
    assert "| 0.90 | 0.89 (0.89\N{EN DASH}0.89) | no |" in text


def test_a_contender_that_could_not_be_started_keeps_its_row_and_says_why(page):
    text = page(contested("fastapi", 100), contested("ray-json", failure="cannot be installed"))
    assert "| Ray-Json | ray-json 1.2 | JSON | not measured: see below |" in text
    assert "after 0 of 3 rounds: cannot be installed" in text
