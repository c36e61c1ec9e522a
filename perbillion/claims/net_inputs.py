"""C3: what happens to the net inputs where the scaling is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import mul
from typing import Self

from contract.lecture_evidence import LectureEvidence, NetInputs, Numbers
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from report.lecture.network_text import listed
from report.rounding import bare_interval, share
from stats.estimate import Estimate, t_estimate

# Below this share nothing of a histogram could be seen.
_NONE_BELOW_ZERO = 1e-4


@dataclass(frozen=True, slots=True)
class _Growth:
    """How net inputs behind one hidden layer grow without the scaling.

    Attributes
    ----------
    size : Estimate
        Their root mean square, whatever their sign, as a ratio to that in training.
    below_zero : float
        Share of them that is negative at prediction.
    """

    layer: NetInputs
    size: Estimate
    below_zero: float

    @classmethod
    def of(cls, layer: NetInputs) -> Self:
        unscaled = _root_mean_square(layer.mean_unscaled, layer.spread_unscaled)
        training = _root_mean_square(layer.mean_training, layer.spread_training)
        return cls(layer, _ratio(unscaled, training), _share_below_zero(layer))

    @property
    def told(self) -> str:
        return f"{bare_interval(self.size)} behind hidden layer {self.layer.hidden_layer}"


def settle_c3(evidence: LectureEvidence) -> SettledClaim:
    """Judge whether net inputs are larger at prediction than in training without the scaling."""
    layers = [layer for layer in evidence.net_inputs if layer.p > 0]
    growths = [_Growth.of(layer) for layer in layers]
    left_out = accumulate((1 / (1 - layer.p) for layer in layers), mul)
    multiples = listed([f"{multiple:.3g}" for multiple in left_out])
    sizes = f"{listed([growth.told for growth in growths])} (what is left out comes to {multiples})"
    still = [growth for growth in growths if growth.size.low is None or growth.size.low <= 1]
    negative = [growth for growth in growths if growth.below_zero > _NONE_BELOW_ZERO]
    if still:
        verdict = Settlement.FAILS
        because = (
            "That net inputs are larger without the scaling cannot be shown: their size (root mean "
            f"square) is that in training times {sizes}."
        )
    elif negative:
        verdict = Settlement.CONDITION
        shares = listed([share(growth.below_zero) for growth in growths])
        because = (
            "They are larger in size, whatever their sign. Not all of them are positive, as the "
            f"lecture assumes for simplicity ({shares} are negative): these become more negative. "
            f"Without the scaling their size (root mean square) is that in training times {sizes}."
        )
    else:
        verdict = Settlement.HOLDS
        because = (
            "All of them are positive, and without the scaling their size (root mean square) is "
            f"that in training times {sizes}."
        )
    return SettledClaim(
        id="C3",
        claim="Without the scaling, net inputs would be larger at test time than in training, if "
        "all of them are positive.",
        verdict=verdict,
        because=because,
        figures=tuple(figure for growth in growths for figure in _figures(growth)),
        how=f"The trained networks of {len(layers[0].mean_training)} seeds, by regular dropout: "
        "what the next layer gets on the test images, before its bias, in training mode, at "
        "prediction with the factor 1-p, and at prediction without it. Behind the first hidden "
        "layer the mean should grow by 1/(1-p) and the spread by less, for dropping adds a spread "
        "of its own in training; behind the next ones factors left out before them multiply.",
    )


def _figures(growth: _Growth) -> tuple[ClaimFigure, ...]:
    layer, where = growth.layer, f"behind hidden layer {growth.layer.hidden_layer}"
    spreads = (layer.spread_training, layer.spread_scaled, layer.spread_unscaled)
    means = (layer.mean_training, layer.mean_scaled, layer.mean_unscaled)
    ratios = [
        ("spread", "not scaled", layer.spread_unscaled, layer.spread_training),
        ("spread", "scaled", layer.spread_scaled, layer.spread_training),
    ]
    # A mean of zero in training is a multiple of nothing.
    if all(layer.mean_training):
        ratios.append(("mean", "not scaled", layer.mean_unscaled, layer.mean_training))
    return (
        ClaimFigure(name=f"mean {where}: training, scaled, not scaled", value=_three(means)),
        ClaimFigure(name=f"spread {where}: training, scaled, not scaled", value=_three(spreads)),
        *(
            ClaimFigure(
                name=f"{what} {where}: {form}, as a multiple of training",
                value=bare_interval(_ratio(above, below)),
            )
            for what, form, above, below in ratios
        ),
        ClaimFigure(name=f"negative net inputs {where}", value=share(growth.below_zero)),
    )


def _three(by_mode: Sequence[Numbers]) -> str:
    return "; ".join(bare_interval(t_estimate(values, unit="")) for values in by_mode)


def _root_mean_square(means: Numbers, spreads: Numbers) -> Numbers:
    return tuple((mean**2 + spread**2) ** 0.5 for mean, spread in zip(means, spreads, strict=True))


def _ratio(above: Numbers, below: Numbers) -> Estimate:
    return t_estimate([a / b for a, b in zip(above, below, strict=True)], unit="ratio")


def _share_below_zero(layer: NetInputs) -> float:
    """Return the share of the scaled net inputs' histogram that lies below zero."""
    return sum(
        density * max(0.0, min(high, 0.0) - low)
        for density, (low, high) in zip(layer.scaled, pairwise(layer.edges), strict=True)
    )
