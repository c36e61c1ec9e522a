"""Which networks the evidence takes, and how each is trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from contract.architecture import Architecture
from contract.errors import ExperimentError, nearest
from contract.profile import DATA_DEFAULTS
from train.dataset import CLASSES, FEATURES
from train.plan import NetworkPlan

# The first is the notebook's. As many as an interval takes (stats.estimate.MINIMUM_UNITS).
SEEDS = (123, 1, 2, 3, 4, 5)
SWEEP_WIDTHS = (16, 32, 64, 128, 256, 512, 1024)
# Fewer than for the rest: at 50 epochs of MNIST the widest networks alone would take an hour.
SWEEP_EPOCHS = {"digits": 20, "mnist": 10}
PAIRED_PROBABILITIES = (0.5, 0.2)
# The lecture's example of what dropout on the outputs does: three of ten class labels.
OUTPUT_DROP_PROBABILITY = 0.3
# A batch of DropConnect draws a mask for each weight and example, and multiplies by it.
_DROPCONNECT_COST = 4
# Their learning curves are drawn.
_WATCHED = ("none", "inverted")


@dataclass(frozen=True, slots=True)
class Settings:
    """How much is trained; the rest of a catalogue follows from it.

    Attributes
    ----------
    data_name : str
        ``digits`` or ``mnist``.
    epochs, sweep_epochs : int
        Of the groups and pairs, and of the sweep.
    batch_size, learning_rate
        As in the notebook, or as this data needs it.
    seeds : tuple of int
        One network of a group for each.
    hidden : tuple of int
        Hidden widths of the groups and pairs: two, as some groups have two drop probabilities.
    sweep_widths : tuple of int
        Width of both hidden layers of each network of the sweep.
    """

    data_name: str
    epochs: int
    sweep_epochs: int
    batch_size: int
    learning_rate: float = 0.1
    seeds: tuple[int, ...] = SEEDS
    hidden: tuple[int, int] = (75, 45)
    sweep_widths: tuple[int, ...] = SWEEP_WIDTHS


@dataclass(frozen=True, slots=True)
class PlannedGroup:
    """Networks that differ by their seed alone.

    Attributes
    ----------
    name, told : str
        As `contract.lecture_evidence.TrainedGroup` has them.
    plans : tuple of NetworkPlan
        One for each seed, in the catalogue's order of seeds.
    """

    name: str
    told: str
    plans: tuple[NetworkPlan, ...]


@dataclass(frozen=True, slots=True)
class PlannedPair:
    """Regular dropout beside inverted dropout: same seed, p, epochs."""

    inverted: NetworkPlan
    regular: NetworkPlan


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All networks that the evidence takes.

    Attributes
    ----------
    groups : tuple of PlannedGroup
        Named as in `contract.lecture_evidence.LectureEvidence`.
    sweep : tuple of PlannedGroup
        For each width without dropout, then with it; ``sweep-<width>-none`` and ``-inverted``.
    pairs : tuple of PlannedPair
        Matched pairs first, then naive ones.
    """

    groups: tuple[PlannedGroup, ...]
    sweep: tuple[PlannedGroup, ...]
    pairs: tuple[PlannedPair, ...]

    def group(self, name: str) -> PlannedGroup:
        """Return the group of this name."""
        return next(group for group in self.groups if group.name == name)

    def plans(self) -> tuple[NetworkPlan, ...]:
        """Return every network once, the dearest first: then parallel workers end together."""
        grouped = (plan for group in (*self.groups, *self.sweep) for plan in group.plans)
        paired = (plan for pair in self.pairs for plan in (pair.inverted, pair.regular))
        distinct = dict.fromkeys((*grouped, *paired))
        return tuple(sorted(distinct, key=_cost, reverse=True))


def catalogue(data_name: str, sweep_epochs: int | None = None) -> Catalogue:
    """Return the networks that the evidence on a data set takes.

    Parameters
    ----------
    data_name : str
        ``digits`` or ``mnist``.
    sweep_epochs : int, optional
        How long the sweep's networks are trained; by default as `SWEEP_EPOCHS` has it.

    Raises
    ------
    ExperimentError
        If there is no such data.
    """
    if data_name not in SWEEP_EPOCHS:
        raise ExperimentError(
            f"no data {data_name!r}", where="data.name", remedy=nearest(data_name, SWEEP_EPOCHS)
        )
    training = DATA_DEFAULTS[data_name]["training"]
    return planned(
        Settings(
            data_name=data_name,
            epochs=training["epochs"],
            sweep_epochs=sweep_epochs or SWEEP_EPOCHS[data_name],
            batch_size=training["batch_size"],
        )
    )


def planned(settings: Settings) -> Catalogue:
    """Plan all networks by these settings."""
    groups = tuple(_groups(settings))
    by_name = {group.name: group for group in groups}
    inverted, naive = by_name["inverted"].plans, by_name["regular-naive"].plans
    return Catalogue(
        groups=groups,
        sweep=tuple(_sweep(settings)),
        pairs=(*_matched_pairs(settings, inverted[0]), *map(PlannedPair, inverted, naive)),
    )


