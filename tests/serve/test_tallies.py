"""The table of counters that workers share."""

import os

import pytest

from contract.errors import OverloadedError
from serve.http.admission import Admission
from serve.limits import Limits
from serve.statistics.tallies import ModelCell, Tallies, WorkerCell, open_table


@pytest.fixture
def two():
    """The tables of two workers, over one memory."""
    memory_fd = open_table(2)
    yield Tallies.shared(memory_fd, 2, 0), Tallies.shared(memory_fd, 2, 1)
    os.close(memory_fd)


def test_what_a_dead_worker_had_in_its_hands_is_cleared_and_what_it_did_stays(two):
    first, second = two
    for tallies in two:
        admission = Admission(Limits(), tallies)
        for _ in range(3):
            tallies.add(WorkerCell.READ)
            admission.enter(100)
        admission.leave(100)
        tallies.add(WorkerCell.ANSWERED)
        tallies.add(WorkerCell.CONNECTIONS, 3)
        tallies.model(1).add(ModelCell.PENDING, 2)
        tallies.model(1).answered(total_ns=1000, queue_ns=10, now_ms=5)
    assert first.forget_present(worker=1, slots=2) == 2
    assert first.total(WorkerCell.IN_FLIGHT) == 2
    assert first.total(WorkerCell.BUFFERED_BYTES) == 200
    assert first.total(WorkerCell.CONNECTIONS) == 3
    assert first.total(WorkerCell.READ) == 6
    assert first.total(WorkerCell.ANSWERED) == 2
    assert first.total(WorkerCell.CUT_OFF) == 2
    assert first.model_total(1)[ModelCell.PENDING] == 2
    assert first.model_total(1)[ModelCell.SUCCESS] == 2
    assert second.own(WorkerCell.IN_FLIGHT) == 0


def test_the_places_in_flight_are_those_of_all_workers(two):
    first, second = (Admission(Limits(max_in_flight=2), tallies) for tallies in two)
    first.enter(1)
    second.enter(1)
    for admission in (first, second):
        with pytest.raises(OverloadedError, match="2 requests are in flight"):
            admission.enter(1)
    first.leave(1)
    second.enter(1)
