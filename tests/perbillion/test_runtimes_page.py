"""docs/runtimes.md, from results whose truth is known."""

import pytest

from perbillion.runtimes.markdown_table import markdown_table
from perbillion.runtimes.runtimes_page import runtimes_page
from synthetic_survey import break_even, cost, examined, runtimes

SCALED = ("FusedGemm", "Mul", "FusedGemm", "Mul", "Gemm")
MAP = break_even({(256, 1): 0.073, (256, 16): 0.2, (1024, 1): 0.0})


@pytest.fixture
def page():
    table = runtimes(
        {
            "onnxruntime-all-gemm-1": (examined(SCALED, 2), cost(0.09)),
            "onnxruntime-all-gemm-2": (examined(SCALED, 2), cost(0.104)),
            "onnxruntime-all-rank-3-1": (examined(("FusedMatMul(alpha=0.6)",), 0), cost(0.001)),
            "torch-eager": (examined(("aten::mul",), 1), cost(0.065)),
            "openvino": (examined(("FullyConnected",), 0), cost(0.03)),
        },
        {"torch-cuda-graph": "there is no NVIDIA GPU"},
    )
    return runtimes_page(table, MAP)


def _line(page, beginning):
    (line,) = (line for line in page.splitlines() if line.startswith(beginning))
    return line


def test_a_row_stands_in_the_table_with_its_interval_and_its_control(page):
    line = _line(page, "| ONNX Runtime | all | gemm | 1 |")
    assert line.endswith("| 2 of 2 | 15.0 | 1.350 ± 0.030 | 9.00 ± 0.20 | 0.00 ± 0.20 |")


def test_rows_on_two_threads_are_held_against_those_on_one(page):
    assert "at most 1.4 percentage points from those of the same rows on one thread" in page


def test_without_two_threads_nothing_is_said_of_them():
    alone = runtimes({"onnxruntime-all-gemm-1": (examined(SCALED, 2), cost(0.09))})
    assert "They were not measured here." in runtimes_page(alone, MAP)


def test_a_row_that_was_not_measured_says_so_in_the_table_and_why_below(page):
    assert _line(page, "| PyTorch CUDA graph |") == (
        "| PyTorch CUDA graph |  |  | 1 | not measured |  |  |  |  |"
    )
    assert "- PyTorch CUDA graph: there is no NVIDIA GPU." in page


def test_each_row_is_explained_by_what_was_executed(page):
    explained = _line(page, "- **all**: 2 of 2 left.")
    assert "no pass takes a factor into a Gemm" in explained
    assert "`regular` `FusedGemm Mul FusedGemm Mul Gemm`" in explained
    assert "### OpenVINO\nThe multiplication is carried out within the FullyConnected" in page


def test_what_was_found_beforehand_stands_beside_what_is_found_now(page):
    beforehand = page.split("## Beside what was found beforehand")[1]
    told = {
        "ONNX Runtime, `gemm`, 75-45": "yes",
        "PyTorch eager": "no: the scalings",
        "OpenVINO": "no: the overhead",
        "ONNX Runtime, 256-256, batch 1": "yes",
        "ONNX Runtime, 256-256, batch 16": "no: the overhead",
        "ONNX Runtime, 1024-1024, batch 1": "yes",
    }
    for what, same in told.items():
        assert _line(beforehand, f"| {what} |").endswith(f"| {same} |")


def test_the_page_shows_the_map_its_region_and_the_machine(page):
    assert "(results/break-even.svg)" in page
    assert "beyond ±1 % in 2 of 3 cells, within in 1" in page
    assert page.count("Measured 2026-11-26 on Synthetic CPU, 2 cores") == 2


def test_a_short_row_of_a_table_is_filled_up():
    assert markdown_table(("a", "b"), [["x"]], texts=1) == "| a | b |\n| :-- | --: |\n| x |  |\n"
