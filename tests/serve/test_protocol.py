"""The protocol's endpoints on a real server: what each answers, and what each refuses."""

import json

import numpy as np
import pytest

FLAT = {"name": "x", "shape": [2, 4], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6, 7, 8]}
NESTED = {**FLAT, "data": [[1, 2, 3, 4], [5, 6, 7, 8]]}
DOUBLED = {"name": "y", "datatype": "FP32", "shape": [2, 4], "data": [2, 4, 6, 8, 10, 12, 14, 16]}
JSON_LENGTH = "Inference-Header-Content-Length"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v2/health/live", {"live": True}),
        ("/v2/health/ready", {"ready": True}),
        ("/v2/models/abcd/ready", {"name": "abcd", "ready": True}),
        ("/v2/models/versions/versions/2/ready", {"name": "versions", "ready": True}),
        (
            "/v2/models/two",
            {
                "name": "two",
                "versions": ["1"],
                "platform": "onnx_onnxv1",
                "inputs": [
                    {"name": "a", "datatype": "FP32", "shape": [-1]},
                    {"name": "b", "datatype": "FP32", "shape": [-1]},
                ],
                "outputs": [
                    {"name": "sum", "datatype": "FP32", "shape": [-1]},
                    {"name": "dif", "datatype": "FP32", "shape": [-1]},
                ],
            },
        ),
    ],
)
def test_health_and_metadata_answer_as_the_protocol_says(server, path, body):
    answer = server.get(path)
    assert answer.status == 200
    assert {name: answer.json[name] for name in body} == body


@pytest.mark.parametrize("path", ["/v2", "/v2/"])
def test_the_server_names_itself_and_its_extensions(server, path):
    answer = server.get(path)
    assert answer.status == 200
    assert answer.json["name"] == "perbillion"
    assert answer.json["extensions"] == [
        "binary_tensor_data",
        "model_configuration",
        "model_repository",
        "statistics",
    ]


def test_versions_are_listed_as_numbers_and_the_highest_is_the_default(server):
    assert server.get("/v2/models/versions").json["versions"] == ["1", "2", "10"]
    request = {"inputs": [{**FLAT, "shape": [1, 4], "data": [1, 2, 3, 4]}]}
    latest = server.infer("versions", request).json
    assert (latest["model_version"], latest["outputs"][0]["data"]) == ("10", [10, 20, 30, 40])
    second = server.infer("versions/versions/2", request).json
    assert (second["model_version"], second["outputs"][0]["data"]) == ("2", [2, 4, 6, 8])


@pytest.mark.parametrize("tensor", [FLAT, NESTED])
def test_json_data_may_be_flat_or_nested_and_is_answered_flat(server, tensor):
    answer = server.infer("abcd", {"inputs": [tensor]})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json == {"model_name": "abcd", "model_version": "1", "outputs": [DOUBLED]}


def test_the_id_is_echoed_if_it_was_sent(server):
    assert server.infer("abcd", {"id": "r-1", "inputs": [FLAT]}).json["id"] == "r-1"
    assert "id" not in server.infer("abcd", {"inputs": [FLAT]}).json


def _two(**rest):
    tensors = {"a": [1.0, 2.0], "b": [10.0, 20.0]}
    inputs = [
        {"name": name, "shape": [2], "datatype": "FP32", "data": data}
        for name, data in tensors.items()
    ]
    return {"inputs": inputs, **rest}


def test_outputs_are_answered_in_the_order_in_which_they_are_asked_for(server):
    both = server.infer("two", _two(outputs=[{"name": "dif"}, {"name": "sum"}])).json["outputs"]
    assert [(output["name"], output["data"]) for output in both] == [
        ("dif", [-9, -18]),
        ("sum", [11, 22]),
    ]
    (one,) = server.infer("two", _two(outputs=[{"name": "sum"}])).json["outputs"]
    assert one["name"] == "sum"


def _split(answer):
    length = int(answer.headers[JSON_LENGTH.lower()])
    return json.loads(answer.body[:length]), answer.body[length:]


