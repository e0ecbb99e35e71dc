"""Machines with correlated dipoles: is any S_max called certified that is not, and does their diagonal help?

For each machine two things stand against what the library says of the solved state.  The judge is a bound worked out
here, from the matrix alone: at any multipliers μ

    ΣS ≤ ½ [Σ μ_i + n max(0, λ_max(R − diag μ))]

with μ those of the phases that the library reports, so that a value is right wherever this bound meets it.  Where it
does not, near a continuum, multipliers of their own are found and proven in ball arithmetic (`dual`).  Beside the judge
stands the library's search over the bare matrix, which knows no thermal part: it can only show that a value is too low.

    python -m tests.hunts.correlated 5000 [first seed]
"""

import sys
import time
from dataclasses import dataclass

import numpy as np
from tests.hunts import dual

import torusync as ts
from torusync.steady import Status

EPS = float(np.finfo(float).eps)

CERTIFIED = 1e-9

LONG = 5000
"""Machines of a hunt without a count."""


def machine(seed):
    """Return the machine of one seed: N = 17 … 60, any admissible correlation, often one level unlike the others."""
    rng = np.random.default_rng([17, seed])
    levels = int(rng.integers(17, 61))
    drive = 10.0 ** rng.uniform(-2.5, 0.3) * np.ones(levels)
    pattern = seed % 4
    if pattern in (1, 2):
        drive[rng.integers(levels)] *= 10.0 ** rng.uniform(np.log10(3.0), 3.0)
    if pattern in (2, 3):
        drive = drive * rng.uniform(0.05, 1.0, levels)
    if rng.random() < 0.3:
        drive = drive * np.exp(2j * np.pi * rng.random(levels))
    hot, cold = np.sort(10.0 ** rng.uniform(-1.5, 1.0, 2))
    if (seed // 4) % 2:
        hot, cold = cold, hot
    options = {"n_hot": hot, "n_cold": cold, "gamma_hot": 10.0 ** rng.uniform(-2.5, 0.5)}
    options |= {"gamma_cold": 10.0 ** rng.uniform(-2.5, 0.5)}
    if (seed // 8) % 3 == 2:
        vectors = rng.normal(size=(levels, 3))
        vectors /= np.linalg.norm(vectors, axis=1)[:, np.newaxis]
        options["dipole_matrix"] = dipoles = vectors @ vectors.T
        np.fill_diagonal(dipoles, 1.0)
        options["splittings"] = 10.0 ** rng.uniform(-2.0, 0.0) * np.sort(rng.random(levels))
        options["detuning"] = rng.normal() * rng.integers(2)
    else:
        lowest = -1.0 / (levels - 1)
        options["dipole_correlation"] = (
            rng.uniform(lowest, 0.999) if rng.random() < 0.7 else rng.choice([lowest, 0.999])
        )
        if rng.random() < 0.4:
            options["splittings"] = 10.0 ** rng.uniform(-4.0, 0.0) * np.sort(rng.random(levels))
    return ts.ThermalMaser(drive, **options)


def independent_bound(rho, phases):
    """Return an upper bound on the pair sum from the matrix and multipliers read off ``phases``, rounding included."""
    coherences = rho - np.diag(np.diag(rho))
    z = np.where(np.isfinite(phases), np.exp(1j * np.nan_to_num(phases)), 0.0)
    field = coherences @ z
    mu = np.where(z != 0.0, (z.conj() * field).real, np.abs(coherences).sum(axis=1))
    size, shifted = len(rho), coherences - np.diag(mu)
    top = max(0.0, float(np.linalg.eigvalsh(shifted)[-1])) + 8.0 * size * EPS * float(np.linalg.norm(shifted))
    return 0.5 * (float(mu.sum()) + size * top) + size * EPS * float(np.abs(mu).sum())


def judged(rho, phases, value):
    """Return the lowest bound known here: of the moduli, at ``phases``, where a climb of its own leads to, of `dual`.

    Near a continuum phases may be off by 1e-8 at no cost to the height; their multipliers are then off as much, and
    none that are worked out in doubles are any better.  The last bound takes seconds, and is asked for last.
    """
    coherences = rho - np.diag(np.diag(rho))
    bound = min(independent_bound(rho, phases), 0.5 * np.abs(coherences).sum() * (1.0 + 1e-13))
    z = np.where(np.isfinite(phases), np.exp(1j * np.nan_to_num(phases)), 0.0)
    for _ in range(4):
        if bound - value <= CERTIFIED * bound:
            break
        for _ in range(100):
            for level in np.flatnonzero(z):
                field = coherences[level] @ z
                z[level] = field / abs(field)
        bound = min(bound, independent_bound(rho, np.where(z != 0.0, np.angle(z), np.nan)))
    return bound if bound - value <= CERTIFIED * bound else min(bound, dual.enclosed(rho).upper)


@dataclass(frozen=True)
class Finding:
    """What one machine showed: heights and bounds in pair sums, seconds of CPU."""

    seed: int
    refrigerator: bool
    value: float
    bound: float
    certified: bool
    largest: float
    searched: float
    judge: float
    seconds: float
    bare_seconds: float

    @property
    def wrong(self):
        """A value below one attained, below max|ρ_ij|, or a bound below a value."""
        higher = self.searched > self.value * (1.0 + CERTIFIED) + 1e-300
        below = self.value < self.largest * (1.0 - 1e-12)
        return self.bound < max(self.value, self.searched) * (1.0 - 1e-14) or below or (self.certified and higher)

    @property
    def lower(self):
        """Whether the bare search came higher where nothing is claimed."""
        return self.searched > self.value * (1.0 + CERTIFIED)

    @property
    def unproven(self):
        """Called certified while the bound worked out here does not meet the value."""
        return self.certified and not self.judge - self.value <= CERTIFIED * self.judge


def look(seed, **knobs):
    """Return the finding of one seed, or None where it has no unique state."""
    state = ts.steady_state(machine(seed), throw=False)
    if state.status is not Status.SUCCESS:
        return None
    begin = time.process_time()
    sync = ts.synchronization(state, **knobs)
    seconds = time.process_time() - begin
    rho = state.rho
    begin = time.process_time()
    bare = ts.synchronization(rho, **knobs)
    bare_seconds = time.process_time() - begin
    off = np.abs(rho - np.diag(np.diag(rho)))
    value = float(sync.pair_sum)
    # where nothing is claimed there is nothing to climb for
    judge = judged(rho, sync.phases, value) if sync.certified else independent_bound(rho, sync.phases)
    return Finding(
        seed, bool(np.all(state.system.n_hot < state.system.n_cold)), value, float(sync.pair_sum_bound),
        bool(sync.certified), float(off.max()), float(bare.pair_sum), judge, seconds, bare_seconds,
    )  # fmt: skip


def hunt(seeds, **knobs):
    """Return the findings of all seeds that have a state; ``knobs`` are those of both searches."""
    return [found for seed in seeds if (found := look(seed, **knobs)) is not None]


def summary(found):
    """Return the counts as lines of text."""
    lines = []
    for name, chosen in (("refrigerators", True), ("engines", False)):
        some = [one for one in found if one.refrigerator is chosen]
        ours, bare = (1e3 * np.median([getattr(one, key) for one in some]) for key in ("seconds", "bare_seconds"))
        lines.append(
            f"{len(some)} {name}: {sum(one.certified for one in some)} certified, "
            f"{sum(one.wrong for one in some)} wrong, {sum(one.unproven for one in some)} certified without proof, "
            f"{sum(one.lower for one in some)} open ones below the bare search, median {ours:.1f} ms, "
            f"bare search {bare:.1f} ms"
        )
    return lines


if __name__ == "__main__":
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    everything = hunt(range(first, first + (int(sys.argv[1]) if len(sys.argv) > 1 else LONG)))
    bad = [one for one in everything if one.wrong or one.unproven]
    sys.stdout.write("\n".join([*summary(everything), *map(str, bad[:20])]) + "\n")
    sys.exit(bool(bad))
