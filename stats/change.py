"""How much an estimate has changed from one run to another."""

from __future__ import annotations

from math import hypot

from stats.estimate import Estimate, around


def change_between(then: Estimate, now: Estimate) -> Estimate:
    """Return now - then, of two runs that have no unit in common.

    The half-width is √(w² + w'²) of the two half-widths. With intervals by Student's t that is at
    least Welch's, whose degrees of freedom are no fewer than the smaller of the two runs'; and it
    keeps what planned looks, or Stein's two stages, have made of either interval.

    Parameters
    ----------
    then, now : Estimate
        Of one quantity, at one level and in one unit.

    Returns
    -------
    Estimate
        Without an interval where either has none; `replicates` are those of the smaller run.

    Raises
    ------
    ValueError
        If the two are of different levels or units.

    References
    ----------
    Welch, "The generalization of 'Student's' problem when several different population variances
    are involved", Biometrika 34 (1947).
    """
    if (then.level, then.unit) != (now.level, now.unit):
        raise ValueError(
            f"{now.unit} at {now.level} cannot be compared with {then.unit} at {then.level}"
        )
    point = now.point - then.point
    replicates = min(then.replicates, now.replicates)
    widths = (then.half_width, now.half_width)
    errors = (then.standard_error, now.standard_error)
    freedoms = (then.degrees_of_freedom, now.degrees_of_freedom)
    if None in widths or None in errors or None in freedoms:
        return Estimate(point, None, None, now.level, now.unit, replicates)
    return around(
        point,
        hypot(*(width for width in widths if width is not None)),
        standard_error=hypot(*(error for error in errors if error is not None)),
        degrees_of_freedom=min(freedom for freedom in freedoms if freedom is not None),
        level=now.level,
        unit=now.unit,
        replicates=replicates,
    )
