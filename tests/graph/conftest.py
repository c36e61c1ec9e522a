from itertools import pairwise

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

OPSET = 20


def scaled_mlp(widths, factors, seed=0, transposed=True, activation="Relu"):
    """An MLP with a scaling behind each hidden layer; a factor of None leaves it out."""
    generator = np.random.default_rng(seed)
    nodes, initializers, tensor = [], [], "x"
    for layer, (inputs, outputs) in enumerate(pairwise(widths)):
        shape = (outputs, inputs) if transposed else (inputs, outputs)
        weight = generator.normal(0, inputs**-0.5, shape).astype(np.float32)
        bias = generator.normal(0, 0.1, outputs).astype(np.float32)
        initializers += [
            numpy_helper.from_array(weight, f"w{layer}"),
            numpy_helper.from_array(bias, f"b{layer}"),
        ]
        last = layer == len(widths) - 2
        given, tensor = tensor, "logits" if last else f"linear{layer}"
        nodes.append(
            helper.make_node(
                "Gemm", [given, f"w{layer}", f"b{layer}"], [tensor], transB=int(transposed)
            )
        )
        if last:
            break
        nodes.append(helper.make_node(activation, [tensor], [f"active{layer}"]))
        tensor = f"active{layer}"
        if factors[layer] is not None:
            factor = np.array(factors[layer], dtype=np.float32)
            initializers.append(numpy_helper.from_array(factor, f"s{layer}"))
            nodes.append(helper.make_node("Mul", [tensor, f"s{layer}"], [f"scaled{layer}"]))
            tensor = f"scaled{layer}"
    graph = helper.make_graph(
        nodes,
        "mlp",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", widths[0]])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", widths[-1]])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model


@pytest.fixture(scope="session")
def mlp():
    return scaled_mlp


@pytest.fixture(scope="session")
def parsed():
    """A model from ONNX's own text form, checked."""

    def parse(signature, initializers, body):
        model = onnx.parser.parse_model(
            f'<ir_version: 10, opset_import: ["" : {OPSET}]> g {signature} {initializers} '
            f"{{ {body} }}"
        )
        onnx.checker.check_model(model, full_check=True)
        return model

    return parse


@pytest.fixture
def written(tmp_path):
    """Write a model to a file of its own and return the path."""

    def write(model, name="model.onnx"):
        path = tmp_path / name
        onnx.save_model(model, path)
        return path

    return write


@pytest.fixture
def predicted(written):
    """What ONNX Runtime makes of a model on one input."""
    from graph.prediction import outputs_of  # noqa: PLC0415 - after the fixture is asked for

    def predict(model, x):
        return outputs_of(written(model), {"x": x})[0]

    return predict


@pytest.fixture(scope="session")
def residual_path(tmp_path_factory):
    """A convolutional network that torch exported: not to be changed."""
    from exported_networks import residual_network  # noqa: PLC0415 - torch takes a second to load

    return residual_network(tmp_path_factory.mktemp("residual"))


@pytest.fixture(scope="session")
def transformer_path(tmp_path_factory):
    """A transformer block that torch exported: not to be changed."""
    from exported_networks import transformer_block  # noqa: PLC0415 - torch takes a second to load

    return transformer_block(tmp_path_factory.mktemp("transformer"))
