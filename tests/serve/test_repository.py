import pytest

from contract.errors import ArtifactError
from serve.models.repository import find_models


@pytest.fixture
def folders(tmp_path):
    for path in ("b/1", "a/2", "a/10", "a/1", "a/archive", "a/007", ".hidden/1"):
        (tmp_path / path).mkdir(parents=True)
        (tmp_path / path / "model.onnx").touch()
    (tmp_path / "README.md").touch()
    return tmp_path


def _listed(folder, wanted=None):
    return [(file.name, file.version) for file in find_models(folder, wanted)]


def test_models_come_sorted_and_their_versions_ascending_as_numbers(folders):
    assert _listed(folders) == [("a", "1"), ("a", "2"), ("a", "10"), ("b", "1")]


def test_models_that_are_asked_for_come_in_that_order(folders):
    assert [name for name, _ in _listed(folders, ("b", "a"))] == ["b", "a", "a", "a"]
    assert _listed(folders, ("b",)) == [("b", "1")]


@pytest.mark.parametrize("name", ["../a", ".hidden", "/etc", "", "README.md"])
def test_only_names_of_the_listing_are_found(folders, name):
    with pytest.raises(ArtifactError, match=r"no model .*valid: a, b"):
        find_models(folders, (name,))


def test_a_model_that_is_asked_for_twice_is_an_error(folders):
    with pytest.raises(ArtifactError, match="'a' is asked for twice"):
        find_models(folders, ("a", "b", "a"))


def test_a_link_to_a_model_is_a_model_under_the_link_s_name(folders):
    (folders / "alias").symlink_to(folders / "b")
    assert ("alias", "1") in _listed(folders)


def test_a_repository_that_holds_no_model_is_an_error(tmp_path):
    with pytest.raises(ArtifactError, match=r"holds no models \(lay the repository out"):
        find_models(tmp_path, None)
    with pytest.raises(ArtifactError, match="No such file"):
        find_models(tmp_path / "nowhere", None)


@pytest.mark.parametrize("name", ["a b", "über", "-x", "a%2fb"])
def test_a_folder_whose_name_would_not_stand_in_a_url_is_an_error(folders, name):
    (folders / name).mkdir()
    with pytest.raises(ArtifactError, match="not a name for a model"):
        find_models(folders, None)


def test_a_model_without_a_version_and_a_version_without_a_file_are_errors(folders):
    (folders / "c" / "01").mkdir(parents=True)
    with pytest.raises(ArtifactError, match=r"/c: has no version folder"):
        find_models(folders, None)
    (folders / "c" / "1").mkdir()
    with pytest.raises(ArtifactError, match=r"/c/1/model\.onnx: no such model file"):
        find_models(folders, None)
