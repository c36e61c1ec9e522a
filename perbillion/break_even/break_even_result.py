"""The map, for machines."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from perbillion.runtimes.paired_cost import PairedCost
from perbillion.runtimes.survey_result import SurveyPlan, SurveyResult
from report.result_part import ResultPart

DEFAULT_WIDTHS = (32, 64, 256, 1024, 4096)
DEFAULT_BATCHES = (1, 4, 16, 64, 256, 1024)
# What the region is about, as a ratio.
MARGIN = 0.01


class Place(StrEnum):
    """Where an overhead lies, by its whole interval.

    ====== ==========================================
    BEYOND all of it beyond the margin, on one side
    WITHIN all of it within the margin
    OPEN   it holds an edge of the margin: not resolved
    ====== ==========================================
    """

    BEYOND = "beyond"
    WITHIN = "within"
    OPEN = "open"


class BreakEvenPlan(SurveyPlan):
    """What the map measures, and how much.

    Attributes
    ----------
    widths : tuple of int
        Of both hidden layers.
    batches : tuple of int
        Rows of a request.
    inputs, outputs : int
        Widths of the input and the output.
    keep_probability : float
        What the activations of the hidden layers are multiplied by.
    pairs : int
        Units of each cell: pairs of processes.
    seconds_per_start : float
        Of rounds in each process; large networks take longer, for a process has three rounds.
    """

    widths: tuple[int, ...] = DEFAULT_WIDTHS
    batches: tuple[int, ...] = DEFAULT_BATCHES
    inputs: int = 784
    outputs: int = 10
    keep_probability: float = 0.6
    pairs: int = 6
    seconds_per_start: float = 0.35


class Cell(ResultPart):
    """One network at one batch size.

    Attributes
    ----------
    width, batch : int
        Of both hidden layers; of a request.
    cost : PairedCost
        What the scalings cost.
    """

    width: int
    batch: int
    cost: PairedCost

    @property
    def place(self) -> Place:
        """Say where the overhead lies."""
        relative = self.cost.relative
        if relative.lies_inside(MARGIN):
            return Place.WITHIN
        low, high = relative.low, relative.high
        if (low is not None and low > MARGIN) or (high is not None and high < -MARGIN):
            return Place.BEYOND
        return Place.OPEN


class BreakEvenResult(SurveyResult):
    """What the scalings cost in ONNX Runtime, by width and batch size.

    Schema history: 1 = first.

    Attributes
    ----------
    version : str
        The runtime's name and version; empty before the first cell.
    cells : tuple of Cell
        By width, then by batch size.
    """

    schema_version: Literal[1] = 1
    plan: BreakEvenPlan
    version: str = ""
    cells: tuple[Cell, ...] = ()

    def with_cell(self, cell: Cell, version: str) -> BreakEvenResult:
        """Return the map with a cell more, or with this one in place of what it said before."""
        place = (cell.width, cell.batch)
        others = [each for each in self.cells if (each.width, each.batch) != place]
        cells = sorted((*others, cell), key=lambda each: (each.width, each.batch))
        return self.model_copy(update={"cells": tuple(cells), "version": version})

    def at(self, width: int, batch: int) -> Cell | None:
        """Return a cell; None where it is not measured."""
        for cell in self.cells:
            if (cell.width, cell.batch) == (width, batch):
                return cell
        return None

    def cells_at(self, place: Place) -> tuple[Cell, ...]:
        """Return the cells whose overhead lies there."""
        return tuple(cell for cell in self.cells if cell.place is place)
