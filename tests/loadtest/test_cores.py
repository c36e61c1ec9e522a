from loadtest.machine.cores import Cores, choose_cores


def test_server_and_generator_get_different_cores_where_there_are_two():
    assert choose_cores({3, 5, 9}) == Cores(measured=9, generator=3)


def test_nothing_is_pinned_on_a_single_core():
    assert choose_cores({4}) == Cores(measured=None, generator=None)
