import json

import numpy as np
import onnx
import pytest

from contract.errors import ArtifactError, ExperimentError
from graph.generated_traffic import generated_traffic
from graph.prediction import answers_of
from graph.recorded_traffic import recorded_traffic
from small_models import identity, onnx_model, tensor

ROWS = np.arange(21, dtype=np.float32).reshape(7, 3)


@pytest.fixture
def model(tmp_path):
    """Write a model that hands its inputs on; return its path."""

    def put(**inputs):
        path = tmp_path / "model.onnx"
        given = [tensor(name, *form) for name, form in inputs.items()]
        made = [tensor(f"{name}_out", *form) for name, form in inputs.items()]
        nodes = [onnx.helper.make_node("Identity", [name], [f"{name}_out"]) for name in inputs]
        onnx.save(onnx_model(nodes, given, made), path)
        return path

    return put


@pytest.fixture
def arrays(tmp_path):
    def put(**named):
        np.savez(tmp_path / "rows.npz", **named)
        return tmp_path / "rows.npz"

    return put


@pytest.fixture
def lines(tmp_path):
    def put(*requests):
        path = tmp_path / "requests.jsonl"
        path.write_text("".join(f"{json.dumps(request)}\n" for request in requests))
        return path

    return put


def _tensor(**changes):
    return {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2.5, -3], **changes}


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_rows_are_put_together_to_requests_in_their_order(batch, model, arrays):
    path = model(x=("FP32", ("n", 3)))
    traffic = recorded_traffic(arrays(x=ROWS), path, batch=batch)
    assert {request["x"].shape for request in traffic.requests} == {(batch, 3)}
    whole = len(ROWS) // batch * batch
    assert np.array_equal(np.concatenate([r["x"] for r in traffic.requests]), ROWS[:whole])
    answers_of(path, traffic)


def test_rows_go_where_the_model_counts_them(model, arrays):
    path = model(x=("FP32", ("time", "batch", 3)))
    rows = np.arange(24, dtype=np.float32).reshape(4, 2, 3)
    first, second = recorded_traffic(arrays(x=rows), path, batch=2).requests
    assert first["x"].shape == (2, 2, 3)
    assert np.array_equal(first["x"][:, 1], rows[1])
    assert np.array_equal(second["x"][:, 0], rows[2])


def test_every_row_of_a_model_without_a_batch_dimension_is_a_request(model, arrays):
    path = model(x=("FP32", (3,)), level=("FP32", ()))
    levels = np.arange(7, dtype=np.float32)
    traffic = recorded_traffic(arrays(x=ROWS, level=levels), path)
    assert [request["x"].tolist() for request in traffic.requests] == ROWS.tolist()
    assert [request["level"].item() for request in traffic.requests] == levels.tolist()
    answers_of(path, traffic)


def test_rows_of_a_model_with_a_fixed_batch_fill_it(model, arrays):
    path = model(x=("FP32", (2, 3)))
    assert len(recorded_traffic(arrays(x=ROWS), path, batch=2).requests) == 3
    with pytest.raises(ExperimentError, match="takes 2 rows"):
        recorded_traffic(arrays(x=ROWS), path)


def test_an_input_without_rows_is_given_once_or_for_every_request(model, arrays):
    path = model(x=("FP32", ("n", 3)), scale=("FP32", (2,)))
    once = np.array([5, 6], dtype=np.float32)
    each = np.arange(6, dtype=np.float32).reshape(3, 2)
    for scale, expected in ((once, [once] * 3), (each, each)):
        traffic = recorded_traffic(arrays(x=ROWS, scale=scale), path, batch=2)
        assert np.array_equal([request["scale"] for request in traffic.requests], expected)
        answers_of(path, traffic)
    with pytest.raises(ArtifactError, match=r"number of requests they suffice for: .*3.*2"):
        recorded_traffic(arrays(x=ROWS, scale=each[:2]), path, batch=2)