def test_binary_and_json_tensors_may_be_mixed_in_one_answer(server):
    outputs = [{"name": "sum", "parameters": {"binary_data": False}}, {"name": "dif"}]
    request = _two(outputs=outputs, parameters={"binary_data_output": True})
    answer = server.infer("two", request)
    head, rest = _split(answer)
    assert head["outputs"][0] == {"name": "sum", "datatype": "FP32", "shape": [2], "data": [11, 22]}
    assert head["outputs"][1]["parameters"] == {"binary_data_size": 8}
    np.testing.assert_array_equal(np.frombuffer(rest, dtype="<f4"), [-9, -18])
    assert answer.headers["content-type"] == "application/octet-stream"


def test_binary_tensors_follow_the_json_in_its_order(server, binary):
    arrays = {"b": np.array([10, 20], dtype=np.float32), "a": np.array([1, 2], dtype=np.float32)}
    body, headers = binary(arrays, parameters={"binary_data_output": True})
    head, rest = _split(server.infer("two", body, headers))
    assert [output["name"] for output in head["outputs"]] == ["sum", "dif"]
    np.testing.assert_array_equal(np.frombuffer(rest, dtype="<f4"), [11, 22, -9, -18])


def test_a_raw_body_is_the_one_input_and_is_answered_in_binary(server):
    rows = np.arange(12, dtype="<f4").reshape(3, 4)
    head, rest = _split(server.infer("abcd", rows.tobytes(), {JSON_LENGTH: "0"}))
    assert head["outputs"][0]["shape"] == [3, 4]
    np.testing.assert_array_equal(np.frombuffer(rest, dtype="<f4").reshape(3, 4), rows * 2)


def test_a_raw_body_for_a_fixed_shape_has_just_its_size(server):
    head, rest = _split(server.infer("fixed", b"\1\0\0\0\2\0\0\0", {JSON_LENGTH: "0"}))
    assert head["outputs"][0]["shape"] == [2]
    assert rest == b"\1\0\0\0\2\0\0\0"
    assert server.infer("fixed", b"\1\0\0\0", {JSON_LENGTH: "0"}).status == 400


def test_binary_answers_of_models_with_names_of_equal_length_have_equal_sizes(server, binary):
    generator = np.random.default_rng(5)
    sizes = set()
    for model in ("abcd", "bcde"):
        for exponent in (-30, 0, 30):
            rows = (generator.normal(size=(2, 4)) * 10.0**exponent).astype(np.float32)
            body, headers = binary({"x": rows}, parameters={"binary_data_output": True})
            answer = server.infer(model, body, headers)
            assert answer.status == 200
            sizes.add((len(answer.body), answer.headers["content-length"]))
    assert len(sizes) == 1


def test_an_empty_batch_is_answered_with_an_empty_batch(server):
    answer = server.infer("abcd", {"inputs": [{**FLAT, "shape": [0, 4], "data": []}]})
    assert answer.json["outputs"] == [{**DOUBLED, "shape": [0, 4], "data": []}]


def test_what_json_cannot_hold_is_an_error_in_json_and_comes_in_binary(server):
    tensor = {"name": "x", "shape": [2], "datatype": "FP32", "data": [-1.0, 0.0]}
    answer = server.infer("log", {"inputs": [tensor]})
    assert answer.status == 400
    assert "'y': holds NaN or infinity" in answer.error
    assert "binary_data_output" in answer.error
    asked = server.infer("log", {"inputs": [tensor], "parameters": {"binary_data_output": True}})
    values = np.frombuffer(_split(asked)[1], dtype="<f4")
    assert np.isnan(values[0])
    assert values[1] == -np.inf


