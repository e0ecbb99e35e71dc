"""States whose S_max is to be proven, drawn at random: masers of every make, random states, and adversarial ones.

Masers cover what the theory of the maser decides and what it leaves open.  Random states have no structure to profit
from, and adversarial ones have one that works against whoever climbs: contradictions around a ring, many equal
coherences, products.
"""

from typing import Any, Final

import numpy as np

import torusync as ts

_RANK: Final = 3
"""Of the dipole matrix, before independent dipoles are mixed in: dipoles are vectors in space."""

Real = np.ndarray
Complex = np.ndarray
Generator = np.random.Generator


def degenerate(rng: Generator, *, levels: int, regime: str) -> ts.ThermalMaser:
    """Return a maser without splittings."""
    return ts.ThermalMaser(_couplings(rng, levels), **_baths(rng, regime))


def near_degenerate(rng: Generator, *, levels: int, regime: str) -> ts.ThermalMaser:
    """Return a maser whose splittings spread over 1e-3 to 1e3 widths of its levels."""
    baths = _baths(rng, regime)
    return ts.ThermalMaser(_couplings(rng, levels), **baths, splittings=_splittings(rng, baths, levels, (1e-3, 1e3)))


def decades(rng: Generator, *, levels: int, regime: str) -> ts.ThermalMaser:
    """Return a maser whose couplings are spread over four decades, and whose splittings over about a width."""
    baths = _baths(rng, regime)
    drive = _couplings(rng, levels, _between(rng, 1e-3, 10.0, levels))
    return ts.ThermalMaser(drive, **baths, splittings=_splittings(rng, baths, levels, (0.1, 10.0)))


def unequal(rng: Generator, *, levels: int, regime: str) -> ts.ThermalMaser:
    """Return a near-degenerate maser whose levels differ in occupation, and so in width, by up to two decades."""
    baths = _baths(rng, regime)
    towards = 1.0 if regime == "engine" else -1.0
    baths["n_hot"] = baths["n_cold"] * _between(rng, 1.1, 100.0, levels) ** towards
    return ts.ThermalMaser(_couplings(rng, levels), **baths, splittings=_splittings(rng, baths, levels, (1e-2, 1e2)))


def one_correlation(rng: Generator, *, levels: int, regime: str) -> ts.ThermalMaser:
    """Return a near-degenerate maser with any correlation p that keeps the dipoles' matrix positive."""
    baths = _baths(rng, regime)
    return ts.ThermalMaser(
        _couplings(rng, levels),
        **baths,
        splittings=_splittings(rng, baths, levels, (1e-2, 1e2)),
        dipole_correlation=rng.uniform(-1.0 / (levels - 1), 1.0),
    )


def dipole_matrix(rng: Generator, *, levels: int, regime: str) -> ts.ThermalMaser:
    """Return a near-degenerate maser with dipoles along any direction in space, mixed with independent ones."""
    baths = _baths(rng, regime)
    vectors = rng.normal(size=(levels, _RANK))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    share = rng.uniform(0.2, 0.9)
    overlaps = share * vectors @ vectors.T
    np.fill_diagonal(overlaps, 1.0)
    return ts.ThermalMaser(
        _couplings(rng, levels),
        **baths,
        splittings=_splittings(rng, baths, levels, (1e-2, 1e2)),
        dipole_matrix=0.5 * (overlaps + overlaps.T),
    )


def ginibre(rng: Generator, *, size: int, rank: int) -> Complex:
    """Return a random density matrix of a given rank."""
    root = rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank))
    return _density(root @ root.conj().T)


def ring(rng: Generator, *, size: int, flux: float | None = None, equal: bool = True) -> Complex:
    """Return a ring of levels; its phase preferences contradict one another by the flux through it."""
    couplings = np.ones(size) if equal else _between(rng, 0.1, 1.0, size)
    phases = rng.uniform(0.0, 2.0 * np.pi, size)
    if flux is not None:
        phases[-1] = flux - phases[:-1].sum()
    at = np.arange(size)
    coherences = np.zeros((size, size), dtype=complex)
    coherences[at, (at + 1) % size] = couplings * np.exp(1j * phases)
    return _density(coherences + coherences.conj().T)


def tensor_product(rng: Generator, *, sizes: tuple[int, ...]) -> Complex:
    """Return the product of independent random states; its best phases need not be those of its parts."""
    whole = np.ones((1, 1), dtype=complex)
    for size in sizes:
        whole = np.kron(whole, ginibre(rng, size=size, rank=size))
    return _density(whole)


def random_signs(rng: Generator, *, size: int) -> Complex:
    """Return coherences ±1."""
    return _even(rng.choice([-1.0, 1.0], size=(size, size)))


def random_phases(rng: Generator, *, size: int) -> Complex:
    """Return coherences of equal modulus and any phase."""
    return _even(np.exp(2j * np.pi * rng.random((size, size))))


def _even(entries: Complex) -> Complex:
    upper = np.triu(entries, 1)
    return _density(upper + upper.conj().T)


def _density(hermitian: Complex) -> Complex:
    """Return a density matrix with these coherences: mixed with the identity as far as positivity needs it."""
    size = len(hermitian)
    hermitian = 0.5 * (hermitian + hermitian.conj().T)
    lowest = float(np.linalg.eigvalsh(hermitian)[0])
    if lowest < 0.0:
        hermitian = hermitian + 1.01 * abs(lowest) * np.eye(size)
    return hermitian / np.trace(hermitian).real


def _baths(rng: Generator, regime: str) -> dict[str, Any]:
    n_cold, ratio = _between(rng, 0.1, 2.0), _between(rng, 1.2, 20.0)
    return {
        "n_cold": n_cold,
        "n_hot": n_cold * ratio if regime == "engine" else n_cold / ratio,
        "gamma_cold": _between(rng, 0.02, 0.3),
        "gamma_hot": _between(rng, 0.02, 0.3),
        "detuning": 0.1 * rng.normal(),
    }


def _couplings(rng: Generator, levels: int, moduli: Real | None = None) -> Complex:
    moduli = 0.1 * rng.uniform(0.5, 1.5, levels) if moduli is None else moduli
    return moduli * np.exp(2j * np.pi * rng.random(levels))


def _splittings(rng: Generator, baths: dict[str, Any], levels: int, widths: tuple[float, float]) -> Real:
    width = baths["gamma_hot"] * (1.0 + np.mean(baths["n_hot"]))
    return _between(rng, *widths) * width * rng.random(levels)


def _between(rng: Generator, low: float, high: float, count: int | None = None) -> Any:
    """Return numbers spread evenly in their logarithm."""
    return low * (high / low) ** rng.random(count)
