"""What the page says in words; figures come from the results."""

from __future__ import annotations

from collections.abc import Mapping

from perbillion.runtimes.row import Form, RuntimeName

HEAD = """\
<!-- written by `make docs` from docs/results/runtimes.json and docs/results/break-even.json -->
# Which runtimes pay

Regular dropout leaves multiplications by q = 1\N{MINUS SIGN}p in the graph that predicts. \
Whether they cost anything is for the runtime to decide: some take them into what stands beside \
them, others dispatch each one. Here is one pair of networks in every runtime that was there: \
784-75-45-10, p = 0.4 (q = 0.6 is no power of two, which could be a special case), one row a \
request, in process. `inverted` scales nothing, `regular` multiplies twice; both compute one \
function, which is checked in each runtime before anything is timed.
"""

HOW = """\
`perbillion runtimes --profile standard --out DIR --json docs/results/runtimes.json` made the \
table. One loop times every runtime: a call on one request for each arm, in a fresh random \
order in every round, garbage collector off, pinned to one core where one thread is asked for. \
A first model is loaded, run and thrown away; the order of loading is reversed in the second \
process of each pair. What a process says is the median over its rounds of (regular \N{MINUS SIGN} \
inverted of the same round), as a share of inverted's median; ± is the 95 % interval over \
{units} pairs of fresh processes ({slow_units} for `torch.compile`). The A/A control is \
`inverted` loaded once more. *Scalings left* counts the multiplications that stand by \
themselves in what the runtime executes: the graph that ONNX Runtime writes down at that level, \
OpenVINO's execution graph, the operators that PyTorch's profiler sees, the kernels in the code \
that Inductor wrote.
"""

FORM_TEXTS: Mapping[Form, str] = {
    "gemm": (
        "`Gemm` carries its bias; PyTorch's exporter writes a `Linear` on rank 2 so. ONNX Runtime "
        "knows how to put an activation behind a Gemm, and has no pass that takes a constant into "
        "one, although Gemm's `alpha` could hold it."
    ),
    "matmul-add": (
        "The same layer as two nodes, on rank 2. The order of the levels decides: the pass that "
        "would save the multiplication comes after the one that takes its MatMul away."
    ),
    "rank-3": (
        "The same two nodes on a tensor of rank 3 with open dimensions, as transformers have them. "
        "Gemm takes rank 2 alone. Where the scaling is gone, nearly all that it cost is gone: what "
        "is left is between FusedMatMul and MatMul. But bias and ReLU stay unfused in both arms, "
        "so this form may be the slower one all the same: compare the columns of microseconds."
    ),
    "no-bias": "`MatMul` without bias, on rank 2: no Gemm can be made of it.",
}

THREADS = """\
The same sixteen rows with two threads are in the table where there are two cores. The levels \
do the same to the graph; work this small is not worth dividing. {compared} A process with two \
threads is pinned nowhere.
"""

OTHER_TEXTS: Mapping[RuntimeName, str] = {
    "torch-eager": (
        "The pair are the networks as one writes them in PyTorch. In evaluation mode `nn.Dropout` "
        "is still called and hands its input on (`aten::dropout`), where `regular` multiplies: the "
        "difference is what the multiplication costs beyond that call."
    ),
    "torch-compile": (
        "Compiled in the default mode with fixed shapes. Each arm has its own copy of `forward`: "
        "arms of one class would share Dynamo's list of compiled code, and their places in it "
        "would be measured with them. A call passes through Dynamo's guards and a wrapper first, "
        "which small networks notice: compare the level with PyTorch eager's."
    ),
    "openvino": (
        "The request is an `openvino.Tensor` that shares the array's memory: given a NumPy array, "
        "the Python binding looks at it for longer than the network takes."
    ),
    "torch-cuda-eager": "The copies of the request to the GPU and of the logits back are timed.",
    "torch-cuda-compile": "Timed as PyTorch eager on the GPU is.",
    "torch-cuda-graph": "The request is copied into the graph's input and the logits back.",
    "onnxruntime-cuda": "Timed as PyTorch on the GPU is: copies included.",
}

NOT_MEASURED = """\
### Not measured here
The same command measures these rows where what they need is there. None of them was run for this \
page:
"""

MAP = """\
## The break-even map
What the two scalings cost in ONNX Runtime (all optimisations, `gemm`, one thread) in a network \
784-w-w-10, against the width w and the rows of a request:

![Overhead of two scalings by width and batch size](results/break-even.svg)

Framed: the whole interval lies beyond ±1 %. Hatched: the interval holds 1 % or \N{MINUS SIGN}1 %, \
so which side of it the overhead is on is not resolved. `perbillion break-even --out DIR --json \
docs/results/break-even.json` made the map.

At one row a request, dispatching two nodes is what costs, about the same whatever the width, so \
the share falls as the network grows. With many rows the multiplications are work themselves: a \
pass over all activations, which grows with the rows as the matrix products do. So batches make \
the share smaller, but not nothing; it takes a wide network for that, whose products grow with the \
square of the width and whose activations only with the width.
"""

BEFOREHAND = """\
## Beside what was found beforehand
Before perbillion could measure this, some of it had been looked at by hand, on another day, \
without intervals. "The same" means: as many scalings left, and the overhead of that day no \
further than one percentage point from this interval. Where the map says less than that day's \
figures, the likely reason is the caches (the fourth of the limits below).
"""

LIMITS = """\
## Limits
- In process, caches warm, one request after another. Behind a server the same node costs about \
twice as much ([method.md](method.md)).
- The figure is a median, not a mean: it says what a typical prediction takes longer and is no \
cost to multiply by a billion. The difference of means is in the JSON (`of_means`).
- Levels of runtimes are not a contest: each has settings that were left as they are, and a Python \
binding that is measured along. Rows that were measured minutes apart differ in their levels by \
the machine's speed of the moment too; ratios do so much less.
- Three models in turns push one another's weights out of a core's caches once these are larger. A \
network of the middle widths is then slower than one that has the core to itself, and the same \
microsecond is a smaller share of it. Of the widest, where in memory the weights happen to lie \
matters more than a scaling does: that is why those cells are not resolved.
- Six or twelve units, and many rows: one interval in twenty misses by chance.
- The counts hold for these versions. `perbillion inspect` says of any model which pass takes a \
multiplication and what keeps it from doing so.
"""