@pytest.mark.parametrize(
    ("datatype", "recorded"),
    [
        ("FP32", np.array([[0.1, 2.0, np.nan]])),
        ("FP16", np.array([[0.1, 2.0, np.inf]], dtype=np.float32)),
        ("FP32", np.array([[1, 2, 3]])),
        ("INT32", np.array([[1, -2, 2**31 - 1]])),
        ("INT64", np.array([[True, False, True]])),
        ("FP32", np.array([[1, 2, 3]], dtype=">f4")),
    ],
)
def test_numbers_are_converted_where_that_loses_none(datatype, recorded, model, arrays):
    path = model(x=(datatype, ("n", 3)))
    traffic = recorded_traffic(arrays(x=recorded), path)
    ((answer,),) = answers_of(path, traffic)
    assert np.array_equal(answer, recorded.astype(answer.dtype), equal_nan=answer.dtype.kind == "f")


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ({}, r"the model takes the inputs x; missing: x"),
        ({"x": ROWS, "z": ROWS}, r"the model takes the inputs x; not among them: z"),
        ({"y": ROWS}, r"the model takes .*; missing: x; not among them: y"),
        ({"x": ROWS.astype(complex)}, r"x: is complex128, the input takes FP32 .*float32"),
        ({"x": np.array([["a", "b", "c"]])}, r"x: is <U1"),
        ({"x": np.full((1, 3), 1e300)}, r"x: holds 1e\+300, which FP32"),
        ({"x": ROWS[:, :2]}, r"x: is of the shape \(1, 2\) in a request; .*\('n', 3\)"),
        ({"x": ROWS[0]}, r"x: has the shape \(3,\); rows of"),
        ({"x": ROWS[np.newaxis]}, r"x: has the shape \(1, 7, 3\); rows of"),
        ({"x": ROWS[:0]}, r"x: has 0 rows, fewer than the 1"),
        ({"x": np.float32(1)}, r"x: has the shape \(\); rows of"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_the_reason(named, message, model, arrays):
    with pytest.raises(ArtifactError, match=rf"rows\.npz: {message}") as caught:
        recorded_traffic(arrays(**named), model(x=("FP32", ("n", 3))))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("value", [2**31, -1])
def test_integers_out_of_range_are_refused(value, model, arrays):
    datatype = "INT32" if value > 0 else "UINT8"
    with pytest.raises(ArtifactError, match=f"holds {value}|is int64"):
        recorded_traffic(arrays(x=np.array([[value]])), model(x=(datatype, ("n", 1))))


def test_inputs_of_different_numbers_of_rows_are_refused(model, arrays):
    path = model(x=("FP32", ("n", 3)), z=("FP32", ("n",)))
    with pytest.raises(ArtifactError, match=r"number of rows: \{'x': 7, 'z': 6\}"):
        recorded_traffic(arrays(x=ROWS, z=ROWS[:6, 0]), path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut", b"\x80\x04K\x01."])
def test_a_file_that_is_no_archive_is_refused(content, tmp_path, model):
    (tmp_path / "rows.npz").write_bytes(content)
    with pytest.raises(ArtifactError, match=r"rows\.npz: cannot read the recording"):
        recorded_traffic(tmp_path / "rows.npz", model(x=("FP32", ("n", 3))))


def test_pickled_objects_are_never_loaded(tmp_path, model):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "went off"), "w"))

    np.savez(tmp_path / "rows.npz", x=np.array([Bomb()], dtype=object))
    with pytest.raises(ArtifactError, match="cannot read the recording"):
        recorded_traffic(tmp_path / "rows.npz", model(x=("FP32", ("n", 3))))
    assert not (tmp_path / "went off").exists()


def test_one_array_without_a_name_and_a_file_of_another_kind_are_refused(tmp_path, model):
    path = model(x=("FP32", ("n", 3)))
    with (tmp_path / "rows.npz").open("wb") as stream:
        np.save(stream, ROWS)
    with pytest.raises(ArtifactError, match="no archive of named arrays"):
        recorded_traffic(tmp_path / "rows.npz", path)
    with pytest.raises(ArtifactError, match=r"kind '\.npy'.*valid: \.npz, \.jsonl"):
        recorded_traffic(tmp_path / "rows.npy", path)
    for name in ("absent.npz", "absent.jsonl"):
        with pytest.raises(ArtifactError, match="cannot read the recording"):
            recorded_traffic(tmp_path / name, path)


def test_every_line_is_a_request_with_its_own_rows(model, lines):
    path = model(x=("FP32", ("n", 3)), on=("BOOL", ("n",)))
    on = {"name": "on", "shape": [1], "datatype": "BOOL", "data": [True]}
    two = {"inputs": [_tensor(shape=[2, 3], data=[[1, 2, 3], [4, 5, 6]]), {**on, "shape": [2]}]}
    two["inputs"][1]["data"] = [False, True]
    recording = lines({"id": "7", "inputs": [on, _tensor()], "outputs": []}, two)
    recording.write_text(recording.read_text().replace("\n", "\n\n"))
    traffic = recorded_traffic(recording, path, batch=9)
    assert [request["x"].tolist() for request in traffic.requests] == [
        [[1, 2.5, -3]],
        [[1, 2, 3], [4, 5, 6]],
    ]
    assert traffic.requests[1]["on"].tolist() == [False, True]
    answers_of(path, traffic)


