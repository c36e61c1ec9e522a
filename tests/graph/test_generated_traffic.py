import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import ArtifactError, ExperimentError
from contract.tensor import BY_PROTOCOL_NAME, DATATYPES
from exported_networks import POSITIONS, VOCABULARY
from graph.generated_traffic import generated_traffic
from graph.prediction import answers_of
from graph.session import input_specs, open_session
from small_models import identity, onnx_model, tensor


def _joined(traffic, name):
    return np.concatenate([request[name].ravel() for request in traffic.requests])


@pytest.fixture
def table_model(parsed, written):
    """A look-up in a table of 7 rows, after what the test puts before it."""

    def make(body, signature="(int64[n,4] i) => (float[n,4] y)", more="", rows=7):
        table = f"<float[{rows}] table = {{{', '.join('1' * rows)}}}{more}>"
        return written(parsed(signature, table, body))

    return make


numeric = st.sampled_from([each.protocol for each in DATATYPES if each.protocol != "BYTES"])
shapes = st.lists(st.sampled_from([1, 3, "n", "batch", "a", "a + 1"]), max_size=3)


@settings(deadline=None, max_examples=40)
@given(datatype=numeric, shape=shapes, batch=st.integers(1, 4), requests=st.integers(1, 3))
def test_a_model_of_any_type_and_shape_runs_on_what_is_generated_for_it(
    tmp_path_factory, datatype, shape, batch, requests
):
    path = tmp_path_factory.mktemp("models") / "model.onnx"
    onnx.save(identity(datatype, shape), path)
    try:
        traffic = generated_traffic(path, requests=requests, batch=batch)
    except ExperimentError:
        # A model that fixes its rows takes no other number of them.
        assert "batch" not in shape
        assert not {"n", "a"} & set(shape[:1])
        assert batch != (shape[0] if len(shape) > 1 and isinstance(shape[0], int) else 1)
        return
    assert len(traffic.requests) == requests
    for request, (answer,) in zip(traffic.requests, answers_of(path, traffic), strict=True):
        assert request["x"].dtype == BY_PROTOCOL_NAME[datatype].numpy
        assert np.array_equal(request["x"], answer)


def test_one_symbol_has_one_size_in_all_inputs_and_the_batch_is_the_leading_one(parsed, written):
    path = written(
        parsed(
            "(float[n,s] a, float16[n,s,2] b, bool[s] c, double d) => (float[n,s] y)",
            "",
            "y = Neg(a)",
        )
    )
    (request,) = generated_traffic(path, requests=1, batch=3, sizes={"s": 5}).requests
    assert {name: (array.dtype.name, array.shape) for name, array in request.items()} == {
        "a": ("float32", (3, 5)),
        "b": ("float16", (3, 5, 2)),
        "c": ("bool", (5,)),
        "d": ("float64", ()),
    }


