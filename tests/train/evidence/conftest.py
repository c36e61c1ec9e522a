import pytest

from contract.lecture_evidence import ExportedFacts
from contract.progress import SilentProgress
from train.archive import NetworkArchive
from train.dataset import DataSet, Split
from train.evidence.catalogue import Settings, planned
from train.training import train_network

# Under the name of MNIST, so that there are figures to see beside the notebook's.
SMALL = Settings(
    data_name="mnist",
    epochs=2,
    sweep_epochs=1,
    batch_size=32,
    seeds=(123, 1),
    hidden=(8, 6),
    sweep_widths=(4,),
)


@pytest.fixture(scope="session")
def few_digits(digits):
    """Return some of the digits as a data set of their own."""
    splits = [
        Split(digits.train.images[rows], digits.train.labels[rows])
        for rows in (slice(0, 64), slice(64, 84), slice(84, 144))
    ]
    return DataSet("mnist", *splits, source="a few of the digits")


@pytest.fixture(scope="session")
def small_catalogue():
    return planned(SMALL)


@pytest.fixture(scope="session")
def archive(small_catalogue, few_digits, tmp_path_factory):
    """Return an archive in which every network of the small catalogue is trained."""
    archive = NetworkArchive(tmp_path_factory.mktemp("networks"))
    for plan in small_catalogue.plans():
        train_network(plan, few_digits, archive, SilentProgress())
    return archive


@pytest.fixture
def loaded(small_catalogue, archive):
    """Load a group's networks and seeds."""

    def load(name):
        plans = small_catalogue.group(name).plans
        return [archive.load(plan.name)[1] for plan in plans], [plan.seed for plan in plans]

    return load


@pytest.fixture(scope="session")
def exported():
    return ExportedFacts(
        operators_none=("Gemm",),
        operators_inverted=("Gemm",),
        operators_dropconnect=("Gemm",),
        factors=(0.8, 0.5),
        refusal="no",
    )
