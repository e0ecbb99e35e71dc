"""The letter's closed forms, Eqs. (9)–(13), written out from print.

Figures compare the solver with these lines, so nothing here calls a solver or the optimiser: two routes to one
number meet on the page.  All functions broadcast over their arguments; resonance, homogeneous drive λ, rates in
units of ω_1.
"""

from typing import NamedTuple

import numpy as np

from torusync._checks import Real


class Rates(NamedTuple):
    """γ_h, γ_c and n_c: the parameters that no figure varies."""

    gamma_hot: float
    gamma_cold: float
    n_cold: float


def coherences(levels: object, n_hot: object, drive: object, rates: Rates) -> tuple[Real, Real]:
    """Return |ρ_1j| and |ρ_jl| of Eqs. (9) and (10) with F = A N² + B N + C."""
    count, hot, coupling = (np.asarray(x, dtype=np.float64) for x in (levels, n_hot, drive))
    g_h, g_c, n_c = rates
    damping = g_c * (1.0 + n_c) + g_h * (1.0 + hot)
    a = coupling**2 * hot * damping
    b = hot * g_h * (1.0 + hot) * g_c * (1.0 + n_c) * damping + coupling**2 * (
        g_c * (1.0 + 3.0 * n_c + 2.0 * n_c * hot) + g_h * (1.0 + hot) * (1.0 + 2.0 * hot)
    )
    c = damping * g_c * g_h * (1.0 + hot) ** 2 * (1.0 + 2.0 * n_c)
    f = a * count**2 + b * count + c
    bias = np.abs(n_c - hot) * g_c / f
    return np.asarray(coupling * bias * g_h * (1.0 + hot)), np.asarray(coupling**2 * bias)


def dissipation_to_drive(n_hot: object, drive: object, rates: Rates) -> Real:
    """Return k = γ_h (1 + n_h)/λ, named below Eq. (11)."""
    return np.asarray(rates.gamma_hot * (1.0 + np.asarray(n_hot, dtype=np.float64)) / np.asarray(drive))


def s_max_two_levels(n_hot: object, drive: object, rates: Rates) -> Real:
    """Return S_max of Eq. (11), N = 2, all three branches."""
    hot = np.asarray(n_hot, dtype=np.float64)
    direct, mutual = coherences(2, hot, drive, rates)
    k = dissipation_to_drive(hot, drive, rates)
    engine = np.where(k > 2.0, 2.0 * direct - mutual, (1.0 + 0.5 * k**2) * mutual)
    return np.asarray(np.where(hot < rates.n_cold, 2.0 * direct + mutual, engine) / (16.0 * np.pi**2))


def entrainment_two_levels(n_hot: object, drive: object, rates: Rates) -> Real:
    """Return (|ρ_12| + |ρ_13|)/16π², the dashed line of Fig. 2."""
    return np.asarray(2.0 * coherences(2, n_hot, drive, rates)[0] / (16.0 * np.pi**2))


def optimal_phases(n_hot: float, drive: float, rates: Rates) -> Real:
    """Return the optimal (φ_21, φ_31) of Eq. (12), shape ``(optima, 2)`` in [0, 2π)."""
    if n_hot < rates.n_cold:
        return np.full((1, 2), 1.5 * np.pi)
    k = float(dissipation_to_drive(n_hot, drive, rates))
    if k > 2.0:
        return np.full((1, 2), 0.5 * np.pi)
    chi = float(np.arcsin(0.5 * k))
    return np.array([[chi, np.pi - chi], [np.pi - chi, chi]])


def scaled_homogeneous(levels: object, n_hot: object, drive: object, rates: Rates) -> Real:
    """Return (2π)^N S_max of a homogeneous drive for any N: the letter's l1 bound, or frustration below k = N."""
    count, hot = np.asarray(levels, dtype=np.float64), np.asarray(n_hot, dtype=np.float64)
    direct, mutual = coherences(count, hot, drive, rates)
    k = dissipation_to_drive(hot, drive, rates)
    pairs = 0.5 * count * (count - 1.0)
    engine = np.where(k > count, count * direct - pairs * mutual, 0.5 * mutual * (count + k**2))
    return np.asarray(0.25 * np.where(hot < rates.n_cold, count * direct + pairs * mutual, engine))


def thermodynamic_limit(n_hot: float, rates: Rates) -> float:
    """Return γ_c |n_c − n_h| / (8 n_h Γ): Eq. (13) in the refrigerator, the limit of N (2π)^N S_max in the engine."""
    g_h, g_c, n_c = rates
    damping = g_c * (1.0 + n_c) + g_h * (1.0 + n_hot)
    return g_c * abs(n_c - n_hot) / (8.0 * n_hot * damping)
