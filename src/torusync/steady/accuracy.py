"""How far a state may be from the true one, and how small its smallest eigenvalue, from nothing but its residual.

Let B = ρ_00 (D + X) be the true excited block, D the undriven machine, and let hats be what was found.  With
R = A X̂ + X̂ A† − i ρ̂_00 [H, D] and V the solution of A V + V A† = −R,

    X̂ + V = ρ̂_00 X,        ρ̂_00/ρ_00 = 1 + t + tr V,      t = tr ρ̂ − 1.

−L⁻¹, L(Y) = A Y + Y A†, is a positive map, and so is its adjoint: the one of which ‖·‖_1 → ‖·‖_1 is asked attains its
norm at the identity, ‖V‖_1 ≤ ‖W‖ ‖R‖_1 and |tr V| ≤ ‖W‖ ‖R‖_1 with A†W + W A = −1 (Russo and Dye 1966).  ‖W‖ is at most
1/(2g) where the Hermitian part of −A is at least g; where that says too little, W itself is worked out.  No rate of the
spectrum will do: A is far from normal where levels are damped unequally.

Everything is in the trace norm, in which expectation values differ by no more than the largest value of what is
expected.
"""

from typing import Final

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import eigenvalues
from torusync.conventions import EPS

FAINT: Final = 1e-140
"""Norms below which their squares may have lost digits."""

GOOD: Final = 1e-10
"""Error up to which a state is taken as it is: what costs more to find is asked only beyond."""

TINY: Final = 1e-300
"""Numbers near the smallest double have no relative accuracy: an error is never said to be less."""

_ACCEPTED: Final = 1e-14
"""A bound of the smallest eigenvalue this far below zero is as good as zero: a hundredth of what is refused."""

_STORED: Final = 8.0 * EPS
"""Rounding of thermal ratios n/(1+n), of their products with ρ_00, and of the sum of both parts of a population."""


def state_errors(response: Real, terms: float, driven: Real) -> tuple[Real, Real]:
    """Return bounds of ‖ρ̂ − ρ‖_1 and of ‖X̂ − ρ_00 X‖_1, each ``(points)``; infinite where nothing is known.

    From bounds ``response`` of ‖V‖_1 and ``|tr V|`` for ρ̂_00 as it is, and ``driven`` of ‖X̂‖_1.  There are ``terms``
    roundings in the sum of populations, one over which is ρ̂_00, and they bound t.
    """
    whole = 1.0 + 2.0 * driven
    shift = response + ((terms + 8.0) * EPS) * whole
    # ρ̂_00/ρ_00 is off 1 by at most twice the shift
    coherence = response + 2.0 * shift * (driven + response) + TINY
    # ρ̂_00 (1 + tr D) = 1 + t − tr X̂
    error = coherence + (2.0 * shift + _STORED) * whole
    # a comparison with nan is false: what is not known to be bounded is not bounded
    known = shift < 0.5
    if known.all():
        return error, coherence
    return np.where(known, error, np.inf), np.where(known, coherence, np.inf)


def gain(w: Complex, missed: Complex, rounding: Real) -> Real:
    """Return a bound of ‖W‖ of A†W + W A = −1 from a candidate, ``(points)``; infinite where it proves nothing.

    The candidate solves the equation with −1 + E on the right, E = ``missed`` known up to ``rounding``, and
    −1 + E ⪯ −(1 − ‖E‖): by positivity W is at most 1/(1 − ‖E‖) of it.
    """
    size = w.shape[-1]
    with np.errstate(all="ignore"):
        error, slack = frobenius(missed) + rounding, (size + 4) * EPS * frobenius(w)
        values = eigenvalues(w)
        # A is stable if and only if W is positive
        proven = (error < 0.5) & (values[:, 0] > slack)
        return np.where(proven, (values[:, -1] + slack) / np.where(proven, 1.0 - error, 1.0), np.inf)


def frobenius(matrices: Complex) -> Real:
    """Return the Frobenius norms of stacked matrices ``(points, n, n)``; no smaller than they are where very small."""
    found = np.sqrt((matrices.real**2 + matrices.imag**2).sum(axis=(-2, -1)))
    if (faint := found < FAINT).any():
        # squares may underflow
        bound = matrices.shape[-1] * np.abs(matrices).max(axis=(-2, -1), initial=0.0)
        found = np.where(faint, bound, found)
    return np.asarray(found)


def least(ground: Real, ratios: Real, damping: Real, residual: Real) -> Real:
    """Return a lower bound on the smallest eigenvalue of states, ``(points)``, from ratios and damping ``(M, points)``.

    With independent dipoles the thermal part is diagonal and G commutes with it: for a stored block B with residual
    R = A B + B A† + ρ_00 S and any number c, A (B − c) + (B − c) A† = R − 2 G (ρ_00 D − c), and A is stable, so B ⪰ c
    wherever 2 a_j (ρ_00 r_j − c) ≥ ‖R‖ for every level.  The exact block (R = 0) therefore lies between the smallest
    and the largest thermal ratio times ρ_00, whatever drives it.
    """
    return np.asarray(np.minimum((ground * ratios - 0.5 * residual / damping).min(axis=0), ground))


def lowest_eigenvalue(matrices: Complex, ground: Real, ratios: Real, damping: Real, *, residual: Real) -> Real:
    """Return the same; blocks without their thermal part ``(M, M, points)`` are looked at where it says nothing."""
    lowest = least(ground, ratios, damping, residual)
    # not "below": where the residual is not a number, the bound is none either
    left = ~(lowest >= -_ACCEPTED)
    if left.any():
        # rates so far apart that the slowest level's share of the residual's rounding hides its population
        excited = np.moveaxis(matrices[..., left], -1, 0).copy()
        index = np.arange(len(matrices))
        excited[:, index, index] += (ground * ratios)[:, left].T
        lowest[left] = np.minimum(eigenvalues(excited)[:, 0], ground[left])
    return lowest
