import socket

import pytest

from contract.errors import ServingError
from serve.access.exposure import ListeningAddress, is_loopback, parsed_address, require_permission


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "::ffff:127.0.0.1"]
)
def test_the_loopback_needs_neither_key_nor_permission(host):
    assert is_loopback(host)
    require_permission(host, has_keys=False, insecure=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"])
def test_everything_else_needs_a_key_or_somebody_who_says_that_it_does_not(host):
    assert not is_loopback(host)
    require_permission(host, has_keys=True, insecure=False)
    require_permission(host, has_keys=False, insecure=True)
    with pytest.raises(ServingError, match=r"^--host: .*no API key \(.*--api-keys.*--insecure"):
        require_permission(host, has_keys=False, insecure=False)


def test_a_name_is_the_loopback_only_if_all_its_addresses_are(monkeypatch):
    addresses = ["127.0.0.1", "192.0.2.1"]

    def resolve(*_arguments, **_options):
        return [(None, None, None, "", (address, 0)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert not is_loopback("both.invalid")
    addresses.pop()
    assert is_loopback("both.invalid")


def test_a_name_that_nobody_knows_is_not_taken_for_the_loopback():
    with pytest.raises(ServingError, match=r"^no\.such\.invalid: cannot listen: .*--host"):
        require_permission("no.such.invalid", has_keys=False, insecure=False)


@pytest.mark.parametrize(
    ("address", "loopback", "everywhere"),
    [
        ("127.0.0.1", True, False),
        ("::1", True, False),
        ("0.0.0.0", False, True),
        ("::", False, True),
        ("192.0.2.1", False, False),
    ],
)
def test_an_address_says_who_reaches_it(address, loopback, everywhere):
    listening = ListeningAddress("any", address, 80)
    assert (listening.is_loopback, listening.is_everywhere) == (loopback, everywhere)


def test_a_name_is_no_address():
    assert parsed_address("localhost") is None
    assert str(parsed_address("::ffff:192.0.2.1")) == "192.0.2.1"
