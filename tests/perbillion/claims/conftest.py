"""Evidence whose claims hold, and how to change it."""

from dataclasses import dataclass

import pytest

from contract.lecture_evidence import LectureEvidence
from report.analysis import analyse
from synthetic_lecture import lecture_evidence
from synthetic_machine import Truth
from synthetic_run import write_run

RUN_NAME = "20261123T120000Z-lecture"


@dataclass(frozen=True)
class Changing:
    """Evidence with one part after the other changed."""

    evidence: LectureEvidence

    def group(self, name, **changes):
        """Change a group; a callable makes each seed's figure from what it was."""
        return self._with("groups", name, changes)

    def identity(self, name, **changes):
        return self._with("identities", name, changes)

    def sweep(self, name, **changes):
        return self._with("sweep", name, changes)

    def part(self, name, **changes):
        """Change fields of a part that there is once, such as ``exported``."""
        changed = getattr(self.evidence, name).model_copy(update=changes)
        return self.but(**{name: changed})

    def every(self, name, change):
        """Change each part of a tuple."""
        return self.but(**{name: tuple(map(change, getattr(self.evidence, name)))})

    def but(self, **changes):
        return Changing(self.evidence.model_copy(update=changes))

    def _with(self, kind, name, changes):
        parts = getattr(self.evidence, kind)
        assert name in {part.name for part in parts}
        return self.but(
            **{
                kind: tuple(
                    _changed(part, changes) if part.name == name else part for part in parts
                )
            }
        )


def _changed(part, changes):
    made = {
        key: tuple(map(change, getattr(part, key))) if callable(change) else change
        for key, change in changes.items()
    }
    return part.model_copy(update=made)


@pytest.fixture(scope="session")
def mnist():
    """Evidence on MNIST in which dropout before ReLU comes to the figures of dropout after it."""
    evidence = lecture_evidence()
    after = evidence.group("inverted")
    return Changing(evidence).group(
        "relu-before",
        train_accuracy=after.train_accuracy,
        validation_accuracy=after.validation_accuracy,
        test_accuracy=after.test_accuracy,
        test_loss=after.test_loss,
    )


@pytest.fixture
def result_of(tmp_path):
    """Return what the report makes of a run whose truth is known."""

    def made(**changes):
        return analyse(write_run(tmp_path / RUN_NAME, Truth().but(**changes))).result

    return made


@pytest.fixture(scope="session")
def sound_result(tmp_path_factory):
    """The result of a run in which scalings cost and folding saves it."""
    return analyse(write_run(tmp_path_factory.mktemp("sound") / RUN_NAME, Truth())).result
