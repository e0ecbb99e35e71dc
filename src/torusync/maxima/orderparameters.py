"""S_max of a machine with many levels, through a few order parameters, in O(N r²).

Split off level |1> by the gauge z_1 = 1 and write u_l = ρ_1l.  The manifold block R̂ with its natural diagonal, the
deviation of each population from its thermal value, is of low rank, and mostly of one sign (docs/measure.md); with an
occupation a level there are small eigenvalues of the other, so that R̂ = W Σ W† with a signature Σ.

* Mostly negative, the engine: with −R̂ ⪯ V V†,  f(z) ≤ ½ Σ c_l + ½ |s|² + Σ_l |u_l^* − (V s)_l| for every z on the torus
  and every s, a convex function of few complex order parameters.  Each level locks to the field it sees; the minimum is
  the maximum of f wherever no field vanishes, and often where some do (see `disc_maximum`).
* Otherwise, as in the refrigerator, and where that leaves a gap: phases climb to second order (see `climb`), and the
  dual bound at their multipliers is checked by the inertia of a small matrix (see `Bordered`).
"""

from contextlib import suppress
from typing import Final

import numpy as np

from torusync._checks import Boolean, Complex, Integer
from torusync._limits import STACK_BYTES, STACKED_ENGINES
from torusync._threads import one_blas_thread
from torusync.conventions import unit
from torusync.densities import ThermalPlusLowRank
from torusync.maxima.discs import DiscMaximum, disc_maximum, onto_the_torus
from torusync.maxima.discstacks import disc_maxima
from torusync.maxima.fields import climb, height
from torusync.maxima.inertia import Bordered
from torusync.maxima.manifolds import Manifold
from torusync.maxima.peak import EQUAL, NO_LOWER, Found, Optimum, Peak, Proof, is_proven
from torusync.maxima.pulled import ALIGNED, SUMMED, pulled_maxima
from torusync.maxima.ridges import NULL

_FREE: Final = 1e-7
"""A level that sees less than this fraction of the mean field is free."""

_UNTOLD: Final = 30.0
"""Times the smoothing below which a field is not told from zero."""

_DISCS: Final = 0.5
"""Times the factor of F that a point of a stack works on."""

_ROUNDS: Final = 3
"""How often the engine's convex problem is solved with what pulls held."""


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
@one_blas_thread
def order_parameter_peak(density: ThermalPlusLowRank) -> tuple[Peak, Integer]:
    """Return the maxima of flat batches, with a gap where the proof is open, and the points left to a search."""
    peak = Peak.empty(density.points, density.dimension, broken=np.isnan(density.ground))
    left = []
    for rows in _stacks(density, np.flatnonzero(np.isfinite(density.ground))):
        manifolds = {point: Manifold.of(density.part(point)) for point in rows.tolist()}
        known = {point: manifold for point, manifold in manifolds.items() if manifold is not None}
        discs, pulled = _discs(known), _pulled(known)
        for point, manifold in known.items():
            if not _solve(peak, point, manifold, discs.get(point), pulled.get(point)):
                left.append(point)
    return peak, np.asarray(left, dtype=np.int64)


def _stacks(density: ThermalPlusLowRank, rows: Integer) -> list[Integer]:
    """Return the points to be taken together: so many that W of all of them, and what is made of it, fit the cache."""
    most = max(1, int(STACK_BYTES / (_DISCS * max(1, density.factor[:1].nbytes))))
    return [rows[begin : begin + most] for begin in range(0, len(rows), most)]


def _discs(manifolds: dict[int, Manifold]) -> dict[int, DiscMaximum]:
    """Return what the convex problem says of the engines among some points, where there are enough of them."""
    engines: dict[int, list[tuple[int, Complex, Complex]]] = {}
    for point, manifold in manifolds.items() if len(manifolds) >= STACKED_ENGINES else ():
        try:
            spectrum = manifold.spectrum
        except np.linalg.LinAlgError:
            continue  # which this point will meet again by itself
        if spectrum.negative > spectrum.positive:
            target, a, _ = _problem(manifold)
            engines.setdefault(len(target), []).append((point, target, a))
    found: dict[int, DiscMaximum] = {}
    for some in engines.values():
        if len(some) < STACKED_ENGINES:
            continue
        adjoints = np.zeros((len(some), max(a.shape[1] for _, _, a in some), len(some[0][1])), dtype=np.complex128)
        for row, (_, _, a) in enumerate(some):
            adjoints[row, : a.shape[1]] = np.conj(a.T)
        solved = disc_maxima(np.stack([target for _, target, _ in some]), adjoints)
        for (point, _, a), one in zip(some, solved, strict=True):
            found[point] = one._replace(t=one.t[: a.shape[1]])
    return found


def _pulled(manifolds: dict[int, Manifold]) -> dict[int, Found]:
    """Return what a stack settles of the machines whose levels mostly pull, where there are enough of them."""
    refrigerators: dict[int, list[int]] = {}
    for point, manifold in manifolds.items() if len(manifolds) >= STACKED_ENGINES else ():
        # of a spectrum that LAPACK does not find this point will hear again by itself
        with suppress(np.linalg.LinAlgError):
            if manifold.spectrum.negative <= manifold.spectrum.positive:
                refrigerators.setdefault(len(manifold.u), []).append(point)
    found: dict[int, Found] = {}
    for points in refrigerators.values():
        if len(points) >= STACKED_ENGINES:
            maxima = pulled_maxima([manifolds[point] for point in points])
            found.update({point: one for point, one in zip(points, maxima, strict=True) if one is not None})
    return found


