"""Whether sets of coherences cooperate or compete, for any state: what agreement brings, and what disagreement costs.

Each set has phases that it prefers.  To hold S_max against one set's part does not tell whether the sets agree: a
second set adds something even where they do not, so that the engine with k < 2 − √2 would cooperate.  Here the maximum
is held against what the same sets reach when their preferences have nothing to do with each other: each keeps its
coherences but for a random diagonal unitary of its own, which shifts the sets against each other and leaves everything
within a set as it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Integer, Real, as_count, require_progress, requirement, scalar
from torusync._limits import DRAWN_LEVELS, DRAWS
from torusync._results import Result
from torusync._show import Code, batch_in_words, codes_in_words, span
from torusync.analysis.chance import Chance, compare_sets
from torusync.conventions import CERTIFIED_GAP
from torusync.densities import OTHER, HasDensity, Sets, density_of, label_sets
from torusync.maxima.peak import is_proven
from torusync.phases import Synchronization, pair_sums_of

_RESOLVED: Final = 3.0
"""Standard errors by which the total must differ from chance."""


class Verdict(Code):
    """What the phase preferences of the sets do to each other; the code is the sign of the gain."""

    COMPETE = -1, "The maximum is lower than unrelated preferences would have it."
    NEUTRAL = 0, "Nothing to agree on, or a difference from chance that the draws do not resolve."
    COOPERATE = 1, "The maximum is higher than unrelated preferences would have it."


@final
@dataclass(frozen=True, eq=False, repr=False)
class Interplay(Result):
    """What the sets of coherences of a state do to each other.  Arrays have the batch shape; heights are pair sums.

    Points of a map without a state are nan, and neutral.

    Parameters
    ----------
    pair_sum, pair_sum_bound
        ΣS of the state, and the proven upper bound on it.
    alone, alone_bound
        The same of each set's coherences alone.
    pair_shares
        Part of ΣS in each set at the optimal phases; they sum to ``pair_sum``.  Among several optima, those of one.
    chance, chance_error
        Mean maximum over unrelated phase preferences, and its standard error; where there is nothing to agree on, the
        sum over ``alone``, and 0.
    chance_bound
        Mean of the proven upper bounds on the draws: above ``chance`` where some of their certificates are open.
    rank
        Fraction of the draws that lie below ``pair_sum``, in [0, 1]; nan where there is nothing to agree on.
    verdict_codes
        Codes of `Verdict`.
    draws
        Number of draws.
    """

    pair_sum: Real
    pair_sum_bound: Real
    alone: Mapping[str, Real]
    alone_bound: Mapping[str, Real]
    pair_shares: Mapping[str, Real]
    chance: Real
    chance_error: Real
    chance_bound: Real
    rank: Real
    verdict_codes: Integer
    draws: int

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.pair_sum.shape

    @property
    def cost(self) -> Real:
        """1 − ΣS/Σ alone, in [0, 1): what disagreement costs, 0 where each set adds up; nan without coherence."""
        summed = np.sum(list(self.alone.values()), axis=0)
        return scalar(np.clip(1.0 - self.pair_sum / np.where(summed > 0.0, summed, np.nan), 0.0, 1.0))

    @property
    def gain(self) -> Real:
        """ΣS/chance − 1: by how much agreement raises ΣS, or disagreement lowers it; nan without coherence."""
        return scalar(self.pair_sum / np.where(self.chance > 0.0, self.chance, np.nan) - 1.0)

    @property
    def certified(self) -> Boolean:
        """Whether the total is proven: its upper bound is finite, and gap ≤ 1e-9 × upper bound."""
        return is_proven(self.pair_sum, self.pair_sum_bound)

    @property
    def verdict(self) -> Verdict | Integer:
        """Whether the sets cooperate or compete: a `Verdict`, or an array of its codes in a batch."""
        return Verdict(int(self.verdict_codes)) if self.verdict_codes.ndim == 0 else self.verdict_codes

    def __repr__(self) -> str:
        return f"<Interplay of {', '.join(self.alone)}: {self._in_words()}>"

    def _in_words(self) -> str:
        return (
            f"{batch_in_words(self.batch_shape)}{codes_in_words(self.verdict_codes, Verdict)}, "
            f"gain {span(self.gain, 3)}, cost {span(self.cost, 3)}, rank {span(self.rank, 3)}"
        )


def interplay(
    state: object,
    sets: Sets | None = None,
    *,
    draws: int = 200,
    seed: int = 0,
    sync: Synchronization | None = None,
    progress: Callable[[float], object] | None = None,
) -> Interplay:
    """Return whether sets of coherences cooperate or compete, and by how much.

    Parameters
    ----------
    state
        A solved `SteadyState`, or density matrices ``(..., D, D)`` (array or Qobj), of at most 64 levels.
    sets
        Sets of coherences, or pairs of levels by the name of their set, no pair in two of them; coherences in none of
        them form the set "other".  Without it, the sets that the system of a solved state names.
    draws
        Number of draws of unrelated phase preferences, the same ones for every state of a batch.
    seed
        Seed of the draws; the result is reproducible.
    sync
        The state's `Synchronization`, if there is one already; else it is worked out.
    progress
        Called now and then with the share that is done, from 0 to 1: draws of forty levels take up to half a minute.

    Raises
    ------
    ArgumentError
        If sets overlap or name levels that do not exist, or the state has too many levels or is no density matrix.
    """
    draws, seed = as_count("draws", draws, minimum=2), as_count("seed", seed)
    require_progress(progress)
    if draws > DRAWS:
        raise requirement("draws", f"be at most {DRAWS}", f"it is {draws}")
    density = density_of(state)
    size, points, batch = density.dimension, density.points, density.batch_shape
    if size > DRAWN_LEVELS:
        advice = "every draw is a search over all phases, so take the part of it that matters"
        raise requirement("state", f"have at most {DRAWN_LEVELS} levels", f"it has {size}; {advice}")
    named, labels = label_sets(state, sets, size)
    sync = pair_sums_of(state if isinstance(state, HasDensity) else density, sync)
    total, phasors = sync.pair_sum.reshape(points), sync.phasors.reshape(points, size)
    alone, chance = compare_sets(
        density.flat(), total, phasors, labels, sets=len(named) + 1, draws=draws, seed=seed, tell=progress
    )
    names = [*named, OTHER] if np.nan_to_num(alone.heights[-1]).any() else named
    codes = _verdict(total, chance, alone.heights.sum(axis=0))
    heights, bounds, shares = (
        MappingProxyType({name: row.reshape(batch) for name, row in zip(names, one, strict=False)}) for one in alone
    )
    return Interplay(
        pair_sum=sync.pair_sum,
        pair_sum_bound=sync.pair_sum_bound,
        alone=heights,
        alone_bound=bounds,
        pair_shares=shares,
        chance=chance.mean.reshape(batch),
        chance_error=chance.error.reshape(batch),
        chance_bound=chance.bound.reshape(batch),
        rank=chance.rank.reshape(batch),
        verdict_codes=codes.reshape(batch),
        draws=draws,
    )


def _verdict(total: Real, chance: Chance, summed: Real) -> Integer:
    """Return codes of `Verdict`: the sign of the difference from chance, where loops join sets and it is resolved."""
    least = np.maximum(_RESOLVED * chance.error, CERTIFIED_GAP * summed)
    resolved = np.isfinite(chance.rank) & (np.abs(total - chance.mean) > least)
    higher = np.where(total > chance.mean, Verdict.COOPERATE, Verdict.COMPETE)
    return np.where(resolved, higher, Verdict.NEUTRAL).astype(np.int64)
