import numpy as np
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from contract.errors import ArtifactError, InvalidRequestError
from graph.session import input_specs, open_session, output_specs
from serve.batching.batchable import require_batchable
from serve.codec.signature import Signature

FLOAT, INT64, STRING = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING
QUIET = ort.RunOptions()
QUIET.log_severity_level = 4


def _check(folder, nodes, inputs, outputs, rounded=lambda output: output, **constants):
    """Ask of a graph; tensors are name=(element type, shape)."""
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node(*node[:3], **(node[3] if node[3:] else {})) for node in nodes],
        "graph",
        [value(name, *spec) for name, spec in inputs.items()],
        [value(name, *spec) for name, spec in outputs.items()],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    path = folder / "model.onnx"
    path.write_bytes(model.SerializeToString())
    session = open_session(path)

    def run(feeds):
        try:
            outputs = session.run(None, feeds, QUIET)
            rows = len(next(iter(feeds.values())))
            return outputs if rows == 1 else [rounded(output) for output in outputs]
        except Exception as error:
            raise InvalidRequestError(str(error).partition("\n")[0]) from error

    require_batchable(Signature.of(input_specs(session), output_specs(session)), run)


def _weights(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


X = {"x": (FLOAT, ("n", 16))}
Y = {"y": (FLOAT, ("n", 16))}


@pytest.mark.parametrize("width", [16, 2048])
def test_an_mlp_may_be_batched(tmp_path, width):
    _check(
        tmp_path,
        [
            ("Gemm", ["x", "w", "b"], ["h"]),
            ("Relu", ["h"], ["r"]),
            ("MatMul", ["r", "v"], ["l"]),
            ("Softmax", ["l"], ["y"], {"axis": -1}),
            ("ArgMax", ["l"], ["class"], {"axis": 1}),
        ],
        {"x": (FLOAT, ("n", width))},
        {"y": (FLOAT, ("n", 10)), "l": (FLOAT, ("n", 10)), "class": (INT64, ("n", 1))},
        w=_weights(width, width),
        b=_weights(width),
        v=_weights(width, 10),
    )


def test_kernels_that_round_differently_for_many_rows_do_no_harm(tmp_path):
    square = [("Mul", ["x", "x"], ["y"])]
    _check(tmp_path, square, X, Y, rounded=lambda output: output * np.float32(1 + 1e-6))
    with pytest.raises(ArtifactError, match="it mixes rows"):
        _check(tmp_path, square, X, Y, rounded=lambda output: output * np.float32(1 + 1e-3))


def test_several_inputs_of_every_kind_and_open_trailing_dimensions_are_checked(tmp_path):
    _check(
        tmp_path,
        [
            ("Cast", ["i"], ["f"], {"to": FLOAT}),
            ("Unsqueeze", ["f", "one"], ["column"]),
            ("Mul", ["x", "column"], ["y"]),
            ("Identity", ["t"], ["u"]),
            ("Not", ["b"], ["c"]),
        ],
        {"x": (FLOAT, ("n", "m")), "i": (INT64, ("n",)), "t": (STRING, ("n", 2))}
        | {"b": (TensorProto.BOOL, ("n",))},
        {"y": (FLOAT, ("n", "m")), "u": (STRING, ("n", 2)), "c": (TensorProto.BOOL, ("n",))},
        one=np.array([1]),
    )


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_a_model_that_cannot_compute_every_value_is_asked_for_smaller_ones(tmp_path, rows):
    _check(
        tmp_path,
        [("Gather", ["table", "i"], ["y"])],
        {"i": (INT64, ("n",))},
        {"y": (FLOAT, ("n", 2))},
        table=_weights(rows, 2),
    )


def test_values_that_no_number_answers_are_equal(tmp_path):
    """The logarithm of the negative ones is NaN, the exponential of the large ones infinite."""
    _check(
        tmp_path,
        [("Log", ["x"], ["y"]), ("Exp", ["x"], ["z"])],
        X,
        {"y": (FLOAT, ("n", 16)), "z": (FLOAT, ("n", 16))},
    )


MIXING = {
    "normalises over the batch": [
        ("ReduceMean", ["x", "rows"], ["mean"]),
        ("Sub", ["x", "mean"], ["y"]),
    ],
    "softmax over the batch": [("Softmax", ["x"], ["y"], {"axis": 0})],
    "running sum": [("CumSum", ["x", "zero"], ["y"])],
    "dynamically quantised": [
        ("DynamicQuantizeLinear", ["x"], ["q", "scale", "point"]),
        ("DequantizeLinear", ["q", "scale", "point"], ["y"]),
    ],
    "random": [("RandomNormalLike", ["x"], ["noise"]), ("Add", ["x", "noise"], ["y"])],
}


@pytest.mark.parametrize("name", MIXING)
def test_a_model_that_mixes_rows_is_refused(tmp_path, name):
    with pytest.raises(ArtifactError, match=r"it mixes rows: output 'y' .*take \[batching\] out"):
        _check(tmp_path, MIXING[name], X, Y, rows=np.array([0]), zero=np.array(0))


def test_a_model_that_orders_its_rows_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="cannot be batched"):
        _check(
            tmp_path,
            [("Shape", ["x"], ["s"], {"end": 1}), ("TopK", ["x", "s"], ["y", "i"], {"axis": 0})],
            X,
            Y | {"i": (INT64, ("n", 16))},
        )


