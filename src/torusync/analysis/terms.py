"""What S is a sum of: coherence by coherence, harmonic by harmonic, and who makes each coherence.

S(φ) = factor · Re Σ_e W_e ρ_e e^{iq_e·φ} over coherences ρ_e, of which some share a harmonic q and interfere in it:
their sum c_q may vanish where none of them does.  In the steady state a coherence is what feeds it over its own decay
and detuning, ρ_nm = Σ_k T_nm^k/z_nm, with the parts T of `dynamics.splitting`: populations turned by H, coherences
carried on by H, and both by the channels.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._frozen import Frozen
from torusync.conventions import EPS
from torusync.dynamics.splitting import TERMS, split
from torusync.generators import Generator
from torusync.phases import PhaseDistribution, Synchronization
from torusync.phases.polynomial import OnePhase, Polynomial
from torusync.phases.relative import OfParts, Relative

BLOCKED: Final = 1e-3
"""Part of Σ|Wρ| below which coherences are said to cancel: the six digits of a zero that was looked up leave less, and
no measured phase distribution sees more."""

SOURCES: Final = TERMS[2:]
"""What makes a coherence: two of them are the Hamiltonian's, two the channels'."""


@final
@dataclass(frozen=True, eq=False)
class Reading(Frozen):
    """Which coherences of states of D levels a distribution reads, each above its own adjoint, K of them.

    Parameters
    ----------
    rows, columns : (K) their levels
    weights : (K) W
    harmonic : (K) which of the orders each has
    orders : (H, phases) q of each harmonic
    shifted : (D, D) which entries of a Hamiltonian shift the phases
    quanta : (D, D) by how much they change the number of quanta of all parts together
    """

    rows: Integer
    columns: Integer
    weights: Real
    harmonic: Integer
    orders: Integer
    shifted: Boolean
    quanta: Integer

    @classmethod
    def of(cls, distribution: PhaseDistribution, dimension: int) -> "Reading":
        """Return what a distribution reads; of levels each with a phase, every pair is a harmonic of its own."""
        if not isinstance(distribution, Polynomial):
            rows, columns = np.triu_indices(dimension, 1)
            beside = ~np.eye(dimension, dtype=np.bool_)
            none = np.zeros((0, 0), dtype=np.int64)
            return cls(rows, columns, np.ones(len(rows)), np.arange(len(rows)), none, beside, beside.astype(np.int64))
        dims: tuple[int, ...] = (dimension,)
        parts: tuple[int, ...] = (0,)
        alone: tuple[OnePhase, ...] = (distribution,) if isinstance(distribution, OnePhase) else ()
        if isinstance(distribution, OfParts):
            dims, parts, alone = distribution.dims, distribution.parts, distribution.distributions
        level = np.stack(np.unravel_index(np.arange(dimension), dims))
        sizes = tuple(dims[part] for part in parts)
        inside = np.ravel_multi_index(tuple(level[part] for part in parts), sizes)
        outside = np.delete(level, parts, axis=0)
        same = (outside[:, :, np.newaxis] == outside[:, np.newaxis]).all(axis=0)
        kept, size = distribution.diagonals(dimension), distribution.read_dimension(dimension)
        weight, number = np.zeros(size**2), np.full(size**2, -1)
        weight[kept.entries] = kept.weights
        ends = np.diff(kept.starts, append=len(kept.entries))
        number[kept.entries] = np.repeat(np.arange(len(ends)), ends)
        place = inside[:, np.newaxis] * size + inside
        rows, columns = np.nonzero(same & (number[place] >= 0))
        found = place[rows, columns]
        rungs = [one.rungs(dims[part])[level[part]] for one, part in zip(alone, parts, strict=True)]
        steps = np.stack([rung - rung[:, np.newaxis] for rung in rungs])
        total = level.sum(axis=0)
        moved = steps[0] != steps[1] if isinstance(distribution, Relative) else (steps != 0).any(axis=0)
        quanta = np.abs(total - total[:, np.newaxis])
        return cls(rows, columns, weight[found], number[found], kept.orders, np.asarray(moved), quanta)

    @property
    def mask(self) -> Boolean:
        """Which entries are read, ``(D, D)``, those below the diagonal too."""
        found = np.zeros(self.shifted.shape, dtype=np.bool_)
        found[self.rows, self.columns] = found[self.columns, self.rows] = True
        return found

    def turned(self, sync: Synchronization) -> Complex:
        """Return e^{iq·φ} of each coherence at the optimal phases, ``(K)``; 0 where there are none."""
        z = np.where(np.isfinite(sync.phasors), sync.phasors, 0.0)
        if not len(self.orders):
            return np.asarray(np.conj(z[self.rows]) * z[self.columns])
        return np.asarray(np.prod(z ** self.orders[self.harmonic], axis=-1))

    def sums(self, rho: Complex, error: float) -> "Sums":
        """Return the harmonics of a matrix that is off by so much in the trace norm."""
        terms, count = self.weights * rho[self.rows, self.columns], len(self.orders) or len(self.rows)
        value = np.zeros(count, dtype=np.complex128)
        np.add.at(value, self.harmonic, terms)
        reach: Real = np.bincount(self.harmonic, np.abs(terms), minlength=count).astype(np.float64)
        square: Real = np.bincount(self.harmonic, np.abs(terms) ** 2, minlength=count).astype(np.float64)
        members: Integer = np.bincount(self.harmonic, minlength=count)
        heaviest: Real = np.zeros(count)
        np.maximum.at(heaviest, self.harmonic, self.weights)
        # in a harmonic no level has two partners on one side, so that the norm of its weights is the largest of them,
        # whatever the phases that they are turned by
        off: Real = heaviest * error + (members + 4.0) * EPS * reach
        return Sums(value, reach, square**0.5, off, members)


@final
@dataclass(frozen=True, eq=False)
class Sums(Frozen):
    """The harmonics of a state, H of them.

    Parameters
    ----------
    value : (H) c_q
    reach : (H) Σ|W ρ|, what |c_q| would be if all of its coherences agreed
    chance : (H) sqrt(Σ|W ρ|²), what it would be, in the mean square, if their phases were unrelated
    error : (H) how far c_q, and ``reach``, may be off
    members : (H) number of coherences
    """

    value: Complex
    reach: Real
    chance: Real
    error: Real
    members: Integer

    @property
    def carried(self) -> Boolean:
        """Whether there is anything in a harmonic, ``(H)``."""
        return self.reach > self.error

    @property
    def remains(self) -> Real:
        """|c_q| over ``reach``, in [0, 1]: 1 where all agree, 0 where they cancel; nan where there is nothing."""
        return np.abs(self.value) / np.where(self.carried, self.reach, np.nan)

    @property
    def interference(self) -> Real:
        """|c_q|² over what unrelated phases give, less 1: above 0 constructive, −1 where all cancels."""
        return (np.abs(self.value) / np.where(self.carried, self.chance, np.nan)) ** 2 - 1.0

    @property
    def speaks(self) -> Boolean:
        """Whether more is left of a harmonic than of one that cancels, ``(H)``."""
        return np.abs(self.value) > np.maximum(self.error, BLOCKED * self.reach)

    def fundamental(self, orders: Integer) -> int:
        """Return the number of the lowest harmonic with anything in it; −1 without any.

        Of several, which the phases of several parts have, it is the weightiest of those that do not cancel, if there
        are any: where one part is blocked and another one is not, they have a phase.
        """
        if not self.carried.any():
            return -1
        order = np.abs(orders).sum(axis=-1)
        lowest = self.carried & (order == order[self.carried].min())
        chosen = lowest & self.speaks if (lowest & self.speaks).any() else lowest
        return int(np.argmax(np.where(chosen, self.reach, -1.0)))


def makers(generator: Generator, rho: Complex, reading: Reading) -> tuple[Complex, Real]:
    """Return what each source makes of every coherence that is read, ``(4, K)``, and how fast each decays, ``(K)``.

    nan where a coherence neither decays nor turns by itself.
    """
    parts = split(generator, rho)[:, reading.rows, reading.columns]
    own = split(generator, np.ones_like(rho))[:2, reading.rows, reading.columns].sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(own != 0.0, -parts[2:] / own, np.nan)), np.asarray(-own.real)
