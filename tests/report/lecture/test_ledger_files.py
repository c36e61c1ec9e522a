import re
import xml.etree.ElementTree as ET

import pytest

from contract.errors import ArtifactError
from contract.ledger import Ledger
from report.lecture.lecture_figures import PICTURE_NAMES
from report.lecture.ledger_files import write_ledger
from report.lecture.picture_file import picture_file

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def written(settled, tmp_path_factory):
    folder = tmp_path_factory.mktemp("claims") / "mnist"
    return folder, write_ledger(settled, folder)


def test_the_ledger_is_written_for_programs_and_for_readers(written):
    folder, page = written
    assert page == folder / "claims.html"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    pictures = {f"pictures/{name}.svg" for name in PICTURE_NAMES}
    assert names == {"claims.json", "claims.html", "claims.md"} | pictures


def test_what_was_written_is_read_back_as_it_was(written, settled):
    folder, _ = written
    assert Ledger.load(folder / "claims.json") == settled


def test_the_document_shows_the_pictures_that_lie_beside_it(written):
    folder, _ = written
    shown = re.findall(r"!\[.*?\]\((.*?)\)", (folder / "claims.md").read_text())
    assert {str(path.relative_to(folder)) for path in folder.glob("pictures/*")} == set(shown)


def test_a_picture_in_a_file_stands_by_itself_on_white(pictures):
    for picture in (drawn for of_claim in pictures.values() for drawn in of_claim):
        root = ET.fromstring(picture_file(picture))
        assert root.tag == f"{SVG}svg"
        size = root.get("viewBox").split()[2:]
        assert [root.get("width"), root.get("height")] == [f"{length}pt" for length in size]
        assert root.find(f"{SVG}title").text == picture.title
        assert root.find(f"{SVG}desc").text == picture.caption
        assert root.find(f"{SVG}rect").get("fill") == "#ffffff"
        assert "color: #1b1f23" in root.get("style")


def test_a_picture_that_is_no_drawing_of_ours_is_refused(pictures):
    (picture,) = pictures["C3"]
    with pytest.raises(ValueError, match="net-inputs was not written"):
        picture_file(type(picture)(picture.name, picture.title, picture.caption, "<svg/>"))


def test_a_folder_that_cannot_be_made_is_told(settled, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ArtifactError, match="cannot write"):
        write_ledger(settled, tmp_path / "taken")


def test_a_ledger_that_cannot_be_drawn_leaves_the_old_one_whole(settled, tmp_path):
    (tmp_path / "claims.json").write_text("old")
    evidence = settled.evidence.model_copy(update={"curves": {}})
    with pytest.raises(KeyError):
        write_ledger(settled.model_copy(update={"evidence": evidence}), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["claims.json"]
    assert (tmp_path / "claims.json").read_text() == "old"