@pytest.mark.parametrize(
    ("datatype", "data"),
    [
        ("UINT64", [2**64 - 1]),
        ("INT64", [-(2**63)]),
        ("INT8", [-128]),
        ("FP16", [65504]),
        ("FP64", [0.1]),
        ("FP32", [float("nan")]),
    ],
)
def test_numbers_in_json_are_read_to_the_last(datatype, data, model, lines):
    path = model(x=(datatype, ("n",)))
    recording = lines({"inputs": [_tensor(datatype=datatype, shape=[1], data=data)]})
    ((answer,),) = answers_of(path, recorded_traffic(recording, path))
    assert np.array_equal(answer, np.array(data, answer.dtype), equal_nan=answer.dtype.kind == "f")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"datatype": "FP64"}, "x: is of the datatype 'FP64', the input takes 'FP32'"),
        ({"name": "z"}, "the model takes .*; missing: x; not among them: z"),
        ({"shape": [1, 4]}, r"x: is of the shape \(1, 4\) in a request"),
        ({"shape": [3]}, r"x: is of the shape \(3,\) in a request"),
        ({"shape": [1, -3]}, "x: has no shape of whole numbers"),
        ({"shape": "1x3"}, "x: has no shape of whole numbers"),
        ({"shape": [2**62, 3]}, r"x: has 3 elements, its shape .* asks for"),
        ({"data": [1, 2]}, r"x: has 2 elements, its shape \(1, 3\) asks for 3"),
        ({"data": [[1, 2], 3]}, "x: has 2 elements"),
        ({"data": [[1], [2], [3]]}, "x: holds list where FP32"),
        ({"data": [1, "2", True]}, "x: holds bool and str where FP32"),
        ({"data": [1, 2, 1e300]}, r"x: holds 1e\+300, which FP32"),
        ({"data": [1, 2, 10**400]}, "x: holds an integer that FP32 cannot"),
        ({"data": None}, "x: has no 'data' in JSON.*binary"),
    ],
)
def test_a_line_that_does_not_fit_is_told_by_its_number(changes, message, model, lines):
    path = model(x=("FP32", ("n", 3)))
    recording = lines({"inputs": [_tensor()]}, {"inputs": [_tensor(**changes)]})
    with pytest.raises(ArtifactError, match=rf"requests\.jsonl, line 2: ?{message}") as caught:
        recorded_traffic(recording, path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is no JSON"),
        (b"\xff", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is no infer request"),
        (b'{"inputs": {}}', "is no infer request"),
        (b'{"inputs": [1]}', "is no infer request"),
        (b'{"inputs": [{"name": 1}]}', "is no infer request"),
        (b'{"inputs": [{"name": "x"}, {"name": "x"}]}', "gives an input twice"),
    ],
)
def test_a_line_that_is_no_request_is_refused(line, message, tmp_path, model):
    (tmp_path / "requests.jsonl").write_bytes(line)
    with pytest.raises(ArtifactError, match=rf"line 1: {message}"):
        recorded_traffic(tmp_path / "requests.jsonl", model(x=("FP32", ("n", 3))))


def test_a_recording_of_nothing_is_refused(tmp_path, model):
    (tmp_path / "requests.jsonl").write_text("\n\n")
    with pytest.raises(ArtifactError, match="holds no request"):
        recorded_traffic(tmp_path / "requests.jsonl", model(x=("FP32", ("n", 3))))


def test_strings_are_not_replayed(tmp_path, arrays):
    onnx.save(identity("BYTES", ("n",)), tmp_path / "model.onnx")
    with pytest.raises(ArtifactError, match=r"model\.onnx: input 'x' takes strings"):
        recorded_traffic(arrays(x=ROWS), tmp_path / "model.onnx")


def test_what_was_generated_for_a_transformer_can_be_recorded_and_replayed(
    transformer_path, arrays, lines
):
    traffic = generated_traffic(transformer_path, requests=3, batch=2)
    rows = {
        name: np.concatenate([request[name] for request in traffic.requests])
        for name in traffic.names
    }
    sent = [
        {
            "inputs": [
                {"name": name, "shape": array.shape, "datatype": "INT64", "data": array.tolist()}
                for name, array in request.items()
            ]
        }
        for request in traffic.requests
    ]
    for recording in (arrays(**rows), lines(*sent)):
        again = recorded_traffic(recording, transformer_path, batch=2)
        for one, other in zip(traffic.requests, again.requests, strict=True):
            assert all(np.array_equal(one[name], other[name]) for name in traffic.names)
