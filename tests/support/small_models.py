"""Small ONNX models whose answers can be told in the head, and where they are put."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

ONNX_TYPES = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}


def tensor(name, datatype="FP32", shape=("n", 3)):
    return helper.make_tensor_value_info(name, ONNX_TYPES[datatype], shape)


def onnx_model(nodes, inputs, outputs, constants=()):
    initializers = [numpy_helper.from_array(value, name) for name, value in constants]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def identity(datatype, shape=("n", 3)):
    node = helper.make_node("Identity", ["x"], ["y"])
    return onnx_model([node], [tensor("x", datatype, shape)], [tensor("y", datatype, shape)])


def scale(factor):
    """y = factor * x, where x has 4 features."""
    return onnx_model(
        [helper.make_node("Mul", ["x", "factor"], ["y"])],
        [tensor("x", shape=("n", 4))],
        [tensor("y", shape=("n", 4))],
        [("factor", np.float32(factor))],
    )


def centred():
    """y = x - mean of x over the rows: what a row gives depends on the others."""
    return onnx_model(
        [
            helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=1),
            helper.make_node("Sub", ["x", "mean"], ["y"]),
        ],
        [tensor("x", shape=("n", 4))],
        [tensor("y", shape=("n", 4))],
        [("axes", np.array([0], dtype=np.int64))],
    )


def wide(width=1024, layers=4):
    """y = the mean of x, the long way round: two products of `width` squared a row and layer."""
    nodes, last = [], "x0"
    for layer in range(layers):
        nodes.append(helper.make_node("MatMul", [last, "mix"], [f"x{layer + 1}"]))
        last = f"x{layer + 1}"
    return onnx_model(
        [
            helper.make_node("MatMul", ["x", "spread"], ["x0"]),
            *nodes,
            helper.make_node("MatMul", [last, "gather"], ["y"]),
        ],
        [tensor("x", shape=("n", 4))],
        [tensor("y", shape=("n", 1))],
        [
            ("spread", np.full((4, width), 0.25, np.float32)),
            ("mix", np.full((width, width), 1 / width, np.float32)),
            ("gather", np.full((width, 1), 1 / width, np.float32)),
        ],
    )


def sum_and_difference():
    return onnx_model(
        [
            helper.make_node("Add", ["a", "b"], ["sum"]),
            helper.make_node("Sub", ["a", "b"], ["dif"]),
        ],
        [tensor("a", shape=("n",)), tensor("b", shape=("n",))],
        [tensor("sum", shape=("n",)), tensor("dif", shape=("n",))],
    )


def logarithm():
    node = helper.make_node("Log", ["x"], ["y"])
    return onnx_model([node], [tensor("x", shape=("n",))], [tensor("y", shape=("n",))])


def gather():
    """y = table[x] where the table has 3 rows: other indices cannot be computed."""
    return onnx_model(
        [helper.make_node("Gather", ["table", "x"], ["y"])],
        [tensor("x", "INT64", ("n",))],
        [tensor("y", shape=("n",))],
        [("table", np.array([10, 20, 30], dtype=np.float32))],
    )


def impossible():
    """A model that loads and cannot run on any input: it looks up row 9 of 3."""
    return onnx_model(
        [
            helper.make_node("Add", ["x", "nine"], ["index"]),
            helper.make_node("Gather", ["table", "index"], ["y"]),
        ],
        [tensor("x", "INT64", ("n",))],
        [tensor("y", shape=("n",))],
        [("nine", np.int64(9)), ("table", np.array([10, 20, 30], dtype=np.float32))],
    )


def put(model, repository, name, version="1"):
    folder = repository / name / version
    folder.mkdir(parents=True)
    path = folder / "model.onnx"
    if isinstance(model, bytes):
        path.write_bytes(model)
    else:
        onnx.save(model, path)
    return path
