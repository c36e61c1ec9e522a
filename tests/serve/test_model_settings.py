import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from contract.errors import ArtifactError
from serve.models.model_settings import (
    BatchingSettings,
    ModelSettings,
    load_model_settings,
    model_settings_json_schema,
)

EVERYTHING = """
threads = 4
execution = "thread-pool"
queue_deadline_ms = 250
max_rows = 64

[batching]
max_batch_size = 32
max_queue_delay_us = 500
"""
REFUSED = [
    ("thread = 2", "no key 'thread' (did you mean 'threads'?"),
    ("[batching]\nmax_batchsize = 8", "batching.max_batch_size is missing"),
    ("[batching]\nmax_batch_size = 8\nqueue_delay = 1", "no key 'batching.queue_delay' (did you"),
    ("[batching]", "batching.max_batch_size is missing"),
    ("[batching]\nmax_batch_size = 1", "batching.max_batch_size: Input should be greater than"),
    ("[batching]\nmax_batch_size = 1025", "less than or equal to 1024, given 1025"),
    ("[batching]\nmax_batch_size = 8\nmax_queue_delay_us = -1", "batching.max_queue_delay_us"),
    ("[batching]\nmax_batch_size = 8\nmax_queue_delay_us = 1000001", "equal to 1000000"),
    ("[batching]\nmax_batch_size = 8.0", "batching.max_batch_size"),
    ("batching = 8", "batching: must be a table, given 8"),
    ("threads = 0", "threads: Input should be greater than or equal to 1, given 0"),
    ("threads = true", "threads: Input should be a valid integer, given True"),
    ("threads = '4'", "threads: Input should be a valid integer, given '4'"),
    ("execution = 'threadpool'", "execution: no execution 'threadpool' (did you mean 'thread-po"),
    ("queue_deadline_ms = 0", "queue_deadline_ms"),
    ("max_rows = 0", "max_rows"),
    ("execution = 'event-loop'\n[batching]\nmax_batch_size = 8", "exclude each other"),
    ("threads = ", "not TOML"),
]
# The schema of JSON knows no rule between keys, and does not read TOML.
ABOVE_A_SCHEMA = {"exclude each other", "not TOML"}


def _written(folder, content):
    (folder / "model.toml").write_text(content)
    return folder


def test_every_setting_is_read(tmp_path):
    assert load_model_settings(_written(tmp_path, EVERYTHING)) == ModelSettings(
        threads=4,
        execution="thread-pool",
        queue_deadline_ms=250,
        max_rows=64,
        batching=BatchingSettings(max_batch_size=32, max_queue_delay_us=500),
    )


def test_without_the_file_or_a_line_in_it_nothing_is_set(tmp_path):
    assert load_model_settings(tmp_path) == ModelSettings()
    assert load_model_settings(_written(tmp_path, "")) == ModelSettings()
    assert ModelSettings().batching is None


def test_a_batch_waits_for_nobody_unless_a_delay_is_set(tmp_path):
    settings = load_model_settings(_written(tmp_path, "[batching]\nmax_batch_size = 2"))
    assert settings.batching == BatchingSettings(max_batch_size=2, max_queue_delay_us=0)


@pytest.mark.parametrize(("content", "expected"), REFUSED)
def test_a_bad_file_is_one_line_that_names_the_file_and_the_key(tmp_path, content, expected):
    with pytest.raises(ArtifactError) as raised:
        load_model_settings(_written(tmp_path, content))
    assert expected in str(raised.value)
    assert raised.value.where == str(tmp_path / "model.toml")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("spoil", [Path.mkdir, lambda path: path.symlink_to("nowhere")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, spoil):
    spoil(tmp_path / "model.toml")
    with pytest.raises(ArtifactError, match=r"model\.toml: cannot read the model's settings: "):
        load_model_settings(tmp_path)


def test_a_file_that_is_not_utf8_is_named(tmp_path):
    (tmp_path / "model.toml").write_bytes(b"threads = '\xff'")
    with pytest.raises(ArtifactError, match=r"model\.toml: not TOML"):
        load_model_settings(tmp_path)


def test_the_schema_accepts_and_refuses_what_the_server_does():
    schema = json.loads(json.dumps(model_settings_json_schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid(tomllib.loads(EVERYTHING))
    assert validator.is_valid({})
    for content, expected in REFUSED:
        # 8.0 is an integer to JSON Schema, a float to TOML.
        if expected not in ABOVE_A_SCHEMA and "8.0" not in content:
            assert not validator.is_valid(tomllib.loads(content)), content
