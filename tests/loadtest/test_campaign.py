from hypothesis import given
from hypothesis import strategies as st

from loadtest.campaign.start_plan import CampaignSeeds, copies_asked, plan_starts, round_orders

ARMS = ("inverted", "regular", "folded", "again")
SEEDS = CampaignSeeds(order=1, payload=2, load_order=3)


def test_the_second_start_of_a_pair_loads_in_the_reverse_order_of_the_first():
    starts = plan_starts(ARMS, 6, SEEDS)
    for first, second in zip(starts[::2], starts[1::2], strict=True):
        assert first.unit == second.unit
        assert first.load_order == second.load_order[::-1]
        assert sorted(first.load_order) == sorted(ARMS)


def test_load_orders_differ_from_pair_to_pair():
    assert len({start.load_order for start in plan_starts(ARMS, 12, SEEDS)}) > 6


@given(st.integers(0, 2**31), st.integers(1, 5))
def test_aliases_are_of_equal_length_distinct_and_new_at_each_start(seed, pairs):
    starts = plan_starts(ARMS, pairs, CampaignSeeds(order=0, payload=0, load_order=seed), 3)
    for start in starts:
        names = [name for dealt in start.aliases.values() for name in dealt]
        assert set(start.aliases) == set(ARMS)
        assert len(set(names)) == len(names) == 3 * len(ARMS)
        assert {len(name) for name in names} == {6}
        assert sorted(start.names_in_load_order(ARMS)) == sorted(names)
    assert len({tuple(start.aliases.values()) for start in starts}) == len(starts)


def test_each_copy_of_an_arm_has_its_place_in_the_load_order():
    (start, reverse) = plan_starts(ARMS, 1, SEEDS, copies=3)
    assert sorted(start.load_order) == sorted(3 * ARMS)
    assert reverse.load_order == start.load_order[::-1]
    arm_of = {name: arm for arm, names in start.aliases.items() for name in names}
    assert tuple(arm_of[name] for name in start.names_in_load_order(ARMS)) == start.load_order


def test_every_copy_is_asked_equally_often():
    asked = copies_asked(2, 30_000, 3, seed=5)
    # 10,000 expected each; the standard deviation is 82.
    assert all(abs((asked == copy).sum(axis=0) - 10_000).max() < 500 for copy in range(3))


def test_a_plan_depends_on_its_seeds_alone_so_a_resumed_run_continues_it():
    assert plan_starts(ARMS, 6, SEEDS)[:4] == plan_starts(ARMS, 2, SEEDS)


def test_every_order_of_a_round_is_equally_likely():
    orders = round_orders(3, 60_000, seed=5)
    counts = {}
    for order in map(tuple, orders.tolist()):
        counts[order] = counts.get(order, 0) + 1
    assert len(counts) == 6
    # 10,000 expected each; the standard deviation is 91.
    assert all(abs(count - 10_000) < 500 for count in counts.values())
