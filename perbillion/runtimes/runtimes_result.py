"""The table, for machines."""

from __future__ import annotations

from typing import Literal, Self

from contract.agreement import Agreement
from perbillion.runtimes.paired_cost import PairedCost
from perbillion.runtimes.paired_order import Examined
from perbillion.runtimes.row import Row, catalogue
from perbillion.runtimes.survey_result import SurveyPlan, SurveyResult
from report.result_part import ResultPart

ProfileName = Literal["quick", "standard"]
WIDTHS = (784, 75, 45, 10)


class RuntimesPlan(SurveyPlan):
    """What every row measures, and how much.

    Attributes
    ----------
    profile : str
        How much.
    widths : tuple of int
        Of the network.
    keep_probability : float
        What the activations of the hidden layers are multiplied by. No power of two, which could
        be a special case.
    batch : int
        Rows of a request.
    pairs, slow_pairs : int
        Units: pairs of processes; of ``torch.compile``, whose processes take long to start.
    seconds_per_start : float
        Of rounds in each process.
    """

    profile: ProfileName = "quick"
    widths: tuple[int, ...] = WIDTHS
    keep_probability: float = 0.6
    batch: int = 1
    pairs: int = 6
    slow_pairs: int = 6
    seconds_per_start: float = 0.25

    @classmethod
    def of(cls, profile: ProfileName, batch: int) -> Self:
        """Return the plan of a profile."""
        if profile == "quick":
            return cls(batch=batch)
        return cls(profile=profile, batch=batch, pairs=12, seconds_per_start=0.3)

    def pairs_of(self, row: Row) -> int:
        """Return how many units a row gets."""
        return self.slow_pairs if row.runtime.endswith("-compile") else self.pairs

    def request_shape(self, row: Row) -> tuple[int, ...]:
        """Return the shape of what a row's arms are asked."""
        if row.form == "rank-3":
            return (self.batch, 1, self.widths[0])
        return (self.batch, self.widths[0])


class RowResult(ResultPart):
    """What was found in one row.

    Attributes
    ----------
    row : Row
        Which.
    why_not : str
        Why it was not measured; empty where it was.
    version : str
        The runtime's name and version; empty where it was not measured, as are the others.
    inverted, regular : tuple of str
        What one prediction of these arms executes, in the runtime's words.
    scalings : int
        How many of the multiplications are left, standing by themselves, in the scaled arm.
    agreement : Agreement or None
        How closely its arms agree.
    cost : PairedCost or None
        What the scalings cost.
    """

    row: Row
    why_not: str = ""
    version: str = ""
    inverted: tuple[str, ...] = ()
    regular: tuple[str, ...] = ()
    scalings: int = 0
    agreement: Agreement | None = None
    cost: PairedCost | None = None

    @classmethod
    def measured(cls, row: Row, examined: Examined, cost: PairedCost) -> Self:
        """Put together what both looks at a row found."""
        return cls(
            row=row,
            version=examined.version,
            inverted=examined.operations["inverted"],
            regular=examined.operations["regular"],
            scalings=examined.scalings["regular"],
            agreement=examined.agreement,
            cost=cost,
        )


class RuntimesResult(SurveyResult):
    """Which runtimes pay.

    Schema history: 1 = first.

    Attributes
    ----------
    rows : tuple of RowResult
        In the order of the table.
    """

    schema_version: Literal[1] = 1
    plan: RuntimesPlan
    rows: tuple[RowResult, ...] = ()

    def with_row(self, found: RowResult) -> RuntimesResult:
        """Return the result with a row more, or with this one in place of what it said before."""
        names = [row.name for row in catalogue()]
        others = [each for each in self.rows if each.row != found.row]
        rows = sorted((*others, found), key=lambda each: names.index(each.row.name))
        return self.model_copy(update={"rows": tuple(rows)})

    def has(self, row: Row) -> bool:
        """Say whether a row was measured."""
        return any(each.row == row and each.cost is not None for each in self.rows)
