"""The words that odd infer requests are made of."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

HUGE = (2**31, 2**32, 2**48, 2**53, 2**63 - 1, 2**63, 2**64, 10**30)
SIZES = st.sampled_from([0, 1, 2, 3, 4, 5, 784, -1, -2, -(2**63), *HUGE])
# Copied, because whoever draws a list may change it.
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, False, 0, -1, 1, 1.5, -0.0, 1e308, 2**63, 2**64, "", "x", "FP32", "\0", "é" * 300]
) | st.sampled_from([[], {}, [[]], [{}], {"x": []}, [None], [1, "a"], {"binary_data_size": 4}]).map(
    deepcopy
)
# Numbers and words that JSON does not know, or that no type holds.
NUMBERS = st.sampled_from(
    [
        "NaN",
        "Infinity",
        "-Infinity",
        "nan",
        "1e999",
        "-1e999",
        "1" * 5000,
        "-" + "9" * 400,
        "0." + "3" * 3000,
        "1e-999",
        "-0",
        "-0.0",
        "1E400000000",
        "00",
        "+1",
        ".5",
        "1.",
        "0x10",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775809",
        "1_000",
        "1e",
        "--1",
    ]
)
DEPTHS = st.sampled_from([2, 3, 10, 100, 900, 1000, 1023, 1024, 1025, 5000, 100_000])
LENGTHS = st.sampled_from(
    [
        b"-1",
        b"+5",
        b"0x10",
        b"1e3",
        b" 7",
        b"7 ",
        b"7,7",
        b"",
        b"abc",
        b"9" * 15,
        b"9" * 5000,
        b"18446744073709551616",
        b"\xb2",
        b"1.0",
        b"0",
        b"00",
        b"1",
    ]
)
MEDIA = st.sampled_from(
    [
        b"application/json",
        b"application/octet-stream",
        b"text/plain",
        b"",
        b"multipart/form-data",
        b"application/json; charset=utf-16",
        b"APPLICATION/JSON;charset=UTF-8",
        b";",
        b"a/b;;==",
        b"application/x-www-form-urlencoded",
        b"\xff\xfe",
        b"application/json" * 200,
    ]
)
CODINGS = st.sampled_from(
    [b"gzip", b"deflate", b"br", b"identity", b"zstd", b"gzip, gzip", b"", b"x"]
)
PARAMETERS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(
        [
            "binary_data_output",
            "binary_data",
            "binary_data_size",
            "classification",
            "timeout",
            "shared_memory_region",
            "priority",
            "sequence_id",
            "sequence_start",
            "",
            "x",
        ]
    ),
    ODD | SIZES,
    max_size=3,
)
# What a datatype does not hold, by its name: it must be refused, never converted or wrapped.
CANNOT_BE: dict[str, tuple[Any, ...]] = {
    "BOOL": (0, 1, 1.0, "true", None),
    "BYTES": (1, True, None, 1.5, {}),
    "FP16": (65520, -65520.0, True, "1", None, {}),
    "FP32": (3.5e38, True, "1", None, {}),
    "FP64": (True, "1", None, {}),
    **{
        f"INT{bits}": (2 ** (bits - 1), -(2 ** (bits - 1)) - 1, 1.0, True)
        for bits in (8, 16, 32, 64)
    },
    **{f"UINT{bits}": (2**bits, -1, 1.0, False) for bits in (8, 16, 32, 64)},
}
