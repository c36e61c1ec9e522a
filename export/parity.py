"""Parity: the graph in ONNX Runtime predicts what the network in torch predicts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from contract.agreement import Agreement
from contract.errors import ParityError
from contract.payload import Inputs
from graph.equality import FLOAT32, Tolerance, measured_equality

Logits = npt.NDArray[np.float32]


def network_logits(network: torch.nn.Module, images: Inputs) -> Logits:
    """Predict with torch.

    Parameters
    ----------
    network : Module
        In evaluation mode.
    images : float32 array, shape (n, features)

    Returns
    -------
    float32 array, shape (n, classes)
        Logits.
    """
    with torch.inference_mode():
        return np.asarray(network(torch.from_numpy(images)).numpy(), dtype=np.float32)


def require_parity(
    arm: str, expected: Logits, logits: Logits, tolerance: Tolerance = FLOAT32
) -> Agreement:
    """Let only a graph pass that predicts what its network predicts.

    Parameters
    ----------
    arm : str
        Whose graph, to name it.
    expected : float32 array, shape (n, classes)
        The network's logits, by torch.
    logits : float32 array, shape (n, classes)
        The graph's, by ONNX Runtime.
    tolerance : Tolerance
        What to allow. Both compute the same sums in float32, in different orders: what
        `graph.equality.Tolerance` says of rounding holds here too.

    Raises
    ------
    ParityError
        If any logit differs by more than is allowed, or any predicted class differs.
    """
    equality = measured_equality([expected], [logits], tolerance)
    if not equality.same_function:
        raise ParityError(
            f"the graph in ONNX Runtime does not predict what the network in torch predicts: "
            f"logits differ by up to {equality.largest_absolute_difference:.3g} where "
            f"{equality.allowed_difference:.2g} is allowed, and the same class is predicted for "
            f"{equality.class_agreement:.3%} of {equality.rows} test images",
            where=f"arm {arm!r}",
            remedy="nothing was written; please report this with the versions of torch and "
            "onnxruntime",
        )
    return equality.agreement()
