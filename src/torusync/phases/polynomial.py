"""Distributions of one to three phases of their own: trigonometric polynomials whose coefficients are sums over ρ.

Every one of them is S(φ) = Σ W_ij ρ_ij e^{iq_ij·φ}/(2π)^d − 1/(2π)^d with weights 0 ≤ W ≤ 1 that are 1 on the diagonal,
and orders q_ij that count by how many rungs the levels i and j of each part are apart.  Entries of equal order are
added up, diagonal by diagonal, all points of a batch at once.
"""

import math
from abc import abstractmethod
from functools import cache
from typing import Any, ClassVar, Final, NamedTuple, final

import numpy as np
import numpy.typing as npt

from torusync._checks import Complex, Integer, Real, scalar
from torusync._threads import one_blas_thread
from torusync.conventions import EPS
from torusync.densities import Density
from torusync.maxima.harmonics import harmonic_peak, harmonic_tops
from torusync.maxima.peak import Knobs, Peak
from torusync.phases.distribution import Factor, Harmonics, PhaseDistribution

_WEIGHTS_OFF: Final = 4.0
"""Roundings of a weight for each level: it is a product of two factors, made in some 3/2 D steps of two or three."""


@final
class Diagonals(NamedTuple):
    """Which entries of ρ, flattened, make which harmonic: sorted by harmonic, each with its weight.

    Parameters
    ----------
    orders : (terms, phases) ; starts : (terms) where each begins among the entries
    entries, weights : (entries) places in the flat ρ, and W
    """

    orders: Integer
    starts: Integer
    entries: Integer
    weights: Real


class Polynomial(PhaseDistribution):
    """Base of distributions with phases of their own; a subclass says which entries make which harmonic."""

    __slots__ = ()
    levels: ClassVar[bool] = False

    @property
    @abstractmethod
    def phases(self) -> int:
        """Number of phases."""

    @abstractmethod
    def diagonals(self, dimension: int) -> Diagonals:
        """Return which entries of states of D levels make which harmonic, or refuse what does not fit."""

    def reduced(self, density: Density) -> tuple[Complex, Real, float]:
        """Return what of a state is read, matrices ``(..., D, D)``, the same of moduli, and roundings of an entry."""
        matrix = density.to_array()
        return matrix, np.abs(matrix), 0.0

    def factor(self, dimension: int) -> Factor:  # noqa: ARG002
        """Return 2/(2π)^d, S per unit of Re Σ_q c_q e^{iq·φ} over one of each q and −q."""
        return Factor.of(2.0 / (2.0 * math.pi) ** self.phases)

    def harmonics(self, density: Density) -> Harmonics:
        """Return c_q, for one of each q and −q."""
        kept, coefficients, _ = self._sums(density)
        return Harmonics(kept.orders, coefficients)

    def at(self, density: Density, phases: Real) -> Real:
        """Return S at phases ``(..., phases)`` in radians; batch axes broadcast with those of the density."""
        return self.factor(density.dimension).times(self.harmonics(density).at(phases))

    @one_blas_thread
    def peak(self, density: Density, knobs: Knobs) -> Peak:  # noqa: ARG002
        """Return the largest Re Σ_q c_q e^{iq·φ} with its proof, which needs no random starts."""
        kept, coefficients, off = self._sums(density)
        return harmonic_peak(kept.orders, coefficients, off)

    def tops(self, density: Density) -> Real:
        """Return the phases ``(tops, phases)`` of all optima known of one state that has some."""
        kept, coefficients, _ = self._sums(density)
        return harmonic_tops(kept.orders, coefficients)

    def _sums(self, density: Density) -> tuple[Diagonals, Complex, Real]:
        """Return the entries, their sums c_q ``(..., terms)``, and what Σ_q|c_q| may be off by rounding ``(...)``."""
        kept = self.diagonals(density.dimension)
        matrix, moduli, traced = self.reduced(density)
        if not len(kept.orders):
            return kept, np.zeros((*matrix.shape[:-2], 0), dtype=np.complex128), np.zeros(matrix.shape[:-2])
        square = (*matrix.shape[:-2], matrix.shape[-1] ** 2)
        terms = matrix.reshape(square)[..., kept.entries] * kept.weights
        size = moduli.reshape(square)[..., kept.entries] @ kept.weights
        longest = int(np.diff(kept.starts, append=len(kept.entries)).max())
        off = EPS * (_WEIGHTS_OFF * matrix.shape[-1] + longest + traced + 4.0) * size
        return kept, np.add.reduceat(terms, kept.starts, axis=-1), off

    def largest(self, dimension: int | None = None) -> np.float64:
        """Return the largest S of any state, which every state's S_max may be read against.

        Parameters
        ----------
        dimension
            Number of levels, where the distribution does not fix it.

        Returns
        -------
        float
            The largest eigenvalue of the matrix A with S(0) = tr(A ρ): other phases only turn its basis.
        """
        size = self.dimension_of(dimension)
        kept = self.diagonals(size)
        read = self.read_dimension(size)
        operator = np.zeros(read * read)
        operator[kept.entries] = kept.weights
        square = operator.reshape(read, read)
        # a sum over one triangle of ρ is half of that over both
        found = np.linalg.eigvalsh(0.5 * (square + square.T))[-1]
        return np.float64(self.factor(size).times(np.maximum(found, 0.0)))

    @abstractmethod
    def dimension_of(self, dimension: int | None) -> int:
        """Return the number of levels of a state that is read, where it is given or known."""

    def read_dimension(self, dimension: int) -> int:
        """Return the number of levels of what of a state is read."""
        return dimension

    def error(self, dimension: int, coherence_error: Real) -> Real:
        """Return how far a sum over harmonics may be off for a state that is off by so much in the trace norm.

        The matrix A of `largest` has no negative entry, so no eigenvalue of it exceeds the largest one in modulus, and
        none on its diagonal: errors of populations do not matter.
        """
        factor = self.factor(dimension)
        most = float(self.largest(dimension)) / (factor.mantissa * 2.0**factor.exponent)
        return scalar(np.asarray(most * (1.0 + 64.0 * dimension * EPS) * coherence_error))


