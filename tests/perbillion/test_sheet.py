import io

from rich.console import Console

from perbillion.finding import Finding
from perbillion.sheet import Sheet, show_warnings

SHEET = Sheet("Widths", ("profile", "served"), (("quick [serve]", "±0.63 %"),))
DISTURBED = Finding("steal", "5 %", "taken", "too much", "pip install '.[serve]'")


def _shown(draw, *, terminal):
    out = io.StringIO()
    draw(Console(file=out, force_terminal=terminal, width=40, color_system=None))
    return out.getvalue()


def test_without_a_terminal_each_row_is_a_plain_line():
    assert _shown(SHEET.show, terminal=False) == "Widths:\nquick [serve]: served ±0.63 %\n"


def test_on_a_terminal_it_is_a_table_whose_texts_are_no_markup():
    shown = _shown(SHEET.show, terminal=True)
    assert "─" in shown
    assert "quick [serve]" in shown


def test_a_warning_stays_on_one_line_so_that_its_command_can_be_copied():
    shown = _shown(lambda console: show_warnings(console, [DISTURBED]), terminal=False)
    assert shown == "warning: steal: too much (pip install '.[serve]')\n"


def test_what_does_not_disturb_is_no_warning():
    quiet = Finding("steal", "0 %", "taken", "", "measure at another hour")
    assert _shown(lambda console: show_warnings(console, [quiet]), terminal=False) == ""
