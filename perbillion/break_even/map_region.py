"""The outline of a region of cells."""

from __future__ import annotations

from collections.abc import Collection

# Column and row of a cell; the ends of a line, in corners: corner (0, 0) is cell (0, 0)'s first.
Cell = tuple[int, int]
Line = tuple[tuple[int, int], tuple[int, int]]


def outline(cells: Collection[Cell]) -> tuple[Line, ...]:
    """Return the edges between a region's cells and everything else, each once.

    Parameters
    ----------
    cells : collection of (int, int)
        Column and row of each of the region's cells.

    Returns
    -------
    tuple of ((int, int), (int, int))
        Lines of length one, from corner to corner; cell (x, y) has the corners (x, y) to
        (x+1, y+1).
    """
    region = set(cells)
    lines: list[Line] = []
    for x, y in sorted(region):
        sides = {
            (x - 1, y): ((x, y), (x, y + 1)),
            (x + 1, y): ((x + 1, y), (x + 1, y + 1)),
            (x, y - 1): ((x, y), (x + 1, y)),
            (x, y + 1): ((x, y + 1), (x + 1, y + 1)),
        }
        lines += [line for neighbour, line in sides.items() if neighbour not in region]
    return tuple(lines)
