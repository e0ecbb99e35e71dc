"""Hypothesis strategies: random machines and random density matrices."""

import numpy as np
from hypothesis import strategies as st

import torusync as ts

positive = st.floats(1e-3, 1e2)
occupation = st.floats(0.0, 1e3)
angle = st.floats(0.0, 2.0 * np.pi)


@st.composite
def masers(draw, *, correlated=False, one_occupation=False):
    """A random machine: any drive down to zero, detuned, split, with occupations from zero to large."""
    levels = draw(st.integers(1, 5))
    moduli = draw(st.lists(st.floats(0.0, 3.0), min_size=levels, max_size=levels))
    turns = draw(st.lists(angle, min_size=levels, max_size=levels))
    n_hot = draw(occupation)
    spread = draw(st.lists(st.floats(-0.5, 0.5), min_size=levels, max_size=levels))
    options = {}
    if correlated:
        options["dipole_correlation"] = draw(st.floats(-0.9 / max(levels - 1, 1), 0.95))
    hot = n_hot if one_occupation else n_hot * (1.0 + 0.2 * np.array(spread))
    return ts.ThermalMaser(
        np.array(moduli) * np.exp(1j * np.array(turns)),
        n_hot=hot,
        n_cold=draw(occupation),
        gamma_hot=draw(positive),
        gamma_cold=draw(positive),
        splittings=draw(st.sampled_from([0.0, 0.01, 1.0])) * np.array(spread),
        detuning=draw(st.floats(-3.0, 3.0)),
        **options,
    )


@st.composite
def states(draw, *, largest=6):
    """A random density matrix of any rank."""
    size = draw(st.integers(2, largest))
    rank = draw(st.integers(1, size))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    a = rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank))
    rho = a @ a.conj().T
    return rho / np.trace(rho).real