def test_the_same_seed_gives_the_same_traffic_and_another_seed_other_traffic(mlp, written):
    path = written(mlp([784, 3, 2], [None]))
    first, again, other = (generated_traffic(path, requests=2, seed=seed) for seed in (1, 1, 2))
    for one, two in zip(first.requests, again.requests, strict=True):
        assert np.array_equal(one["x"], two["x"])
    assert not np.array_equal(first.requests[0]["x"], other.requests[0]["x"])
    assert not np.array_equal(first.requests[0]["x"], first.requests[1]["x"])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"lenght": 4}, r"no open dimension 'lenght' \(did you mean 'length'\? valid: length, x"),
        ({"n": 4}, r"dimension 'n' counts rows"),
        ({"length": 10**6, "x[2]": 10**6}, r"a request would take \d+ bytes.*smaller"),
    ],
)
def test_sizes_that_cannot_be_are_refused(sizes, message, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(identity("FP32", ("n", "length", None)), path)
    with pytest.raises(ExperimentError, match=message):
        generated_traffic(path, requests=1, sizes=sizes)


def test_traffic_that_would_fill_the_memory_is_made_of_fewer_requests(tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(identity("INT8", ("n", 2**26)), path)
    assert len(generated_traffic(path, requests=100).requests) == 4


def test_text_is_not_made_up(tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save(identity("BYTES", ("n",)), path)
    with pytest.raises(ArtifactError, match=r"model\.onnx: input 'x' takes strings"):
        generated_traffic(path, requests=1)


@pytest.mark.parametrize(
    ("body", "low", "high"),
    [
        ("y = Gather(table, i)", 0, 6),
        ("j = Cast<to = 6>(i)  y = Gather(table, j)", 0, 6),
        ("j = Identity(i)  y = GatherElements(grid, j)", 0, 1),
        ("j = Add(i, two)  y = Gather(table, j)", -2, 4),
        ("j = Sub(i, two)  y = Gather(table, j)", 2, 8),
        ("j = Add(spread, i)  y = Gather(table, j)", -1, 3),
        ("t = Transpose(i)  j = Transpose(t)  y = Gather(table, j)", 0, 6),
        ("t = Cast<to = 1>(table)  u = Identity(t)  y = Gather(u, i)", 0, 6),
        ("w = Constant<value = float[3] {1, 2, 3}>()  y = Gather(w, i)", 0, 2),
        ("a = Gather(table, i)  b = Gather(small, i)  y = Add(a, b)", 0, 2),
        ("q = Equal(i, two)  g = Gather(table, i)  y = Where(q, g, g)", 0, 6),
    ],
)
def test_indices_take_every_row_of_the_table_and_no_other(body, low, high, table_model):
    more = (
        ", int64 two = {2}, int64[4] spread = {1, 2, 3, 3}, float[3] small = {1, 1, 1}"
        ", float[2,4] grid = {1,1,1,1,1,1,1,1}"
    )
    path = table_model(body, more=more)
    traffic = generated_traffic(path, requests=50)
    assert (_joined(traffic, "i").min(), _joined(traffic, "i").max()) == (low, high)
    answers_of(path, traffic)


def test_a_table_that_comes_in_with_the_request_bounds_its_indices(parsed, written):
    path = written(
        parsed(
            "(float[n,s] x, int64[n,2] i) => (float[n,2] y)", "", "y = GatherElements<axis=1>(x, i)"
        )
    )
    traffic = generated_traffic(path, requests=50, sizes={"s": 5})
    assert set(_joined(traffic, "i")) == {0, 1, 2, 3, 4}
    answers_of(path, traffic)


def test_a_table_used_in_a_branch_or_a_function_bounds_its_indices(tmp_path):
    text = """
        <ir_version: 10, opset_import: ["" : 20, "own" : 1]>
        g (bool c, int64[n,4] i, int64[n,4] j) => (float[n,4] y, float[n,4] z)
        <float[7] table = {1, 1, 1, 1, 1, 1, 1}>
        {
            y = If (c) <
                then_branch = a () => (float[n,4] p) { p = Gather(table, i) },
                else_branch = b () => (float[n,4] q) { k = Neg(i) q = Gather(table, k) }
            >
            z = own.look (table, j)
        }
        <domain: "own", opset_import: ["" : 20]>
        look (t, k) => (r) { r = Gather(t, k) }
    """
    path = tmp_path / "model.onnx"
    onnx.save(onnx.parser.parse_model(text), path)
    traffic = generated_traffic(path, requests=50)
    assert set(_joined(traffic, "i")) == set(_joined(traffic, "j")) == set(range(7))
    answers_of(path, traffic)


@pytest.mark.parametrize(
    ("signature", "body"),
    [
        ("(int64[n,4] attention_mask) => (int64[n,4] y)", "y = Neg(attention_mask)"),
        ("(bool[n,4] keep) => (bool[n,4] y)", "y = Identity(keep)"),
        (
            "(int32[n,4] k) => (float[n,4] y)",
            "f = Cast<to = 1>(k)  o = Constant<value = float {1}>()  y = Sub(o, f)",
        ),
        (
            "(int32[n,4] k) => (float[n,4] y)",
            "b = Cast<to = 9>(k)  o = Constant<value = float {1}>()  y = Where(b, o, o)",
        ),
    ],
)
def test_masks_are_ones_and_then_zeros_and_never_mask_a_whole_row(signature, body, parsed, written):
    path = written(parsed(signature, "", body))
    (name,) = generated_traffic(path, requests=1).names
    rows = np.concatenate(
        [request[name] for request in generated_traffic(path, requests=30, batch=4).requests]
    ).astype(int)
    assert (rows[:, 0] == 1).all()
    assert (np.diff(rows, axis=1) <= 0).all()
    assert 0.4 < rows.all(axis=1).mean() < 0.9
    assert set(rows.sum(axis=1)) == {1, 2, 3, 4}


def test_a_switch_for_a_whole_row_is_on_and_off(parsed, written):
    path = written(parsed("(bool[n] on, bool b) => (bool[n] y)", "", "y = And(on, b)"))
    traffic = generated_traffic(path, requests=30)
    assert set(_joined(traffic, "on")) == set(_joined(traffic, "b")) == {False, True}


@pytest.mark.parametrize(
    ("signature", "body", "expected"),
    [
        ("(uint8[n,99] x) => (float[n,99] y)", "y = Cast<to = 1>(x)", range(256)),
        ("(int64[n,99] x) => (float[n,99] y)", "y = Cast<to = 1>(x)", range(2)),
        ("(int64[n,99] x) => (int64[n,99] y)", "y = Neg(x)", range(2)),
        (
            "(int64[n,99] x) => (float[n,99] y)",
            "f = Cast<to = 1>(x)  y = Sqrt(f)",
            range(10),
        ),
        (
            "(int8[n,99] x) => (float[n,99] y)",
            "s = Constant<value = float {0.5}>()  y = DequantizeLinear(x, s)",
            range(-128, 128),
        ),
    ],
)
def test_other_integers_are_what_their_use_allows(signature, body, expected, parsed, written):
    path = written(parsed(signature, "", body))
    assert set(_joined(generated_traffic(path, requests=60), "x")) == set(expected)


def test_a_graph_in_a_circle_is_not_followed_for_ever(tmp_path):
    model = onnx_model(
        [
            onnx.helper.make_node("Add", ["a", "one"], ["b"]),
            onnx.helper.make_node("Concat", ["b", "x"], ["a"], axis=0),
        ],
        [tensor("x", "INT64", ("n",))],
        [tensor("a", "INT64", ("m",))],
        [("one", np.array([1]))],
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(model.SerializeToString())
    assert set(_joined(generated_traffic(path, requests=9), "x")) <= {0, 1}


def test_inputs_that_the_runtime_refuses_are_one_line_that_says_what_to_do(parsed, written):
    path = written(
        parsed("(float[2,3] x, int64[2] shape) => (float[2,m] y)", "", "y = Reshape(x, shape)")
    )
    with pytest.raises(ArtifactError, match=r"cannot run this model.*--inputs data\.npz") as caught:
        answers_of(path, generated_traffic(path, requests=8, batch=2))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("batch", [1, 3])
def test_a_convolutional_network_runs_on_its_traffic(residual_path, batch):
    traffic = generated_traffic(residual_path, requests=2, batch=batch)
    assert traffic.requests[0]["image"].shape == (batch, 3, 16, 16)
    ((first,), _) = answers_of(residual_path, traffic)
    assert first.shape == (batch, 10)
    assert np.isfinite(first).all()


def test_a_transformer_gets_tokens_of_its_vocabulary_and_a_mask(transformer_path):
    sizes = {"sequence": 20}
    traffic = generated_traffic(transformer_path, requests=40, batch=3, sizes=sizes)
    assert set(_joined(traffic, "input_ids")) == set(range(VOCABULARY))
    masks = np.concatenate([request["attention_mask"] for request in traffic.requests])
    assert masks.shape == (120, 20)
    assert 0 < (masks.sum(axis=1) < 20).mean() < 1
    for (logits,) in answers_of(transformer_path, traffic):
        assert logits.shape == (3, 20, 10)
        assert np.isfinite(logits).all()


def test_a_sequence_beyond_the_positions_of_a_transformer_is_refused(transformer_path):
    sizes = {"sequence": POSITIONS + 1}
    traffic = generated_traffic(transformer_path, requests=1, sizes=sizes)
    with pytest.raises(ArtifactError, match="cannot run this model"):
        answers_of(transformer_path, traffic)


def test_weights_in_a_side_file_are_not_needed(mlp, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save_model(
        mlp([6, 5, 4], [None]), path, save_as_external_data=True, location="w", size_threshold=0
    )
    specs = input_specs(open_session(path))
    (tmp_path / "w").unlink()
    (request,) = generated_traffic(path, requests=1, batch=5).requests
    assert all(spec.accepts(request[spec.name]) for spec in specs)
