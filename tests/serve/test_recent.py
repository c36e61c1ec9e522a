from hypothesis import given, settings
from hypothesis import strategies as st

from serve.codec.recent import Recent


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 9)), st.integers(1, 5))
def test_the_newest_are_held_and_never_more_than_it_may_hold(keys, most):
    recent = Recent(most)
    added = []
    for key in keys:
        if recent.get(key) is None:
            recent.put(key, -key - 1)
            added.append(key)
        assert recent.get(key) == -key - 1
        assert len(recent) <= most
    assert all(recent.get(key) is not None for key in added[-most:])
