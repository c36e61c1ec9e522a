"""Calls on a GPU: the request is copied there, its logits are copied back.

Every runtime is given requests that lie in the computer's memory and has answered when the logits
lie there, so the figures of GPUs and CPUs are of the same thing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from perbillion.runtimes.loaded_arm import Call

_WARM_UPS = 3


def copied_call(predict: Callable[[Tensor], Tensor], requests: Sequence[Tensor]) -> list[Call]:
    """Return a call for each request: copy, predict, copy back.

    Parameters
    ----------
    predict : callable
        A network on the GPU.
    requests : sequence of Tensor
        In the computer's memory.
    """

    def call(request: Tensor) -> Tensor:
        return predict(request.to("cuda")).cpu()

    return [partial(call, request) for request in requests]


def graph_call(network: torch.nn.Module, requests: Sequence[Tensor]) -> list[Call]:
    """Capture a prediction once; return a call for each request: copy, replay, copy back.

    Parameters
    ----------
    network : Module
        On the GPU.
    requests : sequence of Tensor
        In the computer's memory; all of one shape.
    """
    given = requests[0].to("cuda")
    with torch.inference_mode():
        # Before a capture, work has to have run on a stream of its own (torch.cuda.graph).
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UPS):
                network(given)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            logits: Tensor = network(given)

    def call(request: Tensor) -> Tensor:
        given.copy_(request)
        graph.replay()
        return logits.cpu()

    return [partial(call, request) for request in requests]