def _solve(peak: Peak, point: int, manifold: Manifold, discs: DiscMaximum | None, pulled: Found | None) -> bool:
    """Fill in one point; return whether a search over all phases could add nothing to it."""
    crude, total = manifold.crude_bound(), float("nan")
    try:
        found = _by_factor(manifold, discs) if pulled is None else pulled
        total, largest, pair = manifold.pairs()
        if found.value < largest * NO_LOWER:
            # S has zero mean over all phases but those of one pair: its maximum is no lower than any coherence
            found = found.better_of(_proven(manifold, manifold.greedy(pair)))
        done = not found.open and found.optimum is Optimum.POINT
    except np.linalg.LinAlgError:
        # an eigenvalue that LAPACK does not find: this point keeps what needs none
        z, done = unit(np.conj(manifold.u), 1.0 + 0.0j), False
        found = Found(z, manifold.height_in_the_state(z), crude, Proof.L1, Optimum.SEVERAL, 2, complete=False)
    bound, proof = min((found.bound, found.proof), (crude, Proof.L1))
    # the value is summed from W, as the bound is: products with the state as it is stored lose digits by the million
    peak.value[point], peak.bound[point] = manifold.scale * found.value, manifold.scale * max(bound, found.value)
    peak.proof[point], peak.l1[point] = proof, manifold.scale * total
    peak.phasors[point, 1] = 1.0
    peak.phasors[point, 2:][manifold.live] = found.phasors
    peak.optimum[point], peak.optima_dimension[point] = found.optimum, found.optima_dimension
    peak.optima_count[point], peak.complete[point] = found.optima_count, found.complete
    return done


def _by_factor(manifold: Manifold, discs: DiscMaximum | None = None) -> Found:
    """Return the maximum for a block of low rank."""
    spectrum = manifold.spectrum
    if spectrum.negative <= spectrum.positive:
        z = unit(np.conj(manifold.u), 1.0 + 0.0j)
        for _ in range(ALIGNED):
            # where all pulls, that is the way up, and half the cost of a Newton step
            z = unit(manifold.form.field(z), z)
        return _proven(manifold, z)
    relaxed, free = _convex(manifold, discs)
    if not relaxed.open:
        return relaxed
    climbed = _proven(manifold, relaxed.phasors)
    if climbed.open and free.any():
        climbed = climbed.described(relaxed.optima_count, relaxed.optima_dimension, complete=False)
    return relaxed.better_of(climbed)


def _proven(manifold: Manifold, start: Complex) -> Found:
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
    summed = SUMMED * (abs(corner) + float(np.abs(nu).sum()) + float(np.abs(excess).sum()))
    bound = 0.5 * (total + tau * float(weight.sum()) + summed) + slack
    sole = np.isfinite(bound) and bordered.is_single(nu, corner, null=NULL)
    found = Found(z, value, bound, Proof.EIGENVALUE, Optimum.POINT)
    return found.described(1 if sole else 2, 0, complete=bool(sole))


def _convex(manifold: Manifold, found: DiscMaximum | None = None) -> tuple[Found, Boolean]:
    """Return the maximum by the engine's convex problem and its bound, and which levels see no field.

    What pulls, W with a positive sign, is not in the convex problem: it adds no more than its largest eigenvalue a
    level to the bound.  Held at the phases found last it adds to the field of each level, and repeated that way the
    problem leads to a stationary point of all (a concave part and a tangent of a convex one climb in every round).
    ``found`` is what a stack has found of the problem.
    """
    spectrum, excess = manifold.spectrum, manifold.excess
    target, a, scale = _problem(manifold)
    count, pushing = len(target), spectrum.sign < 0.0
    found = disc_maximum(target, a) if found is None else found
    z = onto_the_torus(found.z, found.t, a)
    # what pushes, less a stretch that takes up its rounding, has the same fields at order parameters a little longer
    lowest = found.lowest * count * scale
    stretch, slack = manifold.slack(4.0 * lowest)
    summed = SUMMED * (count * scale + float(np.abs(excess).sum()))
    pulled_up = 0.5 * count * (1.0 + stretch) * spectrum.positive
    bound = (1.0 + 2.0 * stretch) * lowest - 0.5 * float(excess.sum()) + summed + slack + pulled_up
    value = _value(manifold, z)
    for _ in range(0 if pushing.all() else _ROUNDS):
        if is_proven(np.asarray(value), np.asarray(bound)):
            break
        pulling = spectrum.w[:, ~pushing]
        found = disc_maximum(target + pulling @ np.conj(np.conj(z) @ pulling) / scale, a)
        again = onto_the_torus(found.z, found.t, a)
        higher = _value(manifold, again)
        if not higher > value + EQUAL * abs(value):
            break
        z, value = again, higher
    free = found.field <= max(_FREE * float(found.field.mean()), _UNTOLD * found.smoothing)
    # where every level sees a field, the order parameters determine every phase: the optimum is a point, proven
    dimension = max(int(free.sum()) - 2 * a.shape[1], 0)
    point = Found(z, value, bound, Proof.ORDER_PARAMETERS, Optimum.POINT)
    return point.described(2 if free.any() else 1, dimension, complete=not free.any()), free


def _problem(manifold: Manifold) -> tuple[Complex, Complex, float]:
    """Return the target and A of the convex problem, and mean |u|, which scales both."""
    u, spectrum = manifold.u, manifold.spectrum
    scale, pushing = float(np.abs(u).mean()), spectrum.sign < 0.0
    w = spectrum.w if pushing.all() else spectrum.w[:, pushing]
    a = np.asarray(w * np.sqrt(len(u) / scale), dtype=np.complex128)
    return np.asarray(np.conj(u) / scale, dtype=np.complex128), a, scale


def _value(manifold: Manifold, z: Complex) -> float:
    """Return f at phasors z."""
    return height(manifold.form, z, manifold.form.field(z)) - 0.5 * float(manifold.excess.sum())
