from benchmarks.pages.summary import Spread, ratios


def test_the_ratio_is_taken_round_by_round_before_the_median():
    # The second round ran at half speed; each round's own ratio is 2 all the same.
    assert Spread.of(ratios([10, 5, 10], [5, 2.5, 5])) == Spread(2, 2, 2)


def test_rounds_that_one_of_the_two_lacks_are_left_out():
    assert ratios([8, 6, 4], [4, 3]) == [2, 2]


def test_a_spread_is_median_lowest_and_highest():
    assert Spread.of([3, 1, 2]) == Spread(2, 1, 3)
