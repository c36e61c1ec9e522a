import pytest

from benchmarks.peers.wrk import WrkReport
from contract.errors import LoadTestError

OUTPUT = """\
Running 5s test @ http://127.0.0.1:8000/
  1 threads and 16 connections
  12000 requests in 5.00s, 3.00MB read
WRK-RESULT {"requests": 12000, "duration_us": 5000000, "connect_errors": 0, "read_errors": 0, \
"write_errors": 0, "status_errors": 0, "timeouts": 0, "mean_us": 3000.5, "p50_us": 2900, \
"p99_us": 9100}
"""


def test_the_rate_is_the_requests_over_wrk_s_own_duration():
    report = WrkReport.parse(OUTPUT)
    assert report.requests_per_second == 2400
    assert (report.mean_us, report.p50_us, report.p99_us) == (3000.5, 2900, 9100)
    report.require_clean()


@pytest.mark.parametrize(
    "kind", ["connect_errors", "read_errors", "write_errors", "status_errors", "timeouts"]
)
def test_a_single_error_of_any_kind_spoils_a_run(kind):
    report = WrkReport.parse(OUTPUT.replace(f'"{kind}": 0', f'"{kind}": 1'))
    with pytest.raises(LoadTestError, match=f"1 {kind.removesuffix('_errors')[:7]}"):
        report.require_clean()


def test_a_run_without_a_single_answer_is_no_figure():
    with pytest.raises(LoadTestError, match="not one request"):
        WrkReport.parse(OUTPUT.replace("12000", "0")).require_clean()


def test_without_its_last_line_wrk_s_own_complaint_is_told():
    with pytest.raises(LoadTestError, match="unable to connect"):
        WrkReport.parse("unable to connect to 127.0.0.1:1 Connection refused\n")
