"""Two small networks as torch exports them: a convolutional one and a transformer.

Exporting takes seconds: cache what is returned for the test session.
"""

import warnings
from math import sqrt

import onnx
import torch
from torch import nn

CLASSES = 10
IMAGE = (3, 16, 16)
VOCABULARY = 50
POSITIONS = 64
WIDTH = 32
_HEADS = 4
_OPSET = 20


class _ResidualBlock(nn.Module):
    """Two convolutions, the activations between them scaled, around a short cut."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride)

    def forward(self, x):
        inner = torch.relu(self.first_norm(self.first(x))) * 0.8
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(x))


class _ResidualNetwork(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(IMAGE[0], 8, 3, padding=1)
        self.blocks = nn.Sequential(_ResidualBlock(8, 8, 1), _ResidualBlock(8, 16, 2))
        # Behind an addition: the exporter cannot put it into a convolution, as it does the others.
        self.norm = nn.BatchNorm2d(16)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(16, CLASSES)

    def forward(self, x):
        features = torch.relu(self.norm(self.blocks(torch.relu(self.stem(x)))))
        return self.head(self.pool(features).flatten(1))


class _TransformerBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.joined = nn.Linear(WIDTH, WIDTH)
        self.attention_norm = nn.LayerNorm(WIDTH)
        self.wide = nn.Linear(WIDTH, 4 * WIDTH)
        self.narrow = nn.Linear(4 * WIDTH, WIDTH)
        self.forward_norm = nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, CLASSES)

    def forward(self, input_ids, attention_mask):
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.tokens(input_ids) + self.positions(places)
        x = self.attention_norm(x + self._attention(x, attention_mask))
        x = self.forward_norm(x + self.narrow(nn.functional.gelu(self.wide(x))))
        return self.head(x)

    def _attention(self, x, attention_mask):
        query, key, value = (self._heads(part(x)) for part in (self.query, self.key, self.value))
        scores = (query @ key.transpose(-1, -2)) * (1 / sqrt(WIDTH // _HEADS))
        masked = (1.0 - attention_mask[:, None, None, :].to(scores.dtype)) * -1e4
        mixed = torch.softmax(scores + masked, dim=-1) @ value
        return self.joined(mixed.transpose(1, 2).flatten(2))

    @staticmethod
    def _heads(x):
        return x.unflatten(-1, (_HEADS, WIDTH // _HEADS)).transpose(1, 2)


def residual_network(folder):
    """Write a ResNet-like network to a folder and return its path.

    Convolutions, batch normalisations with statistics that are not trivial (the exporter leaves
    one of them in the graph), additions of short cuts, in each block a multiplication by 0.8
    between two convolutions, global average pooling.
    Input ``image``, float32 (batch, 3, 16, 16); output ``logits``, float32 (batch, 10).
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = _ResidualNetwork().eval()
        for part in network.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.1)
                part.running_var.uniform_(0.5, 1.5)
                nn.init.uniform_(part.weight, 0.5, 1.5)
                nn.init.normal_(part.bias, 0, 0.1)
        example = (torch.randn(2, *IMAGE),)
    batch = torch.export.Dim("batch")
    return _exported(network, example, ({0: batch},), ["image"], folder / "residual_network.onnx")


def transformer_block(folder):
    """Write a transformer block between an embedding and a head to a folder and return its path.

    Attention scaled by 1/sqrt(8) and masked, layer normalisations, GELU. Inputs ``input_ids``
    (0 to 49) and ``attention_mask``, int64 (batch, sequence), sequences of 64 at most; output
    ``logits``, float32 (batch, sequence, 10).
    """
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = _TransformerBlock().eval()
        ids = torch.randint(0, VOCABULARY, (2, 7))
    batch, sequence = torch.export.Dim("batch"), torch.export.Dim("sequence", max=POSITIONS)
    shape = {0: batch, 1: sequence}
    return _exported(
        network,
        (ids, torch.ones_like(ids)),
        (shape, shape),
        ["input_ids", "attention_mask"],
        folder / "transformer_block.onnx",
    )


def _exported(network, example, dynamic_shapes, input_names, path):
    with warnings.catch_warnings():
        # torch 2.13 copies classes that it has itself deprecated.
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            example,
            dynamo=True,
            external_data=False,
            verbose=False,
            opset_version=_OPSET,
            input_names=input_names,
            output_names=["logits"],
            dynamic_shapes=dynamic_shapes,
        )
    onnx.save(program.model_proto, path)
    return path
