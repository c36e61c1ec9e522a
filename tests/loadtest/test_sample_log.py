import numpy as np
import pyarrow.parquet as pq

from contract.samples import SERVER_COLUMNS, Samples
from contract.server_timing import ServerTiming
from loadtest.generators.sample_log import SampleLog

ARMS = ("inverted", "regular", "again")


def _log(rows, *, timings=True):
    log = SampleLog("served", 4, ARMS)
    for row in range(rows):
        log.add(arm=(2 * row) % 3, sent_ns=100 * row, done_ns=100 * row + 7, status=200)
        if timings:
            log.add_server_timing(ServerTiming(row, 0, row + 1, row + 2, row + 3).header())
    return log


def test_a_round_that_was_cut_short_is_left_out():
    samples = _log(8).samples()
    assert samples.rounds == 2
    assert samples.round.tolist() == [0, 0, 0, 1, 1, 1]
    assert samples.position.tolist() == [0, 1, 2, 0, 1, 2]
    assert samples.arm.tolist() == [0, 2, 1, 0, 2, 1]
    assert all(column.size == 6 for column in samples.server.values())


def test_the_server_s_timings_stay_with_their_request():
    samples = _log(3).samples()
    for offset, name in enumerate(SERVER_COLUMNS):
        np.testing.assert_array_equal(samples.server[name], np.arange(3) + offset)


def test_a_request_without_a_timing_is_not_measured_rather_than_zero(tmp_path):
    log = _log(2)
    log.add(arm=1, sent_ns=0, done_ns=1, status=-1)
    log.add_server_timing("")
    log.save(tmp_path / "served-004.parquet", interrupted=False)
    table = pq.read_table(tmp_path / "served-004.parquet")
    assert table.column("infer_ns").to_pylist() == [1, 2, None]
    assert Samples.load(tmp_path / "served-004.parquet").server["infer_ns"].tolist() == [1, 2, -1]


def test_no_timings_at_all_leave_no_server_columns():
    assert _log(3, timings=False).samples().server == {}


def test_samples_of_an_interrupted_start_go_beside_its_name(tmp_path):
    _log(4).save(tmp_path / "served-004.parquet", interrupted=True)
    assert [path.name for path in tmp_path.iterdir()] == ["served-004.partial.parquet"]


def test_an_interrupted_start_without_a_whole_round_leaves_no_file(tmp_path):
    _log(2).save(tmp_path / "served-004.parquet", interrupted=True)
    assert list(tmp_path.iterdir()) == []
