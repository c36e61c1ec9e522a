"""Rows: which runtime runs the pair, how it is set, and in which form the graph is."""

from __future__ import annotations

from typing import Literal, get_args

from contract.errors import ExperimentError, nearest
from graph.session import LEVELS, Level
from report.result_part import ResultPart

RuntimeName = Literal[
    "onnxruntime",
    "torch-eager",
    "torch-compile",
    "openvino",
    "torch-cuda-eager",
    "torch-cuda-compile",
    "torch-cuda-graph",
    "onnxruntime-cuda",
]
Form = Literal["gemm", "matmul-add", "rank-3", "no-bias"]
FORMS: tuple[Form, ...] = get_args(Form)
NEED_GPU: frozenset[RuntimeName] = frozenset(
    ("torch-cuda-eager", "torch-cuda-compile", "torch-cuda-graph", "onnxruntime-cuda")
)
_THREADS = (1, 2)


class Row(ResultPart):
    """One row of the table.

    Attributes
    ----------
    runtime : str
        What runs the pair.
    level : str
        How far ONNX Runtime may go in rewriting the graph; others have no levels.
    form : str
        How the linear layers are written: as ``Gemm``; as ``MatMul`` and ``Add``; the same on a
        tensor of rank 3 with open dimensions; as ``MatMul`` without bias. PyTorch's ``Linear`` is
        the first.
    threads : int
        Threads for one operator.
    """

    runtime: RuntimeName
    level: Level = "all"
    form: Form = "gemm"
    threads: int = 1

    @property
    def name(self) -> str:
        """What ``--only`` takes, such as ``onnxruntime-all-gemm-1``."""
        if self.runtime != "onnxruntime":
            return self.runtime
        return f"{self.runtime}-{self.level}-{self.form}-{self.threads}"


def catalogue() -> tuple[Row, ...]:
    """Return every row there is, in the order of the table."""
    ours = [
        Row(runtime="onnxruntime", level=level, form=form, threads=threads)
        for threads in _THREADS
        for form in FORMS
        for level in LEVELS
    ]
    others = [Row(runtime=name) for name in get_args(RuntimeName) if name != "onnxruntime"]
    return (*ours, *others)


def chosen_rows(only: tuple[str, ...]) -> tuple[Row, ...]:
    """Return the rows of these names, or of names that begin so.

    Parameters
    ----------
    only : tuple of str
        Such as ``openvino``, ``torch`` or ``onnxruntime-all``; empty: every row.

    Raises
    ------
    ExperimentError
        If a name is none and none begins so.
    """
    rows = catalogue()
    if not only:
        return rows
    for wanted in only:
        if not any(_is_named(row, wanted) for row in rows):
            names = [row.name for row in rows]
            raise ExperimentError(
                f"no row {wanted!r}", where="--only", remedy=nearest(wanted, names)
            )
    return tuple(row for row in rows if any(_is_named(row, wanted) for wanted in only))


def _is_named(row: Row, wanted: str) -> bool:
    return row.name == wanted or row.name.startswith(f"{wanted}-")
