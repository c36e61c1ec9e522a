"""Model files that are damaged, or were made to do harm: one line each, and nothing else read."""

import os
import resource

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from contract.errors import ArtifactError
from graph.generated_traffic import generated_traffic
from graph.model_file import load_model, model_bytes, require_readable, save_model
from graph.prediction import answers_of

SECRET = np.arange(4, dtype=np.float32)


def _outside(location, **more):
    """A tensor of 4 floats whose bytes lie elsewhere."""
    tensor = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL
    )
    for key, value in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _model(nodes, initializers=(), opset=20, ir_version=10):
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in "xy")
    graph = helper.make_graph(nodes, "graph", [x], [y], list(initializers))
    opsets = [helper.make_opsetid("", opset)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)


def _add(tensor):
    return _model([helper.make_node("Add", ["x", "w"], ["y"])], [tensor])


def _constant(tensor):
    nodes = [
        helper.make_node("Constant", [], ["w"], value=tensor),
        helper.make_node("Add", ["x", "w"], ["y"]),
    ]
    return _model(nodes)


def _branch(tensor):
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 4])
    add = helper.make_node("Add", ["x", "w"], ["z"])
    branch = helper.make_graph([add], "branch", [], [z], [tensor])
    choose = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    return _model([choose], [numpy_helper.from_array(np.array(True), "c")])


@pytest.fixture
def put(tmp_path):
    """Write a model into a folder, two floors above which lies what is nobody's business."""
    (tmp_path / "secret.bin").write_bytes(SECRET.tobytes())

    def write(model):
        path = tmp_path / "a" / "b" / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model if isinstance(model, bytes) else model.SerializeToString())
        return path

    return write


def _refused(path, message):
    """Both ways to read it refuse it, with the same line."""
    lines = []
    for read in (require_readable, load_model):
        with pytest.raises(ArtifactError, match=message) as caught:
            read(path)
        lines.append(str(caught.value))
        assert "\n" not in lines[-1]
        assert len(lines[-1]) < 500 + len(str(path))
        assert lines[-1].startswith(f"{path}: ")
    assert lines[0] == lines[1]


@pytest.mark.parametrize("place", [_add, _constant, _branch])
@pytest.mark.parametrize("location", ["w.bin", "deep/w.bin"])
def test_weights_beside_the_model_are_read(place, location, put):
    path = put(place(_outside(location, offset=4, length=16)))
    (path.parent / "deep").mkdir()
    (path.parent / location).write_bytes(b"\0" * 4 + SECRET.tobytes() + b"more")
    require_readable(path)
    inside = put(place(numpy_helper.from_array(SECRET, "w"))).read_bytes()
    put(place(_outside(location, offset=4, length=16)))
    assert load_model(path).SerializeToString() == inside


@pytest.mark.parametrize("place", [_add, _constant, _branch])
@pytest.mark.parametrize(
    "location",
    [
        "../../secret.bin",
        "deep/../../../secret.bin",
        "/etc/passwd",
        "",
        "..",
        "link",
        "up/secret.bin",
    ],
)
def test_weights_outside_of_the_model_s_folder_are_never_read(place, location, put, tmp_path):
    path = put(place(_outside(location)))
    (path.parent / "deep").mkdir()
    (path.parent / "link").symlink_to(tmp_path / "secret.bin")
    (path.parent / "up").symlink_to(tmp_path)
    _refused(path, "side file: .* leads out of the model's folder")


def test_a_path_that_leads_out_and_in_again_is_refused_for_a_link_would_not_lead_in_again(put):
    path = put(_add(_outside("../b/w.bin")))
    (path.parent / "w.bin").write_bytes(SECRET.tobytes())
    _refused(path, "leads out of the model's folder")


def test_a_link_in_a_circle_a_pipe_a_folder_and_a_missing_side_file_are_refused(put):
    path = put(_add(_outside("w.bin")))
    beside = path.parent / "w.bin"
    _refused(path, "side file: 'w.bin' is missing")
    beside.symlink_to("w.bin")
    _refused(path, "side file: 'w.bin'")
    beside.unlink()
    os.mkfifo(beside)
    _refused(path, "side file: 'w.bin' is no regular file")
    beside.unlink()
    beside.mkdir()
    _refused(path, "side file: 'w.bin' is no regular file")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"offset": 4}, "takes 16 bytes, 12 are there"),
        ({"offset": 99}, "takes 16 bytes, 0 are there"),
        ({"length": 8}, "takes 16 bytes, 8 are there"),
        ({"offset": -16}, "offset -16 is negative"),
        ({"length": "many"}, "invalid literal"),
        ({"length": 10**30}, "10{30} bytes of 'w.bin', 16 are there"),
    ],
)
def test_a_side_file_that_is_too_short_is_refused(more, message, put):
    path = put(_add(_outside("w.bin", **more)))
    (path.parent / "w.bin").write_bytes(SECRET.tobytes())
    with pytest.raises(ArtifactError, match=message):
        load_model(path)


def test_a_cache_that_is_made_of_links_is_read(put, tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "def").write_bytes(SECRET.tobytes())
    put(_add(_outside("w.bin"))).rename(tmp_path / "blobs" / "abc")
    snapshot = tmp_path / "snapshot"
    snapshot.mkdir()
    (snapshot / "model.onnx").symlink_to("../blobs/abc")
    (snapshot / "w.bin").symlink_to("../blobs/def")
    (weight,) = load_model(snapshot / "model.onnx").graph.initializer
    assert weight.raw_data == SECRET.tobytes()
    traffic = generated_traffic(snapshot / "model.onnx", requests=1)
    ((answer,),) = answers_of(snapshot / "model.onnx", traffic)
    assert np.array_equal(answer, traffic.requests[0]["x"] + SECRET)


