"""S_max of a machine with many levels, through a few order parameters, in O(N r²).

Split off level |1> by the gauge z_1 = 1 and write u_l = ρ_1l.  The manifold block R̂ with its natural diagonal, the
deviation of each population from its thermal value, is of low rank, and mostly of one sign (physics reference, sections
6, 7); with an occupation a level there are small eigenvalues of the other, so that R̂ = W Σ W† with a signature Σ.

* Mostly negative, the engine: with −R̂ ⪯ V V†,  f(z) ≤ ½ Σ c_l + ½ |s|² + Σ_l |u_l^* − (V s)_l| for every z on the torus
  and every s, a convex function of few complex order parameters.  Each level locks to the field it sees; the minimum is
  the maximum of f wherever no field vanishes, and often where some do (see `disc_maximum`).
* Otherwise, as in the refrigerator, and where that leaves a gap: phases climb to second order (see `climb`), and the
  dual bound at their multipliers is checked by the inertia of a small matrix (see `Bordered`).

Where the block is given by its entries the levels are few: the second way comes first, with an eigenvalue for a proof.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer
from torusync._limits import CUBIC_LEVELS
from torusync._threads import one_blas_thread
from torusync.conventions import CERTIFIED_GAP, EPS, unit
from torusync.densities import ThermalPlusBlock, ThermalPlusLowRank
from torusync.maxima.certificate import eigenvalue_bound
from torusync.maxima.discs import disc_maximum, onto_the_torus
from torusync.maxima.fields import climb, height
from torusync.maxima.inertia import Bordered
from torusync.maxima.manifolds import Manifold
from torusync.maxima.optima import describe
from torusync.maxima.peak import Optimum, Peak, Proof, is_proven
from torusync.maxima.relaxation import dual_path
from torusync.maxima.search import Knobs
from torusync.maxima.starts import pushed, rounded_starts

_SUMMED: Final = 32.0 * EPS
"""Relative rounding of pairwise sums of up to 2^24 terms, each of a handful of products."""

_SETTLED: Final = 0.5
"""Part of a certified gap up to which a proof is left alone: the value is summed anew from the state afterwards."""

_EQUAL: Final = 1e-12
"""Relative difference of heights that is rounding, or phases along a ridge."""

_NO_LOWER: Final = 1.0 - 1e-12
"""Part of the largest coherence below which a maximum has not been found."""

_FREE: Final = 1e-7
"""A level that sees less than this fraction of the mean field is free."""

_UNTOLD: Final = 30.0
"""Times the smoothing below which a field is not told from zero."""

_ALIGNED: Final = 2
"""How often levels are set to the fields they see before Newton steps."""

_LEADING: Final = 3
_ROUNDED: Final = 7
"""Starts from leading eigenvectors of R̂, and from the relaxation, of a block that is given by its entries."""

_ROUNDS: Final = 3
"""How often the engine's convex problem is solved with what pulls held."""

_NULL: Final = 1e-8
"""Relative size below which an eigenvalue of diag μ − R counts as zero: the root of the accuracy of the phases."""


@final
@dataclass(frozen=True, eq=False)
class _Found:
    """Phasors ``(n)``, f there, a bound with its kind, and what is known of the set of optima.

    ``complete`` says whether that is all, provided that the optimum is proven.
    """

    phasors: Complex
    value: float
    bound: float
    proof: Proof
    optimum: Optimum
    optima_count: int = 1
    optima_dimension: int = 0
    complete: bool = True

    @property
    def open(self) -> bool:
        """Whether the proof is, or would be after the rounding of another sum."""
        return not (np.isfinite(self.bound) and self.bound - self.value <= _SETTLED * CERTIFIED_GAP * self.bound)

    def better_of(self, other: "_Found") -> "_Found":
        """Return the higher optimum with the lower bound: every bound holds for every optimum."""
        lower = min(self, other, key=lambda one: one.bound)
        higher = max(self, other, key=lambda one: one.value)
        # of two that are equal but for rounding, the one whose own multipliers prove more
        best = lower if higher.value - lower.value <= _EQUAL * abs(higher.value) else higher
        return replace(best, bound=lower.bound, proof=lower.proof)

    def lowered(self, bound: float, proof: Proof) -> "_Found":
        """Return the same with another bound, if that is lower."""
        return replace(self, bound=bound, proof=proof) if bound < self.bound else self

    def described(self, optima_count: int, dimension: int, *, complete: bool) -> "_Found":
        """Return the same with the number of optima known, or the dimension of a continuum of them."""
        kind = Optimum.CONTINUUM if dimension else Optimum.SEVERAL if optima_count > 1 else Optimum.POINT
        count = 0 if dimension else optima_count
        return replace(self, optimum=kind, optima_count=count, optima_dimension=dimension, complete=complete)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
