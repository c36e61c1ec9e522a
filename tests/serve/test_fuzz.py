"""A twentieth of `make fuzz`: generated requests to a real server."""

import pytest

from benchmarks.fuzz.sitting import run_sitting

REQUESTS = 5000


@pytest.fixture(scope="module")
def sitting():
    return run_sitting(REQUESTS, number=1, say=lambda _: None)


def test_whatever_is_sent_the_server_answers_as_it_may_and_stands(sitting):
    assert not sitting.findings, "\n\n".join(sitting.findings)


def test_requests_of_every_kind_are_sent_and_many_are_right(sitting):
    assert sitting.requests >= REQUESTS
    kinds = ("valid", "spoiled", "varied", "odd requests", "chunked", "pipelined", "torn")
    assert all(sitting.kinds[kind] > 0 for kind in kinds)
    assert sitting.kinds["openapi"] >= 400
    assert sitting.statuses[200] >= 1000
    assert sitting.statuses[400] >= 1000
