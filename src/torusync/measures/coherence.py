"""How much coherence a state has, whatever its phases: two standard measures."""

import numpy as np

from torusync._checks import Real
from torusync.densities import density_of


def l1_coherence(state: object) -> Real:
    """Return C_l1 = Σ_{i<j} |ρ_ij|, shape ``(...)``, as the letter defines it (half the sum over i ≠ j).

    ``state`` is a solved state or density matrices ``(..., D, D)``.
    """
    matrix = density_of(state).to_array()
    off = np.abs(matrix).sum(axis=(-2, -1)) - np.abs(np.trace(matrix, axis1=-2, axis2=-1))
    return np.asarray(0.5 * np.maximum(off, 0.0))


def relative_entropy_of_coherence(state: object) -> Real:
    """Return S(diag ρ) − S(ρ) in nats, shape ``(...)``: zero exactly for diagonal states.

    ``state`` is a solved state or density matrices ``(..., D, D)``.
    """
    density = density_of(state)
    matrix = density.to_array()
    known = np.asarray(np.isfinite(matrix).all(axis=(-2, -1)))  # a map keeps nan where a state was refused
    spectrum = np.linalg.eigvalsh(np.where(known[..., np.newaxis, np.newaxis], matrix, 0.0))
    lost = _entropy(density.populations) - _entropy(np.asarray(spectrum, dtype=np.float64))
    return np.asarray(np.where(known, np.maximum(lost, 0.0), np.nan))


def _entropy(probabilities: Real) -> Real:
    positive = np.maximum(probabilities, 0.0)
    logarithm = np.log(np.where(positive > 0.0, positive, 1.0))
    return np.asarray(-np.sum(positive * logarithm, axis=-1))
