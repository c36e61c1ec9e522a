"""The optimisation passes of ONNX Runtime that can take a multiplication out of a graph.

Names as ``graph_transformer_utils.cc`` of ONNX Runtime registers them, the likeliest first. A test
holds every name to occur in the installed ONNX Runtime, for it takes no notice of one that it does
not know. Passes that only set things up, or that run on other hardware, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graph.session import LEVELS, Level

PASSES: Final[Mapping[Level, tuple[str, ...]]] = {
    "basic": (
        "ConvMulFusion",
        "NoopElimination",
        "EliminateIdentity",
        "ConstantFolding",
        "CommonSubexpressionElimination",
        "LayerNormFusionL1",
        "GeluFusionL1",
        "DivMulFusion",
        "ConvBNFusion",
        "MatMul_BatchNormalization_Fusion",
        "ConvAddFusion",
        "MatMulAddFusion",
        "ConstantSharing",
        "TransposeOptimizer",
        "ReshapeFusion",
        "QDQPropagationTransformer",
        "CastElimination",
        "EliminateDropout",
        "EliminateSlice",
        "FuseReluClip",
        "GemmSumFusion",
        "GemmTransposeFusion",
        "UnsqueezeElimination",
        "ExpandElimination",
        "PreShapeNodeElimination",
        "NotWhereFusion",
        "Pad_Fusion",
        "DoubleQDQPairsRemover",
        "WeightBiasQuantization",
    ),
    "extended": (
        "MatMulScaleFusion",
        "AttentionFusion",
        "GeluFusionL2",
        "FastGeluFusion",
        "QuickGeluFusion",
        "BiasGeluFusion",
        "LayerNormFusionL2",
        "SimplifiedLayerNormFusion",
        "SkipLayerNormFusion",
        "EmbedLayerNormFusion",
        "BiasSoftmaxFusion",
        "QDQSelectorActionTransformer",
        "QDQFinalCleanupTransformer",
        "QDQS8ToU8Transformer",
        "MatmulTransposeFusion",
        "GemmActivationFusion",
        "ConvActivationFusion",
        "MatMulIntegerToFloatFusion",
        "DynamicQuantizeMatMulFusion",
        "MatMulNBitsFusion",
        "GatherSliceToSplitFusion",
        "GatherToSliceFusion",
    ),
    "all": (
        "NchwcTransformer",
        "NhwcTransformer",
        "ConvAddActivationFusion",
    ),
}


def passes_at(level: Level) -> tuple[str, ...]:
    """Return the passes of a level, then those of the levels below it.

    At ``all``, ONNX Runtime looks at half-precision nodes a second time, with passes of
    ``extended``, when it has put casts to single precision around them.
    """
    below = [
        passes for other, passes in PASSES.items() if LEVELS.index(other) < LEVELS.index(level)
    ]
    return PASSES[level] + tuple(name for passes in reversed(below) for name in passes)


# What each of them does with a multiplication; of the others their name says enough.
DEEDS: Final[Mapping[str, str]] = {
    "MatMulScaleFusion": "makes the factor an argument (alpha) of the matrix product",
    "ConvMulFusion": "multiplies the factor into the convolution's weights and bias",
    "NoopElimination": "takes out what changes nothing",
    "EliminateIdentity": "takes out what changes nothing",
    "ConstantFolding": "computes what depends on constants alone, once, when a session opens",
    "CommonSubexpressionElimination": "computes equal expressions once",
}
