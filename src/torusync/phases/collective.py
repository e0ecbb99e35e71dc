"""S_max of an exactly degenerate manifold, in closed form for every N, both regimes and any λ_j.

With ρ_1l = a v_l^* and ρ_jl = C v_j v_l^* the phases enter only through the collective field M = Σ |v_l| w_l, whose
modulus fills the interval from max(0, 2 max|v| − L1) to L1 = Σ|v_l|.  The maximum of |a| m + C (m² − L2)/2 over that
interval is the maximum over the torus (physics reference, section 3; Eqs. (11) and (12) are its N = 2 case).
"""

import numpy as np
from scipy.optimize import elementwise

from torusync._checks import Boolean, Complex, Integer, Real
from torusync.conventions import EPS, unit
from torusync.densities import ThermalPlusLowRank
from torusync.phases.peak import Bound, Optimum, Peak

_MARGIN = 32.0 * EPS
"""Relative rounding of a handful of products and of pairwise sums of up to 2^24 terms."""


def collective_column(density: ThermalPlusLowRank) -> int | None:
    """Return the one column of the factor that the manifold carries, or None if it carries several."""
    carried = density.factor[..., 1:, :].any(axis=tuple(range(density.factor.ndim - 1)))
    columns = np.flatnonzero(carried)
    return None if len(columns) > 1 else int(columns[0]) if len(columns) else 0


def collective_peak(density: ThermalPlusLowRank, column: int) -> Peak:
    """Return the maximum, its phases and its proof for flat batches ``(points, …)``, in O(N)."""
    points, size = density.core.shape[0], density.dimension
    v = density.factor[:, 1:, column]
    a = (density.factor[:, :1, :] @ density.core)[:, 0, column]
    sides = np.abs(v)
    # one carrier has no partner: its weight would enter as a difference of equal squares
    c = np.where((sides > 0.0).sum(axis=-1) > 1, density.core[:, column, column].real, 0.0)
    length = sides.sum(axis=-1)
    squares = np.sum(sides**2, axis=-1)
    shortest = np.maximum(0.0, 2.0 * sides.max(axis=-1) - length)
    pull, repel = np.abs(a), np.maximum(-c, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        balance = np.where(repel > 0.0, pull / np.where(repel > 0.0, repel, 1.0), np.inf)
    target = np.clip(balance, shortest, length)

    def height(field: Real) -> Real:
        return np.asarray(pull * field + 0.5 * c * (field**2 - squares))

    w = _closing_phasors(sides, target)
    field = np.sum(sides * w, axis=-1)
    value = pull * field.real + 0.5 * c * (np.abs(field) ** 2 - squares)
    l1 = pull * length + 0.5 * np.abs(c) * np.maximum(length**2 - squares, 0.0)
    # inside the interval the slope vanishes, so only rounding of the height counts; at its ends that of the end, too
    slope = np.abs(pull + c * target)
    bound = height(target) + _MARGIN * (pull * target + np.abs(c) * (target**2 + squares) + slope * length)
    peak = Peak.empty(points, size)
    live = np.isfinite(a) & np.isfinite(c) & (l1 > 0.0)
    unit_a = unit(a, 1.0)
    peak.phasors[:, 1] = 1.0
    peak.phasors[:, 2:] = np.where(sides > 0.0, unit(v, 1.0) * w * np.conj(unit_a)[:, np.newaxis], np.nan)
    peak.phasors[~live] = np.nan
    broken = ~(np.isfinite(a) & np.isfinite(c))
    for array, filled in ((peak.value, value), (peak.bound, np.maximum(bound, value)), (peak.l1, l1)):
        array[live] = filled[live]
        array[broken] = np.nan
    peak.proof[live] = np.where(c >= 0.0, Bound.L1, Bound.COLLECTIVE)[live]
    _describe(peak, live, (sides > 0.0).sum(axis=-1), (target > shortest) & (target < length))
    return peak


def _describe(peak: Peak, live: Boolean, carriers: Integer, interior: Boolean) -> None:
    """Say what the optima form: inside the interval, all phasors with |Σ |v_l| w_l| = m*, of dimension N − 2."""
    peak.optimum[live] = Optimum.POINT
    peak.multiplicity[live] = 1
    pair = live & interior & (carriers == 2)
    peak.optimum[pair] = Optimum.SEVERAL
    peak.multiplicity[pair] = 2
    ring = live & interior & (carriers > 2)
    peak.optimum[ring] = Optimum.CONTINUUM
    peak.multiplicity[ring] = 0
    peak.dimension[ring] = carriers[ring] - 2


def _closing_phasors(sides: Real, target: Real) -> Complex:
    """Return unit phasors w with Σ_l sides_l w_l = target ≥ 0, shape ``(points, N)``.

    Inside the allowed interval there are many; the polygon inscribed in a circle is taken, which is unique, spreads
    the phases evenly, and turns into the aligned and the opposed configuration at the two ends.
    """
    points, _ = sides.shape
    w = np.ones(sides.shape, dtype=np.complex128)
    length, longest = sides.sum(axis=-1), sides.argmax(axis=-1)
    rows = np.arange(points)
    opposed = (target < length) & (target <= 2.0 * sides[rows, longest] - length)
    w[opposed] = -1.0
    w[rows[opposed], longest[opposed]] = 1.0
    inside = np.flatnonzero((target < length) & ~opposed & np.isfinite(target))
    if inside.size:
        w[inside] = _inscribed(sides[inside], target[inside])
    return w


def _inscribed(sides: Real, target: Real) -> Complex:
    """Return the directions of the polygon with ``sides`` and closing side ``target`` inscribed in a circle."""
    whole = np.concatenate([sides, target[:, np.newaxis]], axis=-1)
    whole = whole / whole.max(axis=-1, keepdims=True)
    rows, longest = np.arange(len(whole)), whole.argmax(axis=-1)
    centre_outside = np.sum(np.arcsin(whole), axis=-1) < np.pi

    def excess(diameter_inverse: Real, point: Integer) -> Real:
        # half the central angles of all sides, less π; with the centre outside, the longest side counts negatively
        angles = np.arcsin(np.minimum(whole[point] * diameter_inverse[:, np.newaxis], 1.0))
        far = angles[np.arange(len(point)), longest[point]]
        total = np.sum(angles, axis=-1)
        outside = (total - 2.0 * far) / np.maximum(diameter_inverse, 1e-300)
        return np.asarray(np.where(centre_outside[point], -outside, total - np.pi))

    found = elementwise.find_root(excess, (np.full(len(whole), 1e-9), np.ones(len(whole))), args=(rows,))
    inverse = np.where(np.isfinite(found.x), found.x, 1e-9)
    half = np.arcsin(np.minimum(whole * inverse[:, np.newaxis], 1.0))
    half[rows[centre_outside], longest[centre_outside]] = np.pi - half[rows[centre_outside], longest[centre_outside]]
    half = half[:, :-1]
    directions = np.exp(1j * (2.0 * np.cumsum(half, axis=-1) - half))
    field = np.sum(sides * directions, axis=-1)
    return np.asarray(directions * np.conj(unit(field, 1.0))[:, np.newaxis])
