import numpy as np
import pytest

from stats.distribution import densities, tail_probabilities


def test_densities_integrate_to_the_share_that_lies_within_the_edges():
    rng = np.random.default_rng(3)
    samples = [rng.lognormal(2.6, 0.2, 5000), rng.lognormal(2.7, 0.2, 4000)]
    histogram = densities(samples)
    shares = (histogram.densities * np.diff(histogram.edges)).sum(axis=1)
    for sample, share in zip(samples, shares, strict=True):
        inside = (sample >= histogram.edges[0]) & (sample <= histogram.edges[-1])
        assert share == pytest.approx(inside.mean())
        assert share > 0.95


def test_samples_that_are_all_alike_still_have_bins():
    histogram = densities([np.full(10, 5.0)])
    assert (np.diff(histogram.edges) > 0).all()


def test_a_quantile_curve_ends_where_ten_samples_lie_beyond():
    probabilities = tail_probabilities(10_000)
    assert probabilities[0] == 0
    assert probabilities[-1] == pytest.approx(0.999)
    assert (np.diff(probabilities) > 0).all()


def test_a_small_sample_has_a_curve_up_to_its_median_at_least():
    assert tail_probabilities(3)[-1] == pytest.approx(0.5)
