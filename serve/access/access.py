"""Who may come in: rules that are made once, at the start, and asked at every request.

Three things keep strangers out.

*A web page in somebody's browser* can reach a server on that machine although nobody outside
can. Its requests tell on it. ``Host`` holds the name that the browser connected to: a page
that bent its own name to this address (DNS rebinding) brings a name that is not ours.
``Origin`` holds where the page came from; browsers send it with every POST, whatever its
content type, and with every request whose answer a page of another origin could read.
``Sec-Fetch-Site`` says the same where a browser leaves ``Origin`` out (an image, a script,
a link). None of the three can be set by a page.

*Anybody on the network*, where the server listens on more than the loopback: an API key.

*A form* can send only three content types, and none of them is read here. A body without
any content type is read, because ``tritonclient.http`` sends none: a form always has one, and
a script that leaves it out (it can, with an ``ArrayBuffer``) still carries ``Origin``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from contract.errors import (
    ForbiddenError,
    InvalidRequestError,
    ServingError,
    UnauthorizedError,
    UnsupportedMediaError,
)
from serve.access.api_keys import ApiKeys
from serve.access.exposure import ListeningAddress, parsed_address

ANY_HOST = "*"
# What load balancers ask, and what tells nothing but that a server is there.
OPEN_TO_ALL = frozenset({"/v2/health/live", "/v2/health/ready"})

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?")
_MEDIA = frozenset({b"application/json", b"application/octet-stream"})
# "none": somebody typed the address. Not "same-site": another port is another program.
_SITES = frozenset({b"same-origin", b"none"})


class AccessRules:
    """Decides about a request by its headers alone.

    Parameters
    ----------
    address : ListeningAddress
        What the server listens on.
    allowed_hosts : tuple of str
        Further names or addresses in ``Host``, without port; ``"*"``: any is good.
    keys : ApiKeys or None
        The keys of which a request must carry one; None: no key is asked for.

    Raises
    ------
    ServingError
        If an allowed host is no name and no address.

    Notes
    -----
    ``Host`` is checked unless keys are asked for, the server listens on more than the
    loopback, and no name was allowed explicitly. There the server cannot know by which names
    it is reached, and the key keeps a page out: a browser adds none by itself. On every
    address (``0.0.0.0``, ``::``) a literal address in ``Host`` is good: only names can be bent.
    """

    __slots__ = ("_any_address", "_hosts", "_keys", "_names")

    def __init__(
        self,
        address: ListeningAddress,
        allowed_hosts: tuple[str, ...] = (),
        keys: ApiKeys | None = None,
    ) -> None:
        self._keys = keys
        self._any_address = address.is_everywhere
        names = {*_LOOPBACK_NAMES, address.host.lower(), address.address.lower()}
        self._names = frozenset(names.union(map(_allowed_name, allowed_hosts)))
        unknowable = keys is not None and not address.is_loopback and not allowed_hosts
        # Each known name as it stands in most requests; None: any name is good.
        self._hosts: frozenset[bytes] | None = None
        if not unknowable and ANY_HOST not in allowed_hosts:
            self._hosts = frozenset(
                form for name in self._names for form in _header_forms(name, address.port)
            )

    def check(
        self, headers: Mapping[bytes, bytes], *, with_body: bool, open_to_all: bool = False
    ) -> None:
        """Let a request pass or raise.

        Parameters
        ----------
        headers : mapping of bytes to bytes
            Its headers, names in lower case.
        with_body : bool
            Whether its method comes with a body (POST), whose content type is then checked.
        open_to_all : bool
            Whether it needs no key: its path is one of `OPEN_TO_ALL`.

        Raises
        ------
        InvalidRequestError
            If ``Host`` is missing where it is checked.
        ForbiddenError
            If it names an unknown host or comes from a page that is not ours.
        UnauthorizedError
            If a key is asked for and it carries no valid one.
        UnsupportedMediaError
            If its body is neither JSON nor bytes.
        """
        host = headers.get(b"host")
        if self._hosts is not None and host not in self._hosts:
            self._require_known(host)
        origin = headers.get(b"origin")
        if origin is not None:
            _require_own_origin(origin, host)
        site = headers.get(b"sec-fetch-site")
        if site is not None and site not in _SITES:
            raise ForbiddenError(
                "a link or page of another site asks for this",
                where="Sec-Fetch-Site",
                remedy="type the address into the browser, or use a client",
            )
        if self._keys is not None and not open_to_all:
            _require_key(headers.get(b"authorization"), self._keys)
        if with_body:
            media = headers.get(b"content-type")
            if media is not None and media not in _MEDIA:
                _require_readable(media)

    def _require_known(self, host: bytes | None) -> None:
        if host is None:
            # HTTP/1.1 demands the header of every client.
            raise InvalidRequestError("the header is missing", where="Host")
        name = _name_in(host)
        if name in self._names or self._is_own_address(name):
            return
        raise ForbiddenError(
            f"this server does not go by the name {_shown(host)}",
            where="Host",
            remedy="start it with --allowed-host NAME",
        )

    def _is_own_address(self, name: str) -> bool:
        address = parsed_address(name)
        return address is not None and (self._any_address or address.is_loopback)


def _allowed_name(given: str) -> str:
    """Return a name as it is looked for: in lower case, an IPv6 address without brackets."""
    name = given.strip().lower()
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if given == ANY_HOST or _NAME.fullmatch(name) or parsed_address(bare) is not None:
        return bare
    raise ServingError(
        f"{given!r} is no host",
        where="--allowed-host",
        remedy="give a name or address, without scheme and port, or * for any",
    )


def _header_forms(name: str, port: int) -> tuple[bytes, bytes]:
    host = f"[{name}]" if ":" in name else name
    return host.encode(), f"{host}:{port}".encode()


def _name_in(host: bytes) -> str:
    """Return the name in a Host header, without port and brackets, in lower case."""
    text = host.decode("latin-1").strip().lower()
    if text.startswith("["):
        name, bracket, rest = text[1:].partition("]")
        return name if bracket and (not rest or _is_port(rest)) else text
    name, colon, _ = text.rpartition(":")
    return name if colon and _is_port(text[len(name) :]) else text


def _is_port(text: str) -> bool:
    digits = text[1:]
    return text.startswith(":") and digits.isascii() and (digits.isdigit() or not digits)


def _require_own_origin(origin: bytes, host: bytes | None) -> None:
    """Let a page pass that came from the very host and port that the request goes to.

    Its scheme may be https as well: where a proxy speaks TLS the server cannot know.
    """
    scheme, _, authority = origin.lower().partition(b"://")
    if scheme not in (b"http", b"https") or host is None or authority != host.lower():
        raise ForbiddenError(
            f"pages from {_shown(origin)} may not use this server",
            where="Origin",
            remedy="call it from a program, or from a page that it serves itself",
        )


def _require_key(authorization: bytes | None, keys: ApiKeys) -> None:
    scheme, _, key = (authorization or b"").partition(b" ")
    if scheme.lower() != b"bearer":
        raise UnauthorizedError(
            "an API key is needed", where="Authorization", remedy="send: Bearer KEY"
        )
    if not keys.accept(key.strip()):
        raise UnauthorizedError("this API key is not valid", where="Authorization")


def _require_readable(media: bytes) -> None:
    """Look at a content type that has parameters, or is written in another way."""
    if media.partition(b";")[0].strip().lower() not in _MEDIA:
        raise UnsupportedMediaError(
            f"bodies of type {_shown(media)} are not read",
            where="Content-Type",
            remedy="send application/json or application/octet-stream",
        )


def _shown(value: bytes) -> str:
    return repr(value[:100].decode("latin-1"))
