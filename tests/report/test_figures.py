import re
import xml.etree.ElementTree as ET

import pytest
from matplotlib.figure import Figure

from contract.experiment import ARMS, DOSE_ARMS
from report.analysis import analyse
from report.figures import pictures_of
from report.intervals import SIDE_INSTRUMENTS
from report.pictures.learning import learning_picture
from report.pictures.palette import pen_of
from report.rounding import percent, with_interval
from report.svg import INK, drawing_style, inline_svg


@pytest.fixture(scope="module")
def pictures(analysis):
    return {picture.name: picture for picture in pictures_of(analysis.result, analysis.pictures)}


def texts(picture):
    return [element.text for element in ET.fromstring(picture.svg).iter() if element.text]


def test_there_is_a_picture_for_everything_that_there_is_data_for(pictures):
    assert list(pictures) == [
        "differences",
        "doses",
        "sequence",
        "client-latency",
        "in-process",
        "learning",
    ]


def test_every_picture_is_xml_with_a_title_and_a_description(pictures):
    for name, picture in pictures.items():
        root = ET.fromstring(picture.svg)
        assert root.get("role") == "img"
        labels = root.get("aria-labelledby").split()
        found = {element.get("id"): element.text for element in root.iter() if element.get("id")}
        assert [found[label] for label in labels] == [picture.title, picture.caption], name


def test_no_id_is_on_the_page_twice_and_each_reference_has_its_target(pictures):
    page = "".join(picture.svg for picture in pictures.values())
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    referred = set(re.findall(r'(?:href="#|url\(#)([^")]*)', page))
    assert referred <= set(ids)


def test_pictures_carry_no_date_no_program_and_no_font(pictures):
    for picture in pictures.values():
        for word in ("metadata", "matplotlib", "DejaVu", "font-family", "<style", "2026"):
            assert word not in picture.svg, word


def test_ink_takes_the_page_s_colour(pictures):
    for picture in pictures.values():
        assert INK not in picture.svg
        assert "currentColor" in picture.svg


def _markers(picture):
    """Count the markers that are no ticks of an axis: each is one `use` element."""
    return picture.svg.count("<use ") - len(re.findall(r"<use [^>]*currentColor", picture.svg))


def test_the_picture_of_differences_shows_every_unit_as_a_dot(analysis, pictures):
    shown = [
        found for found in analysis.result.instruments if found.instrument not in SIDE_INSTRUMENTS
    ]
    dots = sum(
        len(found.difference(arm).absolute_by_unit_us)
        for found in shown
        for arm in ("regular", "folded", "again")
    )
    assert _markers(pictures["differences"]) == dots + 3 * len(shown)


def test_figures_written_into_the_picture_of_differences_are_the_result_s(analysis, pictures):
    written = texts(pictures["differences"])
    for measured in analysis.result.instruments:
        if measured.instrument not in SIDE_INSTRUMENTS:
            for arm in ("regular", "folded", "again"):
                assert with_interval(measured.difference(arm).absolute) in written


def test_the_dose_picture_has_a_panel_a_place_with_slope_and_intercept(analysis, pictures):
    written = texts(pictures["doses"])
    assert _markers(pictures["doses"]) == 2 * 4
    for found in analysis.result.dose_responses:
        assert f"{with_interval(found.slope)} a scaling" in written
        assert f"{with_interval(found.intercept)} at 0" in written


def test_one_dose_response_alone_says_that_the_other_was_not_measured(analysis):
    result = analysis.result
    first, _ = result.dose_responses
    (picture,) = [
        picture
        for picture in pictures_of(
            result.model_copy(update={"dose_responses": (first,)}), analysis.pictures
        )
        if picture.name == "doses"
    ]
    assert "In process only" in picture.caption
    assert _markers(picture) == 4


def test_the_sequence_picture_shows_every_unit_and_the_final_interval(analysis, pictures):
    units = analysis.result.instrument("cpu_per_request").units
    assert _markers(pictures["sequence"]) == units + 1
    assert f"final: {percent(analysis.result.verdict.estimate)}" in texts(pictures["sequence"])


def test_too_few_units_for_a_sequence_are_drawn_as_dots_alone(make_run, truth):
    analysis = analyse(make_run(truth.but(served_starts=4)))
    assert analysis.result.sequence == ()
    (picture,) = [
        picture
        for picture in pictures_of(analysis.result, analysis.pictures)
        if picture.name == "sequence"
    ]
    assert "Below 6 units there is no interval." in picture.caption
    assert "band" not in picture.caption


def test_every_column_of_learning_curves_has_its_epochs_however_many_networks_there_are(
    analysis, pictures
):
    curves = analysis.pictures.learning
    assert len(curves) == 5
    assert texts(pictures["learning"]).count("epoch") == 2
    for last in ("16", "24"):
        assert texts(pictures["learning"]).count(last) == 2
    assert texts(learning_picture({"none": curves["none"]})).count("epoch") == 1


def test_doses_are_one_hue_that_gets_darker_and_no_arm_looks_like_another():
    arms = [*DOSE_ARMS, "inverted", "folded", "again", "null"]
    pens = [pen_of(arm, place) for place, arm in enumerate(arms)]
    assert len({pen.colour for pen in pens}) == len(arms)
    channels = [[int(pen.colour[at : at + 2], 16) for at in (1, 3, 5)] for pen in pens]
    doses, null = channels[:4], channels[-1]
    assert all(red > green > blue for red, green, blue in doses)
    assert [sum(dose) for dose in doses] == sorted((sum(dose) for dose in doses), reverse=True)
    assert len(set(null)) == 1


@pytest.mark.parametrize("page", ["#ffffff", "#14171a"])
def test_every_arm_stands_out_from_a_light_page_and_from_a_dark_one(page):
    for place, arm in enumerate([*ARMS, "another", "a second", "a third"]):
        brightnesses = sorted(map(_luminance, (pen_of(arm, place).colour, page)))
        assert (brightnesses[1] + 0.05) / (brightnesses[0] + 0.05) >= 3, arm


def _luminance(colour):
    """Relative luminance by the Web Content Accessibility Guidelines."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_coordinates_are_cut_short_and_texts_are_not():
    with drawing_style():
        figure = Figure(figsize=(2, 2))
        figure.subplots().set_title("0.123456 ± 0.000012")
    svg = inline_svg(figure, "cut", "t", "d")
    assert "0.123456 ± 0.000012" in svg
    assert not re.search(r'[xyd]="[^"]*\d\.\d{3}', svg)


def test_hostile_titles_are_escaped():
    with drawing_style():
        figure = Figure(figsize=(2, 2))
    svg = inline_svg(figure, "hostile", "<script>", 'a "quoted" & <b>')
    assert ET.fromstring(svg).find("{*}title").text == "<script>"
    assert "<script>" not in svg


def test_the_same_data_give_the_same_picture(analysis, pictures):
    again = pictures_of(analysis.result, analysis.pictures)
    assert [picture.svg for picture in again] == [picture.svg for picture in pictures.values()]


def test_without_samples_of_an_instrument_its_picture_is_left_out(make_run, truth):
    analysis = analyse(make_run(truth.but(served_starts=0)))
    names = [picture.name for picture in pictures_of(analysis.result, analysis.pictures)]
    assert names == ["differences", "doses", "in-process", "learning"]
