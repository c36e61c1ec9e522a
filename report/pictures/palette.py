"""Which colour and which dashes each arm has, in every picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Dashes = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class Pen:
    """How an arm is drawn."""

    colour: str
    dashes: Dashes


# After Okabe and Ito's palette, which people with colour-blindness tell apart; each stands on a
# light page and on a dark one (contrast 3:1). Doses are one hue, darker with each further
# split. Dashes say the same again.
_PENS: Mapping[str, Pen] = {
    "inverted": Pen("#2b83c6", "-"),
    "regular": Pen("#e0762a", "--"),
    "folded": Pen("#16a37a", "-."),
    "again": Pen("#b05fb5", ":"),
    "regular-x2": Pen("#cf5f1e", (0, (6, 1.5))),
    "regular-x4": Pen("#bd4f1c", (0, (4, 1, 1, 1))),
    "regular-x8": Pen("#b0431f", (0, (2, 1))),
    "null": Pen("#8c8c8c", "-"),
}
_OTHERS = (Pen("#b8860b", "--"), Pen("#3f94c4", "-."), Pen("#8a7765", ":"))


def pen_of(arm: str, place: int) -> Pen:
    """Return how an arm is drawn; one that the lecture's experiment has not by its place."""
    return _PENS.get(arm) or _OTHERS[place % len(_OTHERS)]