@one_blas_thread
def order_parameter_peak(density: ThermalPlusLowRank | ThermalPlusBlock, knobs: Knobs) -> tuple[Peak, Integer]:
    """Return the maxima of flat batches, with a gap where the proof is open, and the points left to a search."""
    peak = Peak.empty(density.points, density.dimension)
    left = []
    for point in range(density.points):
        one = density.part(point)
        if not np.isfinite(one.ground):
            peak.value[point] = peak.bound[point] = peak.l1[point] = np.nan
            continue
        manifold = Manifold.of(one)
        if manifold is not None and not _solve(peak, point, manifold, knobs):
            left.append(point)
    return peak, np.asarray(left, dtype=np.int64)


def _solve(peak: Peak, point: int, manifold: Manifold, knobs: Knobs) -> bool:
    """Fill in one point; return whether a search over all phases could add nothing to it."""
    crude, total = manifold.crude_bound(), float("nan")
    try:
        found = _by_entries(manifold, knobs) if manifold.few else _by_factor(manifold)
        total, largest, pair = manifold.pairs()
        if found.value < largest * _NO_LOWER:
            # S has zero mean over all phases but those of one pair: its maximum is no lower than any coherence
            retry = _climbed if manifold.few else _proven
            found = found.better_of(retry(manifold, manifold.greedy(pair)))
        # a level that |1> does not see may be no part of the same graph
        done = bool(manifold.u.all()) if manifold.few else not found.open and found.optimum is Optimum.POINT
    except np.linalg.LinAlgError:
        # an eigenvalue that LAPACK does not find: this point keeps what needs none
        z, done = unit(np.conj(manifold.u), 1.0 + 0.0j), False
        found = _Found(z, manifold.height_in_the_state(z), crude, Proof.L1, Optimum.SEVERAL, 2, complete=False)
    bound, proof = min((found.bound, found.proof), (crude, Proof.L1))
    # the value is summed from W, as the bound is: products with the state as it is stored lose digits by the million
    peak.value[point], peak.bound[point] = manifold.scale * found.value, manifold.scale * max(bound, found.value)
    peak.proof[point], peak.l1[point] = proof, manifold.scale * total
    peak.phasors[point, 1] = 1.0 if manifold.u.any() else np.nan
    peak.phasors[point, 2:][manifold.live] = found.phasors
    peak.optimum[point], peak.optima_dimension[point] = found.optimum, found.optima_dimension
    peak.optima_count[point], peak.complete[point] = found.optima_count, found.complete
    return done


def _by_entries(manifold: Manifold, knobs: Knobs) -> _Found:
    """Return the maximum for a block that is given by its entries, and a proof of it, or all starts and a gap."""
    found = None
    for start in _starts(manifold):
        climbed = _climbed(manifold, start)
        found = climbed if found is None else found.better_of(climbed)
        if not found.open:
            break
    assert found is not None
    if found.open:
        found = _relaxed(manifold, knobs, found)
    return _described(manifold, found) if found.optimum is Optimum.SEVERAL else found


