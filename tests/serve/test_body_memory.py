"""Memory for bodies: aligned, used again, and never more of it kept than was agreed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.http.body_memory import ALIGNMENT_BYTES, BodyMemory

MIB = 1024 * 1024


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 3 * MIB), st.integers(0, 2000), st.booleans()), max_size=20)
)
def test_what_follows_the_head_is_aligned_and_no_memory_is_lent_twice(requests):
    memory = BodyMemory()
    lent = []
    for body_bytes, head_bytes, given_back in requests:
        buffer = memory.lend(body_bytes, min(head_bytes, body_bytes))
        assert len(buffer.body) == body_bytes
        if body_bytes > head_bytes:
            tensor = np.frombuffer(buffer.body, np.uint8)[head_bytes:]
            assert tensor.ctypes.data % ALIGNMENT_BYTES == 0
        assert not any(np.shares_memory(buffer.memory, other.memory) for other in lent)
        if given_back:
            memory.take_back(buffer)
        else:
            lent.append(buffer)
        assert memory.kept_bytes <= 8 * MIB


def test_bodies_of_like_sizes_get_the_same_memory():
    memory = BodyMemory()
    first = memory.lend(800_000, 150)
    memory.take_back(first)
    assert memory.lend(700_000, 90).memory is first.memory
    assert memory.kept_bytes == 0


def test_the_memory_of_a_huge_body_is_not_kept():
    memory = BodyMemory()
    memory.take_back(memory.lend(50 * MIB, 0))
    assert memory.kept_bytes == 0
