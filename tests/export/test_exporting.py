import logging
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from contract.architecture import Architecture
from contract.errors import ParityError
from contract.tensor import TensorSpec
from export.exporting import OPSET, export_network
from graph.model_file import model_bytes, save_model
from graph.scaling import scalings
from graph.session import input_specs, open_session, output_specs
from train.network import Mlp

REGISTRATION = logging.getLogger("torch.onnx._internal.exporter._registration")


@pytest.fixture(scope="module")
def plain():
    torch.manual_seed(0)
    return export_network(Mlp(Architecture((12, 7, 6, 5), (0.2, 0.5), "inverted")).eval())


def _operators(model):
    return [node.op_type for node in model.graph.node]


def test_the_graph_takes_any_number_of_rows_under_names_that_stay(plain, tmp_path):
    save_model(plain, tmp_path / "model.onnx")
    session = open_session(tmp_path / "model.onnx")
    assert input_specs(session) == (TensorSpec(name="x", datatype="FP32", shape=(-1, 12)),)
    assert output_specs(session) == (TensorSpec(name="logits", datatype="FP32", shape=(-1, 5)),)
    for rows in (1, 2, 33):
        x = np.zeros((rows, 12), dtype=np.float32)
        assert session.run(None, {"x": x})[0].shape == (rows, 5)


def test_the_graph_is_valid_of_the_stated_opset_and_holds_its_weights(plain):
    onnx.checker.check_model(plain, full_check=True)
    assert [(given.domain, given.version) for given in plain.opset_import] == [("", OPSET)]
    assert all(
        tensor.data_location == onnx.TensorProto.DEFAULT for tensor in plain.graph.initializer
    )


def test_inverted_dropout_leaves_no_node(plain):
    assert _operators(plain) == ["Gemm", "Relu", "Gemm", "Relu", "Gemm"]


def test_regular_dropout_leaves_a_scaling_of_each_layer_s_own_factor(network):
    model = export_network(network(dropout="regular"))
    assert _operators(model) == ["Gemm", "Relu", "Mul", "Gemm", "Relu", "Mul", "Gemm"]
    factors = [scaling.factor.item() for scaling in scalings(model.graph)]
    assert factors == [np.float32(0.8), 0.5]


def test_dropconnect_by_its_mean_weights_has_the_operators_of_inverted_dropout(network, plain):
    assert _operators(export_network(network(dropout="dropconnect"))) == _operators(plain)


def test_a_layer_that_drops_nothing_is_not_scaled(network):
    model = export_network(network((0.0, 0.5), dropout="regular"))
    assert [scaling.factor.item() for scaling in scalings(model.graph)] == [0.5]


def test_the_same_weights_give_the_same_bytes_without_a_trace_of_this_machine(plain, network):
    content = model_bytes(export_network(network()))
    assert content == model_bytes(plain)
    for trace in (str(Path(__file__).parents[2]), "site-packages", "train/network.py", "forward"):
        assert trace.encode() not in content


def test_a_network_in_training_mode_is_refused(network):
    with pytest.raises(ParityError, match=r"training mode.*call network\.eval\(\)") as caught:
        export_network(network().train())
    assert "the network" in str(caught.value)


def test_one_layer_in_training_mode_is_enough_to_be_refused_and_is_named(network):
    half_set = network()
    half_set.dropouts[1].train()
    with pytest.raises(ParityError, match=r"\(in training mode: dropouts\.1\)"):
        export_network(half_set)


def test_exporting_says_nothing_and_leaves_the_network_and_the_logger_alone(network, capfd):
    exported = network()
    before = {name: weight.clone() for name, weight in exported.state_dict().items()}
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    REGISTRATION.addHandler(handler)
    try:
        export_network(exported)
        REGISTRATION.warning("something else")
    finally:
        REGISTRATION.removeHandler(handler)
    assert [record.getMessage() for record in records] == ["something else"]
    assert REGISTRATION.filters == []
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "torchvision" not in printed.err
    assert not exported.training
    assert all(torch.equal(before[name], weight) for name, weight in exported.state_dict().items())