@pytest.mark.parametrize("factor", [1, 0])
def test_rows_that_are_compared_with_each_other_are_refused(tmp_path, factor):
    with pytest.raises(ArtifactError, match="it mixes rows"):
        _check(
            tmp_path,
            [
                ("Transpose", ["x"], ["t"], {"perm": [1, 0]}),
                ("MatMul", ["x", "t"], ["products"]),
                ("Mul", ["products", "factor"], ["y"]),
            ],
            X,
            {"y": (FLOAT, ("n", "n"))},
            factor=np.float32(factor),
        )


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        ({"x": (FLOAT, (1, 3))}, {"y": (FLOAT, (1, 3))}, r"input 'x' is fixed, .* \[1, 3\]"),
        ({"x": (FLOAT, ())}, {"y": (FLOAT, ())}, r"input 'x' is fixed, its shape is \[\]"),
        ({"x": (FLOAT, ("n", 3))}, {"y": (FLOAT, (3, 3))}, r"output 'y' is fixed"),
    ],
)
def test_a_first_dimension_that_is_fixed_is_refused(tmp_path, inputs, outputs, expected):
    with pytest.raises(ArtifactError, match=expected):
        _check(tmp_path, [("Identity", ["x"], ["y"])], inputs, outputs)


OPEN = {"x": (FLOAT, ("n", "m"))}


def test_an_output_without_a_row_for_each_row_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"2 rows give an output 'y' of shape \[1, 2\]"):
        _check(
            tmp_path,
            [("Transpose", ["x"], ["y"], {"perm": [1, 0]})],
            OPEN,
            {"y": (FLOAT, ("m", "n"))},
        )


def test_a_model_that_computes_single_rows_only_is_refused(tmp_path):
    with pytest.raises(ArtifactError, match="cannot be batched: two rows of zeros fail"):
        _check(tmp_path, [("MatMul", ["x", "x"], ["y"])], OPEN, {"y": (FLOAT, ("n", "m"))})


def test_rows_that_come_out_for_some_values_only_are_refused(tmp_path):
    with pytest.raises(ArtifactError, match=r"8 rows give an output 'y' of shape \[\d\]"):
        _check(
            tmp_path,
            [("GreaterOrEqual", ["x", "o"], ["b"]), ("Compress", ["x", "b"], ["y"], {"axis": 0})],
            {"x": (FLOAT, ("n",))},
            {"y": (FLOAT, ("k",))},
            o=np.float32(0),
        )
