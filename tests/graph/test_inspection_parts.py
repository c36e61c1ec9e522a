"""The parts of an inspection that are functions of a graph alone."""

import onnx
import pytest

from graph.call_tensors import packed_bytes, tensors_of_call
from graph.inspection.activation_memory import activation_peak
from graph.inspection.named_model import with_named_nodes
from graph.inspection.side_by_side import GraphNode, Row, aligned, counted

SIGNATURE = "(float[n,4] x) => (float[n,4] y)"


def _peak(model, rows=1):
    named = with_named_nodes(model)
    return activation_peak(named.graph, tensors_of_call(named, {"x": (rows, 4)}))


@pytest.mark.parametrize(
    ("body", "tensors", "node"),
    [
        ("y = Relu(x)", 2, "Relu_0"),
        # In a chain x, what is read and what is made are held; x to the end.
        ("a = Relu(x)  b = Relu(a)  y = Relu(b)", 3, "Relu_1"),
        # a waits for the last node.
        ("a = Relu(x)  b = Relu(a)  c = Relu(b)  y = Add(a, c)", 4, "Relu_2"),
        # What nobody reads is held while it is made.
        ("unread = Relu(x)  y = Relu(x)", 2, "Relu_0"),
        ("a = Relu(x)  b = Identity(a)  y = Relu(b)", 3, "Relu_2"),
    ],
)
def test_a_tensor_is_held_from_where_it_is_made_to_where_it_is_last_read(
    body, tensors, node, parsed
):
    peak = _peak(parsed(SIGNATURE, "", body))
    assert (peak.size_bytes, peak.node, peak.unknown_tensors) == (tensors * 16, node, 0)


def test_activations_grow_with_the_batch_and_weights_are_none(parsed):
    model = parsed(SIGNATURE, "<float[4] w = {1, 2, 3, 4}>", "y = Add(x, w)")
    assert _peak(model, rows=8).size_bytes == 8 * _peak(model).size_bytes == 8 * 2 * 16


def test_a_tensor_of_unknown_size_is_counted_as_unknown(parsed):
    model = parsed(
        SIGNATURE, "", "i = NonZero(x)  t = Transpose(i)  g = GatherND(x, t)  y = Relu(x)"
    )
    assert _peak(model).unknown_tensors == 3


def test_packed_numbers_take_less_than_a_byte():
    assert packed_bytes(onnx.TensorProto.INT4, 5) == 3
    assert packed_bytes(onnx.TensorProto.BFLOAT16, 5) == 10
    assert packed_bytes(onnx.TensorProto.BOOL, 5) == 5


def test_every_node_gets_a_name_and_keeps_its_own(parsed):
    model = parsed(SIGNATURE, "", "a = Relu(x)  b = Neg(a)  c = Abs(b)  d = Exp(c)  y = Relu(d)")
    given = ["", "Relu_0", "own", "own", 'with "marks"']
    for node, name in zip(model.graph.node, given, strict=True):
        node.name = name
    names = [node.name for node in with_named_nodes(model).graph.node]
    assert names == ["Relu_0_", "Relu_0", "own", "Exp_3", "Relu_4"]
    assert [node.name for node in model.graph.node] == given


def _nodes(*told):
    return tuple(GraphNode(*each) for each in told)


def test_a_fusion_stands_in_the_row_of_the_node_whose_tensor_it_makes():
    given = _nodes(
        ("linear", "Gemm", ("a",)), ("active", "Relu", ("b",)), ("scaled", "Mul", ("y",))
    )
    fused = _nodes(("fused linear", "FusedGemm", ("b",)), ("scaled", "Mul", ("y",)))
    assert aligned([given, given, fused]) == (
        Row("linear", ("Gemm", "Gemm", "")),
        Row("active", ("Relu", "Relu", "FusedGemm")),
        Row("scaled", ("Mul", "Mul", "Mul")),
    )


def test_a_node_that_a_level_adds_stands_behind_the_one_before_it():
    given = _nodes(("a", "Conv", ("c",)), ("b", "Relu", ("y",)))
    reordered = _nodes(
        ("a", "Conv", ("inner",)), ("order", "Reorder", ("c2",)), ("b", "Relu", ("y",))
    )
    assert aligned([given, reordered]) == (
        Row("a", ("Conv", "Conv")),
        Row("order", ("", "Reorder")),
        Row("b", ("Relu", "Relu")),
    )


def test_every_node_stands_in_exactly_one_row():
    given = _nodes(("a", "Mul", ("t",)), ("b", "Mul", ("u",)))
    # One that bears the name of the first, whose row the one before it has by its tensor.
    mixed = _nodes(("new", "Add", ("t",)), ("a", "Sub", ("v",)))
    rows = aligned([given, mixed])
    assert sorted(cell for row in rows for cell in row.operators if cell) == [
        "Add",
        "Mul",
        "Mul",
        "Sub",
    ]


def test_operators_are_counted_in_every_graph():
    given = _nodes(("a", "Mul", ()), ("b", "Mul", ()), ("c", "Add", ()))
    assert counted([given, given[:1]]) == {"Add": (1, 0), "Mul": (2, 1)}