def _described(manifold: Manifold, found: _Found) -> _Found:
    """Return the same with its ties looked at, where the levels are connected and few."""
    if len(found.phasors) > CUBIC_LEVELS or not manifold.u.all():
        return found
    coherences, phasors = manifold.coherences(), np.concatenate([[1.0], found.phasors])
    try:
        ties = describe((coherences / np.abs(coherences).max())[np.newaxis], phasors[np.newaxis])
    except np.linalg.LinAlgError:
        return replace(found, complete=False)
    # on the way a level that couples weakly may have got the phase that it sees
    z = ties.phasors[0, 1:] * np.conj(ties.phasors[0, 0])
    value = _value(manifold, z)
    if value > found.value:
        found = replace(found, phasors=z, value=value)
    return found.described(int(ties.optima_count[0]), int(ties.optima_dimension[0]), complete=bool(ties.complete[0]))


def _starts(manifold: Manifold) -> Iterator[Complex]:
    """Yield where to begin: what |1> asks for, the strongest common pulls, what an engine's convex problem says."""
    u = manifold.u
    yield pushed(unit(np.conj(u), 1.0 + 0.0j))
    spectrum = manifold.spectrum
    for column in range(1, min(_LEADING, spectrum.w.shape[1]) + 1):
        leading = unit(spectrum.w[:, -column], 1.0 + 0.0j)
        yield pushed(leading * np.conj(unit(np.asarray(u @ leading), 1.0)))
    if spectrum.negative > spectrum.positive:
        yield _convex(manifold)[0].phasors


def _relaxed(manifold: Manifold, knobs: Knobs, found: _Found) -> _Found:
    """Return what the engine's convex bound, the semidefinite relaxation and random starts make of an open proof."""
    if manifold.spectrum.negative > manifold.spectrum.positive:
        found = found.better_of(_convex(manifold)[0])
    size = len(manifold.u) + 1
    if size > CUBIC_LEVELS:
        return found
    trials = np.exp(2j * np.pi * np.random.default_rng(knobs.seed).random((knobs.random_starts, size)))
    coherences = manifold.coherences()[np.newaxis]
    nu, gram = dual_path(coherences)
    bounds, _ = eigenvalue_bound(coherences, nu)
    found = found.lowered(float(bounds[0]), Proof.SEMIDEFINITE)
    trials = np.concatenate([rounded_starts(gram, _ROUNDED)[0], trials])
    for trial in trials:
        if not found.open:
            break
        found = found.better_of(_climbed(manifold, trial[1:] * np.conj(trial[0])))
    return found


def _climbed(manifold: Manifold, start: Complex) -> _Found:
    """Return the maximum above ``start`` with the eigenvalue bound at its multipliers."""
    z, y = climb(manifold.form, start)
    corner, nu = float(np.real(manifold.u @ z)), np.real(np.conj(z) * y)
    mu = np.concatenate([[corner], nu - manifold.excess])
    bounds, spectra = eigenvalue_bound(manifold.coherences()[np.newaxis], mu[np.newaxis])
    spectrum = np.abs(spectra[0])
    several = (spectrum <= _NULL * spectrum.max()).sum() > 1
    found = _Found(z, 0.5 * float(mu.sum()), float(bounds[0]), Proof.EIGENVALUE, Optimum.POINT)
    return found.described(2 if several else 1, 0, complete=not several)


def _by_factor(manifold: Manifold) -> _Found:
    """Return the maximum for a block of low rank."""
    spectrum = manifold.spectrum
    if spectrum.negative <= spectrum.positive:
        z = unit(np.conj(manifold.u), 1.0 + 0.0j)
        for _ in range(_ALIGNED):
            # where all pulls, that is the way up, and half the cost of a Newton step
            z = unit(manifold.form.field(z), z)
        return _proven(manifold, z)
    relaxed, free = _convex(manifold)
    if not relaxed.open:
        return relaxed
    climbed = _proven(manifold, relaxed.phasors)
    if climbed.open and free.any():
        climbed = climbed.described(relaxed.optima_count, relaxed.optima_dimension, complete=False)
    return relaxed.better_of(climbed)


