"""Multiplications by constants, in every form that a graph can write them down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import onnx

from graph.scaling import every_scaling
from graph.session import Array
from graph.wiring import Wiring

Form = Literal["factor", "divisor", "alpha"]
_WITH_ALPHA = ("Gemm", "FusedGemm", "FusedMatMul")


@dataclass(frozen=True, slots=True)
class Multiplication:
    """A tensor multiplied, or divided, by a constant at every prediction.

    Attributes
    ----------
    node : str
        The node's name.
    operator : str
        ``Mul``, ``Div``, or the matrix product that has an alpha.
    form : str
        ``factor`` of a Mul, ``divisor`` of a Div, or ``alpha`` of a matrix product.
    tensor : str
        What is multiplied; for an alpha, what the node makes.
    output : str
        The product.
    shape : tuple of int
        Of the constant.
    smallest, largest : float
        Of the constant's numbers.
    """

    node: str
    operator: str
    form: Form
    tensor: str
    output: str
    shape: tuple[int, ...]
    smallest: float
    largest: float

    @property
    def number(self) -> float | None:
        """The constant where it is one number, else None."""
        return self.smallest if all(size == 1 for size in self.shape) else None

    @property
    def told(self) -> str:
        """The constant for a reader, such as ``x 0.5`` or ``/ 8``."""
        sign = "/" if self.form == "divisor" else "x"
        if self.number is not None:
            return f"{sign} {self.number:g}"
        sizes = "x".join(map(str, self.shape))
        return f"{sign} [{sizes}] numbers, {self.smallest:g} to {self.largest:g}"


def multiplications(graph: onnx.GraphProto) -> tuple[Multiplication, ...]:
    """Find the multiplications by constants of a graph, in its order.

    They are the scalings (`graph.scaling.every_scaling`) and every alpha that is not 1. Subgraphs
    are not searched.

    Parameters
    ----------
    graph : GraphProto
        A graph whose nodes have names (`graph.inspection.named_model`).
    """
    wiring = Wiring(graph)
    scalings = {scaling.output: scaling for scaling in every_scaling(graph, wiring)}
    found = []
    for node in graph.node:
        scaling = scalings.get(node.output[0])
        if scaling is not None:
            form: Form = "divisor" if scaling.operator == "Div" else "factor"
            constant = wiring.constant(scaling.factor_name)
            if constant is not None and constant.size:
                found.append(_by(constant, form, node, scaling.tensor))
        elif node.op_type in _WITH_ALPHA and alpha_of(node) != 1:
            found.append(_by(np.array(alpha_of(node)), "alpha", node, node.output[0]))
    return tuple(found)


def alpha_of(node: onnx.NodeProto) -> float:
    """Return what a node multiplies its matrix product by."""
    if node.op_type not in _WITH_ALPHA:
        return 1.0
    return next((float(found.f) for found in node.attribute if found.name == "alpha"), 1.0)


def _by(constant: Array, form: Form, node: onnx.NodeProto, tensor: str) -> Multiplication:
    numbers = constant.astype(np.float64)
    return Multiplication(
        node=node.name,
        operator=node.op_type,
        form=form,
        tensor=tensor,
        output=node.output[0],
        shape=constant.shape,
        smallest=float(numbers.min()),
        largest=float(numbers.max()),
    )
