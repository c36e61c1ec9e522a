from dataclasses import dataclass, field

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from serve.batching.batch import BatchRequest, kind_of
from serve.batching.batch_queue import BatchQueue
from serve.models.model_settings import BatchingSettings

DELAY_US = 10
DELAY_NS = 10_000


def _queue(max_batch_size, delay_us=DELAY_US):
    return BatchQueue(BatchingSettings(max_batch_size=max_batch_size, max_queue_delay_us=delay_us))


def _request(rows, kind, arrived_ns):
    inputs = {"x": np.zeros((rows, kind))}
    return BatchRequest(inputs, rows, kind_of(inputs), arrived_ns, None, object())


def test_a_batch_waits_until_its_oldest_request_has_waited_for_the_delay():
    queue = _queue(4)
    first, second = _request(1, 1, 0), _request(1, 1, 9_000)
    queue.add(first)
    queue.add(second)
    assert queue.due_ns() == DELAY_NS
    assert queue.take_due(DELAY_NS - 1) is None
    assert queue.take_due(DELAY_NS) == [first, second]
    assert queue.due_ns() is None


def test_a_batch_that_is_full_waits_no_longer():
    queue = _queue(4)
    requests = [_request(2, 1, 0), _request(2, 1, 1)]
    for request in requests:
        queue.add(request)
    assert queue.take_due(1) == requests


def test_a_batch_is_full_when_the_next_request_does_not_fit():
    queue = _queue(4)
    small, large = _request(2, 1, 0), _request(3, 1, 1)
    queue.add(small)
    assert queue.take_due(1) is None
    queue.add(large)
    assert queue.take_due(1) == [small]
    assert queue.take_due(1) is None


def test_a_batch_that_loses_a_request_is_no_longer_full():
    queue = _queue(4)
    requests = [_request(2, 1, 0), _request(2, 1, 1)]
    for request in requests:
        queue.add(request)
    queue.discard(requests[1].answer)
    assert queue.take_due(2) is None
    assert queue.take_due(DELAY_NS) == [requests[0]]


def test_a_full_batch_does_not_go_before_one_that_has_waited_for_the_delay():
    queue = _queue(2)
    lonely = _request(1, 7, 0)
    full = [_request(2, 1, 1), _request(2, 1, 2)]
    queue.add(lonely)
    for request in full:
        queue.add(request)
    assert queue.take_due(DELAY_NS - 1) == full[:1]
    assert queue.take_due(DELAY_NS) == [lonely]


def test_other_element_types_and_trailing_shapes_are_other_kinds():
    arrays = (np.zeros((2, 3)), np.zeros((5, 3)), np.zeros((2, 3), np.float32), np.zeros((2, 4)))
    kinds = [kind_of({"x": array}) for array in arrays]
    assert kinds[0] == kinds[1]
    assert len(set(kinds)) == 3


def test_kinds_of_which_nothing_waits_are_forgotten():
    queue = _queue(2, 0)
    for kind in range(100):
        queue.add(_request(1, kind, kind))
        assert queue.take_due(kind) is not None
    queue.add(kept := _request(1, 1, 0))
    queue.discard(kept.answer)
    assert not queue._groups
    assert not queue._full


@dataclass
class Expected:
    """The rules of the queue, as slowly and plainly as they can be written."""

    max_rows: int
    waiting: list = field(default_factory=list)

    def batch_of(self, first):
        taken = []
        for request in self.waiting:
            if request.kind == first.kind:
                rows = sum(other.rows for other in taken) + request.rows
                if taken and rows > self.max_rows:
                    return taken, True
                taken.append(request)
        return taken, sum(request.rows for request in taken) >= self.max_rows


@settings(deadline=None, max_examples=200)
@given(
    max_rows=st.integers(2, 6),
    delay_us=st.sampled_from([0, DELAY_US]),
    steps=st.lists(
        st.one_of(
            st.tuples(st.just("add"), st.integers(0, 8), st.integers(0, 2)),
            st.tuples(st.just("discard"), st.integers(0, 50)),
            st.tuples(st.just("pass"), st.integers(0, DELAY_NS)),
            st.tuples(st.just("take")),
        ),
        max_size=60,
    ),
)
def test_a_batch_is_what_came_first_and_what_came_next_of_its_kind(max_rows, delay_us, steps):
    queue, expected, now_ns = _queue(max_rows, delay_us), Expected(max_rows), 0
    for step, *arguments in steps:
        if step == "add":
            request = _request(*arguments, now_ns)
            queue.add(request)
            expected.waiting.append(request)
        elif step == "pass":
            now_ns += arguments[0]
        elif step == "discard" and expected.waiting:
            gone = expected.waiting.pop(arguments[0] % len(expected.waiting))
            queue.discard(gone.answer)
            queue.discard(gone.answer)
        elif step == "take":
            _check_take(queue, expected, now_ns, delay_us * 1000)
        assert len(queue) == len(expected.waiting)
        assert all(map(_same, queue.waiting(), expected.waiting))


def _same(a, b):
    return a is b


def _check_take(queue, expected, now_ns, delay_ns):
    taken = queue.take_due(now_ns)
    oldest = expected.waiting[0] if expected.waiting else None
    if oldest is not None and now_ns - oldest.arrived_ns >= delay_ns:
        batch, _ = expected.batch_of(oldest)
        assert list(map(id, taken)) == list(map(id, batch))
    elif taken is None:
        assert not any(expected.batch_of(first)[1] for first in expected.waiting)
    else:
        batch, full = expected.batch_of(taken[0])
        assert list(map(id, taken)) == list(map(id, batch))
        assert full
    for request in taken or ():
        expected.waiting = [other for other in expected.waiting if other is not request]
