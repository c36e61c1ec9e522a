"""Numbers for people: never more digits than the interval supports."""

from __future__ import annotations

import math
import re

from stats.estimate import Estimate

_MINUS = "\N{MINUS SIGN}"
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_INSIDE_A_QUANTITY = re.compile(
    r"(?<=\d) (?=[±%µ]|core-|(?:units?|operations|instructions|requests/s)\b|vCPU)"
    r"|(?<=[±≈\N{MINUS SIGN}]) | (?=\N{MINUS SIGN} )"
)
_WORD_JOINER = "\N{WORD JOINER}"
# A browser also breaks a line between a minus and a dollar sign, and after a hyphen: in units
# and in the names of arms (regular-x2, dropconnect-sampled).
_NOT_BETWEEN = re.compile(
    r"(?<=\N{MINUS SIGN})(?=\$)|(?<=core-|vCPU-)(?=hour|second)|(?<=-)(?=x\d|sampled\b)"
)
_FIRST_DIGIT = re.compile(r"(?=\d)")
_ABOUT = "\N{ALMOST EQUAL TO} "
_NO_INTERVAL_DIGITS = 2
_SMALLEST_P = 1e-4


def decimals_for(half_width: float) -> int:
    """Return the decimal place of the second significant digit of a half-width.

    An uncertainty is given to at most two significant digits and the figure itself to the
    same place (Guide to the Expression of Uncertainty in Measurement, 7.2.6). Negative
    for tens, hundreds and so on.

    Parameters
    ----------
    half_width : float
        Positive.
    """
    exponent = math.floor(math.log10(half_width))
    decimals = 1 - exponent
    # 0.0996 rounds to 0.10: one digit less, or it would show three.
    return decimals - 1 if round(half_width, decimals) >= 10 ** (exponent + 1) else decimals


def number(value: float, decimals: int) -> str:
    """Write a number rounded to a decimal place, with a real minus sign and no minus zero."""
    rounded = round(value, decimals)
    text = f"{abs(rounded):,.{max(decimals, 0)}f}"
    return f"{_MINUS}{text}" if rounded < 0 else text


def significant(value: float, digits: int) -> str:
    """Write a number to so many significant digits."""
    return number(value, _decimals(value, digits)) if value else "0"


def bare_interval(estimate: Estimate) -> str:
    """Write ``1.10 ± 0.12``, or ``≈ 1.1`` where there is no interval."""
    half_width = estimate.half_width
    if half_width is None:
        return f"{_ABOUT}{significant(estimate.point, _NO_INTERVAL_DIGITS)}"
    if half_width == 0:
        return f"{significant(estimate.point, 3)} ± 0"
    decimals = decimals_for(half_width)
    return f"{number(estimate.point, decimals)} ± {number(half_width, decimals)}"


def rounded(estimate: Estimate) -> str:
    """Write the point alone: three significant digits, fewer where the interval is wide."""
    value, half_width = estimate.point, estimate.half_width
    if value == 0 or half_width is None:
        return significant(value, _NO_INTERVAL_DIGITS)
    decimals = _decimals(value, 3)
    return number(value, min(decimals, decimals_for(half_width)) if half_width else decimals)


def with_interval(estimate: Estimate) -> str:
    """Write ``1.10 ± 0.12 µs``, or ``≈ 1.1 µs`` where there is no interval."""
    return f"{bare_interval(estimate)} {estimate.unit}"


def percent(ratio: Estimate) -> str:
    """Write a ratio with its interval in per cent."""
    return with_interval(ratio.scaled(100, "%"))


def share(ratio: float) -> str:
    """Write a ratio without an interval in per cent, to two significant digits."""
    return f"{significant(100 * ratio, 2)} %"


def dollars(amount: Estimate) -> str:
    """Write an amount of dollars with its interval: ``$0.027 ± 0.005``."""
    return _FIRST_DIGIT.sub("$", bare_interval(amount), count=1)


def p_value(probability: float) -> str:
    """Write ``p = 0.012``, or ``p < 0.0001`` where it is smaller than anybody can use."""
    if probability < _SMALLEST_P:
        return f"p < {_SMALLEST_P:.4f}"
    return f"p = {number(probability, max(_decimals(probability, 2), 2))}"


def count(things: int, name: str) -> str:
    """Write ``1 unit`` or ``1,200 units``."""
    return f"{things:,} {name}{'' if things == 1 else 's'}"


def glued(text: str) -> str:
    """Forbid breaks of a line where it would tear a quantity or a name apart."""
    return _NOT_BETWEEN.sub(_WORD_JOINER, _INSIDE_A_QUANTITY.sub(_NO_BREAK_SPACE, text))


def unglued(text: str) -> str:
    """Put ordinary spaces back, for text that is searched and copied."""
    return text.replace(_NO_BREAK_SPACE, " ").replace(_WORD_JOINER, "")


def _decimals(value: float, digits: int) -> int:
    return digits - 1 - math.floor(math.log10(abs(value)))
