"""Folding beside ONNX Runtime's own optimisation, and networks as torch exports them."""

import numpy as np
import pytest

from graph.folding import folding_of
from graph.folding.file_fold import fold_file
from graph.folding.runtime_fusion import gainful_folding, nodes_run
from graph.model_file import load_model
from graph_text import constants_in, graph_from_text

CONSTANTS = {
    "root": np.float32(2**0.5),
    "one": np.float32(1),
    "half": np.float32(0.5),
    "v4": np.array([0.7, 1.9, 0.3, 1.1], np.float32),
    "w": np.random.default_rng(0).normal(size=(4, 4)).astype(np.float32),
    "v": np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32),
}
GELU = "d = Div(a, root)  e = Erf(d)  f = Add(e, one)  g = Mul(a, f)  h = Mul(g, half)"
BODY = f"a = MatMul(x, w)  {GELU}  p = MatMul(h, v)  r = Relu(p)  q = Mul(r, v4)  y = MatMul(q, w)"


@pytest.fixture(scope="module")
def gelu():
    signature = "(float[n,3,4] x) => (float[n,3,4] y)"
    return graph_from_text(signature, constants_in(BODY, CONSTANTS), BODY, opset=17)


def test_the_half_of_a_gelu_is_left_to_the_runtime_which_fuses_it_with_the_rest(gelu):
    assert {outcome.output for outcome in folding_of(gelu).folded} == {"h", "q"}
    assert nodes_run(folding_of(gelu, leave={"q": ""}).model) > nodes_run(gelu)
    folding = gainful_folding(gelu)
    assert {outcome.output for outcome in folding.folded} == {"q"}
    (left,) = (outcome for outcome in folding.outcomes if outcome.output == "h")
    assert "ONNX Runtime fuses it" in left.reason
    assert nodes_run(folding.model) < nodes_run(gelu)


def test_the_scalings_of_a_convolutional_network_go_into_the_next_convolutions(
    residual_path, tmp_path
):
    fold = fold_file(residual_path, tmp_path / "folded.onnx")
    assert [outcome.is_folded for outcome in fold.scalings] == [True, True]
    assert all(into.operator == "Conv" for outcome in fold.scalings for into in outcome.into)
    assert fold.after.given == fold.before.given - 2
    # Without the multiplications the runtime keeps its own layout from convolution to convolution.
    assert fold.after.run < fold.before.run - 2
    assert fold.equality.same_function


def test_the_scaling_of_attention_goes_into_the_query_s_projection(transformer_path, tmp_path):
    fold = fold_file(transformer_path, tmp_path / "folded.onnx")
    (folded,) = (outcome for outcome in fold.scalings if outcome.is_folded)
    assert folded.factor == "0.3535534"
    assert [into.operator for into in folded.into] == ["MatMul", "Add"]
    assert folded.into[1].weights == "query.bias"
    assert fold.after.given == fold.before.given - 1
    # Here the runtime had taken it into the product by itself.
    assert fold.after.run == fold.before.run
    assert fold.equality.same_function
    assert len(load_model(tmp_path / "folded.onnx").graph.node) == fold.after.given
