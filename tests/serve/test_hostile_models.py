"""What ONNX Runtime does with model files that were made to do harm.

The server adds nothing of its own to these checks: the tests say on what it relies, and fail
when another version of ONNX Runtime no longer does it.
"""

import ast
import os
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from contract.errors import ArtifactError
from graph.session import open_session, session_options
from serve.models.model_link import open_through_links

ROOT = Path(__file__).parents[2]
SECRET = np.arange(4, dtype=np.float32)
# Where ONNX Runtime would look for data in its own memory.
OWN_MEMORY = "*/_ORT_MEM_ADDR_/*"


def _external(location, **more):
    """Return a tensor of 4 floats whose bytes lie elsewhere."""
    tensor = TensorProto(
        name="w", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL
    )
    for key, value in {"location": location, **more}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _model(nodes, functions=(), domain="", **graph):
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in "xy")
    opsets = [helper.make_opsetid("", 21)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(
        helper.make_graph(nodes, "graph", [x], [y], **graph),
        opset_imports=opsets,
        functions=functions,
        ir_version=10,
    )


def _add(output="y"):
    return helper.make_node("Add", ["x", "w"], [output])


def _as_initializer(tensor):
    return _model([_add()], initializer=[tensor])


def _as_constant(tensor):
    return _model([helper.make_node("Constant", [], ["w"], value=tensor), _add()])


def _as_sparse(tensor):
    indices = onnx.numpy_helper.from_array(np.arange(4))
    sparse = onnx.SparseTensorProto(values=tensor, indices=indices, dims=[4])
    return _model([_add()], sparse_initializer=[sparse])


def _in_branch(tensor):
    z = helper.make_tensor_value_info("z", TensorProto.FLOAT, ["n", 4])
    branch = helper.make_graph([_add("z")], "branch", [], [z], [tensor])
    choose = helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)
    return _model([choose], initializer=[onnx.numpy_helper.from_array(np.array(True), "c")])


def _in_function(tensor):
    body = [helper.make_node("Constant", [], ["w"], value=tensor), _add()]
    opset = [helper.make_opsetid("", 21)]
    function = helper.make_function("own", "F", ["x"], ["y"], body, opset)
    return _model([helper.make_node("F", ["x"], ["y"], domain="own")], [function], "own")


PLACES = (_as_initializer, _as_constant, _as_sparse, _in_branch, _in_function)
places = pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__.strip("_"))


@pytest.fixture
def folder(tmp_path):
    """A version folder in a repository; two floors above it lies what is nobody's business."""
    (tmp_path / "secret.bin").write_bytes(SECRET.tobytes())
    version = tmp_path / "model" / "1"
    version.mkdir(parents=True)
    return version


