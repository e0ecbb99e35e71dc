"""The phase distribution S(φ) on the torus, Eq. (3) of the letter, and its gradient."""

import numpy as np

from torusync._checks import Complex, Real, as_real, broadcast_shape, requirement
from torusync.conventions import s_of_pairs
from torusync.densities import Density, density_of


def _phasors(density: Density, phases: object) -> Complex:
    angles = as_real("phases", phases)
    if angles.ndim == 0 or angles.shape[-1] != density.dimension:
        raise requirement("phases", f"end in an axis of {density.dimension} levels", f"its shape is {angles.shape}")
    broadcast_shape(state=density.batch_shape, phases=angles.shape[:-1])
    return np.asarray(np.exp(1j * angles))


def phase_distribution(state: object, phases: object) -> Real:
    """Return S(φ) = Σ_{n≠m} ρ_nm e^{i(φ_m − φ_n)} / (2^{D+1} π^{D−2}), Eq. (3).

    Parameters
    ----------
    state
        A solved state, or density matrices ``(..., D, D)``.
    phases : (..., D)
        φ_n of every level, in radians; batch axes broadcast with those of the state.  Only differences count.

    Returns
    -------
    (...)
        S, dimensionless; its mean over the torus is zero.
    """
    density = density_of(state)
    z = _phasors(density, phases)
    total = np.sum(np.conj(z) * density.coherent_product(z), axis=-1).real
    return s_of_pairs(density.dimension, 0.5 * total)


def phase_gradient(state: object, phases: object) -> Real:
    """Return ∂S/∂φ_i, shape ``(..., D)``; arguments as for `phase_distribution`."""
    density = density_of(state)
    z = _phasors(density, phases)
    slope = np.imag(np.conj(z) * density.coherent_product(z))
    return s_of_pairs(density.dimension, slope)
