"""What training shows about the lecture's claims: figures, before anybody judges them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.architecture import Architecture
from contract.document import Document
from contract.network_card import DataFacts, LearningCurve

Numbers = tuple[float, ...]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrainedGroup(_Part):
    """Networks that differ by their seed alone, in evaluation mode.

    Attributes
    ----------
    name : str
        How claims refer to it.
    told : str
        What it is, for a reader.
    train_accuracy, validation_accuracy, test_accuracy : tuple of float
        Shares of right predictions, 0 to 1, one for each seed.
    test_loss : tuple of float
        Mean cross-entropy on the test split, in nats, one for each seed.
    """

    name: str
    told: str
    architecture: Architecture
    epochs: int
    seeds: tuple[int, ...]
    train_accuracy: Numbers
    validation_accuracy: Numbers
    test_accuracy: Numbers
    test_loss: Numbers


class Identity(_Part):
    """Something that must hold for every input, tried on random shapes, p and seeds.

    Attributes
    ----------
    claim : str
        ``C1`` and so on.
    name : str
        How the claim's judgement refers to it.
    told : str
        The statement, for a reader.
    cases : int
        How many were tried.
    unequal : int
        In how many of them the two sides differed at all.
    largest_difference : float
        Between the two sides, relative to the largest number among them.
    """

    claim: str
    name: str
    told: str
    cases: int
    unequal: int
    largest_difference: float


class NetInputs(_Part):
    """C3: net inputs, without the bias, of the layer behind a hidden one, in three modes.

    Attributes
    ----------
    hidden_layer : int
        Which hidden layer's dropout it is about, from 1.
    p : float
        Its drop probability.
    edges : tuple of float
        Of the histogram's bins.
    training, scaled, unscaled : tuple of float
        Densities of the first seed's network, one for each bin: in training mode, at prediction
        with the factor 1-p, and without it.
    mean_training, mean_scaled, mean_unscaled : tuple of float
        Mean net input of each seed's network.
    spread_training, spread_scaled, spread_unscaled : tuple of float
        Standard deviation of net inputs of each seed's network.
    """

    hidden_layer: int
    p: float
    edges: Numbers
    training: Numbers
    scaled: Numbers
    unscaled: Numbers
    mean_training: Numbers
    mean_scaled: Numbers
    mean_unscaled: Numbers
    spread_training: Numbers
    spread_scaled: Numbers
    spread_unscaled: Numbers


class PairDifference(_Part):
    """C5: how two trained networks differ on the test split, in evaluation mode.

    Attributes
    ----------
    matching : str
        ``matched`` or ``naive``.
    largest_logit_difference : float
        Absolute.
    largest_logit : float
        What to see the difference against.
    different_predictions, rows : int
        Images for which they predict different classes, and all images.
    """

    matching: Literal["matched", "naive"]
    p: float
    epochs: int
    seed: int
    largest_logit_difference: float
    largest_logit: float
    different_predictions: int
    rows: int


class ForgottenEval(_Part):
    """C9: predictions in training mode, for each seed's network with inverted dropout.

    Attributes
    ----------
    passes : int
        How often the test split was predicted in training mode.
    accuracy_eval : tuple of float
        With ``model.eval()``.
    accuracy_forgotten : tuple of float
        Without: the mean over the passes.
    changed : tuple of float
        Share of images whose predicted class differs from one pass to the next.
    """

    passes: int
    seeds: tuple[int, ...]
    accuracy_eval: Numbers
    accuracy_forgotten: Numbers
    changed: Numbers


class NotebookNetwork(_Part):
    """C10: one of the notebook's two networks, what it printed and what came out here.

    Attributes
    ----------
    name : str
        ``none`` or ``inverted``.
    printed_losses, losses : tuple of float
        Of batches 0, 50, 100, 150 and 200 of the first epoch.
    printed_first_epoch, first_epoch : tuple of float
        Train and validation accuracy after the first epoch, 0 to 1.
    printed_final, final : tuple of float
        Train, validation and test accuracy after the last epoch, 0 to 1.
    """

    name: str
    epochs: int
    printed_losses: Numbers
    losses: Numbers
    printed_first_epoch: Numbers
    first_epoch: Numbers
    printed_final: Numbers
    final: Numbers


class SampledInference(_Part):
    """C12: networks with DropConnect as the paper predicts with them, by k samples a layer."""

    samples: int
    seeds: tuple[int, ...]
    test_accuracy: Numbers
    test_loss: Numbers


class ExportedFacts(_Part):
    """What exported graphs hold.

    Attributes
    ----------
    operators_none, operators_inverted, operators_dropconnect : tuple of str
        Operators, in order, of the networks without dropout, with inverted dropout, and with
        DropConnect by its mean weights.
    factors : tuple of float
        What the graph of regular dropout with p = 0.2 and 0.5 multiplies by, in order.
    refusal : str
        What the export of a network in training mode said.
    """

    operators_none: tuple[str, ...]
    operators_inverted: tuple[str, ...]
    operators_dropconnect: tuple[str, ...]
    factors: Numbers
    refusal: str


class LectureEvidence(Document):
    """All training evidence about the lecture.

    Schema history: 1 = first.

    Attributes
    ----------
    groups : tuple of TrainedGroup
        ``none``, ``inverted``, ``regular-naive``, ``dropconnect``, ``sigmoid-after``,
        ``sigmoid-before``, ``relu-before``, ``output-dropout``, ``p-0.2-0.5``; each with the same
        seeds.
    sweep : tuple of TrainedGroup
        C11: of each width one without dropout and one with inverted dropout.
    notebook : tuple of NotebookNetwork
        Empty where the data is not MNIST.
    curves : dict of str to LearningCurve
        Of ``none`` and ``inverted``, the first seed's.
    identities : tuple of Identity
        Named ``regular-layer``, ``inverted-layer``, ``two-eval-forms``, ``two-eval-forms-half``,
        ``relu-orders``, ``sigmoid-orders``, ``unit-is-its-weights``.
    """

    schema_version: Literal[1] = 1
    data: DataFacts
    batch_size: int
    learning_rate: float
    torch_version: str
    groups: tuple[TrainedGroup, ...]
    sweep: tuple[TrainedGroup, ...]
    identities: tuple[Identity, ...]
    net_inputs: tuple[NetInputs, ...]
    pairs: tuple[PairDifference, ...]
    forgotten_eval: ForgottenEval
    notebook: tuple[NotebookNetwork, ...]
    curves: dict[str, LearningCurve]
    sampled: tuple[SampledInference, ...]
    exported: ExportedFacts

    def group(self, name: str) -> TrainedGroup:
        """Return the group of this name."""
        return next(group for group in self.groups if group.name == name)
