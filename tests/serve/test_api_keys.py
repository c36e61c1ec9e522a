import os
from hashlib import sha256
from pathlib import Path

import pytest

from contract.errors import ServingError
from serve.access.api_keys import ApiKeys, read_api_keys

FIRST = "first-key-of-the-test"
SECOND = "c2Vjb25kIGtleSBvZiB0aGUgdGVzdA=="


def _refuse(text):
    raise AssertionError(text)


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "keys"

    def write(content, mode=0o600):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return path

    return write


def test_a_file_holds_one_key_a_line_with_comments_and_empty_lines(key_file):
    file = key_file(f"# for the fleet\n\n{FIRST}\r\n  {SECOND}  # until March\n")
    keys = read_api_keys(file, {}, _refuse)
    assert len(keys) == 2
    assert keys.accept(FIRST.encode())
    assert keys.accept(SECOND.encode())
    for other in (b"", b"# for the fleet", FIRST.encode() + b" ", FIRST[:-1].encode()):
        assert not keys.accept(other)


def test_the_environment_holds_keys_with_commas_between_them():
    keys = read_api_keys(None, {"PERBILLION_API_KEYS": f"{FIRST}, {SECOND},"}, _refuse)
    assert len(keys) == 2
    assert keys.accept(SECOND.encode())


def test_the_keys_of_file_and_environment_are_valid_together(key_file):
    keys = read_api_keys(key_file(FIRST), {"PERBILLION_API_KEYS": SECOND}, _refuse)
    assert keys.accept(FIRST.encode())
    assert keys.accept(SECOND.encode())


def test_without_file_and_variable_there_are_no_keys():
    assert read_api_keys(None, {"OTHER": "x"}, _refuse) is None


@pytest.mark.parametrize("content", ["", "\n\n", "# nothing\n"])
def test_a_source_that_holds_no_key_does_not_mean_an_open_server(key_file, content):
    file = key_file(content)
    with pytest.raises(ServingError, match=r"holds no API key \(make one with: openssl") as raised:
        read_api_keys(file, {"PERBILLION_API_KEYS": FIRST}, _refuse)
    assert raised.value.where == str(file)
    for variable in ("", " , "):
        with pytest.raises(ServingError, match=r"^PERBILLION_API_KEYS: holds no API key"):
            read_api_keys(None, {"PERBILLION_API_KEYS": variable}, _refuse)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("fifteen-letters", "at least 16 characters, this one has 15"),
        ("sixteen letters!", "made of ASCII letters"),
        ("gr\u00fc\u00dfe-0123456789", "made of ASCII letters"),
        ("sixteen=letters-", "made of ASCII letters"),
        ("sixteen,letters-", "made of ASCII letters"),
        ("================", "made of ASCII letters"),
        ("sixteen\0letters-", "made of ASCII letters"),
    ],
)
def test_a_key_that_is_too_short_or_that_no_header_carries_is_named_by_its_line(
    key_file, bad, message
):
    file = key_file(f"{FIRST}\n\n{bad}\n")
    with pytest.raises(ServingError, match=message) as raised:
        read_api_keys(file, {}, _refuse)
    assert raised.value.where == f"{file}, line 3"
    assert bad not in str(raised.value)
    if "," not in bad:
        with pytest.raises(ServingError, match=message) as raised:
            read_api_keys(None, {"PERBILLION_API_KEYS": f"{FIRST},{bad}"}, _refuse)
        assert raised.value.where == "PERBILLION_API_KEYS, key 2"
        assert bad not in str(raised.value)


def test_a_file_that_cannot_be_read_is_told(tmp_path):
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(ServingError, match="cannot read the API keys") as raised:
            read_api_keys(path, {}, _refuse)
        assert raised.value.where == str(path)


def test_a_file_of_many_megabytes_is_no_key_file(key_file):
    with pytest.raises(ServingError, match="too large"):
        read_api_keys(key_file(b"x" * 1_000_001), {}, _refuse)


def test_a_file_that_everybody_may_write_to_is_refused(key_file):
    with pytest.raises(ServingError, match=r"everybody may write to this file.*chmod 600"):
        read_api_keys(key_file(FIRST, 0o602), {}, _refuse)


def test_a_file_that_everybody_may_read_is_warned_of_and_used(key_file):
    said = []
    file = key_file(FIRST, 0o644)
    assert read_api_keys(file, {}, said.append).accept(FIRST.encode())
    assert said == [f"warning: {file}: everybody on this machine may read the API keys (chmod 600)"]
    assert read_api_keys(key_file(FIRST, 0o640), {}, _refuse) is not None


def test_keys_can_come_from_a_command_through_a_pipe():
    reading, writing = os.pipe()
    os.write(writing, FIRST.encode())
    os.close(writing)
    keys = read_api_keys(Path(f"/dev/fd/{reading}"), {}, _refuse)
    os.close(reading)
    assert keys.accept(FIRST.encode())


def test_nothing_that_can_be_printed_holds_a_key():
    keys = ApiKeys([FIRST])
    shown = f"{keys!r} {keys} {[keys]}"
    assert FIRST not in shown
    assert sha256(FIRST.encode()).hexdigest() not in shown
    assert not hasattr(keys, "__dict__")