def _without_memory(dims, **more):
    tensor = numpy_helper.from_array(SECRET, "w")
    del tensor.dims[:]
    tensor.dims.extend(dims)
    return tensor


def _filled(shape):
    shape = numpy_helper.from_array(np.array(shape, dtype=np.int64), "shape")
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["w"]),
        helper.make_node("ReduceMax", ["w"], ["m"]),
        helper.make_node("Add", ["x", "m"], ["y"]),
    ]
    return _model(nodes, [shape])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (_add(_without_memory([2**60])), r"'w' of shape .* takes \d+ bytes, 16 are there"),
        (_add(_without_memory([2**40, 2**40])), r"'w' of shape .* takes \d+ bytes, 16 are there"),
        (_add(_without_memory([-4])), "'w' has a negative dimension"),
        (_filled([2**60]), "more elements than this machine has bytes"),
        (_filled([2**30, 2**30]), "more elements than this machine has bytes"),
    ],
)
def test_absurd_dimensions_are_refused_before_anything_is_allocated(model, message, put):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _refused(put(model), message)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KiB


def test_a_side_file_that_is_absurdly_large_by_the_model_s_word_is_refused(put):
    tensor = _outside("w.bin")
    tensor.dims[0] = 2**60
    path = put(_add(tensor))
    (path.parent / "w.bin").write_bytes(SECRET.tobytes())
    _refused(path, "takes 4611686018427387904 bytes, 16 are there")


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([("Relu", "a", "y")], r"makes \['y'\] \(Relu\) needs 'a', which is no input"),
        (
            [("Relu", "a", "b"), ("Relu", "b", "a"), ("Relu", "x", "y")],
            "in a circle: a → b → a|b →",
        ),
        ([("Relu", "y", "y")], "in a circle: y → y"),
        ([("Relu", "a", "y"), ("Relu", "x", "a")], r"\(Relu\) stands before .* input 'a'"),
        ([("Relu", "x", "z")], "no node makes its output 'y'"),
        ([("Relu", "x", "y"), ("Relu", "x", "y")], "y"),
        ([("Invented", "x", "y")], "Invented"),
        ([], "no node makes its output 'y'"),
    ],
)
def test_a_graph_that_does_not_hang_together_is_refused(nodes, message, put):
    made = [helper.make_node(operator, [given], [output]) for operator, given, output in nodes]
    _refused(put(_model(made)), message)


def test_a_branch_may_use_the_graph_around_it_and_nothing_else(put):
    model = _branch(numpy_helper.from_array(SECRET, "w"))
    require_readable(put(model))
    model.graph.node[0].attribute[0].g.node[0].input[1] = "nowhere"
    _refused(put(model), "needs 'nowhere'")


def test_names_that_are_no_text_are_refused(put):
    content = _model([helper.make_node("Relu", ["x"], ["y"])]).SerializeToString()
    _refused(put(content.replace(b"Relu", b"Rel\xff")), "a name in it is no text")
    _refused(put(content.replace(b"\x12\x01n", b"\x12\x01\xfe")), "a name in it is no text")
    side = _add(_outside("w.bin")).SerializeToString()
    _refused(put(side.replace(b"w.bin", b"w.bi\xff")), "side file: .* is missing")


@pytest.mark.parametrize(
    ("opset", "ir_version", "message"),
    [(20, 99, "ir_version|IR"), (9999, 10, "9999"), (0, 10, "opset|version|0")],
)
def test_a_version_that_nobody_knows_yet_is_refused(opset, ir_version, message, put):
    relu = helper.make_node("Relu", ["x"], ["y"])
    _refused(put(_model([relu], opset=opset, ir_version=ir_version)), message)


def test_a_file_too_large_for_protobuf_is_refused_without_being_read(tmp_path):
    path = tmp_path / "model.onnx"
    with path.open("wb") as stream:
        stream.truncate(2**31)
    _refused(path, "2147483648 bytes, and an ONNX file holds less.*side file")


def test_what_is_no_file_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    _refused(tmp_path / "pipe", "cannot read the model: it is no regular file")
    _refused(tmp_path, "cannot read the model: it is a folder")
    _refused(tmp_path / "absent", "cannot read the model: No such file")
    (tmp_path / "circle").symlink_to("circle")
    _refused(tmp_path / "circle", "cannot read the model")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(put):
    path = put(_add(numpy_helper.from_array(SECRET, "w")))
    path.chmod(0)
    _refused(path, "cannot read the model: Permission denied")


@pytest.fixture(scope="module")
def sound(mlp):
    """The bytes of a real model, small enough to be damaged everywhere."""
    return model_bytes(mlp([6, 5, 4], [0.5]))


def _read_or_refused(path, content):
    path.write_bytes(content)
    try:
        require_readable(path)
        model = load_model(path)
    except ArtifactError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either way is right
        return
    # What is read can be written again and is the same then.
    again = path.with_name("again.onnx")
    save_model(model, again)
    assert load_model(again) == model


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_a_line(sound, tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "model.onnx"
    if data.draw(st.booleans()):
        content = sound[: data.draw(st.integers(0, len(sound)))]
    else:
        flipped = bytearray(sound)
        for place in data.draw(st.lists(st.integers(0, len(sound) - 1), min_size=1, max_size=4)):
            flipped[place] ^= data.draw(st.integers(1, 255))
        content = bytes(flipped)
    _read_or_refused(path, content)
