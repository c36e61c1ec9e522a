"""A made-up ledger (``synthetic_lecture``) and its pictures; golden files are tests/report's."""

import pytest

from report.lecture.lecture_figures import pictures_of_lecture
from synthetic_lecture import lecture_evidence, ledger


@pytest.fixture(scope="session")
def evidence():
    return lecture_evidence()


@pytest.fixture(scope="session")
def settled(evidence):
    """The ledger. Do not change it."""
    return ledger(evidence)


@pytest.fixture(scope="session")
def pictures(evidence):
    """By claim. Do not change them."""
    return pictures_of_lecture(evidence)
