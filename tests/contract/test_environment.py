import os

import pytest

from contract.environment import Environment, observe, quota_cores, usable_cores


@pytest.fixture
def groups(tmp_path):
    """A machine's control groups: write one's file; ask what this process gets."""

    class Groups:
        def write(self, path, content):
            file = tmp_path / "cgroup" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content)

        def quota(self, own):
            (tmp_path / "self").write_text(own)
            return quota_cores(tmp_path / "cgroup", tmp_path / "self")

    return Groups()


@pytest.mark.parametrize(
    ("content", "cores"),
    [("max 100000\n", None), ("150000 100000\n", 1.5), ("50000 200000", 0.25), ("", None)],
)
def test_a_container_s_quota_stands_at_the_root_of_its_groups(groups, content, cores):
    groups.write("cpu.max", content)
    assert groups.quota("0::/\n") == cores
    assert groups.quota("0::/host/path/that/is/not/mounted\n") == cores


def test_the_least_quota_on_the_way_up_counts(groups):
    groups.write("slice/service/cpu.max", "400000 100000\n")
    groups.write("slice/cpu.max", "200000 100000\n")
    groups.write("cpu.max", "max 100000\n")
    assert groups.quota("0::/slice/service\n") == 2
    assert groups.quota("0::/other\n") is None


def test_version_1_of_control_groups_is_read_too(groups):
    groups.write("cpu/pod/cpu.cfs_quota_us", "250000\n")
    groups.write("cpu/pod/cpu.cfs_period_us", "100000\n")
    groups.write("cpu/cpu.cfs_quota_us", "-1\n")
    assert groups.quota("4:memory:/pod\n3:cpu,cpuacct:/pod\n") == 2.5
    assert groups.quota("3:cpu,cpuacct:/\n") is None


def test_without_control_groups_there_is_no_quota(tmp_path):
    assert quota_cores(tmp_path / "none", tmp_path / "self") is None


def test_usable_cores_are_at_least_one_and_at_most_this_process_s():
    assert 1 <= usable_cores() <= len(os.sched_getaffinity(0))


def test_the_environment_names_this_machine_s_cores_and_versions(tmp_path):
    environment = observe({"order": 1})
    assert environment.cores == len(os.sched_getaffinity(0))
    assert environment.packages["numpy"]
    assert environment.seeds == {"order": 1}
    environment.save(tmp_path / "environment.json")
    assert Environment.load(tmp_path / "environment.json") == environment
