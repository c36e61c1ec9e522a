import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.errors import (
    ForbiddenError,
    InvalidRequestError,
    RequestError,
    ServingError,
    UnauthorizedError,
    UnsupportedMediaError,
)
from serve.access.access import OPEN_TO_ALL, AccessRules
from serve.access.api_keys import ApiKeys
from serve.access.exposure import ListeningAddress

LOOPBACK = ListeningAddress("127.0.0.1", "127.0.0.1", 8000)
EVERYWHERE = ListeningAddress("0.0.0.0", "0.0.0.0", 8000)
EVERYWHERE_IPV6 = ListeningAddress("::", "::", 8000)
NETWORK = ListeningAddress("models.lan", "192.0.2.7", 8000)
KEYS = ApiKeys(["first-key-of-the-test", "second-key-of-the-test"])
OWN = {b"host": b"127.0.0.1:8000"}


def _check(rules, headers, *, with_body=False, open_to_all=False):
    named = {name.encode(): value.encode() for name, value in headers.items()}
    rules.check(OWN | named, with_body=with_body, open_to_all=open_to_all)


KNOWN = [
    (LOOPBACK, "127.0.0.1:8000"),
    (LOOPBACK, "127.0.0.1"),
    (LOOPBACK, "localhost:8000"),
    (LOOPBACK, "LocalHost"),
    (LOOPBACK, "localhost:9000"),  # a port that something forwards
    (LOOPBACK, "localhost:"),
    (LOOPBACK, "[::1]:8000"),
    (LOOPBACK, "[::1]"),
    (LOOPBACK, "[0:0:0:0:0:0:0:1]:8000"),
    (LOOPBACK, "127.0.0.2:8000"),
    (NETWORK, "models.lan:8000"),
    (NETWORK, "Models.LAN"),
    (NETWORK, "192.0.2.7:8000"),
    (EVERYWHERE, "198.51.100.4:8000"),
    (EVERYWHERE, "[2001:db8::4]:8000"),
    (EVERYWHERE_IPV6, "198.51.100.4"),
]
UNKNOWN = [
    (LOOPBACK, "evil.example:8000"),
    (LOOPBACK, "evil.example"),
    (LOOPBACK, "localhost.evil.example"),
    (LOOPBACK, "127.0.0.1.evil.example:8000"),
    (LOOPBACK, "198.51.100.4:8000"),
    (LOOPBACK, "models.lan:8000"),
    (LOOPBACK, ""),
    (LOOPBACK, ":8000"),
    (LOOPBACK, "localhost:8000@evil.example"),
    (LOOPBACK, "localhost:evil"),
    (LOOPBACK, "localhost:\u00b2"),
    (LOOPBACK, "[::1]evil.example"),
    (LOOPBACK, "[::1"),
    (LOOPBACK, "localhost, evil.example"),
    (NETWORK, "other.lan:8000"),
    (NETWORK, "198.51.100.4:8000"),
    (EVERYWHERE, "evil.example:8000"),
    (EVERYWHERE_IPV6, "evil.example"),
]


@pytest.mark.parametrize(("address", "host"), KNOWN)
def test_a_name_or_address_of_the_server_s_own_is_let_in(address, host):
    _check(AccessRules(address), {"host": host})


@pytest.mark.parametrize(("address", "host"), UNKNOWN)
def test_a_name_that_was_bent_to_this_address_is_refused(address, host):
    with pytest.raises(ForbiddenError, match=r"^Host: .*--allowed-host"):
        AccessRules(address).check({b"host": host.encode()}, with_body=False)


def test_a_name_is_good_once_it_is_allowed_and_only_that_one():
    rules = AccessRules(LOOPBACK, ("API.example", "[2001:db8::9]", "192.0.2.9"))
    for host in ("api.example", "Api.Example:443", "[2001:DB8::9]:80", "192.0.2.9"):
        _check(rules, {"host": host})
    with pytest.raises(ForbiddenError):
        _check(rules, {"host": "www.api.example"})


def test_every_name_is_good_where_a_star_allows_it():
    _check(AccessRules(LOOPBACK, ("*",)), {"host": "evil.example"})


def test_a_key_makes_names_unnecessary_where_the_server_cannot_know_its_own():
    key = {"authorization": "Bearer first-key-of-the-test"}
    foreign = {"host": "service.namespace.svc:8000"} | key
    for address in (EVERYWHERE, EVERYWHERE_IPV6, NETWORK):
        _check(AccessRules(address, keys=KEYS), foreign)
        with pytest.raises(ForbiddenError, match=r"^Host"):
            _check(AccessRules(address, ("api.example",), KEYS), foreign)
    with pytest.raises(ForbiddenError, match=r"^Host"):
        _check(AccessRules(LOOPBACK, keys=KEYS), foreign)


@pytest.mark.parametrize(
    "given", ["", "http://a", "a:80", "a/b", "*.a", "b\u00fccher.example", "a b"]
)
def test_what_is_no_host_cannot_be_allowed(given):
    with pytest.raises(ServingError, match=r"--allowed-host: .* is no host"):
        AccessRules(LOOPBACK, (given,))


