"""Random machines of every kind with their bounds by S_max, and what the tests ask of a bound."""

import numpy as np

import torusync as ts
from problems import between
from torusync.thermo.bounds import synchronization_bounds
from torusync.thermo.conditions import Condition

MACHINES = 10_000


def drawn(rng, count, levels, *, engine, equal=False, split=True, per_level=False, **dipoles):
    """Random machines of one kind: rates, occupations, drives, splittings and detunings over orders of magnitude."""
    drive = between(rng, 1e-2, 10.0, count, 1) * np.ones(levels, dtype=complex)
    if not equal:
        spread = np.exp(rng.normal(size=(count, levels)) * rng.uniform(0.0, 2.0, (count, 1)))
        drive = drive * spread * np.exp(2j * np.pi * rng.random((count, levels)))
    low, high = np.sort(between(rng, 1e-2, 10.0, 2, count), axis=0)
    n_hot, n_cold = (high, low) if engine else (low, high)
    n_hot = n_hot[:, np.newaxis]
    if per_level:
        share = rng.random((count, levels)) ** rng.uniform(0.0, 3.0, (count, 1))
        n_hot = np.minimum(n_hot / share, 1e3) if engine else n_hot * share
    return ts.ThermalMaser(
        drive,
        n_hot=n_hot,
        n_cold=n_cold,
        gamma_hot=between(rng, 1e-2, 10.0, count),
        gamma_cold=between(rng, 1e-2, 10.0, count),
        omega_hot=200.0,
        splittings=between(rng, 1e-3, 1e2, count, 1) * rng.random((count, levels)) if split else 0.0,
        detuning=between(rng, 1e-2, 30.0, count) * rng.choice([-1.0, 1.0], count),
        **dipoles,
    )


def correlations(rng, count, levels, *, most=0.999):
    return np.maximum(rng.uniform(-1.0, 1.0, count) * most, -0.999 / (levels - 1))


def dipole_matrices(rng, count, levels):
    """Correlation matrices of any rank, from nearly independent to nearly aligned dipoles."""
    vectors = rng.normal(size=(count, levels, levels)) * (rng.random((count, 1, levels)) ** 3 + 1e-2)
    vectors /= np.linalg.norm(vectors, axis=-1, keepdims=True)
    matrix = vectors @ np.swapaxes(vectors, -1, -2)
    matrix[:, np.arange(levels), np.arange(levels)] = 1.0
    return 0.5 * (matrix + np.swapaxes(matrix, -1, -2))


def says_nothing(inequality, reason):
    """Assert that a bound is given at no point, and that the reason is."""
    assert not inequality.holds.any()
    assert np.isnan(inequality.bound).all()
    for code in np.unique(inequality.condition_codes):
        assert reason in Condition(int(code)).sentence


def bounds_of(maser):
    """Bounds without random starts, which are not needed for bounds; refused states stay in the batch as nan."""
    state = ts.steady_state(maser, throw=False)
    return state, synchronization_bounds(state, sync=ts.synchronization(state, random_starts=0))


def share(bounds):
    """|P|/(κ_P S_max), at most this."""
    return np.abs(bounds.thermodynamics.power) / (bounds.power_scale * bounds.synchronization.pair_sum)


def kept(inequality):
    small, large = (
        (inequality.quantity, inequality.bound) if inequality.above else (inequality.bound, inequality.quantity)
    )
    return (small <= large)[inequality.holds].all()


def degenerate_engine(levels, k, x, p=0.0):
    """Equal drives, with k = π a_h/λ and x = δ/Γ as asked for; arrays of k broadcast."""
    k, eigenvalue, hot, cold = np.asarray(k), 1.0 + (levels - 1) * p, 0.2 * 5.0, 0.3 * 1.2
    drive = eigenvalue * hot / k[..., np.newaxis] * np.ones(levels)
    return ts.ThermalMaser(
        drive,
        n_hot=4.0,
        n_cold=0.2,
        gamma_hot=0.2,
        gamma_cold=0.3,
        detuning=x * (eigenvalue * hot + cold),
        dipole_correlation=p,
    )
