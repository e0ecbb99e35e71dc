"""Upper bounds on the pair sum that hold for every phase configuration, rounding included.

For any real μ and any unit phasors z (docs/measure.md)

    ½ z† R z ≤ ½ [Σ μ_i + n max(0, λ_max(R − diag μ))]

so one extreme eigenvalue proves an optimum or states the gap.  A bound that is too good is worse than a loose one:
every margin below is an a-priori bound on the rounding of the quantity it is added to.
"""

import numpy as np

from torusync._checks import Complex, Real
from torusync._lapack import eigenvalues
from torusync.conventions import EPS

_EIGENVALUE_ERROR = 4.0
"""LAPACK's Hermitian eigenvalues are exact for a matrix within a small multiple of n ε ‖A‖_F."""


def l1_bound(weight: Real) -> tuple[Real, Real]:
    """Return Σ_{i<j} |R_ij| and the same with its rounding added, from each level's Σ_j |R_ij|, ``(points, n)``."""
    total = 0.5 * np.sum(weight, axis=-1)
    return total, total * (1.0 + 4.0 * EPS * weight.shape[-1])


def multipliers(coherences: Complex, phasors: Complex) -> Real:
    """Return μ_i = Re z_i^*(R z)_i, ``(points, n)``: at a stationary point, the Lagrange multipliers of |z_i| = 1."""
    return np.asarray(np.real(np.conj(phasors) * (coherences @ phasors[..., np.newaxis])[..., 0]))


def eigenvalue_bound(coherences: Complex, mu: Real) -> tuple[Real, Real]:
    """Return the dual bound at μ, and the spectrum of R − diag μ in ascending order.

    Parameters
    ----------
    coherences : (points, n, n) R, Hermitian with zero diagonal
    mu : (points, n) any numbers give a bound; the multipliers at a maximum, or of the relaxation, a good one
    """
    size = coherences.shape[-1]
    shifted = coherences.copy()
    index = np.arange(size)
    shifted[..., index, index] -= mu
    spectrum = eigenvalues(shifted)
    norm = np.linalg.norm(shifted, axis=(-2, -1))
    top = np.maximum(spectrum[..., -1], 0.0) + _EIGENVALUE_ERROR * size * EPS * norm
    summed = np.sum(mu, axis=-1)
    rounding = 2.0 * size * EPS * np.sum(np.abs(mu), axis=-1)
    bound = 0.5 * (summed + size * top + rounding)
    # an eigenvalue that was not found proves nothing
    return np.where(np.isnan(bound), np.inf, bound), spectrum