def _save(model, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def _opened(path):
    return open_through_links(path, open_session)


def _answer(path):
    (answer,) = _opened(path).run(None, {"x": np.zeros((1, 4), dtype=np.float32)})
    return answer[0].tolist()


def _refused(path, message):
    with pytest.raises(ArtifactError, match="ONNX Runtime cannot load this model") as raised:
        _opened(path)
    assert message in str(raised.value.__cause__)


@places
def test_external_data_beside_the_model_are_read(folder, place):
    (folder / "w.bin").write_bytes(SECRET.tobytes())
    path = _save(place(_external("w.bin")), folder / "model.onnx")
    assert _answer(path) == SECRET.tolist()


@places
@pytest.mark.parametrize("location", ["../../secret.bin", "sub/../../../secret.bin"])
def test_external_data_that_climb_out_of_the_folder_are_refused(folder, place, location):
    (folder / "sub").mkdir()
    _refused(_save(place(_external(location)), folder / "model.onnx"), "secret.bin")


@places
def test_external_data_at_an_absolute_path_are_refused(folder, place):
    secret = folder.parent.parent / "secret.bin"
    path = _save(place(_external(secret)), folder / "model.onnx")
    with pytest.raises(ArtifactError, match="ONNX Runtime cannot load this model"):
        _opened(path)
    _refused(_save(place(_external("/proc/self/environ")), path), "")


@places
def test_external_data_behind_a_link_out_of_the_folder_are_refused(folder, place):
    secret = folder.parent.parent / "secret.bin"
    (folder / "w.bin").symlink_to(secret)
    _refused(_save(place(_external("w.bin")), folder / "model.onnx"), "w.bin")
    (folder / "up").symlink_to(secret.parent)
    _refused(_save(place(_external("up/secret.bin")), folder / "model.onnx"), "")


@places
def test_external_data_in_the_server_s_own_memory_are_refused(folder, place):
    tensor = _external(OWN_MEMORY, offset=4096, length=16)
    _refused(_save(place(tensor), folder / "model.onnx"), "in-memory address")


@pytest.mark.parametrize("more", [{"offset": 8}, {"offset": -16}, {"length": 17}])
def test_external_data_beyond_their_file_are_refused(folder, more):
    (folder / "w.bin").write_bytes(SECRET.tobytes())
    path = _save(_as_initializer(_external("w.bin", **more)), folder / "model.onnx")
    _refused(path, "")


def test_external_data_in_a_pipe_do_not_hang_the_server(folder):
    os.mkfifo(folder / "w.bin")
    _refused(_save(_as_initializer(_external("w.bin")), folder / "model.onnx"), "regular file")


@pytest.mark.parametrize("link", ["model", "version", "file", "file of a file", "hard"])
def test_a_model_is_served_under_another_name_by_a_link(tmp_path, folder, link):
    path = _save(_as_initializer(onnx.numpy_helper.from_array(SECRET, "w")), folder / "model.onnx")
    assert _answer(_linked(path, tmp_path, link)) == SECRET.tolist()


@pytest.mark.parametrize("link", ["model", "version", "file", "file of a file"])
def test_its_external_data_may_lie_beside_what_the_link_leads_to(tmp_path, folder, link):
    (folder / "w.bin").write_bytes(SECRET.tobytes())
    path = _save(_as_initializer(_external("w.bin")), folder / "model.onnx")
    assert _answer(_linked(path, tmp_path, link)) == SECRET.tolist()


@pytest.mark.parametrize("link", ["model", "version", "file", "file of a file"])
@pytest.mark.parametrize("location", ["../../secret.bin", "w.bin"])
def test_a_link_to_a_model_opens_no_further_folder(tmp_path, folder, link, location):
    (folder / "w.bin").symlink_to(tmp_path / "secret.bin")
    path = _save(_as_initializer(_external(location)), folder / "model.onnx")
    _refused(_linked(path, tmp_path, link), "")


def test_the_server_serves_such_a_model_and_does_not_start_with_a_hostile_one(
    tmp_path, folder, start_server, connect
):
    (folder / "w.bin").write_bytes(SECRET.tobytes())
    path = _save(_as_initializer(_external("w.bin")), folder / "model.onnx")
    repository = tmp_path / "repository"
    repository.mkdir()
    _linked(path, repository, "file")
    with start_server(repository) as (process, text):
        assert connect(process, text).get("/v2/models/alias/ready").status == 200
    _save(_as_initializer(_external("../../secret.bin")), path)
    with start_server(repository) as (process, text):
        assert text == ""
        _, errors = process.communicate()
        assert process.returncode == 2
        (line,) = errors.splitlines()
        assert line.startswith(f"perbillion: error: {path}: ONNX Runtime cannot load")


def test_links_for_model_and_data_into_one_folder_work_as_hugging_face_lays_them(tmp_path):
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    (blobs / "def").write_bytes(SECRET.tobytes())
    path = _linked(_save(_as_initializer(_external("w.bin")), blobs / "abc"), tmp_path, "file")
    (path.parent / "w.bin").symlink_to(blobs / "def")
    assert _answer(path) == SECRET.tolist()
    assert _answer(_linked(path, tmp_path, "file", name="again")) == SECRET.tolist()


def test_a_link_does_not_lead_to_onnx_runtime_s_own_format(tmp_path, folder):
    """It is trusted more than ONNX: by its name alone, and links have names of their own."""
    tensor = onnx.numpy_helper.from_array(SECRET, "w")
    source = _save(_as_initializer(tensor), folder / "source.onnx")
    options = session_options()
    options.optimized_model_filepath = str(folder / "own.ort")
    open_session(source, options=options)
    assert open_session(folder / "own.ort")
    _refused(_linked(folder / "own.ort", tmp_path, "file"), "Protobuf parsing failed")


def _linked(path, root, link, name="alias"):
    """Give a model another name; return where it lies under it."""
    alias = root / name
    if link == "model":
        alias.symlink_to(path.parent.parent)
        return alias / "1" / path.name
    alias.mkdir()
    if link == "version":
        (alias / "1").symlink_to(path.parent)
        return alias / "1" / path.name
    linked = alias / "1" / "model.onnx"
    linked.parent.mkdir()
    if link == "hard":
        linked.hardlink_to(path)
    elif link == "file":
        linked.symlink_to(path)
    else:
        (alias / "between.onnx").symlink_to(os.path.relpath(path, alias))
        linked.symlink_to("../between.onnx")
    return linked


@pytest.mark.parametrize(
    ("domain", "operator"),
    [
        ("evil", "Run"),
        ("", "Evil"),
        ("ai.onnx.contrib", "PyOp"),
        ("com.microsoft", "PythonOp"),
        ("com.microsoft.extensions", "PyCustomOp"),
        ("org.pytorch.aten", "ATen"),
    ],
)
def test_an_operator_that_onnx_runtime_does_not_bring_along_is_refused(folder, domain, operator):
    model = _model([helper.make_node(operator, ["x"], ["y"], domain=domain)], domain=domain)
    _refused(_save(model, folder / "model.onnx"), operator)


def test_a_context_for_a_device_s_library_is_refused(folder):
    node = helper.make_node(
        "EPContext",
        ["x"],
        ["y"],
        domain="com.microsoft",
        embed_mode=0,
        ep_cache_context="context.bin",
        source="QNN",
    )
    _refused(_save(_model([node], domain="com.microsoft"), folder / "model.onnx"), "EPContext")


def test_functions_that_call_one_another_without_end_are_refused(folder):
    functions = [
        helper.make_function(
            "own",
            name,
            ["x"],
            ["y"],
            [helper.make_node(other, ["x"], ["y"], domain="own")],
            [helper.make_opsetid("own", 1)],
        )
        for name, other in (("F", "G"), ("G", "F"))
    ]
    model = _model([helper.make_node("F", ["x"], ["y"], domain="own")], functions, "own")
    _refused(_save(model, folder / "model.onnx"), "must not be recursive")


def test_a_model_does_not_set_the_options_of_its_session(folder):
    model = _as_initializer(onnx.numpy_helper.from_array(SECRET, "w"))
    model.metadata_props.add(
        key="ort_config",
        value='{"session_options": {"intra_op_num_threads": 7, "enable_profiling": 1}}',
    )
    options = _opened(_save(model, folder / "model.onnx")).get_session_options()
    assert options.intra_op_num_threads == 1
    assert not options.enable_profiling


def test_no_code_of_ours_lets_a_library_into_onnx_runtime():
    sources = [*(ROOT / "serve").rglob("*.py"), *(ROOT / "contract").rglob("*.py")]
    for path in [*sources, ROOT / "graph" / "session.py"]:
        for node in ast.walk(ast.parse(path.read_text())):
            name = getattr(node, "attr", getattr(node, "id", ""))
            assert not name.startswith("register_"), f"{path}: {name}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported = " ".join(alias.name for alias in node.names)
                assert "onnxruntime_extensions" not in f"{imported} {getattr(node, 'module', '')}"
