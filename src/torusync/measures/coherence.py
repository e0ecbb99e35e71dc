"""How much coherence a state has, whatever its phases: two standard measures."""

import numpy as np

from torusync._checks import Real, scalar
from torusync.densities import density_of, off_diagonal


def l1_coherence(state: object) -> Real:
    """Return C_l1 = Σ_{i<j} |ρ_ij|, shape ``(...)``, as the letter defines it (half the sum over i ≠ j).

    ``state`` is a solved state or density matrices ``(..., D, D)``.
    """
    return scalar(0.5 * np.abs(off_diagonal(density_of(state).to_array())).sum(axis=(-2, -1)))


def relative_entropy_of_coherence(state: object) -> Real:
    """Return S(diag ρ) − S(ρ) in nats, shape ``(...)``: zero exactly for diagonal states.

    ``state`` is a solved state or density matrices ``(..., D, D)``.
    """
    density = density_of(state)
    matrix = density.to_array()
    known = np.asarray(np.isfinite(matrix).all(axis=(-2, -1)))  # a map keeps nan where a state was refused
    spectrum, vectors = np.linalg.eigh(np.where(known[..., np.newaxis, np.newaxis], matrix, 0.0))
    p, d = np.maximum(spectrum, 0.0)[..., np.newaxis, :], np.maximum(density.populations, 0.0)[..., :, np.newaxis]
    # p log(p/d) − p + d summed with weights |<i|v_j>|², none negative: two entropies would leave nothing of a coherence
    # of 1e-8 but the rounding of their difference
    both = (p > 0.0) & (d > 0.0)
    p_safe, d_safe = np.where(both, p, 1.0), np.where(both, d, 1.0)
    near = np.abs(p - d) <= 0.5 * d
    logarithm = np.where(near, np.log1p(np.where(near, (p - d) / d_safe, 0.0)), np.log(p_safe) - np.log(d_safe))
    lost = np.sum(np.abs(vectors) ** 2 * (p * np.where(both, logarithm, 0.0) - (p - d)), axis=(-2, -1))
    return scalar(np.where(known, np.maximum(lost, 0.0), np.nan))
