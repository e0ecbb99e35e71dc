"""S_max of an exactly degenerate manifold, in closed form for every N, both regimes and any λ_j.

With ρ_1l = a λ_l and ρ_jl = C λ_j^* λ_l the phases enter only through the collective field M = Σ |λ_l| w_l, whose
modulus fills the interval from max(0, 2 max|λ| − L1) to L1 = Σ|λ_l|.  The maximum of |a| m + C (m² − L2)/2 over that
interval is the maximum over the torus (docs/measure.md; Eqs. (11) and (12) are its N = 2 case).  With the
largest λ_L kept apart, m = |λ_L| + d and m² − L2 = d (2|λ_L| + d) − Σ_{l≠L} |λ_l|², so that nothing which belongs to
λ_L alone is subtracted: beside it the others keep their digits.

Maps are worked off chunk by chunk, points last, on all cores.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real
from torusync._limits import SUMMED_LEVELS
from torusync._threads import over_points
from torusync.conventions import EPS, divide, unit
from torusync.densities import ThermalPlusCollective
from torusync.maxima.peak import Optimum, Peak, Proof

_MARGIN: Final = 32.0 * EPS
"""Relative rounding of a handful of products and of pairwise sums of up to 2^24 terms."""


def collective_peak(density: ThermalPlusCollective) -> Peak:
    """Return the maxima and their proof for a flat batch ``(points,)``, in O(N) a point.

    The phasors are left out: they follow from the density when asked for, see `collective_phasors`.
    """
    peak = Peak.empty(density.points, 0)
    over_points(partial(_fill, peak, density), density.points, levels=density.dimension - 2)
    return peak


def collective_phasors(density: ThermalPlusCollective) -> Complex:
    """Return the optimal phasors of a flat batch, ``(D, points)``; nan where a level carries no coherence."""
    points, size = density.points, density.dimension
    phasors = np.full((size, points), np.nan, dtype=np.complex128)

    def solve(chunk: slice) -> None:
        part = density.part(chunk)
        problem = _Problem.of(part)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # sides many orders of magnitude apart
            w = _closing_phasors(problem)
        carrying = problem.sides > 0.0
        turned = np.conj(part.drive.T * unit(part.link, 1.0)) * w
        phasors[1, chunk] = np.where(problem.live, 1.0, np.nan)
        phasors[2:, chunk] = np.where(
            problem.live & carrying, divide(turned, np.where(carrying, problem.sides, 1.0)), np.nan
        )

    over_points(solve, points, levels=size - 2)
    return phasors


@final
@dataclass(frozen=True, eq=False)
class _Problem:
    """Maximise pull m + c (m² − squares)/2 over −reach ≤ m − longest ≤ rest; points last.

    ``rest`` and ``squares`` are sums over all sides but the longest, and ``offset`` is m − longest at the maximum.
    """

    sides: Real
    carriers: Integer
    c: Real
    pull: Real
    longest: Real
    rest: Real
    squares: Real
    reach: Real
    offset: Real

    @classmethod
    def of(cls, density: ThermalPlusCollective) -> "_Problem":
        sides = np.abs(np.ascontiguousarray(density.drive.T))
        carriers = np.count_nonzero(sides, axis=0)
        # one carrier has no partner: its weight would enter as a difference of equal squares
        c = np.where(carriers > 1, density.pair, 0.0)
        pull, (longest, rest, squares) = np.abs(density.link), _apart(sides)
        reach = np.minimum(rest, longest)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            balance = np.where(c < 0.0, -pull / c, np.inf)
        return cls(
            sides=sides,
            carriers=carriers,
            c=c,
            pull=pull,
            longest=longest,
            rest=rest,
            squares=squares,
            reach=reach,
            offset=np.clip(balance - longest, -reach, rest),
        )

    @property
    def target(self) -> Real:
        """The best modulus m of the collective field."""
        return np.asarray(self.longest + self.offset)

    @property
    def known(self) -> Boolean:
        """Where there is a state."""
        return np.asarray(np.isfinite(self.pull + self.c))

    @property
    def live(self) -> Boolean:
        """Where there is a state with coherence."""
        return np.asarray(self.pull * self.longest > 0.0)


def _apart(sides: Real) -> tuple[Real, Real, Real]:
    """Return the longest side of each point, and the sums of the others and of their squares, ``(points)`` each."""
    if len(sides) > SUMMED_LEVELS:
        others = sides.copy()
        others[sides.argmax(axis=0), np.arange(sides.shape[1])] = 0.0
        return sides.max(axis=0), others.sum(axis=0), np.asarray((others * others).sum(axis=0))
    longest = sides[0]
    rest, squares = np.zeros(sides.shape[1:]), np.zeros(sides.shape[1:])
    for level, side in enumerate(sides[1:]):
        shorter = np.minimum(longest, side)
        longest = np.maximum(longest, side)
        if level:
            rest += shorter
            squares += shorter * shorter
        else:
            rest, squares = shorter, shorter * shorter
    return longest, rest, squares


def _fill(peak: Peak, density: ThermalPlusCollective, chunk: slice) -> None:
    problem = _Problem.of(density.part(chunk))
    c, pull, rest, squares = problem.c, problem.pull, problem.rest, problem.squares
    offset, target = problem.offset, problem.target
    double = 2.0 * problem.longest
    pairs, modulus, half = offset * (double + offset), pull * target, 0.5 * c
    value = modulus + half * (pairs - squares)
    # inside the interval the slope vanishes, so only rounding of the height counts; at its ends that of the end, too
    slope = np.abs(pull + c * target)
    half = np.abs(half)
    bound = value + _MARGIN * (modulus + 2.0 * half * (np.abs(pairs) + squares) + slope * rest)
    l1 = pull * (problem.longest + rest) + half * np.maximum(rest * (double + rest) - squares, 0.0)
    live, carriers = problem.live, problem.carriers
    inside = (offset > -problem.reach) & (offset < rest) & live
    peak.value[chunk], peak.bound[chunk], peak.l1[chunk] = value, bound, l1
    peak.proof[chunk] = np.where(c < 0.0, Proof.COLLECTIVE, Proof.L1)
    # inside the interval the optima are all phasors with |Σ |λ_l| w_l| = m*, of dimension N − 2
    ring = inside & (carriers > 2)
    peak.optima_dimension[chunk] = np.where(ring, carriers - 2, 0)
    peak.optimum[chunk] = np.where(ring, Optimum.CONTINUUM, np.where(inside, Optimum.SEVERAL, Optimum.POINT))
    peak.optima_count[chunk] = np.where(ring, 0, np.where(inside, 2, 1))
    if not live.all():
        rest = np.flatnonzero(~live) + chunk.start
        missing = np.where(problem.known[~live], 0.0, np.nan)
        peak.value[rest] = peak.bound[rest] = peak.l1[rest] = missing
        peak.proof[rest], peak.optimum[rest], peak.optima_count[rest] = Proof.EXACT, Optimum.UNDEFINED, 0


def _closing_phasors(problem: _Problem) -> Complex:
    """Return unit phasors w with Σ_l sides_l w_l = target ≥ 0, shape ``(N, points)``.

    Inside the allowed interval there are many; the polygon inscribed in a circle is taken, which is unique, spreads
    the phases evenly, and turns into the aligned and the opposed configuration at the two ends.
    """
    sides, target, offset = problem.sides, problem.target, problem.offset
    w = np.ones(sides.shape, dtype=np.complex128)
    opposed = (offset < problem.rest) & (offset <= -problem.reach)
    if opposed.any():
        w[:, opposed] = -1.0
        longest = sides[:, opposed].argmax(axis=0)
        w[longest, np.flatnonzero(opposed)] = 1.0
    inside = np.flatnonzero((offset < problem.rest) & ~opposed & np.isfinite(target))
    if inside.size:
        closing = _triangle if len(sides) == 2 else _inscribed
        w[:, inside] = closing(sides[:, inside], target[inside])
    return w


def _triangle(sides: Real, target: Real) -> Complex:
    """Return the directions of two sides that add up to a third, ``(2, points)``.

    Half angles from the semi-perimeter keep their accuracy in needles, where the law of cosines has none.
    """
    first, second = sides
    half = 0.5 * (first + second + target)
    over_first, over_second, over_target = half - first, half - second, np.maximum(half - target, 0.0)
    # tan²(α/2) of the angle between the target and each side; the side opposite to it is the other one
    one = np.arctan(np.sqrt(over_first * over_target / (half * over_second)))
    two = np.arctan(np.sqrt(over_second * over_target / (half * over_first)))
    return np.exp(1j * np.stack([2.0 * one, -2.0 * two]))


def _inscribed(sides: Real, target: Real) -> Complex:
    """Return the directions of the polygon with ``sides`` and closing side ``target`` inscribed in a circle."""
    from scipy.optimize import elementwise  # noqa: PLC0415  (a fifth of what the library takes to load)

    whole = np.concatenate([sides.T, target[:, np.newaxis]], axis=-1)
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
    directions = np.exp(1j * (2.0 * np.cumsum(half, axis=-1) - half)).T
    field = np.sum(sides * directions, axis=0)
    return np.asarray(directions * np.conj(unit(field, 1.0)))
