"""Agreements as comparing two models would find them."""

from contract.agreement import Agreement


def agreement(rows=360, apart=0.0, tolerance=1e-4, classes=1.0):
    """Return what comparing outputs of magnitude 10 finds."""
    return Agreement(
        rows=rows,
        largest_absolute_difference=apart,
        largest_relative_difference=apart / 10,
        tolerance=tolerance,
        class_agreement=classes,
        same_function=apart <= tolerance and classes == 1,
    )
