"""A lower bound on the smallest eigenvalue of an excited block, from nothing but its residual.

With independent dipoles the thermal part of the block is diagonal and G commutes with it: for a stored block B with
residual R = A B + B A† + ρ_00 S and any number c, A (B − c) + (B − c) A† = R − 2 G (ρ_00 D − c), and A is stable, so
B ⪰ c wherever 2 a_j (ρ_00 r_j − c) ≥ ‖R‖ for every level.  The exact block (R = 0) therefore lies between the
smallest and the largest thermal ratio times ρ_00, whatever drives it.
"""

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import eigenvalues

_ACCEPTED = 1e-14
"""A bound this far below zero is as good as zero: a hundredth of what is refused."""


def least(ground: Real, ratios: Real, damping: Real, residual: Real) -> Real:
    """Return the bound, shape ``(points)``.

    Parameters
    ----------
    ground : (points) ρ_00
    ratios, damping : (M, points) r_c, r_j and a_c, a_j
    residual : (points) ‖R‖, its rounding included
    """
    return np.asarray(np.minimum((ground * ratios - 0.5 * residual / damping).min(axis=0), ground))


def lowest_eigenvalue(matrices: Complex, ground: Real, ratios: Real, damping: Real, *, residual: Real) -> Real:
    """Return a lower bound on the smallest eigenvalue of ρ for blocks at hand, shape ``(points)``.

    Parameters as for `least`, and

    matrices : (M, M, points) the excited block without its thermal part; looked at only where the bound says nothing
    """
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
