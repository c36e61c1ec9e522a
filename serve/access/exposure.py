"""What the server listens on, and whether it may do so without asking for an API key."""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from contract.errors import ServingError

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class ListeningAddress:
    """Where the server listens.

    Attributes
    ----------
    host : str
        The name or address it was told (``--host``).
    address : str
        The address that came of it, from the socket.
    port : int
        The port.
    """

    host: str
    address: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        address = parsed_address(self.address)
        return address is not None and address.is_loopback

    @property
    def is_everywhere(self) -> bool:
        """Whether it is every address of this machine."""
        address = parsed_address(self.address)
        return address is not None and address.is_unspecified


def require_permission(host: str, *, has_keys: bool, insecure: bool) -> None:
    """Check, before anything is listened on, that strangers are kept out.

    Parameters
    ----------
    host : str
        The name or address that is to be listened on.
    has_keys : bool
        Whether API keys are asked for.
    insecure : bool
        Whether somebody said that none are needed.

    Raises
    ------
    ServingError
        If others than this machine's programs could use the server without a key, or the
        name is not known.
    """
    if has_keys or insecure or is_loopback(host):
        return
    raise ServingError(
        f"listening on {host!r} would let others than this machine use the server, and it "
        "asks for no API key",
        where="--host",
        remedy="give it keys with --api-keys FILE or PERBILLION_API_KEYS, or say --insecure if "
        "everybody who can reach it may use it",
    )


def is_loopback(host: str) -> bool:
    """Tell whether every address of a host is of the loopback, 127.0.0.0/8 or ::1.

    Raises
    ------
    ServingError
        If the name is not known.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ServingError(
            f"cannot listen: {error.strerror or error}",
            where=host,
            remedy="choose another address with --host",
        ) from error
    addresses = [parsed_address(str(entry[4][0])) for entry in found]
    return all(address is not None and address.is_loopback for address in addresses)


def parsed_address(text: str) -> IpAddress | None:
    """Return a literal address; None if the text is a name."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
