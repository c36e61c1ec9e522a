"""NVIDIA's client drives the server unmodified."""

import asyncio
import json

import numpy as np
import pytest
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.http import InferenceServerClientPlugin
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


@pytest.mark.parametrize("datatype", DATATYPES, ids=lambda datatype: datatype.protocol)
def test_json_in_and_binary_out_may_be_mixed(client, datatype):
    values = _values(datatype)
    sent = triton.InferInput("x", list(values.shape), datatype.protocol)
    sent.set_data_from_numpy(values, binary_data=False)
    wanted = [triton.InferRequestedOutput("y", binary_data=True)]
    result = client.infer(f"echo-{datatype.protocol.lower()}", [sent], outputs=wanted)
    np.testing.assert_array_equal(_text(result.as_numpy("y")), values)
    assert "id" not in result.get_response()


def test_health_and_metadata_are_what_the_client_expects(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready("versions", "2")
    assert not client.is_model_ready("nowhere")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    metadata = client.get_model_metadata("echo-fp32")
    assert metadata["inputs"] == [{"name": "x", "datatype": "FP32", "shape": [-1, 3]}]


def test_a_version_is_asked_for_by_its_number(client):
    for version, factor in {"": 10, "1": 1, "2": 2, "10": 10}.items():
        result = client.infer("versions", [_row([1, 2, 3, 4])], model_version=version)
        np.testing.assert_array_equal(result.as_numpy("y")[0], factor * np.arange(1, 5))
        assert result.get_response()["model_version"] == (version or "10")
        assert client.is_model_ready("versions", version)
        assert client.get_model_config("versions", version)["name"] == "versions"
    assert client.get_model_metadata("versions")["versions"] == ["1", "2", "10"]
    with pytest.raises(InferenceServerException, match="has no version '3'"):
        client.infer("versions", [_row([1, 2, 3, 4])], model_version="3")


def _row(values):
    sent = triton.InferInput("x", [1, 4], "FP32")
    sent.set_data_from_numpy(np.array([values], dtype=np.float32))
    return sent


def _pair():
    inputs = []
    for name, values in {"a": [1, 2], "b": [3, 5]}.items():
        inputs.append(triton.InferInput(name, [2], "FP32"))
        inputs[-1].set_data_from_numpy(np.array(values, dtype=np.float32))
    return inputs


@pytest.mark.parametrize("binary", [(True, True), (True, False), (False, True), (False, False)])
@pytest.mark.parametrize("names", [("sum",), ("dif", "sum")])
def test_outputs_are_those_asked_for_in_that_order_and_form(client, names, binary):
    wanted = [
        triton.InferRequestedOutput(name, binary_data=as_binary)
        for name, as_binary in zip(names, binary, strict=False)
    ]
    result = client.infer("two", _pair(), outputs=wanted)
    assert [output["name"] for output in result.get_response()["outputs"]] == list(names)
    values = {"sum": [4, 7], "dif": [-2, -3]}
    for name in names:
        np.testing.assert_array_equal(result.as_numpy(name), values[name])
    assert (result.as_numpy("sum") is None) == ("sum" not in names)


def test_the_configuration_is_what_the_client_expects(client):
    config = client.get_model_config("echo-bytes")
    assert (config["name"], config["platform"]) == ("echo-bytes", "onnx_onnxv1")
    assert config["input"] == [{"name": "x", "data_type": "TYPE_STRING", "dims": [-1, 3]}]
    assert client.get_model_config("echo-fp64")["output"][0]["data_type"] == "TYPE_FP64"


def test_statistics_count_what_the_client_sent(client):
    def counted(model="gather", version=""):
        (stats,) = client.get_inference_statistics(model, version)["model_stats"]
        return stats

    before = counted()
    sent = triton.InferInput("x", [2], "INT64")
    for indices in ([0, 1], [2, 2], [0, 9]):
        sent.set_data_from_numpy(np.array(indices))
        if 9 in indices:
            with pytest.raises(InferenceServerException, match="cannot compute"):
                client.infer("gather", [sent])
        else:
            client.infer("gather", [sent])
    after = counted(version="1")
    assert after["execution_count"] - before["execution_count"] == 2
    for which, by in {"success": 2, "fail": 1, "compute_infer": 2}.items():
        first, then = before["inference_stats"][which], after["inference_stats"][which]
        assert then["count"] - first["count"] == by
        assert then["ns"] > first["ns"]
    everything = client.get_inference_statistics()["model_stats"]
    assert {("gather", "1"), ("versions", "2")} < {
        (one["name"], one["version"]) for one in everything
    }
    with pytest.raises(InferenceServerException, match="no model 'nowhere'"):
        counted("nowhere")


def test_the_repository_index_lists_what_is_served(client):
    index = client.get_model_repository_index()
    versions = [entry["version"] for entry in index if entry["name"] == "versions"]
    assert sorted(versions) == ["1", "10", "2"]
    assert {entry["state"] for entry in index} == {"READY"}


def test_what_changes_models_is_refused_unless_it_is_switched_on(client):
    for change in (client.load_model, client.unload_model):
        with pytest.raises(InferenceServerException, match="--model-control") as raised:
            change("abcd")
        assert raised.value.status() == "403"
    assert client.is_model_ready("abcd")


def test_without_outputs_the_client_is_answered_all_of_them_in_binary(client):
    result = client.infer("two", _pair())
    np.testing.assert_array_equal(result.as_numpy("sum"), [4, 7])
    np.testing.assert_array_equal(result.as_numpy("dif"), [-2, -3])


def test_what_the_client_may_send_beside_tensors_is_taken(client):
    result = client.infer(
        "two",
        _pair(),
        request_id="r",
        priority=1,
        timeout=1_000_000,
        sequence_id=7,
        sequence_start=True,
        sequence_end=True,
        headers={"X-Whatever": "1"},
        query_params={"a": "b"},
        response_compression_algorithm="gzip",
        parameters={"mine": "x"},
    )
    assert result.get_response()["id"] == "r"
    np.testing.assert_array_equal(result.as_numpy("sum"), [4, 7])


def test_requests_of_the_client_s_own_threads_are_answered_too(server):
    with triton.InferenceServerClient(server.address, concurrency=4) as client:
        waiting = [
            client.async_infer("abcd", [_row([index, 0, 0, 1])], request_id=str(index))
            for index in range(20)
        ]
        for index, one in enumerate(waiting):
            result = one.get_result()
            assert result.get_response()["id"] == str(index)
            np.testing.assert_array_equal(result.as_numpy("y")[0], [2 * index, 0, 0, 2])


def test_the_asynchronous_client_is_served_as_well(server):
    async def ask():
        async with triton_aio.InferenceServerClient(server.address) as client:
            assert await client.is_server_live()
            assert await client.is_server_ready()
            assert await client.is_model_ready("abcd")
            assert (await client.get_server_metadata())["name"] == "perbillion"
            assert (await client.get_model_metadata("two"))["versions"] == ["1"]
            assert (await client.get_model_config("two"))["backend"] == "onnxruntime"
            assert (await client.get_inference_statistics("two"))["model_stats"]
            assert await client.get_model_repository_index()
            results = await asyncio.gather(
                *(client.infer("abcd", [_row([index, 0, 0, 1])]) for index in range(20))
            )
            with pytest.raises(InferenceServerException, match="no model 'nowhere'"):
                await client.infer("nowhere", [_row([0, 0, 0, 0])])
            return [result.as_numpy("y")[0, 0] for result in results]

    assert asyncio.run(ask()) == [2 * index for index in range(20)]


def test_the_client_reads_our_errors(client):
    sent = triton.InferInput("x", [1, 2], "FP32")
    sent.set_data_from_numpy(np.zeros((1, 2), dtype=np.float32))
    with pytest.raises(InferenceServerException, match="does not fit the model's") as raised:
        client.infer("abcd", [sent])
    assert raised.value.status() == "400"
    with pytest.raises(InferenceServerException, match="no model 'nowhere'"):
        client.infer("nowhere", [sent])
    for version in ("x", "99"):
        with pytest.raises(InferenceServerException, match="no version"):
            client.get_model_metadata("abcd", version)


def test_what_the_server_does_not_do_is_an_error_that_the_client_reads(client):
    with pytest.raises(InferenceServerException, match="'classification' is not supported"):
        client.infer(
            "abcd", [_row([1, 2, 3, 4])], outputs=[triton.InferRequestedOutput("y", class_count=2)]
        )
    with pytest.raises(InferenceServerException, match="compressed bodies") as raised:
        client.infer("abcd", [_row([1, 2, 3, 4])], request_compression_algorithm="gzip")
    assert raised.value.status() == "415"
    shared = triton.InferInput("x", [1, 4], "FP32")
    shared.set_shared_memory("region", 16)
    with pytest.raises(InferenceServerException, match="'shared_memory_region' is not supported"):
        client.infer("abcd", [shared])
    for ask in (
        client.get_system_shared_memory_status,
        client.get_trace_settings,
        client.get_log_settings,
    ):
        with pytest.raises(InferenceServerException, match="Not Found") as raised:
            ask()
        assert raised.value.status() == "404"


KEY = "correct-horse-battery-staple-1234567890"
BEARER = {"Authorization": f"Bearer {KEY}"}


class Bearer(InferenceServerClientPlugin):
    """Carries the key with every request, as a client's plugin does."""

    def __call__(self, request):
        request.headers.update(BEARER)


@pytest.fixture(scope="module")
def guarded(start_server, models, tmp_path_factory):
    """A server that asks for a key and lets models be loaded; its client and its repository."""
    repository = tmp_path_factory.mktemp("guarded")
    models.put(models.scale(2), repository, "m")
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(f"{KEY}\n")
    keys.chmod(0o600)
    with (
        start_server(repository, "--model-control", "--api-keys", keys) as (_, text),
        triton.InferenceServerClient(f"127.0.0.1:{json.loads(text)['port']}") as client,
    ):
        yield client, repository


def _doubled(client, **rest):
    return client.infer("m", [_row([1, 2, 3, 4])], **rest).as_numpy("y")[0].tolist()


def test_a_key_travels_in_a_header_or_a_plugin(guarded):
    client, _ = guarded
    assert client.is_server_ready()
    for headers in (None, {"Authorization": "Bearer wrong"}):
        with pytest.raises(InferenceServerException) as raised:
            _doubled(client, headers=headers)
        assert raised.value.status() == "401"
        with pytest.raises(InferenceServerException):
            client.get_model_metadata("m", headers=headers)
    assert _doubled(client, headers=BEARER) == [2, 4, 6, 8]
    assert client.get_model_metadata("m", headers=BEARER)["name"] == "m"
    client.register_plugin(Bearer())
    try:
        assert _doubled(client) == [2, 4, 6, 8]
        assert client.get_model_repository_index()[0]["state"] == "READY"
    finally:
        client.unregister_plugin()


def test_the_client_loads_and_unloads_models_and_a_failed_load_changes_nothing(guarded, models):
    client, repository = guarded
    client.register_plugin(Bearer())
    try:
        models.put(models.scale(5), repository, "m", "2")
        assert _doubled(client) == [2, 4, 6, 8]
        client.load_model("m")
        assert _doubled(client) == [5, 10, 15, 20]
        assert client.get_model_metadata("m")["versions"] == ["1", "2"]
        models.put(b"no model", repository, "m", "3")
        with pytest.raises(InferenceServerException, match="cannot load this model") as raised:
            client.load_model("m")
        assert raised.value.status() == "400"
        assert _doubled(client) == [5, 10, 15, 20]
        client.unload_model("m")
        assert not client.is_model_ready("m")
        with pytest.raises(InferenceServerException, match="no model 'm'"):
            _doubled(client)
        (entry,) = client.get_model_repository_index()
        assert (entry["name"], entry["state"]) == ("m", "UNAVAILABLE")
        with pytest.raises(InferenceServerException):
            client.load_model("nowhere")
        with pytest.raises(InferenceServerException):
            client.unload_model("nowhere")
    finally:
        client.unregister_plugin()
