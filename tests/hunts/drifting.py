"""Which phases drift in the frozen model where a chimera was looked for, and do any drift in the master equation?

Machines of twenty levels: two groups of different drive, a strong engine drive, identical levels.  Laws: no phase
drifts in the master equation, and where levels are identical none does with frozen amplitudes either.  What is counted
stands in the ledger of the set of phases.
"""

import sys
import time

import numpy as np
from tests.hunts.tally import Tally, command

import torusync as ts
from torusync.dynamics import phase_model

BATHS = {"gamma_hot": 0.05, "gamma_cold": 0.2, "n_cold": 0.5}
N_HOT = {"refrigerator": 0.2, "engine": 5.0, "engine of unmatched damping": 2.0}
SEED = 20230717

Case = tuple[str, np.ndarray, np.ndarray, float, float]
"""Kind, drives, splittings, n_h and duration."""


def groups(regime: str, weak: float, spread: float, duration: float, strong: float = 0.3) -> Case:
    """Two copies of ten levels, one driven strongly and one weakly."""
    drive, levels = np.repeat([strong, weak], 10), np.tile(np.linspace(0.0, spread, 10), 2)
    kind = f"two groups, λ = {strong:g}/{weak:g}, spread {spread:g}, {regime}, t = {duration:g}"
    return kind, drive, levels, N_HOT[regime], duration


def equal(regime: str, drive: float, spread: float, duration: float) -> Case:
    """Twenty levels of one drive, equally spaced."""
    kind = f"one group, λ = {drive:g}, spread {spread:g}, {regime}, t = {duration:g}"
    return kind, np.full(20, drive), np.linspace(0.0, spread, 20), N_HOT[regime], duration


TWO_GROUPS = (
    groups("refrigerator", 0.01, 3.0, 1000.0),
    groups("refrigerator", 0.01, 3.0, 4000.0),
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


def examine(tally: Tally, case: Case, starts: int, seed: int = SEED) -> str:
    """Follow random starts of a machine and return what drifts, in one line."""
    kind, drive, splittings, n_hot, duration = case
    begin = time.process_time()
    model = phase_model(ts.ThermalMaser(drive, n_hot=n_hot, splittings=splittings, **BATHS)).frozen()
    runs = model.run(duration, starts=starts, seed=seed)
    frozen, true = runs.frozen_drifting, runs.coevolving_drifting
    driven = frozen[:, model.pairs[:, 0] == 1].sum(axis=-1)
    pairs = frozen.sum(axis=-1)
    tally.law("no phase drifts in the master equation", not true.any(), lambda: kind)
    if not np.ptp(splittings):
        tally.law("identical levels: none with frozen amplitudes", not frozen.any(), lambda: kind)
    return (
        f"{kind}: {int((pairs > 0).sum())} of {starts} starts drift, {pairs.min()}-{pairs.max()} of {frozen.shape[-1]} "
        f"pairs, {driven.min()}-{driven.max()} of {len(drive)} levels; master equation {int(true.sum())}; "
        f"largest Re J {float(model.stability):+.4f}; {time.process_time() - begin:.0f} s"
    )


def hunt(starts: int) -> Tally:
    """Follow so many starts of every machine."""
    tally = Tally()
    for case in (*TWO_GROUPS, *STRONG, *IDENTICAL):
        sys.stdout.write(f"{examine(tally, case, starts)}\n")
        sys.stdout.flush()
    return tally


if __name__ == "__main__":
    command(hunt, 8)
