"""Which phases drift in the frozen model where a chimera was looked for, and do any drift in the master equation?

Machines of twenty levels: two groups of different drive, a strong engine drive, identical levels.  Laws: no phase
drifts in the master equation, and where levels are identical none does with frozen amplitudes either.  How many starts
still drift as time doubles tells an attractor from a slow transient.  What is counted stands in the ledger of the set
of phases.
"""

import sys
import time
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from scipy.integrate import solve_ivp
from tests.hunts.tally import Tally, command
from threadpoolctl import threadpool_limits

import torusync as ts
from torusync.dynamics import FrozenModel, phase_model

BATHS = {"gamma_hot": 0.05, "gamma_cold": 0.2, "n_cold": 0.5}
N_HOT = {"refrigerator": 0.2, "engine": 5.0, "engine of unmatched damping": 2.0}
SEED = 20230717

Case = tuple[str, np.ndarray, np.ndarray, float, float]
"""Kind, drives, splittings, n_h and duration."""


def groups(regime: str, weak: float, spread: float, duration: float, strong: float = 0.3) -> Case:
    """Two copies of ten levels, one driven strongly and one weakly."""
    drive, levels = np.repeat([strong, weak], 10), np.tile(np.linspace(0.0, spread, 10), 2)
    kind = f"two groups, λ = {strong:g}/{weak:g}, spread {spread:g}, {regime}"
    return kind, drive, levels, N_HOT[regime], duration


def equal(regime: str, drive: float, spread: float, duration: float) -> Case:
    """Twenty levels of one drive, equally spaced."""
    kind = f"one group, λ = {drive:g}, spread {spread:g}, {regime}"
    return kind, np.full(20, drive), np.linspace(0.0, spread, 20), N_HOT[regime], duration


TWO_GROUPS = (
    groups("refrigerator", 0.01, 3.0, 1000.0),
    groups("refrigerator", 0.1, 3.0, 1000.0),
    groups("engine", 0.01, 3.0, 1000.0),
    groups("engine of unmatched damping", 0.01, 3.0, 1000.0),
    groups("refrigerator", 0.01, 0.0, 1000.0),
    groups("engine of unmatched damping", 0.01, 0.0, 1000.0),
)
STRONG = tuple(
    equal(regime, drive, spread, 200.0)
    for regime in ("engine", "engine of unmatched damping")
    for drive in (1.0, 3.0)
    for spread in (3.0, 6.0, 12.0)
)
IDENTICAL = tuple(equal(regime, drive, 0.0, 200.0) for regime in N_HOT for drive in (0.03, 0.3, 3.0))
FOLLOWED = (
    groups("refrigerator", 0.01, 3.0, 16000.0),
    equal("refrigerator", 0.3, 3.0, 4000.0),
    equal("engine", 1.0, 12.0, 1000.0),
)
"""Followed until they rest, or so long."""


def model_of(case: Case) -> FrozenModel:
    _, drive, splittings, n_hot, _ = case
    return phase_model(ts.ThermalMaser(drive, n_hot=n_hot, splittings=splittings, **BATHS)).frozen()


def examine(tally: Tally, case: Case, starts: int, seed: int = SEED) -> str:
    """Follow random starts of a machine with frozen amplitudes and in the master equation; return what drifts."""
    kind, _, splittings, _, duration = case
    begin, model = time.process_time(), model_of(case)
    runs = model.run(duration, starts=starts, seed=seed)
    frozen, true = runs.frozen_drifting, runs.coevolving_drifting
    driven = frozen[:, model.pairs[:, 0] == 1].sum(axis=-1)
    pairs = frozen.sum(axis=-1)
    tally.law("no phase drifts in the master equation", not true.any(), lambda: kind)
    if not np.ptp(splittings) and not np.ptp(case[1]):
        tally.law("identical levels: none with frozen amplitudes", not frozen.any(), lambda: kind)
    return (
        f"{kind}, t = {duration:g}: {int((pairs > 0).sum())} of {starts} starts drift, {pairs.min()}-{pairs.max()} of "
        f"{frozen.shape[-1]} pairs, {driven.min()}-{driven.max()} of 20 levels; master equation {int(true.sum())}; "
        f"largest Re J {float(model.stability):+.4f}; {time.process_time() - begin:.0f} s"
    )


def survivors(case: Case, starts: int, seed: int = SEED) -> Iterator[str]:
    """Follow starts with frozen amplitudes and say after each doubling of time how many still drift."""
    kind, _, _, _, duration = case
    model = model_of(case)
    i, j = model.pairs.T
    turned = np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, (starts, len(model.rho)))
    phases, begin = model.phases + turned[:, j] - turned[:, i], time.process_time()

    def slope(_: float, flat: np.ndarray) -> np.ndarray:
        return model.velocity(flat.reshape(phases.shape)).reshape(-1)

    ends = [0.0, *(duration * 2.0**-k for k in range(5, -1, -1))]
    for start, end in pairwise(ends):
        with threadpool_limits(1):
            moments = np.linspace(start, end, 3)
            solved = solve_ivp(slope, (start, end), phases.ravel(), "DOP853", moments, rtol=1e-9, atol=1e-9)
        first, middle, last = solved.y.T.reshape(3, *phases.shape)
        turns, half = np.abs(last - first), np.abs(last - 2.0 * middle + first)
        drifts = turns > 2.0 * np.pi + half
        off = np.abs(np.exp(1j * last) - np.exp(1j * model.phases)).max(axis=-1)
        phases = last
        yield (
            f"{kind}, t = {start:g} to {end:g}: {int(drifts.any(axis=-1).sum())} of {starts} starts drift, "
            f"{int((off < 1e-3).sum())} at the steady phases; {time.process_time() - begin:.0f} s"
        )


def hunt(count: int) -> Tally:
    """Follow so many starts of every machine, 16 at most."""
    tally, starts = Tally(), min(count, 16)
    for case in (*TWO_GROUPS, *STRONG, *IDENTICAL):
        sys.stdout.write(f"{examine(tally, case, starts)}\n")
        sys.stdout.flush()
    for case in FOLLOWED:
        for line in survivors(case, starts):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
    return tally


if __name__ == "__main__":
    command(hunt, 8)
