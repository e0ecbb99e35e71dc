"""SU(D) coherent states and the Husimi distribution they define, Eqs. (1) and (2) of the letter."""

import math
from typing import Final

import numpy as np

from torusync._checks import Complex, Real, as_real, broadcast_shape, requirement, scalar
from torusync.densities import density_of

_LARGEST_FACTORIAL: Final = 200


def coherent_state(theta: object, phi: object) -> Complex:
    """Return the amplitudes α_n of the SU(D) coherent state, Eq. (2).

    Parameters
    ----------
    theta : (..., D−1)
        Polar angles θ_k in [0, π/2].
    phi : (..., D)
        Phases φ_n; the letter sets the last to 0.

    Returns
    -------
    (..., D)
        Unit vectors.

    Raises
    ------
    ArgumentError
        If the last axes do not have lengths D − 1 and D, or an angle is not finite.
    """
    polar = np.atleast_1d(as_real("theta", theta, minimum=0.0, maximum=0.5 * np.pi))
    phases = np.atleast_1d(as_real("phi", phi))
    if polar.shape[-1] != phases.shape[-1] - 1:
        raise requirement(
            "theta",
            f"have {phases.shape[-1] - 1} angles on its last axis, one fewer than `phi`",
            f"it has {polar.shape[-1]}",
        )
    broadcast_shape(theta=polar.shape[:-1], phi=phases.shape[:-1])
    sines = np.cumprod(np.sin(polar), axis=-1)
    moduli = np.empty((*polar.shape[:-1], polar.shape[-1] + 1))
    moduli[..., 0] = 1.0
    moduli[..., 1:] = sines
    moduli[..., :-1] *= np.cos(polar)
    return np.asarray(moduli * np.exp(1j * phases))


def husimi(state: object, theta: object, phi: object) -> Real:
    """Return the Husimi distribution Q = D!/π^{D−1} <α|ρ|α>, Eq. (1).

    Parameters
    ----------
    state
        A solved state, or density matrices ``(..., D, D)``.
    theta, phi : (..., D−1), (..., D)
        Angles of the coherent state; their batch axes broadcast with those of the state.

    Returns
    -------
    (...)
        Q ≥ 0; with the measure Π_k cosθ_k sin^{2(D−k)−1}θ_k dθ_k and dφ_1 … dφ_{D−1} it integrates to 1.
    """
    density, alpha = density_of(state), coherent_state(theta, phi)
    if alpha.shape[-1] != density.dimension:
        raise requirement("phi", f"have {density.dimension} phases on its last axis", f"it has {alpha.shape[-1]}")
    broadcast_shape(state=density.batch_shape, phi=alpha.shape[:-1])
    size = density.dimension
    if size > _LARGEST_FACTORIAL:
        raise requirement(
            "state", f"have at most {_LARGEST_FACTORIAL} levels, beyond which D! overflows", f"it has {size}"
        )
    log_factor = math.lgamma(size + 1) - (size - 1) * math.log(math.pi)
    overlap = np.sum(np.conj(alpha) * density.matvec(alpha), axis=-1).real
    return scalar(np.asarray(math.exp(log_factor) * overlap))
