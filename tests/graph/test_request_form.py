from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from contract.errors import ArtifactError, ExperimentError
from graph.request_form import request_form


def _form(shapes, outputs=((1,),)):
    """The form of a model of these input shapes; what it computes does not matter."""
    inputs = [
        helper.make_tensor_value_info(f"x{place}", TensorProto.FLOAT, shape)
        for place, shape in enumerate(shapes)
    ]
    made = [
        helper.make_tensor_value_info(f"y{place}", TensorProto.FLOAT, shape)
        for place, shape in enumerate(outputs)
    ]
    return request_form(helper.make_model(helper.make_graph([], "g", inputs, made)), "model")


@pytest.mark.parametrize(
    ("shapes", "symbols"),
    [
        ([("batch", 3)], {"batch"}),
        ([("N", 3, "H", "W")], {"N"}),
        ([("rows", 3), ("rows", "length"), ("edges", 2)], {"rows"}),
        ([("edges", 2), ("n", 3)], {"n"}),
        # As recurrent networks have it: time comes first.
        ([("sequence", "batch_size", 8)], {"batch_size"}),
        ([("batch_size", "past + 1"), ("2*batch_size", 4)], {"batch_size"}),
        ([(None, 3)], {"x0[0]"}),
        ([(None, 3), (None, 4)], {"x0[0]", "x1[0]"}),
        ([("batch", 3), (None, 4)], {"batch", "x1[0]"}),
        ([(None, "batch")], {"batch"}),
        ([(3, "length")], set()),
    ],
)
def test_the_open_dimension_that_counts_rows_is_told_by_its_name_or_place(shapes, symbols):
    form = _form(shapes)
    assert form.batch_symbols == symbols
    assert form.batched is bool(symbols)
    assert form.rows == (None if symbols else 1)


@pytest.mark.parametrize(
    ("shapes", "outputs", "rows", "batched"),
    [
        ([(4, 3)], [(4, 2)], 4, True),
        ([(1, 3, 8, 8)], [(1, 10)], 1, True),
        ([(4, 3), (4,)], [(4, 2)], 4, True),
        ([(784,)], [(10,)], 1, False),
        ([(784,)], [(784,)], 1, False),
        ([(4, 3)], [(3, 4)], 1, False),
        ([(4, 3), ()], [(4, 2)], 1, False),
        ([], [(4,)], 1, False),
    ],
)
def test_a_size_that_all_inputs_and_outputs_begin_with_counts_rows(shapes, outputs, rows, batched):
    form = _form(shapes, outputs)
    assert (form.rows, form.batched) == (rows, batched)


def test_another_number_of_rows_than_the_model_fixes_is_refused_with_the_one_it_takes():
    fixed, single = _form([(4, 3)], [(4, 2)]), _form([(784,)], [(10,)])
    fixed.require_rows(4, Path("m.onnx"))
    single.require_rows(1, Path("m.onnx"))
    _form([("n", 3)]).require_rows(17, Path("m.onnx"))
    with pytest.raises(ExperimentError, match=r"m\.onnx: takes 4 rows.*1 are asked.*use batch 4"):
        fixed.require_rows(1, Path("m.onnx"))
    with pytest.raises(ExperimentError, match=r"no batch dimension.*use batch 1"):
        single.require_rows(2, Path("m.onnx"))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (helper.make_tensor_type_proto(TensorProto.BFLOAT16, [2]), "BFLOAT16, which the protocol"),
        (helper.make_tensor_type_proto(TensorProto.COMPLEX64, [2]), "COMPLEX64"),
        (helper.make_tensor_type_proto(TensorProto.FLOAT, None), "how many dimensions"),
        (
            helper.make_sequence_type_proto(helper.make_tensor_type_proto(TensorProto.FLOAT, [2])),
            "no tensor",
        ),
        (onnx.TypeProto(), "without a type"),
        (onnx.TypeProto(tensor_type=onnx.TypeProto.Tensor(elem_type=99)), "99"),
    ],
)
def test_an_input_that_cannot_be_sent_is_refused_by_name(kind, reason):
    graph = helper.make_graph([], "g", [helper.make_value_info("odd", kind)], [])
    with pytest.raises(ArtifactError, match=rf"model: input 'odd' .*{reason}"):
        request_form(helper.make_model(graph), "model")


def test_weights_that_are_listed_as_inputs_are_none():
    weight = helper.make_tensor("w", TensorProto.FLOAT, [2], [1, 2])
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 2]) for name in "xw"]
    model = helper.make_model(helper.make_graph([], "g", inputs, [], [weight]))
    assert [given.name for given in request_form(model, "model").inputs] == ["x"]
