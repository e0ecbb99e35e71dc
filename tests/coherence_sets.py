"""Small states of chosen coherences, and sets to share the coherences out to."""

import itertools

import numpy as np

import torusync as ts
from problems import BATHS

TRIANGLE = {"star": [(0, 1), (0, 2)], "rest": [(1, 2)]}


def machine(n_hot, k, levels=2, **more):
    """The letter's machine at k = γ_h(1 + n_h)/λ, solved."""
    drive = np.full(levels, BATHS["gamma_hot"] * (1.0 + n_hot) / k)
    return ts.steady_state(ts.ThermalMaser(drive, n_hot=n_hot, **BATHS, **more))


def state_of(coherences):
    """A density matrix with the given coherences, scaled until it is one."""
    off = np.triu(np.asarray(coherences, dtype=complex), 1)
    off = off + off.conj().T
    size = len(off)
    largest = np.abs(off).sum(axis=1).max(initial=0.0)
    return np.eye(size) / size + (off / (1.01 * size * largest) if largest > 0.0 else 0.0)


def triangle(flux, first=1.0, second=1.0, third=1.0):
    """Three levels whose three coherences ask for phases that miss each other by ``flux``."""
    off = np.zeros((3, 3), dtype=complex)
    off[0, 1], off[0, 2], off[1, 2] = first, second, third * np.exp(1j * flux)
    return state_of(off)


def random_sets(rng, size, count):
    pairs = list(itertools.combinations(range(size), 2))
    owner = rng.integers(0, count, len(pairs))
    sets = {f"s{one}": [pair for pair, who in zip(pairs, owner, strict=True) if who == one] for one in range(count)}
    return {name: held for name, held in sets.items() if held}


def assert_same(one, other, **tolerance):
    assert list(one.alone) == list(other.alone)
    for name in ("pair_sum", "pair_sum_bound", "chance", "chance_error", "chance_bound", "rank", "cost", "gain"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), err_msg=name, **tolerance)
    for name in ("alone", "alone_bound"):
        for part, value in getattr(one, name).items():
            np.testing.assert_allclose(value, getattr(other, name)[part], err_msg=part, **tolerance)
    np.testing.assert_array_equal(one.verdict_codes, other.verdict_codes)
