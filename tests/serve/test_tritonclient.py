"""NVIDIA's client drives the server unmodified."""

import numpy as np
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from contract.tensor import DATATYPES

EXTREMES = {
    "b": [[True, False, True], [False, False, True]],
    "f": [[0.0, -1.5, 3.25], [0.1, 65504.0, -65504.0]],
    "O": [["", "a", "grüße"], ['"quoted"', "\n\0", "日本語"]],
}


def _values(datatype):
    if datatype.numpy.kind in "iu":
        limits = np.iinfo(datatype.numpy)
        return np.array([[limits.min, limits.max, 1], [0, 2, 3]], dtype=datatype.numpy)
    return np.array(EXTREMES[datatype.numpy.kind], dtype=datatype.numpy)


def _text(array):
    """The client hands binary BYTES out as bytes."""
    if array.dtype != object:
        return array
    text = [item.decode() if isinstance(item, bytes) else item for item in array.ravel()]
    return np.array(text, dtype=object).reshape(array.shape)


@pytest.fixture(scope="module")
def client(server):
    with triton.InferenceServerClient(server.address) as connected:
        yield connected


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("datatype", DATATYPES, ids=lambda datatype: datatype.protocol)
def test_every_datatype_comes_back_as_it_was_sent(client, datatype, binary):
    values = _values(datatype)
    sent = triton.InferInput("x", list(values.shape), datatype.protocol)
    sent.set_data_from_numpy(values, binary_data=binary)
    wanted = [triton.InferRequestedOutput("y", binary_data=binary)]
    name = f"echo-{datatype.protocol.lower()}"
    result = client.infer(name, [sent], outputs=wanted, request_id="7")
    answered = result.as_numpy("y")
    assert answered.dtype == values.dtype
    np.testing.assert_array_equal(_text(answered), values)
    assert result.get_response()["id"] == "7"
    assert result.get_response()["model_version"] == "1"


def test_health_and_metadata_are_what_the_client_expects(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("versions", "2")
    assert not client.is_model_ready("nowhere")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata("echo-fp32")
    assert metadata["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 3]}]


def test_without_outputs_the_client_is_answered_all_of_them_in_binary(client):
    inputs = []
    for name, values in {"a": [1, 2], "b": [3, 5]}.items():
        inputs.append(triton.InferInput(name, [2], "FP32"))
        inputs[-1].set_data_from_numpy(np.array(values, dtype=np.float32))
    result = client.infer("two", inputs)
    np.testing.assert_array_equal(result.as_numpy("sum"), [4, 7])
    np.testing.assert_array_equal(result.as_numpy("dif"), [-2, -3])


def test_the_client_reads_our_errors(client):
    sent = triton.InferInput("x", [1, 2], "FP32")
    sent.set_data_from_numpy(np.zeros((1, 2), dtype=np.float32))
    with pytest.raises(InferenceServerException, match="does not fit the model's") as raised:
        client.infer("abcd", [sent])
    assert raised.value.status() == "400"
    with pytest.raises(InferenceServerException, match="no model 'nowhere'"):
        client.infer("nowhere", [sent])
