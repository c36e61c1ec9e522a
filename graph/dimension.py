"""Dimensions of a tensor: numbers, symbols, and sums and products of both."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

Dimension = int | str

# What exporters write where one dimension follows from others: "past_length + 1", "2*batch".
_OPERATIONS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
# Longer texts are names at most: Python's parser is not for texts that anybody may have written.
_LONGEST_EXPRESSION = 120


def symbols_of(dimension: Dimension) -> tuple[str, ...]:
    """Return the symbols that a dimension's size depends on, in their order.

    Parameters
    ----------
    dimension : int or str
        A size, a symbol, or an expression of symbols and numbers with ``+``, ``-`` and ``*``. A
        text that is none of these is taken for one symbol.
    """
    if isinstance(dimension, int):
        return ()
    tree = _parsed(dimension)
    if tree is None:
        return (dimension,)
    return tuple(dict.fromkeys(part.id for part in ast.walk(tree) if isinstance(part, ast.Name)))


def size_of(dimension: Dimension, sizes: Mapping[str, int]) -> int:
    """Return a dimension's size.

    Parameters
    ----------
    dimension : int or str
        As in `symbols_of`.
    sizes : mapping of str to int
        The size of every symbol in it, or of the expression as it is written.

    Raises
    ------
    KeyError
        If a symbol has no size.
    """
    if isinstance(dimension, int):
        return dimension
    tree = _parsed(dimension)
    if dimension in sizes or tree is None:
        return sizes[dimension]
    return _value(tree, sizes)


def _parsed(text: str) -> ast.expr | None:
    if len(text) > _LONGEST_EXPRESSION:
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree if _is_arithmetic(tree) else None


def _is_arithmetic(tree: ast.expr) -> bool:
    if isinstance(tree, ast.BinOp):
        known = type(tree.op) in _OPERATIONS
        return known and _is_arithmetic(tree.left) and _is_arithmetic(tree.right)
    return isinstance(tree, ast.Name) or (
        isinstance(tree, ast.Constant) and type(tree.value) is int
    )


def _value(tree: ast.expr, sizes: Mapping[str, int]) -> int:
    if isinstance(tree, ast.BinOp):
        return _OPERATIONS[type(tree.op)](_value(tree.left, sizes), _value(tree.right, sizes))
    if isinstance(tree, ast.Name):
        return sizes[tree.id]
    number: int = ast.literal_eval(tree)
    return number
