"""The plan of a campaign: starts in pairs, load orders, aliases. Pure functions of seeds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_ALIAS_LENGTH = 6
_ALPHABET = np.array(list("abcdefghijkmnpqrstuvwxyz23456789"))


@dataclass(frozen=True, slots=True)
class StartPlan:
    """One start, before it runs.

    Attributes
    ----------
    replicate : int
        Its number in the campaign, from 0.
    unit : int
        The pair it belongs to.
    load_order : tuple of str
        Arms in the order in which their sessions are loaded, each once for every copy; the
        second start of a pair has the first one's order reversed, because the place in that
        order is a bias (docs/method.md).
    aliases : dict of str to tuple of str
        Arm to the names that its copies are served under: random, of equal length, new at each
        start, so that neither a name's length nor its place in a table stays with an arm.
    order_seed, payload_seed : int
        Seeds of the random order within rounds and of the inputs sent.
    """

    replicate: int
    unit: int
    load_order: tuple[str, ...]
    aliases: dict[str, tuple[str, ...]]
    order_seed: int
    payload_seed: int

    def names_in_load_order(self, served: Collection[str]) -> tuple[str, ...]:
        """Return the aliases in the order in which they are loaded.

        Parameters
        ----------
        served : collection of str
            The arms that are loaded at all.
        """
        dealt = {arm: iter(names) for arm, names in self.aliases.items()}
        return tuple(next(dealt[arm]) for arm in self.load_order if arm in served)


@dataclass(frozen=True, slots=True)
class CampaignSeeds:
    """One seed for each use of chance in a campaign."""

    order: int
    payload: int
    load_order: int


def plan_starts(
    arms: tuple[str, ...], pairs: int, seeds: CampaignSeeds, copies: int = 1
) -> tuple[StartPlan, ...]:
    """Plan all starts of a campaign.

    Parameters
    ----------
    arms : tuple of str
        The arms, the reference first.
    pairs : int
        How many pairs of starts (units).
    seeds : CampaignSeeds
        The same seeds give the same plan, whatever else was planned before.
    copies : int
        Sessions of each arm in a start.

    Returns
    -------
    tuple of StartPlan
        ``2 * pairs`` starts; a pair's two follow each other.
    """
    starts = []
    for unit in range(pairs):
        generator = np.random.default_rng([seeds.load_order, unit])
        shuffled = generator.permutation(len(arms) * copies)
        forward = tuple(arms[index % len(arms)] for index in shuffled)
        for half, load_order in enumerate((forward, forward[::-1])):
            replicate = 2 * unit + half
            starts.append(
                StartPlan(
                    replicate=replicate,
                    unit=unit,
                    load_order=load_order,
                    aliases=_deal_aliases(arms, copies, [seeds.load_order, unit, half]),
                    order_seed=_derived_seed(seeds.order, replicate),
                    payload_seed=_derived_seed(seeds.payload, replicate),
                )
            )
    return tuple(starts)


def round_orders(arms: int, rounds: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw the order of the arms within each round.

    Parameters
    ----------
    arms : int
        Number of arms.
    rounds : int
        Number of rounds.
    seed : int
        Seed of the generator.

    Returns
    -------
    int64 array, shape (rounds, arms)
        Each row is a uniformly random permutation of the arms' indices.
    """
    unshuffled = np.tile(np.arange(arms), (rounds, 1))
    return np.random.default_rng(seed).permuted(unshuffled, axis=1)


def copies_asked(arms: int, rounds: int, copies: int, seed: int) -> npt.NDArray[np.int64]:
    """Draw which copy of each arm a round asks.

    Returns
    -------
    int64 array, shape (rounds, arms)
        Uniformly random, 0 to `copies` - 1.
    """
    return np.random.default_rng([seed, copies]).integers(copies, size=(rounds, arms))


def _deal_aliases(
    arms: tuple[str, ...], copies: int, seed: list[int]
) -> dict[str, tuple[str, ...]]:
    generator = np.random.default_rng(seed)
    dealt: dict[str, None] = {}
    while len(dealt) < len(arms) * copies:
        dealt["".join(generator.choice(_ALPHABET, size=_ALIAS_LENGTH))] = None
    names = list(dealt)
    return {arm: tuple(names[place :: len(arms)]) for place, arm in enumerate(arms)}


def _derived_seed(seed: int, replicate: int) -> int:
    return int(np.random.SeedSequence([seed, replicate]).generate_state(1)[0])
