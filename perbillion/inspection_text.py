"""What an inspection says, as tables and lines."""

from __future__ import annotations

from collections.abc import Iterator

from graph.inspection.fate import Fate
from graph.inspection.inspection import Inspection
from graph.inspection.model_facts import ModelFacts, TensorFacts
from graph.inspection.node_times import NodeTimes
from graph.inspection.passes import DEEDS
from graph.inspection.side_by_side import aligned, counted
from perbillion.sheet import Sheet

# Longer graphs are told by their operators.
_LONGEST_LIST = 40
_NOTHING = "-"


def inspection_sheets(inspection: Inspection) -> Iterator[Sheet]:
    """Lay out what was found: the model, its graphs, its multiplications, its times."""
    yield Sheet(inspection.model_file, ("", ""), tuple(_facts(inspection)))
    yield _graphs(inspection)
    if inspection.multiplications:
        rows = tuple(
            (fate.multiplication.node, fate.multiplication.told, _end(fate), _why(fate))
            for fate in inspection.multiplications
        )
        yield Sheet("\nMultiplications by constants", ("node", "by", "it", "because"), rows)
    if inspection.times is not None:
        yield _times(inspection.times)


def summary(inspection: Inspection) -> Iterator[str]:
    """Say in a few lines what it comes to."""
    found = inspection.multiplications
    surviving = {fate.multiplication.node for fate in found if fate.survives}
    if not found:
        yield "\nNo multiplication by a constant."
    else:
        yield (
            f"\n{len(surviving)} of {len(found)} multiplications by constants run as nodes of their"
            " own at every prediction."
        )
    times = inspection.times
    if times is not None and surviving:
        taken = sum(node.mean_us for node in times.nodes if node.name in surviving)
        share = sum(node.share for node in times.nodes if node.name in surviving)
        yield (
            f"They take {taken:.2f} of {times.kernels_us:.2f} us of kernel time a call"
            f" ({share:.1%}), the profiler's own time within; `perbillion compare` measures what"
            " they cost."
        )


def _facts(inspection: Inspection) -> Iterator[tuple[str, str]]:
    model, call = inspection.model, inspection.call
    yield "made by", model.producer or "not said"
    opsets = ", ".join(f"{domain} {version}" for domain, version in model.opsets.items())
    yield "operators of", f"{opsets}; IR version {model.ir_version}"
    beside = "".join(f", beside it {name} {_size(size)}" for name, size in model.side_files.items())
    yield "file", f"{_size(model.file_bytes)}{beside}"
    yield from ((f"input {tensor.name}", _tensor(tensor)) for tensor in model.inputs)
    yield from ((f"output {tensor.name}", _tensor(tensor)) for tensor in model.outputs)
    kinds = (
        f"{kind.numbers:,} of {kind.datatype}, {_size(kind.size_bytes)}" for kind in model.weights
    )
    yield "parameters", "; ".join(kinds) or "none"
    operators = (f"{count} {operator}" for operator, count in model.operators.items())
    yield "operators", ", ".join(operators) or "none"
    hidden = _unsearched(model)
    if hidden:
        yield "not searched", hidden
    shapes = ", ".join(f"{name} ({_listed(shape)})" for name, shape in call.input_shapes.items())
    yield "a call", f"of {call.batch} {'row' if call.batch == 1 else 'rows'}: {shapes}"
    missing = ", ".join(call.uncounted_operators)
    bound = f"; at least, for these are not counted: {missing}" if missing else ""
    each = f", {call.flops_per_row:,} a row" if call.batch > 1 else ""
    yield "FLOPs a call", f"{call.flops:,}{each}{bound}"
    peak = call.activations
    bound = f"; at least, for {peak.unknown_tensors} sizes are not known" * bool(
        peak.unknown_tensors
    )
    where = f" while {peak.node} runs" if peak.node else ""
    yield "activations", f"at most {_size(peak.size_bytes)}{where}{bound}"