def ordered(steps: npt.NDArray[Any], weights: Real) -> Diagonals:
    """Return entries of a flat matrix by harmonics.

    Parameters
    ----------
    steps : (entries, phases) the order of every entry of the flat ρ
    weights : (entries) its weight
    """
    first = np.zeros(len(steps), dtype=np.int64)
    for column in steps.T[::-1]:
        first = np.where(column != 0, np.sign(column), first)
    entries = np.flatnonzero((first > 0) & (weights != 0.0))
    orders, place = np.unique(steps[entries], axis=0, return_inverse=True)
    place = place.reshape(-1)
    sort = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[sort], np.arange(len(orders)))
    return Diagonals(orders.astype(np.int64), starts, entries[sort], weights[entries[sort]])


@cache
def one_ladder(part: "OnePhase", dimension: int) -> Diagonals:
    """Return the diagonals of a matrix, which are the harmonics of one phase."""
    weights, rung = part.weights(dimension), part.rungs(dimension)
    return ordered((rung - rung[:, np.newaxis]).reshape(-1, 1), weights.reshape(-1))


class OnePhase(Polynomial):
    """Base of distributions of one phase, of which relative and joint ones are made."""

    __slots__ = ()

    @property
    def phases(self) -> int:
        """One."""
        return 1

    @abstractmethod
    def weights(self, dimension: int) -> Real:
        """Return W ``(D, D)``, or refuse a number of levels that does not fit."""

    def rungs(self, dimension: int) -> Integer:
        """Return on which rung of the ladder each level stands, ``(D)``: ρ_ij has the order of j less that of i."""
        return np.arange(dimension)

    def diagonals(self, dimension: int) -> Diagonals:
        """Return the diagonals above the main one."""
        return one_ladder(self, dimension)
