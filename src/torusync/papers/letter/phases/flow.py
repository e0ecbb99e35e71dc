"""The torus flow of the engine beside Kuramoto's model: machines by k, starts by their order parameter, its mean field.

Of identical phases that repel in a field, those that start as a Poisson kernel stay one (Ott and Antonsen 2008), and
equally spaced quantiles of it have its moments but for terms of the power N: few levels follow the mean field at once.
"""

from typing import Any, Final

import numpy as np

from torusync._checks import Complex, Real
from torusync.dynamics import torus_flow
from torusync.models import ThermalMaser
from torusync.papers.letter.parameters import BATHS
from torusync.papers.letter.phases import parameters as phases
from torusync.steady import SteadyState, steady_state

N_HOT: Final = phases.UNMATCHED
DAMPING: Final = BATHS["gamma_hot"] * (1.0 + N_HOT)
"""γ_h(1 + n_h)."""

MANIFOLD: Final = slice(2, None)


def engine(levels: int, k: object, spread: float = 0.0) -> ThermalMaser:
    """Return engines with k = γ_h(1 + n_h)/λ."""
    return phases.machine(levels, DAMPING / np.asarray(k), spread, N_HOT)


def in_phase(state: SteadyState[Any]) -> tuple[Complex, Complex]:
    """Return coherences of the excited levels without their diagonal, and phasors as the drive prefers them."""
    rho = np.array(state.density.to_array())[1:, 1:]
    np.fill_diagonal(rho, 0.0)
    phasors = np.exp(-1j * np.angle(rho[0]))
    phasors[0] = 1.0
    return rho, phasors


def poisson(levels: int, order: float) -> Real:
    """Return phases whose moments Σe^{imφ}/N are ``order`` to the power m, but for terms of the power N."""
    even = np.exp(2j * np.pi * (np.arange(levels) + 0.5) / levels)
    return np.asarray(np.angle((even + order) / (1.0 + order * even)))


def relaxation(levels: int, share: float, order: float, duration: float) -> tuple[Real, Real]:
    """Return times in units of 1/Ny, and the order parameter along the torus flow from a Poisson kernel.

    ``share`` is k/N; y is the modulus of ρ_jl.
    """
    state = steady_state(engine(levels, share * levels))
    unit = levels * abs(complex(state.coherence(2, 3)))
    _, phasors = in_phase(state)
    begin = np.concatenate([[0.0, 0.0], poisson(levels, order) + np.angle(phasors[1:])])
    found = torus_flow(state, duration / unit, phases=begin)
    return np.asarray(found.times * unit), np.asarray(found.order_parameter(MANIFOLD)[0])


def mean_field(times: Real, share: float, order: float) -> Real:
    """Return r(t) of Kuramoto's mean field, ṙ = ½(k/N − r)(1 − r²), by partial fractions for t(r); times in 1/Ny."""
    r = order + (share - order) * -np.expm1(-np.linspace(0.0, 33.0, 200_001))
    past = -2.0 / (1.0 - share**2) * np.log((share - r) / (share - order))
    past -= np.log((1.0 - r) / (1.0 - order)) / (share - 1.0)
    past += np.log((1.0 + r) / (1.0 + order)) / (share + 1.0)
    return np.interp(times, past, r)
