"""C12: how networks with DropConnect predict by the paper's Gaussian samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from contract.lecture_evidence import SampledInference
from train.dataset import Split
from train.dropconnect import SampledMlp
from train.fitting import seeded
from train.network import Mlp

SAMPLES = (1, 10, 100, 1000)
# A chunk of rows has so many net inputs in its widest sampled layer; with the noise and what is
# computed of it they take 160 MB.
_CHUNK_NUMBERS = 10_000_000


def sampled_inference(
    networks: Sequence[Mlp], seeds: Sequence[int], samples: int, split: Split
) -> SampledInference:
    """Predict a split once by this many samples a layer.

    Parameters
    ----------
    networks : sequence of Mlp
        With DropConnect, one for each seed.
    seeds : sequence of int
        What samples are drawn from.
    samples : int
        The paper's k.
    split : Split
        What is predicted.
    """
    labels = torch.from_numpy(split.labels)
    accuracy, loss = [], []
    for network, seed in zip(networks, seeds, strict=True):
        logarithms = _predicted(network, seed, samples, split)
        accuracy.append(int((logarithms.argmax(1) == labels).sum()) / len(labels))
        loss.append(functional.nll_loss(logarithms, labels).item())
    return SampledInference(
        samples=samples,
        seeds=tuple(seeds),
        test_accuracy=tuple(accuracy),
        test_loss=tuple(loss),
    )


def _predicted(network: Mlp, seed: int, samples: int, split: Split) -> Tensor:
    """Return logarithms of probabilities, shape (n, classes)."""
    sampled = SampledMlp(network.linears, network.activation, samples).eval()
    images = torch.from_numpy(split.images)
    rows = max(1, _CHUNK_NUMBERS // (samples * max(network.architecture.layer_widths[2:])))
    with seeded(seed), torch.inference_mode():
        return torch.cat([sampled(chunk) for chunk in torch.split(images, rows)])
