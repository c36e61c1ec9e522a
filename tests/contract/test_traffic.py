import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from contract.errors import ArtifactError
from contract.traffic import Traffic

_DTYPES = [np.float16, np.float32, np.float64, np.int8, np.uint8, np.int32, np.int64, np.bool_]


def _shapes(rank):
    return hnp.array_shapes(min_dims=rank, max_dims=rank, min_side=0, max_side=4) if rank else ()


def _same(one, other):
    assert len(one.requests) == len(other.requests)
    for a, b in zip(one.requests, other.requests, strict=True):
        assert list(a) == list(b)
        for name in a:
            assert a[name].dtype == b[name].dtype
            assert a[name].shape == b[name].shape
            assert a[name].tobytes() == b[name].tobytes()


@settings(deadline=None, max_examples=25)
@given(data=st.data())
def test_requests_of_any_types_and_shapes_are_read_as_they_were_written(tmp_path_factory, data):
    # An input's rank is the model's.
    inputs = st.lists(
        st.tuples(st.sampled_from(_DTYPES), st.integers(0, 3)), min_size=1, max_size=3
    )
    forms = data.draw(inputs)
    traffic = Traffic(
        tuple(
            {
                f"input {place}/a": data.draw(hnp.arrays(dtype, _shapes(rank)))
                for place, (dtype, rank) in enumerate(forms)
            }
            for _ in range(data.draw(st.integers(1, 3)))
        )
    )
    path = tmp_path_factory.mktemp("traffic") / "traffic.npz"
    traffic.save(path)
    _same(Traffic.load(path), traffic)


def test_every_row_is_a_batch_of_one():
    traffic = Traffic.of_rows("x", np.arange(6).reshape(3, 2))
    assert [request["x"].tolist() for request in traffic.requests] == [[[0, 1]], [[2, 3]], [[4, 5]]]
    assert traffic.names == ("x",)


def test_requests_are_drawn_without_repetition_and_the_same_again():
    traffic = Traffic.of_rows("x", np.arange(50))
    drawn = [request["x"].item() for request in traffic.drawn(20, seed=1).requests]
    assert len(set(drawn)) == 20
    assert drawn == [request["x"].item() for request in traffic.drawn(20, seed=1).requests]
    assert len(traffic.drawn(99, seed=1).requests) == 50


@pytest.fixture
def written(tmp_path):
    generator = np.random.default_rng(0)
    path = tmp_path / "written.npz"
    Traffic.of_rows("x", generator.random((60, 50), dtype=np.float32)).save(path)
    return path


@pytest.mark.parametrize("kept", [0, 10, 5000])
def test_a_file_cut_short_is_refused(kept, written, tmp_path):
    path = tmp_path / "traffic.npz"
    path.write_bytes(written.read_bytes()[:kept])
    with pytest.raises(ArtifactError, match=r"traffic\.npz: cannot read the requests"):
        Traffic.load(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=r"traffic\.npz: cannot read the requests"):
        Traffic.load(tmp_path / "traffic.npz")


def test_a_file_damaged_anywhere_is_refused_or_read_as_it_was(written, tmp_path):
    path = tmp_path / "traffic.npz"
    content = written.read_bytes()
    whole = Traffic.load(written)
    for place in np.linspace(0, len(content) - 1, 60, dtype=int):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            traffic = Traffic.load(path)
        except ArtifactError:
            continue
        _same(traffic, whole)


@pytest.mark.parametrize("shape", [[-1], [3], [2, 3]])
def test_shapes_that_are_not_those_of_the_values_are_refused(shape, tmp_path):
    path = tmp_path / "traffic.npz"
    np.savez(path, names=np.array(["x"]), values0=np.arange(5), shapes0=np.array([shape]))
    with pytest.raises(ArtifactError, match="5 numbers where the shapes ask for"):
        Traffic.load(path)