def test_a_request_without_host_is_not_http_1_1():
    with pytest.raises(InvalidRequestError, match=r"^Host: the header is missing"):
        AccessRules(LOOPBACK).check({}, with_body=False)
    AccessRules(LOOPBACK, ("*",)).check({}, with_body=False)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://localhost:8000", "localhost:8000"),
        ("https://api.example", "api.example"),  # behind a proxy that speaks TLS
        ("http://api.example", "API.example"),
    ],
)
def test_a_page_of_the_server_s_own_may_use_it(origin, host):
    rules = AccessRules(LOOPBACK, ("api.example",))
    _check(rules, {"origin": origin, "host": host, "sec-fetch-site": "same-origin"})


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:8001",
        "http://localhost:8000",  # another origin than 127.0.0.1 to a browser
        "http://127.0.0.1:8000.evil.example",
        "http://evil.example/http://127.0.0.1:8000",
        "ftp://127.0.0.1:8000",
        "chrome-extension://127.0.0.1:8000",
        "127.0.0.1:8000",
    ],
)
@pytest.mark.parametrize("with_body", [True, False])
def test_every_other_page_is_refused(origin, with_body):
    headers = {"origin": origin, "content-type": "application/json"}
    with pytest.raises(ForbiddenError, match=r"^Origin: pages from "):
        _check(AccessRules(LOOPBACK), headers, with_body=with_body)


def test_a_page_is_refused_with_a_key_too_and_on_open_paths_too():
    headers = {"origin": "http://evil.example", "authorization": "Bearer first-key-of-the-test"}
    for address in (LOOPBACK, EVERYWHERE):
        with pytest.raises(ForbiddenError):
            _check(AccessRules(address, ("*",), KEYS), headers, open_to_all=True)


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "anything new"])
def test_what_another_site_s_page_loads_is_refused_without_origin_too(site):
    with pytest.raises(ForbiddenError, match=r"^Sec-Fetch-Site"):
        _check(AccessRules(LOOPBACK), {"sec-fetch-site": site})


def test_an_address_that_somebody_types_is_answered():
    _check(AccessRules(LOOPBACK), {"sec-fetch-site": "none"})


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
@pytest.mark.parametrize("key", ["first-key-of-the-test", "second-key-of-the-test"])
def test_each_of_the_keys_lets_in(scheme, key):
    _check(AccessRules(LOOPBACK, keys=KEYS), {"authorization": f"{scheme} {key}"})


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer first-key-of-the-tes",
        "Bearer first-key-of-the-testt",
        "Bearer First-key-of-the-test",
        "Bearer first-key-of-the-test,second-key-of-the-test",
        "Bearerfirst-key-of-the-test",
        "first-key-of-the-test",
        "Basic first-key-of-the-test",
        "Bearer gr\u00fc\u00dfe-0123456789",
    ],
)
def test_nothing_else_does(authorization):
    with pytest.raises(UnauthorizedError, match=r"^Authorization: ") as raised:
        _check(AccessRules(LOOPBACK, keys=KEYS), {"authorization": authorization})
    assert "key-of" not in str(raised.value)


def test_without_a_key_there_is_a_challenge_and_on_open_paths_none():
    rules = AccessRules(LOOPBACK, keys=KEYS)
    with pytest.raises(UnauthorizedError, match=r"an API key is needed \(send: Bearer KEY\)"):
        _check(rules, {})
    _check(rules, {}, open_to_all=True)
    assert {"/v2/health/live", "/v2/health/ready"} == OPEN_TO_ALL


@pytest.mark.parametrize(
    "media",
    [
        "application/json",
        "application/octet-stream",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        " application/octet-stream ;x=y",
    ],
)
def test_json_and_bytes_are_read(media):
    _check(AccessRules(LOOPBACK), {"content-type": media}, with_body=True)


@pytest.mark.parametrize(
    "media",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain;charset=UTF-8",
        "text/plain; application/json",
        "application/jsonp",
        "",
        ";",
    ],
)
def test_what_a_form_can_send_is_not(media):
    with pytest.raises(UnsupportedMediaError, match=r"^Content-Type: .*send application/json"):
        _check(AccessRules(LOOPBACK), {"content-type": media}, with_body=True)
    _check(AccessRules(LOOPBACK), {"content-type": media})


def test_a_body_without_a_content_type_is_read_for_tritonclient_sends_none():
    _check(AccessRules(LOOPBACK), {}, with_body=True)


_NAMES = (b"host", b"origin", b"sec-fetch-site", b"authorization", b"content-type")
_PARTS = st.sampled_from([b"localhost", b"[", b"]", b"::1", b":", b"8000", b"http://", b"Bearer "])
_VALUES = st.lists(_PARTS | st.binary(max_size=8), max_size=5).map(b"".join)


def _refusal(rules, headers, with_body):
    try:
        rules.check(headers, with_body=with_body)
    except RequestError as error:
        return str(error)
    return ""


@given(headers=st.dictionaries(st.sampled_from(_NAMES), _VALUES), with_body=st.booleans())
@settings(deadline=None, max_examples=300)
def test_whatever_the_headers_hold_only_our_errors_are_raised(headers, with_body):
    for rules in (AccessRules(LOOPBACK, keys=KEYS), AccessRules(EVERYWHERE)):
        assert len(_refusal(rules, headers, with_body)) < 700
