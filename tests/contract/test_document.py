import stat
from typing import Literal

import pytest

from contract.document import Document, sha256_of, write_atomically
from contract.errors import ArtifactError


class Note(Document):
    schema_version: Literal[1] = 1
    text: str


def test_a_document_is_read_back_as_it_was_written(tmp_path):
    note = Note(text="ä\n")
    note.save(tmp_path / "deep" / "note.json")
    assert Note.load(tmp_path / "deep" / "note.json") == note


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "note.json"
    write_atomically(path, b"old")
    with pytest.raises(TypeError):
        write_atomically(path, "text is not bytes")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.json"]


def test_a_written_file_is_readable_by_others(tmp_path):
    write_atomically(tmp_path / "note.json", b"")
    assert stat.S_IMODE((tmp_path / "note.json").stat().st_mode) == 0o644


def test_a_folder_that_cannot_be_made_is_an_error_that_names_the_path(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match=r"note\.json: cannot write"):
        Note(text="").save(tmp_path / "file" / "note.json")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"schema_version": 2, "text": ""}', "schema_version"),
        ('{"text": "", "surplus": 1}', "surplus"),
        ('{"text": ', "not a Note"),
        ("", "not a Note"),
    ],
)
def test_a_file_that_is_no_such_document_is_refused_with_the_reason(tmp_path, content, complaint):
    path = tmp_path / "note.json"
    path.write_text(content)
    with pytest.raises(ArtifactError, match=complaint) as caught:
        Note.load(path)
    assert "\n" not in str(caught.value)


def test_the_sha256_is_that_of_the_content(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # The example of FIPS 180-4.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(tmp_path / "abc") == expected
