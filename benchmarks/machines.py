"""The machines that are timed: raw arrays, as a user holds them before any library has seen them.

Rates and occupations are those of the letter's figures.  Couplings are inhomogeneous and complex, and levels unevenly
spaced, because equal ones would let a solver profit from a symmetry that machines in a laboratory do not have.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

import torusync as ts

SEED: Final = 20230717
"""Of the random couplings and splittings; the day of the letter."""

HOT: Final = {"engine": 5.0, "refrigerator": 0.2}
"""n_h in either regime, against n_c = 0.5."""

SPREAD: Final = 0.05
"""Width of a near-degenerate manifold, in units of ω_1."""

COUPLING: Final = 0.1
"""Mean of |λ_j|."""

_COMMON: Final = {"n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2, "omega_cold": 1.0, "omega_hot": 3.0}

Parameters = Mapping[str, Any]
"""Keyword arguments of `ThermalMaser`."""


def couplings(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Return λ with moduli spread by half of their mean to either side, and any phase."""
    return COUPLING * rng.uniform(0.5, 1.5, shape) * np.exp(2j * np.pi * rng.random(shape))


def near_degenerate(levels: int, regime: str, points: int | None = None) -> Parameters:
    """Return one machine, or a map with couplings and splittings of its own at every point."""
    rng = np.random.default_rng(SEED)
    shape = (levels,) if points is None else (points, levels)
    splittings = SPREAD * (rng.random(shape) - 0.5)
    return {**_COMMON, "drive": couplings(rng, shape), "splittings": splittings, "n_hot": np.array(HOT[regime])}


def degenerate(levels: int, regime: str) -> Parameters:
    """Return one machine without splittings."""
    drive = couplings(np.random.default_rng(SEED), (levels,))
    return {**_COMMON, "drive": drive, "n_hot": np.array(HOT[regime])}


def degenerate_map(side: int) -> Parameters:
    """Return side³ machines of two levels without splittings, over detuning × drive × n_h in both regimes."""
    pair = couplings(np.random.default_rng(SEED), (2,))
    return {
        **_COMMON,
        "drive": np.linspace(0.1, 2.0, side)[:, np.newaxis, np.newaxis] * pair,
        "detuning": np.linspace(-0.3, 0.3, side)[:, np.newaxis, np.newaxis],
        "n_hot": np.geomspace(HOT["refrigerator"], HOT["engine"], side)[:, np.newaxis],
    }


def picked(parameters: Parameters, indices: Sequence[int]) -> list[dict[str, Any]]:
    """Return single machines of a map: every argument at the points ``indices`` of the flattened batch."""
    shape = ts.ThermalMaser(**parameters).batch_shape
    levels = parameters["drive"].shape[-1]
    machines: list[dict[str, Any]] = [{} for _ in indices]
    for name, value in parameters.items():
        axis = (levels,) if name in {"drive", "splittings", "n_hot"} else ()
        whole = np.atleast_1d(value) if axis else np.asarray(value)
        flat = np.broadcast_to(whole, (*shape, *axis)).reshape(-1, *axis)
        for machine, index in zip(machines, indices, strict=True):
            machine[name] = flat[index]
    return machines
