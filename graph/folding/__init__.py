"""Folding: constant multiplications go into the weights beside them."""

from graph.folding.fold import Folding, fold, foldable, folding_of

__all__ = ["Folding", "fold", "foldable", "folding_of"]