def _graphs(inspection: Inspection) -> Sheet:
    title = f"\nThe graph as given and as ONNX Runtime {inspection.runtime} runs it"
    levels = tuple(graph.level for graph in inspection.levels)
    graphs = [graph.nodes for graph in inspection.levels]
    if max(map(len, graphs)) <= _LONGEST_LIST:
        rows = aligned(graphs)
        cells = tuple((row.name, *map(_operator, row.operators)) for row in rows)
        return Sheet(f"{title}, node by node", ("node", *levels), cells)
    cells = tuple(
        (_operator(operator), *map(str, counts), "same" if len(set(counts)) == 1 else "changes")
        for operator, counts in counted(graphs).items()
    )
    return Sheet(f"{title}, by operator", ("operator", *levels, ""), cells)


def _operator(operator: str) -> str:
    # ONNX Runtime's own operators are known by their names.
    return operator.removeprefix("com.microsoft.") or _NOTHING


def _end(fate: Fate) -> str:
    if fate.multiplication.form == "alpha":
        return "is an argument"
    if fate.absorption is None:
        return "survives"
    return f"is gone at {fate.absorption.level!r}"


def _why(fate: Fate) -> str:
    return f"{_reason(fate)}{_folding(fate)}"


def _reason(fate: Fate) -> str:
    if fate.multiplication.form == "alpha":
        return f"the matrix product of {fate.multiplication.operator} is called with it"
    if fate.absorption is None:
        told = (f"{obstacle.optimiser} {obstacle.reason}" for obstacle in fate.obstacles)
        return "; ".join(told) or "no pass that is known here takes it"
    passes = fate.absorption.passes
    if not passes:
        return "no single pass brings it back: nothing that runs needs it"
    into = ", ".join(fate.absorption.into)
    now = f"; now {into}" if into else ""
    if len(passes) > 1:
        return f"each of {', '.join(passes)} takes it out{now}"
    deed = DEEDS.get(passes[0], "makes one node of it and its neighbours")
    return f"{passes[0]} {deed}{now}"


def _folding(fate: Fate) -> str:
    if fate.foldable is None or not fate.survives:
        return ""
    return f"; `perbillion fold` {'takes it out' if fate.foldable else 'leaves it'}"


def _times(times: NodeTimes) -> Sheet:
    threads = "1 thread" if times.threads == 1 else f"{times.threads} threads"
    title = (
        f"\nTime per node, trimmed mean of {times.calls} calls on {threads} under the profiler, "
        "which rounds down to whole us"
    )
    rows = (
        *(
            (node.name, _operator(node.operator), f"{node.mean_us:.2f}", f"{node.share:.1%}")
            for node in times.nodes
        ),
        ("between nodes", "", f"{max(0.0, times.call_us - times.kernels_us):.2f}", ""),
        ("a whole call", "", f"{times.call_us:.2f}", ""),
        ("without the profiler", "", f"{times.bare_call_us:.2f}", ""),
    )
    return Sheet(title, ("node", "operator", "us", "of all nodes"), rows)


def _unsearched(model: ModelFacts) -> str:
    parts = []
    if model.with_subgraphs:
        parts.append(f"the subgraphs of {', '.join(model.with_subgraphs)}")
    if model.functions:
        parts.append(f"{model.functions} operators that the model brings along")
    return " and ".join(parts)


def _tensor(tensor: TensorFacts) -> str:
    if tensor.shape is None:
        return f"{tensor.datatype} of unknown shape"
    return f"{tensor.datatype} ({_listed(tensor.shape)})"


def _listed(shape: tuple[int | str, ...]) -> str:
    return ", ".join(map(str, shape))


def _size(size_bytes: int) -> str:
    size, unit = float(size_bytes), "B"
    for larger in ("kB", "MB", "GB"):
        if size < 1000:
            break
        size, unit = size / 1000, larger
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
