"""A request and others made of it byte by byte, without asking Hypothesis for each.

A draw of Hypothesis costs milliseconds, more than the server takes to answer. So one request
that it draws is the first of a family; which changes the others get is decided by one number
that it draws too, so every family can be had again.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st

from benchmarks.fuzz.exchange import Exchange, Stream
from benchmarks.fuzz.infer_parts import JSON_LENGTH

Change = Callable[[random.Random, bytes], bytes]

FAMILY = 5
STREAM_FAMILY = 3
_DIGITS = re.compile(rb"-?[0-9]+")
_NUMBERS = (b"0", b"-1", b"2147483648", b"9223372036854775808", b"1e308", b"1e309", b"NaN", b"00")
_TOKENS = (
    b'"',
    b"\\",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b",",
    b":",
    b"null",
    b"true",
    b"\xff",
    b"\xc0\x80",
    b"\xed\xa0\x80",
    b"\0",
    b"\x7f",
    b"\xef\xbb\xbf",
    b" " * 100,
    b"1" * 400,
    b'"binary_data_size":',
    b'"shape":[',
    b'"data":[',
    b"\r\n\r\n",
    b"-",
    b".",
    b"e",
    b"E+",
)


def families(
    beginnings: st.SearchStrategy[tuple[Exchange, ...]],
) -> st.SearchStrategy[tuple[bool, list[Exchange]]]:
    """Return requests and variations of the first, and whether they are to be sent at once."""
    return st.builds(
        lambda beginning, number, together: (together, _family(beginning, number)),
        beginnings,
        st.integers(0, 2**32 - 1),
        st.sampled_from([False, False, False, True]),
    )


def stream_families(streams: st.SearchStrategy[Stream]) -> st.SearchStrategy[list[Stream]]:
    """Return bytes for a connection, and variations of them."""
    return st.builds(_stream_family, streams, st.integers(0, 2**32 - 1))


def _family(beginning: tuple[Exchange, ...], number: int) -> list[Exchange]:
    generator = random.Random(number)
    count = FAMILY - len(beginning)
    return [*beginning, *(_varied(generator, beginning[0]) for _ in range(count))]


def _varied(generator: random.Random, exchange: Exchange) -> Exchange:
    body = exchange.body
    for _ in range(generator.choice((1, 1, 2, 4))):
        body = generator.choice(_CHANGES)(generator, body)
    headers = exchange.headers
    if generator.random() < 0.2:
        # The header that is there keeps the old length: after a change of the JSON's own length
        # it lies. Here it lies by intent.
        length = b"%d" % generator.choice((0, 1, len(body) - 1, len(body), len(body) + 1, 2**40))
        headers = (*(one for one in headers if one[0] != JSON_LENGTH), (JSON_LENGTH, length))
    target = exchange.target
    if generator.random() < 0.05:
        target = _spliced(generator, target).replace(b"\r", b"").replace(b"\n", b"")
    varied = Exchange("varied", exchange.method, target, headers, body)
    return varied if _can_be_a_target(target) else replace(varied, target=exchange.target)


def _can_be_a_target(target: bytes) -> bool:
    return target.startswith(b"/") and all(0x21 <= byte < 0x7F for byte in target)


def _stream_family(stream: Stream, number: int) -> list[Stream]:
    generator = random.Random(number)
    content = b"".join(stream.pieces)
    changed = content
    for _ in range(generator.choice((1, 2))):
        changed = generator.choice(_CHANGES)(generator, changed)
    varied = Stream("varied streams", _torn(generator, changed), stream.methods)
    # The same bytes in other pieces must come to the same.
    return [stream, replace(stream, pieces=_torn(generator, content)), varied]


def _torn(generator: random.Random, content: bytes) -> tuple[bytes, ...]:
    cuts = sorted(generator.randint(0, len(content)) for _ in range(generator.choice((0, 1, 5))))
    ends = [*cuts, len(content)]
    pieces = [content[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
    return tuple(piece for piece in pieces if piece)


def _place(generator: random.Random, content: bytes) -> int:
    """Return a place in it, among its first bytes as often as in all of the rest."""
    return generator.randint(
        0, min(len(content), 200) if generator.random() < 0.5 else len(content)
    )


def _cut(generator: random.Random, content: bytes) -> bytes:
    return content[: _place(generator, content)]


def _flipped(generator: random.Random, content: bytes) -> bytes:
    at = _place(generator, content)
    return content[:at] + bytes([generator.randrange(256)]) + content[at + 1 :]


def _spliced(generator: random.Random, content: bytes) -> bytes:
    at = _place(generator, content)
    return content[:at] + generator.choice(_TOKENS) + content[at:]


def _left_out(generator: random.Random, content: bytes) -> bytes:
    at = _place(generator, content)
    return content[:at] + content[at + generator.randint(1, 20) :]


def _repeated(generator: random.Random, content: bytes) -> bytes:
    start, end = sorted((_place(generator, content), _place(generator, content)))
    return content[:end] + content[start:end] * generator.choice((1, 2, 20)) + content[end:]


def _renumbered(generator: random.Random, content: bytes) -> bytes:
    numbers = list(_DIGITS.finditer(content[:2000]))
    if not numbers:
        return content
    number = generator.choice(numbers)
    by = generator.choice((-1, 1))
    near = b"%d" % (int(number[0][:18]) + by)
    new = generator.choice((near, near, near, *_NUMBERS))
    return content[: number.start()] + new + content[number.end() :]


_CHANGES: tuple[Change, ...] = (_cut, _flipped, _spliced, _left_out, _repeated, _renumbered)
