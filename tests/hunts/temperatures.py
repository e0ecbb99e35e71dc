"""Machines from temperatures, an occupation a level: does S_max through order parameters keep its word?

The manifold block of such a machine has eigenvalues of both signs.  N is small enough to write the matrix down: the
judge is the eigenvalue bound that `judged` works out from it alone.

    python -m tests.hunts.temperatures 1000 [first seed]
"""

import sys

import numpy as np
from tests.hunts.correlated import CERTIFIED, judged

import torusync as ts
from torusync.steady import Status

LONG = 400
"""Machines of a hunt without a count."""


def machine(seed):
    """Return the machine of one seed: N = 150 … 400, either regime, level spreads up to several times the damping."""
    rng = np.random.default_rng([23, seed])
    levels = int(rng.integers(150, 401))
    drive = 10.0 ** rng.uniform(-2.0, 0.0) * np.ones(levels)
    if seed % 3 == 1:
        drive = drive * rng.uniform(0.1, 1.0, levels) * np.exp(2j * np.pi * rng.random(levels))
    if seed % 3 == 2:
        drive[rng.integers(levels)] *= 10.0 ** rng.uniform(0.5, 2.0)
    cold = 10.0 ** rng.uniform(-0.3, 0.3)
    hot = cold * (rng.uniform(1.1, 2.8) if seed % 2 else rng.uniform(3.3, 30.0))
    return ts.ThermalMaser.near_degenerate(
        manifold_levels=levels, spread=10.0 ** rng.uniform(-2.0, 0.0), hot_temperature=hot, cold_temperature=cold,
        drive=drive,
        gamma_hot=10.0 ** rng.uniform(-2.0, 0.0), gamma_cold=10.0 ** rng.uniform(-2.0, 0.0),
        detuning=0.1 * rng.normal() * rng.integers(2),
    )  # fmt: skip


def look(seed):
    """Return (certified, relative gap, what is wrong with the machine of one seed), or None where it has no state."""
    state = ts.steady_state(machine(seed), throw=False)
    if state.status is not Status.SUCCESS:
        return None
    sync = ts.synchronization(state, random_starts=4)
    rho, phases = state.rho, sync.phases
    off = rho - np.diag(np.diag(rho))
    z = np.where(np.isfinite(phases), np.exp(1j * np.nan_to_num(phases)), 0.0)
    height, judge = 0.5 * float(np.vdot(z, off @ z).real), judged(rho, phases, float(sync.pair_sum))
    faults = []
    if abs(float(sync.pair_sum) - height) > 1e-11 * abs(height):
        faults.append(f"{sync.pair_sum} is not the height {height} at the phases")
    if sync.pair_sum_bound < height * (1.0 - 1e-13):
        faults.append(f"the bound {sync.pair_sum_bound} lies below the height {height}")
    if sync.pair_sum < np.abs(off).max() * (1.0 - 1e-12):
        faults.append("the pair sum lies below the largest coherence")
    if sync.certified and not judge - height <= CERTIFIED * judge:
        faults.append(f"certified, but all that is proven here is a gap of {judge / height - 1.0:.1e}")
    return bool(sync.certified), float(sync.relative_gap), faults


if __name__ == "__main__":
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    found = {
        seed: one
        for seed in range(first, first + (int(sys.argv[1]) if len(sys.argv) > 1 else LONG))
        if (one := look(seed)) is not None
    }
    bad = {seed: one[2] for seed, one in found.items() if one[2]}
    certified = sum(one[0] for one in found.values())
    sys.stdout.write(f"{len(found)} machines, {certified} certified, {len(bad)} wrong\n")
    sys.stdout.writelines(f"{seed}: {'; '.join(faults)}\n" for seed, faults in bad.items())
    sys.exit(bool(bad))