def _proven(manifold: Manifold, start: Complex) -> _Found:
    """Return the maximum above ``start`` with the dual bound at its multipliers, by inertia."""
    spectrum, u, excess = manifold.spectrum, manifold.u, manifold.excess
    z, y = climb(manifold.form, start)
    pulls = np.conj(np.conj(z) @ spectrum.w)
    stretch, slack = manifold.slack(float(np.vdot(pulls, pulls).real))
    corner, value = float(np.real(u @ z)), 0.5 * (float(np.real(u @ z + np.vdot(z, y))) - float(excess.sum()))
    # the multipliers are those of R̂ with the stretch that takes up its rounding
    nu = np.real(np.conj(z) * (y + stretch * (spectrum.w @ pulls)))
    bordered = Bordered.at(u, spectrum.w, spectrum.sign + stretch, z)
    tau, weight = bordered.smallest_shift(nu, corner)
    total = corner + float(nu.sum()) - float(excess.sum())
    summed = _SUMMED * (abs(corner) + float(np.abs(nu).sum()) + float(np.abs(excess).sum()))
    bound = 0.5 * (total + tau * float(weight.sum()) + summed) + slack
    sole = np.isfinite(bound) and bordered.is_single(nu, corner, null=_NULL)
    found = _Found(z, value, bound, Proof.EIGENVALUE, Optimum.POINT)
    return found.described(1 if sole else 2, 0, complete=bool(sole))


def _convex(manifold: Manifold) -> tuple[_Found, Boolean]:
    """Return the maximum by the engine's convex problem and its bound, and which levels see no field.

    What pulls, W with a positive sign, is not in the convex problem: it adds no more than its largest eigenvalue a
    level to the bound.  Held at the phases found last it adds to the field of each level, and repeated that way the
    problem leads to a stationary point of all (a concave part and a tangent of a convex one climb in every round).
    """
    spectrum, u, excess = manifold.spectrum, manifold.u, manifold.excess
    count, scale = len(u), float(np.abs(u).mean())
    target = np.asarray(np.conj(u) / scale, dtype=np.complex128)
    pushing = spectrum.sign < 0.0
    w = spectrum.w if pushing.all() else spectrum.w[:, pushing]
    a = np.asarray(w * np.sqrt(count / scale), dtype=np.complex128)
    found = disc_maximum(target, a)
    z = onto_the_torus(found.z, found.t, a)
    # what pushes, less a stretch that takes up its rounding, has the same fields at order parameters a little longer
    lowest = found.lowest * count * scale
    stretch, slack = manifold.slack(4.0 * lowest)
    summed = _SUMMED * (count * scale + float(np.abs(excess).sum()))
    pulled_up = 0.5 * count * (1.0 + stretch) * spectrum.positive
    bound = (1.0 + 2.0 * stretch) * lowest - 0.5 * float(excess.sum()) + summed + slack + pulled_up
    value = _value(manifold, z)
    for _ in range(0 if pushing.all() else _ROUNDS):
        if is_proven(np.asarray(value), np.asarray(bound)):
            break
        pulled = target + _pull(spectrum.w, ~pushing, z) / scale
        found = disc_maximum(pulled, a)
        again = onto_the_torus(found.z, found.t, a)
        higher = _value(manifold, again)
        if not higher > value + _EQUAL * abs(value):
            break
        z, value = again, higher
    free = found.field <= max(_FREE * float(found.field.mean()), _UNTOLD * found.smoothing)
    # where every level sees a field, the order parameters determine every phase: the optimum is a point, proven
    dimension = max(int(free.sum()) - 2 * a.shape[1], 0)
    point = _Found(z, value, bound, Proof.ORDER_PARAMETERS, Optimum.POINT)
    return point.described(2 if free.any() else 1, dimension, complete=not free.any()), free


def _pull(w: Complex, pulling: Boolean, z: Complex) -> Complex:
    """Return W W† z of some columns."""
    some = w[:, pulling]
    return np.asarray(some @ np.conj(np.conj(z) @ some))


def _value(manifold: Manifold, z: Complex) -> float:
    """Return f at phasors z."""
    return height(manifold.form, z, manifold.form.field(z)) - 0.5 * float(manifold.excess.sum())
