"""The lecture's notebook beside the same training here: printed figures and ours."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contract.lecture_evidence import NotebookNetwork, Numbers
from contract.ledger import ClaimFigure
from report.rounding import number, significant

# The notebook prints losses to four digits and accuracies in per cent to two: four as shares.
_PRINTED_DIGITS = 4
# Sums in another order (another processor) let 50 epochs drift apart by some tenths of a point.
_FINAL_POINTS = 0.3


def reproduced(networks: Sequence[NotebookNetwork]) -> bool:
    """Say whether every network came as close to the notebook's as the same training does."""
    return all(_farthest_points(network) <= _FINAL_POINTS for network in networks)


def notebook_sentence(networks: Sequence[NotebookNetwork]) -> str:
    """Say how the notebook's printed figures compare with ours."""
    equal = all(_losses_equal(network) for network in networks)
    farthest = max(_farthest_points(network) for network in networks)
    losses = (
        "the first epoch's losses are those that it prints, to the last digit"
        if equal
        else "the first epoch's losses are not all those that it prints"
    )
    last = f"its last accuracies and ours are at most {significant(farthest, 2)} points apart"
    if farthest <= _FINAL_POINTS:
        return f"The notebook's own seed gives the notebook's results again: {losses}, and {last}."
    return f"The notebook's own seed does not give its results again: {losses}, and {last}."


def notebook_figures(networks: Sequence[NotebookNetwork]) -> tuple[ClaimFigure, ...]:
    """Tell each network's printed figures and ours."""
    return tuple(
        ClaimFigure(name=f"notebook, {_NAMES[network.name]}: {what}", value=value)
        for network in networks
        for what, value in (
            (
                "losses of batches 0, 50, 100, 150 and 200 of the first epoch",
                _beside(network.losses, network.printed_losses, _loss),
            ),
            (
                "train and validation accuracy after the first epoch",
                _beside(network.first_epoch, network.printed_first_epoch, _per_cent),
            ),
            (
                f"train, validation and test accuracy after epoch {network.epochs}",
                _beside(network.final, network.printed_final, _per_cent),
            ),
        )
    )


_NAMES = {"none": "no dropout", "inverted": "p = 0.5"}


def _losses_equal(network: NotebookNetwork) -> bool:
    return _rounded(network.losses) == _rounded(network.printed_losses)


def _farthest_points(network: NotebookNetwork) -> float:
    return max(
        100 * abs(here - printed)
        for here, printed in zip(network.final, network.printed_final, strict=True)
    )


def _beside(here: Numbers, printed: Numbers, write: Callable[[float], str]) -> str:
    ours = ", ".join(map(write, here))
    if _rounded(here) == _rounded(printed):
        return f"{ours}, as printed"
    return f"{ours}; printed: {', '.join(map(write, printed))}"


def _rounded(numbers: Numbers) -> Numbers:
    return tuple(round(each, _PRINTED_DIGITS) for each in numbers)


def _loss(nats: float) -> str:
    return number(nats, _PRINTED_DIGITS)


def _per_cent(share: float) -> str:
    return f"{number(100 * share, 2)} %"
