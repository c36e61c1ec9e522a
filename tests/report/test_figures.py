import re
import xml.etree.ElementTree as ET

import pytest
from matplotlib.figure import Figure

from report.analysis import analyse
from report.figures import pictures_of
from report.rounding import with_interval
from report.svg import INK, drawing_style, inline_svg


@pytest.fixture(scope="module")
def pictures(analysis):
    return {picture.name: picture for picture in pictures_of(analysis.result, analysis.pictures)}


def texts(picture):
    return [element.text for element in ET.fromstring(picture.svg).iter() if element.text]


def test_there_is_a_picture_of_latency_differences_inference_and_learning(pictures):
    assert list(pictures) == ["client-latency", "differences", "in-process", "learning"]


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


def test_the_picture_of_differences_shows_every_unit_as_a_dot(analysis, pictures):
    dots = sum(
        len(measured.difference(arm).absolute_by_unit_us)
        for measured in analysis.result.instruments
        for arm in ("regular", "folded", "again")
    )
    # Each line of dots is one group of markers; points are one marker each.
    markers = pictures["differences"].svg.count("<use ")
    ticks = len(re.findall(r"<use [^>]*currentColor", pictures["differences"].svg))
    assert markers - ticks == dots + 9


def test_figures_written_into_a_picture_are_the_result_s(analysis, pictures):
    written = texts(pictures["differences"])
    for measured in analysis.result.instruments:
        for arm in ("regular", "folded", "again"):
            assert with_interval(measured.difference(arm).absolute) in written


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
    assert names == ["differences", "in-process", "learning"]
