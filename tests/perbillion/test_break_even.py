"""The break-even map: measured, drawn, and the region beyond one per cent."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from contract.errors import ExperimentError
from contract.progress import SilentProgress
from perbillion.break_even.break_even_result import BreakEvenPlan, BreakEvenResult, Place
from perbillion.break_even.map_picture import SHADES, map_svg, shade_of
from perbillion.break_even.map_region import outline
from perbillion.break_even.map_text import map_sheet, region_sentence
from perbillion.break_even.measuring import RESULT, measure_map
from perbillion.cli import app
from synthetic_survey import break_even

PLAN = BreakEvenPlan(widths=(4,), batches=(1, 2), inputs=6, pairs=1, seconds_per_start=0.002)
# Beyond below, beyond, not resolved, within.
MAP = {(32, 1): 0.08, (32, 4): 0.03, (64, 1): -0.02, (64, 4): 0.011, (256, 1): 0.004, (256, 4): 0.0}


@pytest.mark.parametrize(
    ("ratio", "place"),
    [
        (0.0131, Place.BEYOND),
        (-0.0131, Place.BEYOND),
        (0.0119, Place.OPEN),
        (0.0089, Place.OPEN),
        (-0.0111, Place.OPEN),
        (0.0069, Place.WITHIN),
        (0.0, Place.WITHIN),
    ],
)
def test_a_cell_lies_where_its_whole_interval_does(ratio, place):
    (cell,) = break_even({(32, 1): ratio}).cells
    assert cell.cost.relative.half_width == pytest.approx(0.002, abs=1e-5)
    assert cell.place is place


def test_without_an_interval_nothing_is_resolved():
    result = break_even({(32, 1): 0.08})
    few = result.cells[0].cost.relative
    bare = result.cells[0].cost.model_copy(
        update={"relative": type(few)(few.point, None, None, 0.95, "ratio", 2)}
    )
    assert result.cells[0].model_copy(update={"cost": bare}).place is Place.OPEN


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5))))
@settings(max_examples=50, deadline=None)
def test_an_outline_is_every_edge_between_the_region_and_the_rest(region):
    lines = outline(region)
    assert len(set(lines)) == len(lines)
    neighbours = [
        (x + dx, y + dy) for x, y in region for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))
    ]
    assert len(lines) == sum(cell not in region for cell in neighbours)


def test_two_cells_side_by_side_have_no_line_between_them():
    assert ((1, 0), (1, 1)) not in outline([(0, 0), (1, 0)])
    assert len(outline([(0, 0), (1, 0)])) == 6


def test_the_picture_has_a_field_a_cell_that_says_where_it_lies():
    fields = re.findall(r'id="cell-(\d+)-(\d+)-(\w+)"', map_svg(break_even(MAP)))
    found = {(int(width), int(batch)): place for width, batch, place in fields}
    assert found == {
        (32, 1): "beyond",
        (32, 4): "beyond",
        (64, 1): "beyond",
        (64, 4): "open",
        (256, 1): "within",
        (256, 4): "within",
    }


def test_the_picture_labels_cells_and_marks_those_that_are_not_resolved():
    svg = map_svg(break_even(MAP))
    assert "8.00 ± 0.20" in svg
    # Once on the cell, once in the legend.
    assert svg.count(">not resolved<") == 2
    assert svg.count("fill: url(#") == 2


def test_the_picture_is_the_same_every_time_and_holds_no_script_or_date():
    svg = map_svg(break_even(MAP))
    assert svg == map_svg(break_even(MAP))
    assert "<script" not in svg
    assert "dc:date" not in svg


def test_a_shade_is_of_the_range_that_its_label_names():
    assert shade_of(0.0).label == "within ±1 %"
    assert shade_of(-0.02).label == "faster by more than 1 %"
    assert [shade_of(ratio).label for ratio in (0.015, 0.03, 0.07, 0.3)] == [
        shade.label for shade in SHADES[2:]
    ]


def test_the_text_has_a_line_a_width_and_says_where_the_region_ends():
    result = break_even(MAP)
    rows = map_sheet(result).rows
    assert [row[0] for row in rows] == ["32", "64", "256"]
    assert rows[0][1] == "8.00 ± 0.20 *"
    assert rows[1][2].endswith(" ?")
    assert region_sentence(result) == (
        "beyond ±1 % in 3 of 6 cells, within in 2, not resolved in 1; the widest networks beyond: "
        "width 64 at batch 1, width 32 at batch 4"
    )


def test_a_map_is_measured_cell_by_cell_kept_and_taken_up(tmp_path):
    whole = measure_map(PLAN, tmp_path, SilentProgress())
    assert [(cell.width, cell.batch) for cell in whole.cells] == [(4, 1), (4, 2)]
    assert whole.version.startswith("ONNX Runtime")
    cut = whole.model_copy(update={"cells": whole.cells[:1]})
    cut.save(tmp_path / RESULT)
    taken_up = measure_map(PLAN, tmp_path, SilentProgress())
    assert taken_up.cells[:1] == whole.cells[:1]
    assert taken_up.at(4, 2) is not None
    assert BreakEvenResult.load(tmp_path / RESULT) == taken_up
    assert not (tmp_path / "models").exists()


def test_a_map_of_other_widths_is_refused(tmp_path):
    plan = BreakEvenPlan(widths=(), batches=())
    measure_map(plan, tmp_path, SilentProgress())
    with pytest.raises(ExperimentError, match="other options"):
        measure_map(plan.model_copy(update={"inputs": 7}), tmp_path, SilentProgress())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--widths", "64,32"], "--widths: 64,32 is not ascending"),
        (["--widths", "99999"], "at most 16384"),
        (["--batches", "1,x"], "is no list of numbers"),
    ],
)
def test_bad_input_is_told_before_anything_is_measured(arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    completed = CliRunner().invoke(app, ["break-even", *arguments], env={"COLUMNS": "200"})
    assert told in f"{completed.exception} {completed.output}"
    assert isinstance(completed.exception, ExperimentError | SystemExit)
    assert list(tmp_path.iterdir()) == []
