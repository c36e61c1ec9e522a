"""The data set that an experiment names."""

from __future__ import annotations

from contract.experiment import DataSection
from contract.progress import Progress
from train.dataset import DataSet


def load_data(section: DataSection, progress: Progress) -> DataSet:
    """Load the experiment's data.

    Parameters
    ----------
    section : DataSection
        Which data, and the folder that holds it.
    progress : Progress
        Is told of a download.

    Raises
    ------
    DataError
        If a file is missing, damaged, or cannot be downloaded.
    """
    if section.name == "mnist":
        from train.mnist import load_mnist  # noqa: PLC0415 - spares digits the import of pooch

        return load_mnist(section.folder, progress)
    from train.digits import load_digits  # noqa: PLC0415 - spares MNIST two seconds of sklearn

    return load_digits()
