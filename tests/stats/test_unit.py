import numpy as np

from stats.unit import pair_starts, unit_means


def test_a_unit_is_the_mean_of_its_two_starts():
    values = np.array([[0.0, 1.0], [0.0, 3.0], [0.0, 10.0], [0.0, 20.0]])
    assert unit_means(values, pair_starts([0, 0, 1, 1])).tolist() == [[0, 2], [0, 15]]


def test_partners_are_found_in_whatever_order_starts_were_finished():
    assert pair_starts([1, 0, 1, 0]).tolist() == [[1, 3], [0, 2]]


def test_a_start_without_its_partner_is_in_no_unit():
    assert pair_starts([0, 0, 1]).tolist() == [[0, 1]]
    assert pair_starts([4]).shape == (0, 2)
    assert pair_starts([]).shape == (0, 2)
