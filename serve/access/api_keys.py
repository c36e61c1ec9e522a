"""The API keys: read once at the start, kept as digests only.

Keys are changed by a restart: the new key is added to the file beside the old one, clients
move over, the old one is taken out. A file that changes under a running server changes
nothing, so that a half-written file never locks everybody out.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import BinaryIO

from contract.errors import ServingError

ENVIRONMENT_VARIABLE = "PERBILLION_API_KEYS"

# Random letters of base64 hold 6 bits each: 16 of them are 96 bits, beyond any guessing.
_SHORTEST = 16
# What "Authorization: Bearer" can carry: b64token of RFC 6750, section 2.1.
_KEY = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_LARGEST_FILE_BYTES = 1_000_000
_REMEDY = "make one with: openssl rand -hex 32"


class ApiKeys:
    """The keys that are valid, as SHA-256 digests; nothing prints them.

    Parameters
    ----------
    keys : iterable of str
        The keys; at least one.
    """

    __slots__ = ("_digests",)

    def __init__(self, keys: Iterable[str]) -> None:
        self._digests = tuple({sha256(key.encode()).digest() for key in keys})

    def __len__(self) -> int:
        return len(self._digests)

    def accept(self, key: bytes) -> bool:
        """Tell whether a key is valid, in a time that says nothing about the valid ones.

        Digests are of one length, each is compared in constant time, and all of them are
        compared whichever it is.
        """
        digest = sha256(key).digest()
        valid = False
        for known in self._digests:
            valid |= compare_digest(digest, known)
        return valid


def read_api_keys(
    file: Path | None, environment: Mapping[str, str], warn: Callable[[str], None]
) -> ApiKeys | None:
    """Read the keys from a file and from the environment; those of both are valid.

    Parameters
    ----------
    file : Path or None
        One key a line; what follows ``#`` and empty lines are passed over.
    environment : mapping of str to str
        The environment; ``PERBILLION_API_KEYS`` holds keys with commas between them.
    warn : callable
        Is told when others may read the file. That is no error: Kubernetes and Docker mount
        secrets readable for all, in a container where nobody else is.

    Returns
    -------
    ApiKeys or None
        None if neither is given.

    Raises
    ------
    ServingError
        If the file cannot be read, others may write to it, a source holds no key (nobody
        sets an empty one to have an open server), or a key is too short or not one that a
        header can carry. The message never holds a key.
    """
    keys: list[str] = []
    if file is not None:
        lines = [line.partition("#")[0].strip() for line in _read(file, warn).splitlines()]
        named = {f"{file}, line {number}": key for number, key in enumerate(lines, 1) if key}
        keys += _checked(named, str(file))
    variable = environment.get(ENVIRONMENT_VARIABLE)
    if variable is not None:
        parts = [part.strip() for part in variable.split(",")]
        named = {
            f"{ENVIRONMENT_VARIABLE}, key {number}": key
            for number, key in enumerate(parts, 1)
            if key
        }
        keys += _checked(named, ENVIRONMENT_VARIABLE)
    return ApiKeys(keys) if keys else None


def _read(file: Path, warn: Callable[[str], None]) -> str:
    try:
        with file.open("rb") as opened:
            _require_private(opened, file, warn)
            content = opened.read(_LARGEST_FILE_BYTES + 1)
    except OSError as error:
        raise ServingError(
            f"cannot read the API keys: {error.strerror or error}", where=str(file)
        ) from error
    if len(content) > _LARGEST_FILE_BYTES:
        raise ServingError("too large for a file of API keys", where=str(file))
    # Bytes beyond ASCII are found in the line that holds them, see `_checked`.
    return content.decode("latin-1")


def _require_private(opened: BinaryIO, file: Path, warn: Callable[[str], None]) -> None:
    mode = os.fstat(opened.fileno()).st_mode
    if not stat.S_ISREG(mode):
        return  # a pipe, from `<(command)`: its permissions protect nothing
    if mode & stat.S_IWOTH:
        raise ServingError(
            "everybody may write to this file, and so let themselves in",
            where=str(file),
            remedy=f"chmod 600 {file}",
        )
    if mode & stat.S_IROTH:
        warn(f"warning: {file}: everybody on this machine may read the API keys (chmod 600)")


def _checked(keys: Mapping[str, str], source: str) -> list[str]:
    """Return the keys that were found, by the place of each, if every one is good."""
    if not keys:
        raise ServingError("holds no API key", where=source, remedy=_REMEDY)
    for place, key in keys.items():
        if len(key) < _SHORTEST:
            raise ServingError(
                f"an API key must have at least {_SHORTEST} characters, this one has {len(key)}",
                where=place,
                remedy=_REMEDY,
            )
        if _KEY.fullmatch(key) is None:
            raise ServingError(
                "an API key is made of ASCII letters, digits and '-._~+/', with '=' at its end",
                where=place,
                remedy=_REMEDY,
            )
    return list(keys.values())
