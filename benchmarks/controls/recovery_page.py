"""The page about differences of known size."""

from __future__ import annotations

from benchmarks.controls.known_arms import CHAIN, CONTROL, REFERENCE
from benchmarks.controls.known_estimate import LEVEL
from benchmarks.controls.recovery import NAME
from benchmarks.controls.recovery_result import Recovered, RecoveryResult
from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, new_figure, svg
from benchmarks.pages.machine import machine_sentence
from benchmarks.pages.page import Page
from report.svg import drawing_style
from stats.estimate import Estimate

_INSTRUMENTS = {
    "cpu_per_request": "CPU per request",
    "handler": "handler",
    "client_latency": "client latency",
}


def recovery_page(result: RecoveryResult) -> Page:
    """Make the page of a result."""
    found = sum(one.contained for one in result.spins)
    spins = [one for one in result.spins if one.arm != CONTROL]
    seen = sum(one.measured.excludes_zero for one in spins)
    chain = result.chain
    others = result.steal_share + result.foreign_share
    text = (
        "# Differences of known size, found again\n\n"
        "One network, served as several arms by a server that lets some of them spin after each "
        "inference, for 5, 10 and 20 µs with the reading of the clock, and records how long each "
        "spin really took, on the thread's CPU clock and on the monotonic clock. The product's "
        "served instrument measures them as it measures any arms: "
        f"{result.served_units} pairs of server starts, {result.seconds_per_start:g} s of rounds "
        f"each, {result.rounds:,} rounds in all. The truth is what the server recorded, arm minus "
        f"reference; what is measured are differences of means, with intervals of {LEVEL:.1%}.\n\n"
        f"{_spins_table(result)}\n"
        f"{found} of {len(result.spins)} intervals hold the truth; each may miss it by chance in "
        f"{1 - LEVEL:.1%} of such sittings. `{CONTROL}` is the reference itself. Of the spins' "
        f"intervals {seen} of {len(spins)} exclude zero; those of CPU per request must, for a wide "
        f"interval holds anything, and {'do' if result.told_apart else 'do not'}.\n\n"
        f"{_afterwards(result)}\n\n"
        f"![{NAME}]({NAME}.svg)\n\n"
        f"## A chain of {chain.nodes} nodes\n\n"
        f"The same network with {chain.nodes} Mul nodes more, by 2 and by ½ in turn: the same "
        "numbers, to the bit, and ONNX Runtime leaves the chain as it is. Nobody knows what it "
        "costs, so the in-process instrument measures it twice, start by start in turns: in "
        f"{2 * result.in_process_units} fresh processes, and in as many others with other "
        "seeds, which stand for the truth.\n\n"
        f"{_chain_table(result)}\n"
        f"The two figures {'agree' if chain.agrees else 'do not agree'}: what lies between them is "
        f"{_percent(chain.apart)} of the reference, an interval of {LEVEL:.1%} that "
        f"{'holds' if chain.agrees else 'does not hold'} zero. Served, the chain costs what it "
        "does with the caches of a server; that figure need not agree.\n\n"
        f"The hypervisor and other processes took {others:.1%} of the machine meanwhile. "
        f"{machine_sentence(result.measured, result.environment)}\n"
    )
    return Page(NAME, text, _chart(result))


def _spins_table(result: RecoveryResult) -> str:
    rows = [
        [
            one.arm,
            _INSTRUMENTS[one.instrument],
            _number(one.truth_us),
            _microseconds(one.measured),
            _number(one.measured.point - one.truth_us),
            "yes" if one.contained else "no",
        ]
        for one in result.spins
    ]
    columns = ("arm", "instrument", "truth, µs", "measured, µs", "apart, µs", "holds the truth")
    return markdown.table(columns, rows)


def _afterwards(result: RecoveryResult) -> str:
    told = [f"{arm} {_microseconds(estimate)} µs" for arm, estimate in result.encoding_us.items()]
    return (
        "While a server spins its caches go cold. What that costs afterwards is measured and is "
        "not in the record: encoding the answer, which follows, takes longer by "
        f"{', '.join(told)}."
    )


def _chain_table(result: RecoveryResult) -> str:
    chain = result.chain
    rows = [
        ["in process", _microseconds(chain.campaign_us), _percent(chain.campaign)],
        [
            "in process, independent",
            _microseconds(chain.independent_us),
            _percent(chain.independent),
        ],
        ["CPU per request, served", _microseconds(chain.served_us), ""],
    ]
    return markdown.table(
        ("measured", f"{CHAIN} \N{MINUS SIGN} {REFERENCE}, µs", "of the reference"), rows
    )


def _microseconds(estimate: Estimate) -> str:
    return _with_interval(estimate.point, estimate.half_width)


def _percent(estimate: Estimate) -> str:
    half_width = estimate.half_width
    return f"{_with_interval(100 * estimate.point, half_width and 100 * half_width)} %"


def _with_interval(point: float, half_width: float | None) -> str:
    told = _number(point)
    return f"{told} (no interval)" if half_width is None else f"{told} ± {half_width:.2f}"


def _number(value: float) -> str:
    # Adding 0.0 takes the sign from a zero.
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "\N{MINUS SIGN}")


def _chart(result: RecoveryResult) -> bytes:
    with drawing_style():
        figure = new_figure(7.5, 3.4)
        axes = figure.subplots()
        for place, name in enumerate(_INSTRUMENTS):
            found = [one for one in result.spins if one.instrument == name]
            heights = [row + (place - 1) * 0.2 for row in range(len(found))]
            axes.errorbar(
                [one.measured.point - one.truth_us for one in found],
                heights,
                xerr=[one.measured.half_width or 0.0 for one in found],
                fmt="o",
                capsize=3,
                color=COLOURS[place],
                label=_INSTRUMENTS[name],
            )
        axes.axvline(0, color=COLOURS[5], linewidth=1)
        arms = _arms(result.spins)
        axes.set_yticks(range(len(arms)), arms)
        axes.set(
            xlabel=f"measured minus true, µs ({LEVEL:.1%} intervals)", ylim=(len(arms) - 0.5, -0.5)
        )
        axes.legend()
        return svg(figure, NAME)


def _arms(spins: tuple[Recovered, ...]) -> list[str]:
    return list(dict.fromkeys(one.arm for one in spins))