def _groups(settings: Settings) -> Iterator[PlannedGroup]:
    for name, told, architecture in _described(settings):
        plans = tuple(
            _plan(f"{name}-s{seed}", architecture, settings, seed=seed, watched=name in _WATCHED)
            for seed in settings.seeds
        )
        yield PlannedGroup(name, told, plans)


def _described(settings: Settings) -> Iterator[tuple[str, str, Architecture]]:
    """Give each group's name, what it is, and its networks' architecture."""
    widths = (FEATURES, *settings.hidden, CLASSES)
    inverted = Architecture(widths, (0.5, 0.5), "inverted")
    sigmoid = replace(inverted, activation="sigmoid")
    slowly = f"{settings.epochs} epochs as for the others, though a sigmoid learns more slowly"
    yield "none", "no dropout", Architecture(widths, (0.0, 0.0))
    yield "inverted", "inverted dropout, p = 0.5", inverted
    yield (
        "regular-naive",
        "regular dropout, p = 0.5, from the same first weights at the same learning rate as "
        "inverted dropout",
        replace(inverted, dropout="regular"),
    )
    yield (
        "dropconnect",
        "DropConnect, p = 0.5, of the weights that the hidden layers feed",
        replace(inverted, dropout="dropconnect"),
    )
    yield (
        "sigmoid-after",
        f"sigmoid in place of ReLU, inverted dropout after it, p = 0.5; {slowly}",
        sigmoid,
    )
    yield (
        "sigmoid-before",
        f"sigmoid in place of ReLU, inverted dropout before it, p = 0.5; {slowly}",
        replace(sigmoid, placement="before"),
    )
    before = replace(inverted, placement="before")
    yield "relu-before", "inverted dropout before ReLU, p = 0.5", before
    yield (
        "output-dropout",
        f"inverted dropout, p = 0.5, and on the outputs too, p = {OUTPUT_DROP_PROBABILITY}",
        replace(inverted, output_drop_probability=OUTPUT_DROP_PROBABILITY),
    )
    yield (
        "p-0.2-0.5",
        "inverted dropout, p = 0.2 in the first hidden layer and 0.5 in the second",
        replace(inverted, drop_probabilities=(0.2, 0.5)),
    )


def _sweep(settings: Settings) -> Iterator[PlannedGroup]:
    for width in settings.sweep_widths:
        for dropout, p, said in (("none", 0.0, "no dropout"), ("inverted", 0.5, "p = 0.5")):
            name = f"sweep-{width}-{dropout}"
            widths = (FEATURES, width, width, CLASSES)
            architecture = Architecture(widths, (p, p), dropout)
            plans = tuple(
                _plan(
                    f"{name}-s{seed}",
                    architecture,
                    settings,
                    seed=seed,
                    epochs=settings.sweep_epochs,
                )
                for seed in settings.seeds
            )
            yield PlannedGroup(name, f"two hidden layers of {width}, {said}", plans)


def _matched_pairs(settings: Settings, whole: NetworkPlan) -> Iterator[PlannedPair]:
    """Plan matched pairs after one epoch and after all; `whole` is the inverted one at p = 0.5."""
    for p in PAIRED_PROBABILITIES:
        for epochs in sorted({1, settings.epochs}):
            architecture = replace(whole.architecture, drop_probabilities=(p, p))
            inverted = replace(
                whole,
                name=f"inverted-p{p:g}-e{epochs}",
                architecture=architecture,
                epochs=epochs,
                watched=False,
            )
            regular = replace(
                inverted,
                name=f"matched-p{p:g}-e{epochs}",
                architecture=replace(architecture, dropout="regular"),
                matching="matched",
            )
            # The group's own network is this one, where nothing but the name differs.
            same = replace(inverted, name=whole.name) == whole
            yield PlannedPair(whole if same else inverted, regular)


def _plan(  # noqa: PLR0913 - what networks of a catalogue differ by
    name: str,
    architecture: Architecture,
    settings: Settings,
    *,
    seed: int,
    epochs: int | None = None,
    watched: bool = False,
) -> NetworkPlan:
    return NetworkPlan(
        name=name,
        architecture=architecture,
        matching="naive" if architecture.dropout == "regular" else "",
        epochs=epochs or settings.epochs,
        batch_size=settings.batch_size,
        learning_rate=settings.learning_rate,
        seed=seed,
        data_name=settings.data_name,
        watched=watched,
    )


def _cost(plan: NetworkPlan) -> float:
    """Estimate how long a training takes, in no unit: its weights times its epochs."""
    architecture = plan.architecture
    weights = sum(inputs * outputs for inputs, outputs in pairwise(architecture.layer_widths))
    slower = _DROPCONNECT_COST if architecture.dropout == "dropconnect" else 1
    return weights * plan.epochs * slower
