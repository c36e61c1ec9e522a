"""One condition that a run must meet to count."""

from __future__ import annotations

from report.result_part import ResultPart


class Gate(ResultPart):
    """One condition that a run must meet to count; `report.validity` computes them.

    Attributes
    ----------
    name : str
        ``equality``, ``control``, ``doses``, ``clock``, ``steal``, ``foreign_cpu``, ``late``,
        ``failures``, ``units``.
    passed : bool
        Whether it is met.
    figure, threshold : float or None
        What was found, and the limit; `figure` is None where nothing could be measured.
    unit : str
        Unit of measure of both.
    finding : str
        The same in words, a sentence without its full stop.
    remedy : str
        What to do when it fails.
    """

    name: str
    passed: bool
    figure: float | None
    threshold: float
    unit: str
    finding: str
    remedy: str
