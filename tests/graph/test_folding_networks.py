"""Folding on generated networks: which scalings can go is known from how each was put together."""

from dataclasses import dataclass, field

import numpy as np
import onnx
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from graph.equality import Tolerance, measured_equality
from graph.folding import folding_of
from graph.prediction import outputs_of
from graph.scaling import every_scaling

POSITIVE = ("Relu", "LeakyRelu", "Abs")
LINEAR = ("Neg", "Identity")
# None that ONNX Runtime fuses with a Gemm: fused, they may differ in the last digit.
OPAQUE = ("Erf", "Softmax")
FORMS = ("Gemm", "Gemm transposed", "MatMul", "MatMul and Add", "rank 3", "Conv")
# A sum of large numbers that is small has their rounding; a wrong factor is off by a third.
TOLERANCE = Tolerance(relative=1e-3)
PLACES = {"Conv": (4, 4), "rank 3": ()}


@dataclass(frozen=True)
class Layer:
    """A linear part, a scaling, a function and a scaling; and who else reads what is between.

    ``tapped``: the linear part's output is needed unscaled too. ``fork``: what else reads what the
    layer hands on: nothing, another linear part, or something that lets no factor through.
    """

    width: int
    function: str
    scaled_before: bool
    scaled_behind: bool
    twice: bool
    negative: bool
    many: bool
    divides: bool
    tapped: bool
    fork: str
    shared: bool

    def left(self, has_next):
        """How many of its scalings must be left; two in a row that both are left become one."""
        goes_on = has_next and self.fork != "opaque"
        is_positive = self.twice or not self.negative
        passes = self.function in LINEAR or (self.function in POSITIVE and is_positive)
        before = self.scaled_before and self.tapped and not (passes and goes_on)
        behind = self.scaled_behind and not goes_on and not (passes and not self.tapped)
        # Where neither finds weights but the function passes one of them, they are joined.
        return before + behind - (before and behind and passes)


layers = st.builds(
    Layer,
    width=st.integers(1, 7),
    function=st.sampled_from((*POSITIVE, *LINEAR, *OPAQUE)),
    scaled_before=st.booleans(),
    scaled_behind=st.booleans(),
    twice=st.booleans(),
    negative=st.booleans(),
    many=st.booleans(),
    divides=st.booleans(),
    tapped=st.booleans(),
    fork=st.sampled_from(("none", "linear", "opaque")),
    shared=st.booleans(),
)


@dataclass
class Builder:
    form: str
    exact: bool
    generator: np.random.Generator
    nodes: list = field(default_factory=list)
    constants: list = field(default_factory=list)
    outputs: list = field(default_factory=list)

    def constant(self, values):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def node(self, operator, *inputs, **attributes):
        output = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def weights(self, inputs, outputs):
        shape = {"Conv": (outputs, inputs, 3, 3), "Gemm transposed": (outputs, inputs)}
        size = shape.get(self.form, (inputs, outputs))
        return (
            self.constant(self.generator.normal(0, (inputs * np.prod(size[2:])) ** -0.5, size)),
            self.constant(self.generator.normal(0, 0.3, outputs)),
        )

    def linear(self, tensor, weights):
        kernel, bias = weights
        if self.form == "Conv":
            return self.node("Conv", tensor, kernel, bias, pads=[1, 1, 1, 1])
        if self.form.startswith("Gemm"):
            return self.node("Gemm", tensor, kernel, bias, transB=int(self.form != "Gemm"))
        product = self.node("MatMul", tensor, kernel)
        return product if self.form == "MatMul" else self.node("Add", bias, product)

    def scaled(self, tensor, layer):
        for _ in range(2 if layer.twice else 1):
            count = layer.width if layer.many else 1
            # Numbers near 1 in the end: a function of very large ones is all rounding.
            numbers = np.exp(self.generator.uniform(-0.5, 0.5, count))
            if self.exact:
                numbers = 2.0 ** self.generator.integers(-3, 4, count)
            shape = [count, *[1] * len(PLACES.get(self.form, ()))] if layer.many else []
            factor = self.constant((-numbers if layer.negative else numbers).reshape(shape))
            tensor = self.node("Div" if layer.divides else "Mul", tensor, factor)
        return tensor

    def add(self, tensor, inputs, layer, weights):
        tensor = self.linear(tensor, weights)
        if layer.tapped:
            self.outputs.append(self.node("Erf", tensor))
        tensor = self.scaled(tensor, layer) if layer.scaled_before else tensor
        tensor = self.node(layer.function, tensor)
        tensor = self.scaled(tensor, layer) if layer.scaled_behind else tensor
        if layer.fork == "linear":
            self.outputs.append(self.linear(tensor, self.weights(layer.width, 3)))
        elif layer.fork == "opaque":
            self.outputs.append(self.node("Erf", tensor))
        return tensor


def _network(builder, chosen, first):
    form = builder.form
    tensor, inputs, weights, sizes = "x", first, None, None
    for layer in chosen:
        if weights is None or not layer.shared or sizes != (inputs, layer.width):
            sizes = inputs, layer.width
            weights = builder.weights(*sizes)
        tensor = builder.add(tensor, inputs, layer, weights)
        inputs = layer.width
    shape = ["batch", *([3] if form == "rank 3" else []), first, *PLACES.get(form, ())]
    graph = helper.make_graph(
        builder.nodes,
        "network",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * len(shape))
            for name in (tensor, *builder.outputs)
        ],
        builder.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model, builder.generator.normal(size=[4, *shape[1:]]).astype(np.float32)


def _above_the_least(array):
    """The numbers but for those that floating point holds to fewer digits, or that come of such."""
    return np.where(np.abs(array) < 1e-30, 0, array)


@settings(deadline=None, max_examples=150)
@given(
    form=st.sampled_from(FORMS),
    exact=st.booleans(),
    chosen=st.lists(layers, min_size=1, max_size=5),
    first=st.integers(1, 7),
    seed=st.integers(0, 2**16),
)
def test_a_network_keeps_its_function_and_no_scaling_that_could_go(
    tmp_path_factory, *, form, exact, chosen, first, seed
):
    builder = Builder(form, exact, np.random.default_rng(seed))
    model, x = _network(builder, chosen, first)
    folding = folding_of(model)
    onnx.checker.check_model(folding.model, full_check=True)
    left = sum(layer.left(layer is not chosen[-1]) for layer in chosen)
    gone = len(every_scaling(model.graph)) - left
    assert len(every_scaling(folding.model.graph)) == left
    assert len(folding.folded) == gone
    assert len(folding.model.graph.node) == len(model.graph.node) - gone
    folder = tmp_path_factory.mktemp("models")
    outputs = []
    for name, graph in (("model", model), ("folded", folding.model)):
        onnx.save_model(graph, folder / name)
        outputs.append(outputs_of(folder / name, {"x": x}))
    assert measured_equality(*outputs, TOLERANCE).same_function
    if exact:
        assert all(outcome.is_exact for outcome in folding.folded)
        least = [[_above_the_least(array) for array in arrays] for arrays in outputs]
        assert all(np.array_equal(a, b) for a, b in zip(*least, strict=True))
