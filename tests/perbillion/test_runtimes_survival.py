"""What ONNX Runtime does with the scalings, at each level and in each form of the graph."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from graph.perceptron import perceptron
from graph.session import LEVELS, open_session, writing_options
from perbillion.runtimes.loaded_arm import open_runtime
from perbillion.runtimes.optimised_operators import read_operators
from perbillion.runtimes.pair_models import in_form, save_pair
from perbillion.runtimes.row import FORMS, Row
from perbillion.runtimes.why import expected_scalings

WIDTHS = (784, 75, 45, 10)


def _executed(row, folder):
    models = save_pair(folder, WIDTHS, keep_probability=0.6, form=row.form)
    shape = (1, 1, 784) if row.form == "rank-3" else (1, 784)
    requests = [np.ones(shape, np.float32)]
    runtime = open_runtime(row)
    return {arm: runtime.load(models[arm], requests).executed() for arm in ("inverted", "regular")}


def _rewritten(model, folder, level="all", without=()):
    given, written = folder / "given.onnx", folder / "written.onnx"
    onnx.save(model, given)
    open_session(given, options=writing_options(written, level=level, without=without))
    return read_operators(written)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("level", LEVELS)
def test_as_many_scalings_are_left_as_the_sentence_about_the_row_says(level, form, tmp_path):
    row = Row(runtime="onnxruntime", level=level, form=form)
    executed = _executed(row, tmp_path)
    assert executed["regular"].scalings == expected_scalings(row)
    assert executed["inverted"].scalings == 0


@pytest.mark.parametrize("form", ["gemm", "matmul-add"])
def test_a_scaling_stands_behind_each_fused_gemm(form, tmp_path):
    executed = _executed(Row(runtime="onnxruntime", form=form), tmp_path)
    assert executed["inverted"].operations == ("FusedGemm", "FusedGemm", "Gemm")
    assert executed["regular"].operations == ("FusedGemm", "Mul", "FusedGemm", "Mul", "Gemm")


def test_where_no_gemm_is_made_the_next_matmul_takes_the_factor_and_nothing_else_is_fused(tmp_path):
    executed = _executed(Row(runtime="onnxruntime", form="rank-3"), tmp_path)
    layer = ("Add", "Relu")
    assert executed["inverted"].operations == ("MatMul", *layer, "MatMul", *layer, "MatMul", "Add")
    fused = "FusedMatMul(alpha=0.6)"
    assert executed["regular"].operations == ("MatMul", *layer, fused, *layer, fused, "Add")


def test_without_the_pass_that_makes_gemms_rank_two_is_absorbed_too(tmp_path):
    model = in_form(perceptron(WIDTHS, factor=0.6), "matmul-add")
    assert _rewritten(model, tmp_path, without={"MatMulAddFusion"}).scalings == 0
    assert _rewritten(model, tmp_path).scalings == 2


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_timed_is_a_session_of_the_row_s_level(level, tmp_path):
    row = Row(runtime="onnxruntime", level=level)
    models = save_pair(tmp_path, WIDTHS, keep_probability=0.6)
    (call,) = open_runtime(row).load(models["regular"], [np.ones((1, 784), np.float32)]).calls
    timed = call.func.__self__.get_session_options().graph_optimization_level
    assert timed == writing_options(tmp_path, level=level).graph_optimization_level


def test_a_scaling_by_a_vector_is_not_absorbed(tmp_path):
    model = in_form(perceptron(WIDTHS, factor=0.6), "no-bias")
    for node in model.graph.node:
        if node.op_type == "Mul":
            width = WIDTHS[1 + int(node.output[0].removeprefix("scaled"))]
            node.input[1] = f"factors{width}"
            factors = np.full(width, 0.6, np.float32)
            model.graph.initializer.append(numpy_helper.from_array(factors, node.input[1]))
    assert _rewritten(model, tmp_path).operations.count("Mul") == 2


def test_a_scaling_by_one_goes_at_the_first_level(tmp_path):
    model = perceptron(WIDTHS, factor=0.6)
    (factor,) = (tensor for tensor in model.graph.initializer if tensor.name == "factor")
    factor.CopyFrom(numpy_helper.from_array(np.float32(1), "factor"))
    assert _rewritten(model, tmp_path, level="disabled").scalings == 2
    assert _rewritten(model, tmp_path, level="basic").scalings == 0
