"""Arms in PyTorch: eager, compiled, and on a GPU as a CUDA graph too."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from contract.errors import LoadTestError
from contract.traffic import Array
from perbillion.runtimes.cuda_graph import copied_call, graph_call
from perbillion.runtimes.loaded_arm import Call, Executed
from perbillion.runtimes.row import NEED_GPU, Row
from perbillion.runtimes.torch_network import network_of
from train.network import Mlp

Predict = Callable[[Tensor], Tensor]

_MULTIPLICATION = "aten::mul"
# What a prediction calls in the code that Inductor writes: kernels of its own, and of libraries.
_KERNEL_CALL = re.compile(
    r"(?<![\w.])(extern_kernels\.\w+|torch\.ops\.[\w.]+?|cpp_fused\w*|triton_\w+?)"
    r"(?:\.default|\.run)?\((?!['\"])"
)
# A kernel that multiplies and does nothing else.
_LONE_MULTIPLICATION = re.compile(r"(?:cpp|triton_poi)_fused_mul_\d+")


class Torch:
    """PyTorch with the settings of a row.

    Parameters
    ----------
    row : Row
        The settings.

    Raises
    ------
    LoadTestError
        If a GPU is asked for that PyTorch cannot use.
    """

    def __init__(self, row: Row) -> None:
        if row.runtime in NEED_GPU and not torch.cuda.is_available():
            raise LoadTestError(f"PyTorch {torch.__version__} sees no GPU that it can use")
        torch.set_num_threads(row.threads)
        self._row = row
        self._names = (f"arm{number}" for number in count())
        self.version = f"PyTorch {torch.__version__}"

    def calling(self) -> AbstractContextManager[object]:
        """Return the mode without autograd."""
        return torch.inference_mode()

    def load(self, model: Path, requests: Sequence[Array]) -> TorchArm:
        """Make a network of its own, and compile it where the row says so.

        Raises
        ------
        ArtifactError
            If the file cannot be read.
        LoadTestError
            If PyTorch cannot compile it here.
        """
        on_gpu = self._row.runtime in NEED_GPU
        network = network_of(model).to("cuda" if on_gpu else "cpu")
        tensors = [torch.from_numpy(request) for request in requests]
        is_compiled = self._row.runtime in {"torch-compile", "torch-cuda-compile"}
        predict: Predict = compiled(network, next(self._names)) if is_compiled else network
        calls: list[Call]
        if self._row.runtime == "torch-cuda-graph":
            calls = graph_call(network, tensors)
        elif on_gpu:
            calls = copied_call(predict, tensors)
        else:
            calls = [partial(predict, tensor) for tensor in tensors]
        arm = TorchArm(calls, predict, tensors[0].to("cuda" if on_gpu else "cpu"))
        with torch.inference_mode():
            try:
                calls[0]()
            # What Dynamo and Inductor raise is of this kind, a missing compiler included.
            except RuntimeError as error:
                reason = str(error).strip().splitlines()[0]
                raise LoadTestError(f"PyTorch cannot run this here: {reason}") from error
        return arm


class TorchArm:
    """A network and its calls.

    Parameters
    ----------
    calls : sequence of callable
        One for each request.
    predict : callable
        What one call is made of, without copies to and from a GPU.
    example : Tensor
        A request, where the network is.
    """

    def __init__(self, calls: Sequence[Call], predict: Predict, example: Tensor) -> None:
        self.calls = calls
        self._predict = predict
        self._example = example

    def answers(self) -> list[Array]:
        """Predict on every request."""
        with torch.inference_mode():
            return [_array(call()) for call in self.calls]

    def executed(self) -> Executed:
        """Ask PyTorch's profiler, or read the code that Inductor wrote."""
        with torch.inference_mode():
            if isinstance(self._predict, Mlp):
                return _dispatched(self._predict, self._example)
            return _generated(self._predict, self._example)


def compiled(network: Mlp, name: str) -> Predict:
    """Return a network compiled by Inductor, in the default mode.

    Dynamo keeps what it has compiled in a list for each piece of Python code, and walks along that
    list at every call. Networks of one class share their code, so the arms would stand in one
    list, one behind another, and its place would be measured with an arm. Each arm therefore
    has a copy of the code.

    Parameters
    ----------
    network : Mlp
        In evaluation mode.
    name : str
        Of the copy; one a process.
    """
    forward = type(network).forward
    own = types.FunctionType(forward.__code__.replace(co_name=name), forward.__globals__, name)
    predict: Predict = torch.compile(types.MethodType(own, network), fullgraph=True, dynamic=False)
    return predict


def kernel_calls(code: str) -> tuple[str, ...]:
    """Return the kernels that Inductor's code calls for a prediction, in order.

    Parameters
    ----------
    code : str
        A module that Inductor wrote.
    """
    return tuple(found.group(1) for found in _KERNEL_CALL.finditer(code))


def _dispatched(network: Mlp, example: Tensor) -> Executed:
    """Return the operators that Python calls, not those which these call in turn."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        network(example)
    events = [event for event in profile.events() or () if event.cpu_parent is None]
    names = tuple(event.name for event in events if event.name.startswith("aten::"))
    return Executed(names, names.count(_MULTIPLICATION))


def _generated(predict: Predict, example: Tensor) -> Executed:
    # No public interface returns the code; this one is what PyTorch's own tests use.
    from torch._inductor.utils import run_and_get_code  # noqa: PLC0415

    _, codes = run_and_get_code(predict, example)
    kernels = tuple(kernel for code in codes for kernel in kernel_calls(code))
    return Executed(kernels, sum(bool(_LONE_MULTIPLICATION.fullmatch(one)) for one in kernels))


def _array(logits: object) -> Array:
    if not isinstance(logits, Tensor):
        raise TypeError(f"a network returned {type(logits)}")
    return np.asarray(logits.cpu().numpy())
