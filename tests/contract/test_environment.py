import os

import pytest

from contract.environment import Environment, observe, quota_cores


@pytest.mark.parametrize(
    ("content", "cores"),
    [("max 100000\n", None), ("150000 100000\n", 1.5), ("50000 200000", 0.25), ("", None)],
)
def test_a_cgroup_s_quota_is_told_in_cores(tmp_path, content, cores):
    (tmp_path / "cpu.max").write_text(content)
    assert quota_cores(tmp_path / "cpu.max") == cores


def test_without_a_cgroup_there_is_no_quota(tmp_path):
    assert quota_cores(tmp_path / "cpu.max") is None


def test_the_environment_names_this_machine_s_cores_and_versions(tmp_path):
    environment = observe({"order": 1})
    assert environment.cores == len(os.sched_getaffinity(0))
    assert environment.packages["numpy"]
    assert environment.seeds == {"order": 1}
    environment.save(tmp_path / "environment.json")
    assert Environment.load(tmp_path / "environment.json") == environment
