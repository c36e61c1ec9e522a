"""Why the scalings of a row are left, or gone: a sentence each."""

from __future__ import annotations

from collections.abc import Mapping

from graph.session import Level
from perbillion.runtimes.row import Form, Row, RuntimeName
from perbillion.runtimes.runtimes_result import RowResult

_SCALINGS = 2
# How many scalings are left by what is known of a runtime, and the reason.
Reason = tuple[int, str]

_AS_EXPORTED: Reason = (_SCALINGS, "At this level every node runs as it was exported.")
_NOT_YET: Reason = (
    _SCALINGS,
    "These MatMuls become no Gemms, and the pass that takes a factor into a MatMul "
    "(MatMulScaleFusion) belongs to the next level.",
)
_ABSORBED: Reason = (
    0,
    "MatMulScaleFusion takes the factor into the next MatMul, as FusedMatMul's alpha; Add and ReLU "
    "stay nodes of their own in both arms.",
)
_ABSORBED_BARE: Reason = (
    0,
    "MatMulScaleFusion takes the factor into the next MatMul, as FusedMatMul's alpha; ReLU stays "
    "a node of its own in both arms.",
)
_FUSED: Reason = (
    _SCALINGS,
    "Gemm and ReLU become one FusedGemm; no pass takes a factor into a Gemm, fused or not.",
)
_FUSED_LATER: Reason = (
    _SCALINGS,
    "MatMulAddFusion, of the level below, has made Gemms of it before MatMulScaleFusion looks for "
    "MatMuls; into a Gemm no pass takes a factor.",
)
_ONNX_RUNTIME: Mapping[Form, Mapping[Level, Reason]] = {
    "gemm": {
        "disabled": _AS_EXPORTED,
        "basic": (_SCALINGS, "No pass of this level takes a factor into a Gemm."),
        "extended": _FUSED,
        "all": _FUSED,
    },
    "matmul-add": {
        "disabled": _AS_EXPORTED,
        "basic": (
            _SCALINGS,
            "MatMulAddFusion makes Gemms of it, into which no pass takes a factor.",
        ),
        "extended": _FUSED_LATER,
        "all": _FUSED_LATER,
    },
    "rank-3": {
        "disabled": _AS_EXPORTED,
        "basic": _NOT_YET,
        "extended": _ABSORBED,
        "all": _ABSORBED,
    },
    "no-bias": {
        "disabled": _AS_EXPORTED,
        "basic": _NOT_YET,
        "extended": _ABSORBED_BARE,
        "all": _ABSORBED_BARE,
    },
}
_OTHERS: Mapping[RuntimeName, Reason] = {
    "torch-eager": (
        _SCALINGS,
        "Python calls one operator after another, as they are written: nobody sees two at once.",
    ),
    "torch-compile": (
        0,
        "Inductor writes one kernel for ReLU and multiplication together, where the other arm has "
        "one for ReLU alone.",
    ),
    "openvino": (
        0,
        "The multiplication is carried out within the FullyConnected before it, on its result "
        "before that is stored, as ReLU is.",
    ),
    "torch-cuda-eager": (_SCALINGS, "Each operator is a kernel that is launched by itself."),
    "torch-cuda-compile": (
        0,
        "Inductor writes one kernel for ReLU and multiplication together, where the other arm has "
        "one for ReLU alone.",
    ),
    "torch-cuda-graph": (
        _SCALINGS,
        "A CUDA graph launches at once what was captured, and every kernel was.",
    ),
    "onnxruntime-cuda": (_SCALINGS, "No pass takes a factor into a Gemm, on a GPU either."),
}


def expected_scalings(row: Row) -> int:
    """Return how many of the two scalings are left by what is known of the runtime."""
    return _known(row)[0]


def why(found: RowResult) -> str:
    """Say in a sentence why scalings are left or gone, or why a row was not measured."""
    if found.why_not:
        return found.why_not
    expected, reason = _known(found.row)
    if found.scalings == expected:
        return reason
    return (
        f"{found.version} does otherwise than is known of this runtime, of whose scalings "
        f"{expected} should be left: it executes {', '.join(found.regular)}."
    )


def _known(row: Row) -> Reason:
    if row.runtime == "onnxruntime":
        return _ONNX_RUNTIME[row.form][row.level]
    return _OTHERS[row.runtime]
