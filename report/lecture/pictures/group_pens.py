"""Which colour and which dashes each group of trained networks has."""

from __future__ import annotations

from collections.abc import Mapping

from report.pictures.palette import Pen, pen_of

# What the report draws too looks the same here; the others stand on a light page and on a dark
# one as its palette does.
_PENS: Mapping[str, Pen] = {
    "none": Pen("#8c8c8c", "--"),
    "inverted": pen_of("inverted", 0),
    "regular-naive": pen_of("regular", 0),
    "dropconnect": Pen("#7a6fd0", "-."),
    "relu-before": Pen("#3f94c4", "-."),
    "sigmoid-after": Pen("#16a37a", "-"),
    "sigmoid-before": Pen("#b8860b", "--"),
    "output-dropout": Pen("#cf5f1e", "--"),
    "p-0.2-0.5": Pen("#8a7765", ":"),
}


def group_pen(group: str) -> Pen:
    """Return how a group is drawn.

    Raises
    ------
    KeyError
        If the evidence knows no such group.
    """
    return _PENS[group]
