from datetime import UTC, datetime

import pytest

from contract.errors import ArtifactError
from contract.run_directory import RunDirectory

MOMENT = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


def test_a_run_directory_is_named_after_its_utc_time_and_its_experiment(tmp_path):
    directory = RunDirectory.create(tmp_path / "runs", "lecture", MOMENT)
    assert directory.root == tmp_path / "runs" / "20261123T120005Z-lecture"
    assert directory.root.is_dir()


def test_two_runs_never_share_a_directory(tmp_path):
    RunDirectory.create(tmp_path, "lecture", MOMENT)
    with pytest.raises(ArtifactError, match="in this very second"):
        RunDirectory.create(tmp_path, "lecture", MOMENT)


def test_an_unwritable_place_is_one_line_with_a_remedy(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ArtifactError, match=r"cannot make the run directory.*--out"):
        RunDirectory.create(tmp_path / "file", "lecture", MOMENT)


def test_a_folder_without_an_experiment_is_no_run_directory(tmp_path):
    with pytest.raises(ArtifactError, match="not a run directory"):
        RunDirectory.open(tmp_path)


def test_scratch_files_are_gone_when_the_block_is_left_and_so_are_a_killed_process_s(tmp_path):
    directory = RunDirectory(tmp_path)
    (tmp_path / ".scratch").mkdir()
    (tmp_path / ".scratch" / "left-by-a-killed-process").write_text("")
    with directory.scratch() as folder:
        assert list(folder.iterdir()) == []
        (folder / "order.json").write_text("")
    assert list(tmp_path.iterdir()) == []


def test_scratch_in_an_unwritable_place_is_one_line_with_the_place(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ArtifactError, match=r"file: cannot write"),
        RunDirectory(tmp_path / "file").scratch(),
    ):
        pass