BAD_REQUESTS = {
    "nothing": (b"", "not JSON"),
    "half a JSON": (b'{"inputs": [', "not JSON"),
    "NaN": (b'{"inputs": [NaN]}', "not JSON"),
    "a JSON too deep": (b"[" * 100_000, "not JSON"),
    "a number too large for JSON": (b'{"inputs": 1e999}', "not JSON"),
    "no object": ([FLAT], "must be a JSON object"),
    "no inputs": ({}, "'inputs' must be a list"),
    "inputs not all there": ({"inputs": []}, "not all there: 'x'"),
    "an input that is none": ({"inputs": [7]}, "an input must be a JSON object"),
    "an input without a name": ({"inputs": [{"shape": [1]}]}, "must be a string"),
    "an unknown input": ({"inputs": [{**FLAT, "name": "z"}]}, "no input 'z'"),
    "an input twice": ({"inputs": [FLAT, FLAT]}, "there twice"),
    "an id that is no string": ({"id": 7, "inputs": [FLAT]}, "'id'"),
    "parameters that are none": ({"inputs": [FLAT], "parameters": 3}, "'parameters'"),
    "a flag that is none": (
        {"inputs": [FLAT], "parameters": {"binary_data_output": "yes"}},
        "'binary_data_output' must be true or false",
    ),
    "another datatype": ({"inputs": [{**FLAT, "datatype": "FP64"}]}, "must be FP32"),
    "a datatype that is none": ({"inputs": [{**FLAT, "datatype": ["FP32"]}]}, "must be FP32"),
    "no shape": ({"inputs": [{**FLAT, "shape": None}]}, "'shape' must be"),
    "a shape of fractions": ({"inputs": [{**FLAT, "shape": [2.0, 4]}]}, "'shape' must be"),
    "a shape of truths": ({"inputs": [{**FLAT, "shape": [True, 4]}]}, "'shape' must be"),
    "a negative shape": ({"inputs": [{**FLAT, "shape": [-2, -4]}]}, "'shape' must be"),
    "another rank": ({"inputs": [{**FLAT, "shape": [8]}]}, r"[8] does not fit the model's [-1, 4]"),
    "another width": ({"inputs": [{**FLAT, "shape": [4, 2]}]}, "does not fit"),
    "a shape beyond all": ({"inputs": [{**FLAT, "shape": [2**63, 4]}]}, "too large"),
    "no data": ({"inputs": [{**FLAT, "data": None}]}, "'data' must be an array"),
    "too little data": ({"inputs": [{**FLAT, "data": [1]}]}, "has 1 elements"),
    "too much data": ({"inputs": [{**FLAT, "data": [1] * 9}]}, "has 9 elements"),
    "ragged data": ({"inputs": [{**FLAT, "data": [[1, 2, 3, 4], [5]]}]}, "not nested as"),
    "data nested too deep": ({"inputs": [{**FLAT, "data": [[[1], 2, 3, 4]] * 2}]}, "arrays"),
    "strings for numbers": ({"inputs": [{**FLAT, "data": ["1"] * 8}]}, "cannot hold strings"),
    "a truth among numbers": ({"inputs": [{**FLAT, "data": [1] * 7 + [True]}]}, "true or false"),
    "a null among numbers": ({"inputs": [{**FLAT, "data": [1] * 7 + [None]}]}, "null"),
    "a number beyond FP32": ({"inputs": [{**FLAT, "data": [1e300] * 8}]}, "beyond FP32's range"),
    "no binary part": (
        {"inputs": [{**FLAT, "data": None, "parameters": {"binary_data_size": 32}}]},
        "'data' or 'binary_data_size', not both",
    ),
    "outputs that are none": ({"inputs": [FLAT], "outputs": []}, "at least one output"),
    "an unknown output": ({"inputs": [FLAT], "outputs": [{"name": "z"}]}, "no output 'z'"),
    "an output twice": ({"inputs": [FLAT], "outputs": [{"name": "y"}] * 2}, "twice"),
    "a classification": (
        {"inputs": [FLAT], "outputs": [{"name": "y", "parameters": {"classification": 1}}]},
        "'classification' is not supported",
    ),
}


@pytest.mark.parametrize(("request_", "message"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_bad_request_is_a_400_that_says_what_is_wrong(server, request_, message):
    answer = server.infer("abcd", request_)
    assert answer.status == 400
    assert message in answer.error


LYING = {
    "a JSON length beyond the body": ({JSON_LENGTH: "9999"}, b"{}", "the body has 2 bytes"),
    "a JSON length that is none": ({JSON_LENGTH: "-1"}, b"{}", "must be a length"),
    "a JSON length of many digits": ({JSON_LENGTH: "9" * 5000}, b"{}", "must be a length"),
    "a raw body of another size": ({JSON_LENGTH: "0"}, bytes(17), "takes 16 bytes"),
}


@pytest.mark.parametrize(("headers", "body", "message"), LYING.values(), ids=LYING)
def test_a_length_that_lies_is_a_400(server, headers, body, message):
    answer = server.infer("abcd", body, headers)
    assert answer.status == 400
    assert message in answer.error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda body: body[:-1], "only 31 bytes are left"),
        (lambda body: body + b"x", "1 bytes are left after"),
    ],
)
def test_truncated_and_surplus_bytes_are_a_400(server, binary, change, message):
    body, headers = binary({"x": np.zeros((2, 4), dtype=np.float32)})
    answer = server.infer("abcd", change(body), headers)
    assert answer.status == 400
    assert message in answer.error


