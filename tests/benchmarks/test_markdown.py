from benchmarks.pages import markdown
from benchmarks.pages.summary import Spread


def test_a_table_has_a_cell_for_every_column():
    assert markdown.table(("server", "requests/s"), [["a|b", "1"], ["short"]]) == (
        "| server | requests/s |\n| :-- | --: |\n| a\\|b | 1 |\n| short |  |\n"
    )


def test_a_ratio_shows_the_range_of_the_rounds():
    assert markdown.ratio(Spread(1.234, 1.2, 1.3)) == "1.23 (1.20\N{EN DASH}1.30)"


def test_small_rates_keep_a_decimal():
    assert [markdown.count(value) for value in (54.25, 5310.4)] == ["54.2", "5,310"]
