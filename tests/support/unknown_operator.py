"""Models that can be read and not run."""

import onnx


def make_unknown(path):
    """Leave a model that can be read, with an operator that no runtime has."""
    model = onnx.load(path)
    model.graph.node[0].op_type = "Nonsense"
    onnx.save(model, path)
