"""The semidefinite bound on the pair sum, by ascent over vectors in place of phasors (Burer and Monteiro 2003).

Let every phasor be a unit vector of C^r: then ½ Re Σ R_ij <v_i, v_j> has a maximum no lower than that over the torus,
and from r = ⌈√n⌉ on generically no other local maximum (Boumal, Voroninski and Bandeira 2018).  The Lagrange
multipliers there, ν_i = Re <v_i, (R V)_i>, give the lowest bound that any ν can.  It is not believed but handed to the
eigenvalue test, and the vectors give starts that pass by most local maxima.

Block ascent gets close; Newton steps by truncated conjugate gradients in a trust region (Steihaug 1983) close the rest.
Every array operation is made for a stack of points, ``(points, n, r)``.  Where the steps crawl, as they do beside a
degeneracy, the dual is solved instead.
"""

import math
from dataclasses import dataclass
from typing import Final, Protocol, final, runtime_checkable

import numpy as np

from torusync._checks import Boolean, Complex, Real, as_count
from torusync._frozen import Frozen
from torusync._lapack import eigenvalues, spectra
from torusync.conventions import EPS
from torusync.phases.barrier import dual_path

_SWEEPS: Final = 20
_SPARE: Final = 1
"""Components beyond ⌈√n⌉, which keep the ascent from crawling along the border of where maxima are global."""

_STATIONARY: Final = 1e-13
"""|∂f/∂v_i| over Σ_j |R_ij| of every level below which Newton steps have met rounding."""

_NEAR: Final = 1e-7
"""The same below which a step that no longer halves it is the last."""

_MISSING: Final = 1e-11
"""Infeasibility of the multipliers, relative to what they prove, above which the ascent has not arrived."""

_FORCING: Final = 0.1
"""Largest part of the slope that an inner solve may leave; it falls with the slope, for quadratic convergence."""

_EXPAND: Final = 0.75
_SHRINK: Final = 0.25


@final
@dataclass(frozen=True, eq=False)
class Relaxed(Frozen):
    """What a relaxation says of a stack of points: a claim, until the eigenvalue test has been made.

    Parameters
    ----------
    multipliers : (points, n) ν, for which diag ν − R should be positive semidefinite
    vectors : (points, n, r) unit rows, whose Gram matrix takes the place of z z†
    """

    multipliers: Real
    vectors: Complex


@runtime_checkable
class Relaxation(Protocol):
    """A way to solve the semidefinite relaxation."""

    def relax(self, coherences: Complex) -> Relaxed:
        """Solve for connected coherences ``(points, n, n)``, Hermitian, of zero diagonal and largest modulus 1."""
        ...


@final
@dataclass(frozen=True)
class BurerMonteiro:
    """The relaxation by second-order ascent over unit vectors.

    Parameters
    ----------
    iterations
        Newton steps after which a point that has not arrived is left to the dual, see `dual_path`.
    seed
        Seed of the vectors that it starts from.
    """

    iterations: int = 25
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "iterations", as_count("iterations", self.iterations, minimum=1))
        object.__setattr__(self, "seed", as_count("seed", self.seed))

    def relax(self, coherences: Complex) -> Relaxed:
        """Return multipliers and vectors at the maximum found."""
        size = coherences.shape[-1]
        rank = min(size, math.isqrt(size - 1) + 1 + _SPARE)
        rng = np.random.default_rng(self.seed)
        # the same start at every point: a result must not depend on the batch it came in
        start = _normalised(rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank)))
        vectors = _block_ascent(coherences, np.broadcast_to(start, (len(coherences), size, rank)))
        weight = np.abs(coherences).sum(axis=-1)
        active = np.arange(len(coherences))
        radius = np.sqrt(weight.sum(axis=-1))
        slowest = np.full(len(coherences), np.inf)
        for _ in range(self.iterations):
            here = _Newton.at(coherences[active], vectors[active], weight[active])
            steepness = (np.sqrt(_square(here.slope)) / here.weight).max(axis=-1)
            arrived = (steepness <= _STATIONARY) | ((steepness <= _NEAR) & (steepness > 0.5 * slowest[active]))
            slowest[active] = np.minimum(slowest[active], steepness)
            active, here = active[~arrived], here.part(~arrived)
            if not active.size:
                break
            vectors[active], radius[active] = here.step(radius[active])
        multipliers = _multipliers(coherences @ vectors, vectors)
        shifted = -coherences
        shifted[:, np.arange(size), np.arange(size)] += multipliers
        missing = ~(-size * eigenvalues(shifted)[:, 0] <= _MISSING * multipliers.sum(axis=-1))
        if missing.any():
            multipliers[missing], gram = dual_path(coherences[missing])
            vectors[missing] = gram_vectors(gram, rank)
        return Relaxed(multipliers, vectors)


def gram_vectors(gram: Complex, rank: int) -> Complex:
    """Return unit rows ``(points, n, rank)`` with the given Gram matrices, as near as that rank allows."""
    values, axes = spectra(gram)
    rows = axes[..., -rank:] * np.sqrt(np.maximum(values[..., np.newaxis, -rank:], 0.0))
    length = np.sqrt(_square(rows))[..., np.newaxis]
    return np.asarray(np.where(length > 0.0, rows / np.where(length > 0.0, length, 1.0), rank**-0.5))


def _square(rows: Complex) -> Real:
    return np.asarray((rows.real**2 + rows.imag**2).sum(axis=-1))


