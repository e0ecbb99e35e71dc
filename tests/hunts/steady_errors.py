"""Is a state ever further from the true one than it says?

Machines with rates from 1e-10 to 1e4 of the drive, solved by the default and by every solver that takes them, against
the steady state in ball arithmetic.  Laws, where the status is SUCCESS:

* ‖ρ_found − ρ_true‖_1 ≤ ``error`` ≤ 1e-6, which is not negative, and coherences are off by at most
  ``coherence_error``, in the matrix and where single entries are asked for; ``min_eigenvalue`` less ``error`` is not
  above the true one;
* ``residual`` is not below ‖dρ/dt‖_F of the matrix that is stored;
* the default solver refuses no state that is unique and positive;
* and in the median ``error`` is at most a hundred times the true error plus rounding: 1 everywhere would be useless.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from flint import acb_mat, arb, ctx
from tests.hunts import balls
from tests.hunts.library import name_of, solved
from tests.hunts.machines import Machine, batches, draw, ordinary
from tests.hunts.tally import Tally, command

import torusync as ts
from torusync.steady import Block, Cauchy, Collective, Dense, LowRank, Status

SOLVERS = (None, Collective(), Cauchy(), LowRank(), Block(), Dense())
MOST_ERROR = 1e-6
DIGITS = 1 + 1e-12  # of what is rounded here: norms of differences to thirteen digits
ROUNDING = 1e-15  # of a diagonal from which the thermal part is subtracted, populations summing to one


def thermal_part(machine: Machine) -> list[arb]:
    """Thermal ratios of the levels 1, 2 … of baths that are coupled."""
    occupations = [machine.n_cold, *machine.n_hot.tolist()]
    return [arb(n) / (1 + arb(n)) for n in occupations]


def beside_thermal(machine: Machine, rho: acb_mat) -> acb_mat:
    """Return B − ρ_00 D, what the drive adds."""
    size = machine.manifold_levels + 1
    ratios = thermal_part(machine)
    out = acb_mat(size, size)
    for i in range(size):
        for j in range(size):
            out[i, j] = rho[i + 1, j + 1] - (rho[0, 0] * ratios[i] if i == j else 0)
    return out


def off_diagonal_norm(difference: acb_mat) -> float:
    """Largest 2‖E_j,others‖_2 over the levels j: never above ‖E‖_1, whatever the diagonal."""
    digits, scale = balls.scaled(difference)
    np.fill_diagonal(digits, 0.0)
    return 2 * float(np.linalg.norm(digits, axis=-1).max()) * scale


def examine(tally: Tally, name: str, truth: balls.Truth, state: ts.SteadyState, k: int) -> None:
    """Hold point k of a batch against its true state."""
    machine, rho = truth.machine, state.rho[k]
    error, beside = float(state.error[k]), float(state.coherence_error[k])
    with ctx.workprec(truth.bits):
        difference = balls.exact(rho) - truth.rho
        true_error = balls.trace_norm(difference)
        added = beside_thermal(machine, balls.exact(rho)) - beside_thermal(machine, truth.rho)
        true_beside, true_coherence = balls.trace_norm(added), off_diagonal_norm(added)
    lowest = float(np.linalg.eigvalsh(truth.doubles)[0])
    seen = [abs(complex(state.coherence(i, j)[k]) - truth.doubles[i, j]) for i, j in pairs(machine.manifold_levels)]
    shown = np.abs(state.populations[k] - truth.doubles.diagonal().real)
    true_residual, said = balls.residual(machine, rho, truth.bits), float(state.residual[k])

    def words(found: float, stated: float) -> str:
        return f"{name} off by {found:.6e}, stated {stated:.6e}, {machine.code}"

    tally.law("state error", true_error <= error * DIGITS, lambda: words(true_error, error))
    tally.law("success is 1e-6", 0 <= error <= MOST_ERROR and beside >= 0, lambda: words(true_error, error))
    tally.law("coherence error", true_coherence <= beside * DIGITS, lambda: words(true_coherence, beside))
    if machine.gamma_hot > 0 and machine.gamma_cold > 0:
        holds = true_beside <= beside * DIGITS + ROUNDING
        tally.law("error beside thermal", holds, lambda: words(true_beside, beside))
        tally.sample(f"coherence_error / (true + 1e-16), {name}", beside / (true_coherence + 1e-16))
    tally.law("residual", true_residual <= said * DIGITS, lambda: words(true_residual, said))
    tally.law("populations", shown.sum() <= error * DIGITS, lambda: words(shown.sum(), error))
    tally.law("coherence asked for", max(seen) <= beside * DIGITS / 2 + ROUNDING / 2, lambda: words(max(seen), beside))
    below = float(state.min_eigenvalue[k]) - error - ROUNDING
    tally.law("smallest eigenvalue", below <= lowest, lambda: words(below, lowest))
    tally.sample(f"error / (true + 1e-16), {name}", error / (true_error + 1e-16))
    tally.sample(f"true error, {name}", true_error)
    tally.sample(f"stated error, {name}", error)


def pairs(levels: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(1, levels + 2) for j in range(i + 1, levels + 2)]


def positive(truth: balls.Truth) -> bool:
    """Whether no eigenvalue of the true state lies below what the library refuses (correlated, unequal n only)."""
    return bool(np.linalg.eigvalsh(truth.doubles)[0] >= -1e-12)


def states(machines: Sequence[Machine], tally: Tally) -> Iterator[tuple[str, list[int], ts.SteadyState]]:
    """Solve all machines by all solvers that take them."""
    for places in batches(machines):
        some = [machines[place] for place in places]
        for solver in SOLVERS:
            found = solved(solver, some, tally)
            if found is not None:
                yield name_of(solver), places, found


def judge(machines: Sequence[Machine]) -> Tally:
    """Solve and examine."""
    tally = Tally()
    truths = [balls.truth(item) for item in machines]
    for name, places, found in states(machines, tally):
        codes = np.atleast_1d(found.status_codes)
        for k, place in enumerate(places):
            success = codes[k] == Status.SUCCESS.value
            tally.counts[f"{name}: {Status(int(codes[k])).name}"] += 1
            if success:
                examine(tally, name, truths[place], found, k)
            if name == "default":
                holds = bool(success) or not positive(truths[place]) or balls.grows(machines[place])
                status = Status(int(codes[k])).name
                tally.law("no refusal", holds, lambda s=status, p=place: f"{s} of {machines[p].code}")
    ratio = tally.median("error / (true + 1e-16), default")
    tally.law("useful in the median", ratio <= 100, lambda: f"median {ratio:.3g}")
    return tally


def hunt(count: int) -> Tally:
    """Hold ``count`` machines against their true states."""
    return judge(draw(ordinary, count, seed=20261127))


if __name__ == "__main__":
    command(hunt, 20_000)