@pytest.mark.parametrize(
    ("model", "body", "message"),
    [
        ("two", b"", "needs a model of one input"),
        ("open", bytes(16), "open in several places"),
        ("echo-bytes", b"abc", "does not fit"),
    ],
)
def test_a_raw_body_needs_a_model_whose_shape_it_tells(server, model, body, message):
    answer = server.infer(model, body, {JSON_LENGTH: "0"})
    assert answer.status == 400
    assert message in answer.error


def test_values_that_the_model_cannot_compute_are_a_400(server):
    tensor = {"name": "x", "shape": [1], "datatype": "INT64", "data": [99]}
    answer = server.infer("gather", {"inputs": [tensor]})
    assert answer.status == 400
    assert "gather: the model cannot compute this input" in answer.error
    assert "idx=99" in answer.error


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/v2/models", 404),
        ("GET", "/v2/models/nowhere", 404),
        ("GET", "/v2/models/nowhere/ready", 404),
        ("GET", "/v2/models/versions/versions/3", 404),
        ("GET", "/v2/models/versions/versions/02", 404),
        ("POST", "/v2/models/nowhere/infer", 404),
        ("POST", "/v2/models/versions/versions/3/infer", 404),
        ("POST", "/v2/models/abcd/infer/", 404),
        ("POST", f"/v2/models/{'n' * 5000}/infer", 404),
        ("GET", "/v2/models/abcd/infer", 405),
        ("PUT", "/v2/models/abcd/infer", 405),
        ("POST", "/v2/health/live", 405),
        ("DELETE", "/v2/models/abcd", 405),
    ],
)
def test_what_is_not_there_answers_in_the_protocol_s_shape(server, method, path, status):
    answer = server.ask(method, path, b"{}")
    assert answer.status == status
    assert answer.error
    assert len(answer.body) < 1000
    assert ("allow" in answer.headers) == (status == 405)


def test_an_unknown_model_s_answer_names_the_nearest(server):
    assert "did you mean 'abcd'?" in server.infer("abcx", b"").error
    assert "has no version '3'" in server.get("/v2/models/versions/versions/3").error


@pytest.mark.parametrize(
    "name",
    ["..", "..%2fabcd", "abcd%2f..%2fabcd", "..%2f..%2fetc%2fpasswd", ".", "abcd%00", "%ff", "a b"],
)
def test_no_name_leaves_the_repository(server, name):
    name = name.replace(" ", "%20")
    for method, path in (("GET", f"/v2/models/{name}"), ("POST", f"/v2/models/{name}/infer")):
        answer = server.ask(method, path, b"{}")
        assert answer.status == 404
        assert answer.error


def test_a_compressed_body_is_a_415(server):
    answer = server.infer("abcd", b"{}", {"Content-Encoding": "gzip"})
    assert answer.status == 415
    assert "compressed" in answer.error


def test_a_connection_survives_an_error(server):
    before = server.connection.sock
    assert server.infer("abcd", b"nonsense").status == 400
    assert server.infer("nowhere", bytes(100_000)).status == 404
    assert server.infer("abcd", {"inputs": [FLAT]}).status == 200
    assert server.connection.sock is before is not None


def test_openapi_lists_the_endpoints_with_their_bodies(server):
    document = server.get("/openapi.json").json
    infer = document["paths"]["/v2/models/{model}/versions/{version}/infer"]["post"]
    assert {parameter["name"] for parameter in infer["parameters"]} == {"model", "version"}
    body = infer["requestBody"]["content"]
    assert body["application/json"]["schema"] == {"$ref": "#/components/schemas/InferRequestBody"}
    assert "application/octet-stream" in body
    assert "/v2/models/{model}/infer" in document["paths"]
    assert "/v2/health/ready" in document["paths"]
    assert "InferResponseBody" in document["components"]["schemas"]
    assert server.get("/docs").status == 200