def _normalised(rows: Complex) -> Complex:
    return np.asarray(rows / np.sqrt(_square(rows))[..., np.newaxis])


def _multipliers(pull: Complex, vectors: Complex) -> Real:
    return np.asarray((vectors.real * pull.real + vectors.imag * pull.imag).sum(axis=-1))


def _block_ascent(coherences: Complex, vectors: Complex) -> Complex:
    """Set each vector to the direction of the pull on it, in turn: every step climbs."""
    vectors = vectors.copy()
    for _ in range(_SWEEPS):
        for level in range(vectors.shape[1]):
            pull = (coherences[:, level, np.newaxis] @ vectors)[:, 0]
            length = np.sqrt(_square(pull))[:, np.newaxis]
            vectors[:, level] = np.where(length > 0.0, pull / np.where(length > 0.0, length, 1.0), vectors[:, level])
    return vectors


@final
@dataclass(frozen=True, eq=False)
class _Newton:
    """The quadratic model of the height around V, in tangent directions U, Re <v_i, u_i> = 0.

    Slope G = R V − diag(ν) V; curvature H[U] = P(R U − diag(ν) U) with P the projection on the tangent space.
    """

    coherences: Complex
    vectors: Complex
    multipliers: Real
    slope: Complex
    weight: Real

    @classmethod
    def at(cls, coherences: Complex, vectors: Complex, weight: Real) -> "_Newton":
        pull = coherences @ vectors
        nu = _multipliers(pull, vectors)
        return cls(coherences, vectors, nu, pull - nu[..., np.newaxis] * vectors, weight)

    def part(self, chosen: Boolean) -> "_Newton":
        return _Newton(**{name: values[chosen] for name, values in vars(self).items()})

    def _dot(self, one: Complex, other: Complex) -> Real:
        return np.asarray((one.real * other.real + one.imag * other.imag).sum(axis=(-2, -1)))

    def _tangent(self, rows: Complex) -> Complex:
        along = _multipliers(rows, self.vectors)
        return np.asarray(rows - along[..., np.newaxis] * self.vectors)

    def _curved(self, rows: Complex) -> Complex:
        return self._tangent(self.coherences @ rows - self.multipliers[..., np.newaxis] * rows)

    def step(self, radius: Real) -> tuple[Complex, Real]:
        """Return the vectors after one step, and the radius to trust after it; lengths are weighted by Σ_j |R_ij|."""
        move, foretold, stopped = self._within(radius)
        trial = _normalised(self.vectors + move)
        height = 0.5 * self.multipliers.sum(axis=-1)
        gain = 0.5 * self._dot(trial, self.coherences @ trial) - height
        # where the gain is rounding the model is better than the difference of two heights
        noise = 16.0 * EPS * self.weight.sum(axis=-1)
        quality = np.where(foretold > noise, gain / np.where(foretold > noise, foretold, 1.0), 1.0)
        accepted = (quality > 0.1) & (gain >= -noise)
        length = np.sqrt(self._dot(move, self.weight[..., np.newaxis] * move))
        radius = np.where(
            quality < _SHRINK, 0.25 * length, np.where((quality > _EXPAND) & stopped, 2.0 * radius, radius)
        )
        return np.where(accepted[:, np.newaxis, np.newaxis], trial, self.vectors), radius

    def _within(self, radius: Real) -> tuple[Complex, Real, Boolean]:
        """Return the conjugate-gradient step within the radius, the gain foretold, and where the radius stopped it."""
        weight = self.weight[..., np.newaxis]
        move, rest = np.zeros_like(self.slope), self.slope
        ahead = rest / weight
        direction, product = ahead, self._dot(rest, ahead)
        begun = product
        target = begun * np.minimum(_FORCING**2, np.sqrt(begun / self.weight.sum(axis=-1)))
        target = np.maximum(target, (EPS * self.weight).sum(axis=-1) * EPS)
        running, stopped = product > 0.0, np.zeros(len(radius), dtype=np.bool_)
        square = np.zeros(len(radius))
        for _ in range(2 * self.slope.shape[-1] * self.slope.shape[-2]):
            curved = self._curved(direction)
            bend = -self._dot(direction, curved)
            length = self._dot(direction, weight * direction)
            cross = self._dot(move, weight * direction)
            factor = np.where(bend > 0.0, product / np.where(bend > 0.0, bend, 1.0), np.inf)
            room = np.maximum(radius**2 - square, 0.0)
            safe = np.where(length > 0.0, length, 1.0)
            longest = (np.sqrt(cross**2 + safe * room) - cross) / safe
            over = running & (factor >= longest)
            factor = np.where(running, np.minimum(factor, longest), 0.0)
            move = move + factor[:, np.newaxis, np.newaxis] * direction
            rest = rest + factor[:, np.newaxis, np.newaxis] * curved
            square = square + factor * (2.0 * cross + factor * length)
            stopped |= over
            ahead = rest / weight
            after = self._dot(rest, ahead)
            running &= ~over & (after > target)
            if not running.any():
                break
            grow = np.where(running, after / np.where(product > 0.0, product, 1.0), 0.0)
            direction = self._tangent(ahead + grow[:, np.newaxis, np.newaxis] * direction)
            product = after
        foretold = self._dot(self.slope, move) + 0.5 * self._dot(move, self._curved(move))
        return move, foretold, stopped
