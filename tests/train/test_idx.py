import contextlib
import gzip
import math
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from contract.errors import DataError
from train.idx import read_idx

ARRAYS = npst.arrays(np.uint8, npst.array_shapes(max_dims=3, max_side=6))


def _idx(array):
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


@settings(deadline=None, max_examples=50)
@given(ARRAYS, st.booleans())
def test_what_was_written_is_read_plain_and_gzipped(array, gzipped):
    content = gzip.compress(_idx(array)) if gzipped else _idx(array)
    np.testing.assert_array_equal(read_idx(content, array.ndim, "f"), array)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_damage_gives_a_data_error_or_whole_data_and_nothing_else(data):
    array = data.draw(ARRAYS)
    content = bytearray(_idx(array))
    if data.draw(st.booleans()):
        content = bytearray(gzip.compress(bytes(content)))
    position = data.draw(st.integers(0, len(content)))
    match data.draw(st.sampled_from(["cut", "overwrite", "insert"])):
        case "cut":
            del content[position:]
        case "overwrite":
            content[position : position + 4] = data.draw(st.binary(min_size=1, max_size=4))
        case "insert":
            content[position:position] = data.draw(st.binary(min_size=1, max_size=4))
    with contextlib.suppress(DataError):
        read = read_idx(bytes(content), array.ndim, "f")
        assert read.size == math.prod(read.shape) > 0


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=40), st.sampled_from([1, 3]), st.booleans())
def test_any_bytes_give_a_data_error_or_an_array(content, dimensions, right_magic):
    if right_magic:
        content = bytes((0, 0, 8, dimensions)) + content
    with contextlib.suppress(DataError):
        assert read_idx(content, dimensions, "f").ndim == dimensions


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 2**32 - 1), min_size=3, max_size=3), st.integers(0, 30))
def test_sizes_in_the_header_are_never_trusted(sizes, following):
    content = bytes((0, 0, 8, 3)) + struct.pack(">3I", *sizes) + bytes(following)
    if math.prod(sizes) == following and following:
        assert read_idx(content, 3, "f").shape == tuple(sizes)
    else:
        with pytest.raises(DataError, match="the header promises"):
            read_idx(content, 3, "f")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "0 bytes are too few"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x02\x07", "promises 2 bytes, 1 follow"),
        (b"\x00\x00\x08\x01\x00\x00\x00\x01\x07\x07", "promises 1 bytes, 2 follow"),
        (b"\x00\x00\x0d\x01\x00\x00\x00\x01\x07", "begins with 00000d01, not 00000801"),
        (b"\x00\x00\x08\x02\x00\x00\x00\x01\x07", "no IDX file of 1 dimensions"),
        (gzip.compress(bytes(100), mtime=0)[:-9], "damaged gzip"),
    ],
)
def test_each_kind_of_damage_is_named(content, message):
    with pytest.raises(DataError, match=message):
        read_idx(content, 1, "f")
