import pytest
import typer

from console.quantity import duration_seconds, share


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90.0), ("10m", 600.0), ("1.5h", 5400.0), (" 2 m ", 120.0)]
)
def test_durations_are_read_in_seconds(text, seconds):
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize(("text", "ratio"), [("0.2%", 0.002), ("1 %", 0.01)])
def test_shares_are_read_as_ratios(text, ratio):
    assert share(text) == pytest.approx(ratio)


@pytest.mark.parametrize("text", ["10", "m", "-1m", "0s", "10 minutes", ""])
def test_what_is_no_duration_is_told_with_an_example(text):
    with pytest.raises(typer.BadParameter, match="write it like 90s"):
        duration_seconds(text)


@pytest.mark.parametrize("text", ["0.2", "0%", "100%", "-1%", "x%"])
def test_what_is_no_share_is_told_with_an_example(text):
    with pytest.raises(typer.BadParameter, match=r"write it like 0\.2%"):
        share(text)
