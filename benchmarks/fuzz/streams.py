"""What arrives on a connection and is perhaps no HTTP."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from benchmarks.fuzz.exchange import LIVE, Exchange, Expected, Stream
from benchmarks.fuzz.infer_strategies import ValidRequest, valid_requests
from benchmarks.fuzz.models import FuzzedModel
from benchmarks.fuzz.odd_http import (
    AUTHORITIES,
    BODIES,
    CHUNKS,
    HEADERS,
    METHODS,
    OTHER_PROTOCOLS,
    TARGETS,
    VERSIONS,
)

Draw = st.DrawFn


def streams(models: Sequence[FuzzedModel], host: bytes) -> st.SearchStrategy[Stream]:
    """Return bytes of every kind for a connection to a server of this name."""
    valid = valid_requests(models)
    return st.one_of(
        _odd_requests(host),
        _odd_requests(host),
        _chunked(host, valid),
        _pipelined(host, valid),
        _torn(host, valid),
        _mangled(host, valid),
        _unfinished(host, valid),
        st.builds(
            lambda content: Stream("other protocols", (content,)),
            st.sampled_from(OTHER_PROTOCOLS) | st.binary(max_size=300),
        ),
    )


@st.composite
def _odd_requests(draw: Draw, host: bytes) -> Stream:
    """Return a request of odd parts."""
    method = draw(st.sampled_from(METHODS))
    targets = AUTHORITIES if method == b"CONNECT" else TARGETS
    line = (
        method,
        draw(st.sampled_from(targets)),
        draw(st.sampled_from(VERSIONS)),
    )
    headers = draw(st.lists(st.sampled_from(HEADERS), max_size=3))
    if draw(st.integers(0, 9)):
        headers.insert(0, b"Host: " + host)
    body = draw(st.sampled_from(BODIES))
    end = draw(st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"]))
    head = draw(st.sampled_from([b" ", b" ", b" ", b"\t", b"  "])).join(line)
    content = end.join([head, *headers, b"", b""]) + body
    return Stream("odd requests", _pieces(draw, content), _methods(method, content))


@st.composite
def _chunked(draw: Draw, host: bytes, valid: st.SearchStrategy[ValidRequest]) -> Stream:
    """Return an infer request in chunks: right ones, or some that lie."""
    exchange = draw(valid).exchange()
    chunks = draw(st.lists(st.sampled_from(CHUNKS), max_size=4))
    expected: tuple[Expected, ...] = ()
    if draw(st.booleans()):
        at = draw(st.integers(0, len(exchange.body)))
        right = [part for part in (exchange.body[:at], exchange.body[at:]) if part]
        chunks = [*(b"%x\r\n%b\r\n" % (len(part), part) for part in right), b"0\r\n\r\n"]
        expected = (exchange.expected,)
    headers = [*exchange.headers, (b"Transfer-Encoding", b"chunked")]
    content = _head(exchange, host, headers) + b"".join(chunks)
    return Stream("chunked", _pieces(draw, content), (b"POST",), expected)


@st.composite
def _pipelined(draw: Draw, host: bytes, valid: st.SearchStrategy[ValidRequest]) -> Stream:
    """Return right requests that do not wait for one another's answers."""
    one = valid.map(lambda request: request.exchange()) | st.just(LIVE)
    exchanges = draw(st.lists(one, min_size=2, max_size=6))
    content = b"".join(exchange.wire(host) for exchange in exchanges)
    methods = tuple(exchange.method for exchange in exchanges)
    expected = tuple(exchange.expected for exchange in exchanges)
    return Stream("pipelined", _pieces(draw, content), methods, expected)


@st.composite
def _torn(draw: Draw, host: bytes, valid: st.SearchStrategy[ValidRequest]) -> Stream:
    """Return a right request in pieces, or one that asks whether to go on."""
    exchange = draw(valid).exchange()
    headers = [*exchange.headers, (b"Content-Length", b"%d" % len(exchange.body))]
    if draw(st.booleans()):
        headers.append((b"Expect", b"100-continue"))
    content = _head(exchange, host, headers) + exchange.body
    return Stream("torn", _pieces(draw, content), (b"POST",), (exchange.expected,))


@st.composite
def _mangled(draw: Draw, host: bytes, valid: st.SearchStrategy[ValidRequest]) -> Stream:
    """Return a right request with some bytes changed, anywhere."""
    content = bytearray(draw(valid).exchange().wire(host))
    # Mostly among the headers, which are the smaller part.
    last = st.sampled_from([min(250, len(content) - 1), len(content) - 1])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, draw(last)))
        content[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return Stream("mangled", _pieces(draw, bytes(content)), _methods(b"POST", bytes(content)))


@st.composite
def _unfinished(draw: Draw, host: bytes, valid: st.SearchStrategy[ValidRequest]) -> Stream:
    """Return the beginning of a right request."""
    content = draw(valid).exchange().wire(host)
    return Stream("unfinished", (content[: draw(st.integers(0, len(content) - 1))],), (b"POST",))


def _head(exchange: Exchange, host: bytes, headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (exchange.method, exchange.target), b"Host: " + host]
    return b"\r\n".join([*lines, *(b"%b: %b" % header for header in headers), b"", b""])


def _pieces(draw: Draw, content: bytes) -> tuple[bytes, ...]:
    cuts = sorted(draw(st.lists(st.integers(0, len(content)), max_size=3)))
    ends = [*cuts, len(content)]
    pieces = [content[start:end] for start, end in zip([0, *cuts], ends, strict=True)]
    return tuple(piece for piece in pieces if piece)


def _methods(method: bytes, content: bytes) -> tuple[bytes, ...]:
    """Return what tells answers to HEAD from others: the first request's method."""
    head = content.startswith(b"HEAD ") or method == b"HEAD"
    return (b"HEAD",) if head else ()
