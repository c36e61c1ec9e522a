"""Which run the serving evidence is read from."""

import pytest

from contract.ledger import Settlement
from perbillion.claims.newest_run import newest_run
from perbillion.claims.theory import settle_c4
from stats.verdict import VerdictKind


@pytest.fixture
def runs(tmp_path, sound_result):
    """Write results under names of runs."""

    def write(name, **changes):
        result = sound_result.model_copy(update={"run": name, **changes})
        result.save(tmp_path / name / "result.json")

    write.folder = tmp_path
    return write


def _verdict(result, kind):
    return type(result.verdict)(kind, result.verdict.estimate, 0.01, ("a reason",))


def test_the_newest_is_found_by_the_time_in_its_name(runs):
    for name in ("20261123T120000Z-b", "20261124T090000Z-a", "20251231T235959Z-c"):
        runs(name)
    found = newest_run(runs.folder)
    assert found.result.run == "20261124T090000Z-a"
    assert found.directory.root == runs.folder / "20261124T090000Z-a"
    assert not found.newer


def test_runs_that_do_not_count_are_passed_over(runs, sound_result):
    runs("20261123T120000Z-sound")
    runs("20261124T120000Z-invalid", verdict=_verdict(sound_result, VerdictKind.INVALID))
    facts = sound_result.experiment.model_copy(update={"lecture": None})
    runs("20261125T120000Z-compare", experiment=facts)
    runs("notes")
    (runs.folder / "20261126T120000Z-unfinished").mkdir()
    other = runs.folder / "20261127T120000Z-other" / "result.json"
    other.parent.mkdir()
    other.write_text('{"schema_version": 1}')
    (runs.folder / "20261128T120000Z-file").touch()
    assert newest_run(runs.folder).result.run == "20261123T120000Z-sound"


def test_an_inconclusive_run_counts(runs, sound_result):
    runs("20261124T120000Z-open", verdict=_verdict(sound_result, VerdictKind.INCONCLUSIVE))
    assert newest_run(runs.folder).result.verdict.kind is VerdictKind.INCONCLUSIVE


def test_a_run_that_served_dropconnect_comes_before_a_newer_one_that_did_not(runs):
    runs("20261123T120000Z-standard")
    runs("20261122T120000Z-older")
    runs("20261124T120000Z-quick", dropconnect=None)
    found = newest_run(runs.folder)
    assert found.result.run == "20261123T120000Z-standard"
    assert found.newer == "20261124T120000Z-quick"


def test_where_none_served_dropconnect_the_newest_is_taken(runs):
    runs("20261123T120000Z-a", dropconnect=None)
    runs("20261124T120000Z-b", dropconnect=None)
    found = newest_run(runs.folder)
    assert found.result.run == "20261124T120000Z-b"
    assert not found.newer


def test_no_run_is_none_and_leaves_the_theory_open(tmp_path):
    assert newest_run(tmp_path) is None
    assert newest_run(tmp_path / "nowhere") is None
    assert settle_c4(None).verdict is Settlement.OPEN
