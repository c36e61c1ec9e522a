import io

from rich.console import Console

from console.progress import ConsoleProgress


def _printed(width=40, *, terminal):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=width, highlight=False)
    with ConsoleProgress(console) as progress:
        progress.begin("training", total=2)
        progress.advance("loss 1")
        progress.say("a path /that/is/much/longer/than/the/console/is/wide.json [ok]")
        progress.begin("exporting", total=1)
    return stream.getvalue()


def test_without_a_terminal_each_task_is_one_plain_line():
    assert _printed(terminal=False) == (
        "training\na path /that/is/much/longer/than/the/console/is/wide.json [ok]\nexporting\n"
    )


def test_on_a_terminal_the_bar_is_gone_in_the_end_and_what_was_said_stays():
    printed = _printed(terminal=True)
    assert "/that/is/much/longer/than/the/console/is/wide.json [ok]" in printed
    assert printed.rstrip("\n").endswith("\x1b[2K")
