import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from report.lecture.lecture_figures import PICTURE_NAMES, pictures_of_lecture
from report.lecture.pictures.group_pens import group_pen
from report.lecture.pictures.seed_marks import over_seeds
from report.rounding import with_interval
from report.svg import INK
from synthetic_lecture import SAMPLES, SEEDS, WIDTHS, lecture_evidence


def _named(pictures):
    return {picture.name: picture for drawn in pictures.values() for picture in drawn}


@pytest.fixture(scope="module")
def named(pictures):
    return _named(pictures)


@pytest.fixture(scope="module")
def few():
    """Pictures of two seeds on the digits: no interval, no notebook."""
    return _named(pictures_of_lecture(lecture_evidence((123, 1), data="digits", epochs=1)))


def _texts(picture):
    return [element.text for element in ET.fromstring(picture.svg).iter() if element.text]


def _markers(picture):
    """Count the markers that are no ticks of an axis: each is one `use` element."""
    return picture.svg.count("<use ") - len(re.findall(r"<use [^>]*currentColor", picture.svg))


def _places(picture):
    """Return where those markers stand: across, and down from the top."""
    markers = re.findall(r'<use [^>]*x="([\d.]+)" y="([\d.]+)" style="([^"]*)"', picture.svg)
    return [(float(x), float(y)) for x, y, style in markers if "currentColor" not in style]


def _bars(picture):
    """Count the intervals: strokes of their width."""
    return len(re.findall(r"stroke-width: 2\.4", picture.svg))


def test_the_pictures_are_those_that_the_documents_name(named):
    assert tuple(named) == PICTURE_NAMES


def test_every_picture_is_xml_with_a_title_and_a_description(named):
    for name, picture in named.items():
        root = ET.fromstring(picture.svg)
        found = {element.get("id"): element.text for element in root.iter() if element.get("id")}
        labels = root.get("aria-labelledby").split()
        assert [found[label] for label in labels] == [picture.title, picture.caption], name


def test_no_id_is_on_the_page_twice(named):
    ids = re.findall(r' id="([^"]*)"', "".join(picture.svg for picture in named.values()))
    assert len(ids) == len(set(ids))


def test_pictures_carry_no_date_no_program_no_font_and_take_the_page_s_ink(named):
    for picture in named.values():
        for word in ("metadata", "matplotlib", "DejaVu", "font-family", "<style", "2026", INK):
            assert word not in picture.svg, word
        assert "currentColor" in picture.svg


def test_the_same_evidence_gives_the_same_pictures(evidence, pictures):
    assert pictures_of_lecture(evidence) == pictures


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("naive", ("inverted", "regular-naive")),
        ("orders", ("inverted", "relu-before", "sigmoid-after", "sigmoid-before")),
        ("output-dropout", ("inverted", "output-dropout")),
        ("probabilities", ("none", "inverted", "p-0.2-0.5")),
        ("dropconnect", ("none", "inverted", "dropconnect")),
    ],
)
def test_groups_are_drawn_seed_by_seed_with_mean_interval_and_figures(
    evidence, named, name, groups
):
    picture = named[name]
    assert _markers(picture) == 2 * len(groups) * (len(SEEDS) + 1)
    assert _bars(picture) == 2 * len(groups)
    for group in map(evidence.group, groups):
        for measured in (
            over_seeds(group.test_accuracy, 100, "%"),
            over_seeds(group.test_loss, 1, "nats"),
        ):
            assert with_interval(measured) in _texts(picture)


def test_below_six_seeds_there_is_no_interval_and_the_caption_says_so(few):
    for name in ("naive", "orders", "sweep", "sampled"):
        assert _bars(few[name]) == 0
        assert "below 6 seeds there is no interval" in few[name].caption
        assert not any("±" in text for text in _texts(few[name]))


def test_the_sweep_shows_every_seed_at_every_width_in_both_panels(named):
    assert _markers(named["sweep"]) == 2 * 2 * len(WIDTHS) * (len(SEEDS) + 1)
    assert set(map(str, WIDTHS)) <= set(_texts(named["sweep"]))


def test_the_sampled_form_is_drawn_for_every_number_of_samples_beside_the_mean_weights(named):
    texts = _texts(named["sampled"])
    assert _markers(named["sampled"]) == 2 * len(SAMPLES) * (len(SEEDS) + 1)
    assert {f"{k:,}" for k in SAMPLES} <= set(texts)
    assert "mean weights" in texts


def test_a_pair_that_is_equal_to_the_bit_is_told_so_and_stands_at_zero(named):
    texts = _texts(named["pairs"])
    assert texts.count("0, to the bit") == 2
    assert "0" in texts
    assert "2.4e-06" in texts
    assert "3 other classes" in texts


def test_pairs_stand_in_the_order_of_their_differences(named):
    dots = [across for across, _ in _places(named["pairs"])]
    zeros, rounding, drift, *naive = dots[:2], dots[2], dots[3], *dots[4:]
    assert zeros[0] == zeros[1]
    assert all(left < right for left, right in pairwise((zeros[0], rounding, drift, min(naive))))
    assert len(naive) == len(SEEDS)


def test_what_the_notebook_printed_is_marked_where_the_data_is_its_own(named, few):
    assert _markers(named["learning"]) == 2 * 3 + 3
    assert "notebook, test" in _texts(named["learning"])
    assert "notebook" in named["learning"].caption
    # On the left the network without dropout, whose training accuracy is the highest.
    *left, a, b, c = sorted(_places(named["learning"]))
    assert min(down for _, down in left) < min(down for _, down in (a, b, c))
    assert _markers(few["learning"]) == 0
    assert "notebook" not in " ".join((*_texts(few["learning"]), few["learning"].caption))


def test_the_gap_at_the_end_of_the_curves_is_told(evidence, named):
    for curve in evidence.curves.values():
        gap = 100 * (curve.train_accuracy[-1] - curve.validation_accuracy[-1])
        assert f"gap at the end: {gap:.2f} points" in _texts(named["learning"])


def test_net_inputs_have_a_panel_a_layer_with_the_means_of_the_first_seed(evidence, named):
    told = " ".join(_texts(named["net-inputs"])).replace("\N{MINUS SIGN}", "-")
    for found in evidence.net_inputs:
        assert f"behind hidden layer {found.hidden_layer}, p = 0.5" in told
        for means in (found.mean_training, found.mean_scaled, found.mean_unscaled):
            assert f"{means[0]:.3g}" in told


GROUPS = ("none", "inverted", "regular-naive", "dropconnect", "relu-before", "sigmoid-after")
GROUPS += ("sigmoid-before", "output-dropout", "p-0.2-0.5")


def test_no_group_looks_like_another():
    assert len({group_pen(group).colour for group in GROUPS}) == len(GROUPS)


@pytest.mark.parametrize("page", ["#ffffff", "#14171a"])
def test_every_group_stands_out_from_a_light_page_and_from_a_dark_one(page):
    for group in GROUPS:
        darker, lighter = sorted(map(_luminance, (group_pen(group).colour, page)))
        assert (lighter + 0.05) / (darker + 0.05) >= 3, group


def _luminance(colour):
    """Relative luminance by the Web Content Accessibility Guidelines."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
