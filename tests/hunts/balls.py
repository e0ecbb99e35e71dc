"""The steady state of a maser in ball arithmetic: what a hunt calls true.

The doubles of the machine are exact numbers, every operation carries its own error, and precision is raised until the
answer's proven radius is far below anything a double can claim.  Nothing here is taken from the library: the excited
block is written down from the master equation, levels 1, 2 … N+1,

    0 = A B + B A† + (1 − tr B) S,      A = −iH − G,    H_1j = λ_j, H_jj = e_j,    e_j = s_j − mean(s) − detuning
    G_11 = γ_c(1+n_c), G_jl = γ_h P_jl(1+n_l),          S_11 = 2γ_c n_c, S_jl = γ_h P_jl(n_j + n_l)

and solved as one linear system in all entries of B.  `liouvillian` is a second route, from the dissipators themselves.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import acb, acb_mat, arb, ctx
from tests.hunts.machines import Machine

BITS = 320
MOST_BITS = 20480


class NotUniqueError(ArithmeticError):
    """No precision could prove that there is one steady state."""


@dataclass(frozen=True)
class Drift:
    """A and S of the excited block as balls, M = N + 1 rows."""

    A: list[list[acb]]
    S: list[list[arb]]


def energies(machine: Machine) -> list[arb]:
    """e_j = ω_j − ω_1 − Ω of the rotating frame."""
    split = [arb(float(s)) for s in machine.splittings]
    mean = sum(split, arb(0)) / len(split)
    return [s - mean - arb(machine.detuning) for s in split]


def correlation(machine: Machine, i: int, j: int) -> arb:
    """P_ij of manifold levels i and j."""
    if machine.dipole_matrix is not None:
        return arb(float(machine.dipole_matrix[i, j]))
    return arb(1) if i == j else arb(machine.dipole_correlation)


def drift(machine: Machine) -> Drift:
    """Return A and S from the machine's doubles."""
    size = machine.manifold_levels + 1
    lam = [acb(complex(x)) for x in machine.drive]
    n_hot = [arb(float(n)) for n in machine.n_hot]
    gamma_h, gamma_c, n_c = arb(machine.gamma_hot), arb(machine.gamma_cold), arb(machine.n_cold)
    A = [[acb(0)] * size for _ in range(size)]
    S = [[arb(0)] * size for _ in range(size)]
    A[0][0], S[0][0] = acb(-gamma_c * (1 + n_c)), 2 * gamma_c * n_c
    for i, e in enumerate(energies(machine)):
        A[0][i + 1], A[i + 1][0] = acb(0, -1) * lam[i], acb(0, -1) * lam[i].conjugate()
        for j in range(machine.manifold_levels):
            weight = gamma_h * correlation(machine, i, j)
            A[i + 1][j + 1] = acb(-weight * (1 + n_hot[j]), -e if i == j else 0)
            S[i + 1][j + 1] = weight * (n_hot[i] + n_hot[j])
    return Drift(A, S)


def grows(machine: Machine) -> bool:
    """Whether a mode of the block is proven to grow: a Redfield generator may have one, and never reaches its state."""
    ctx.prec = BITS
    values = acb_mat(drift(machine).A).eig(multiple=True)
    return any(bool(value.real > 0) for value in values)


@dataclass(frozen=True)
class Truth:
    """Steady state ρ of the D = N + 2 levels as balls, and the precision that proved it."""

    machine: Machine
    rho: acb_mat
    bits: int

    @cached_property
    def doubles(self) -> np.ndarray:
        """ρ rounded to doubles, for what needs only its digits."""
        return np.array([[complex(x) for x in row] for row in self.rho.tolist()])


def _block(machine: Machine) -> acb_mat:
    """Solve for all entries of B; its ball holds the true state, or ZeroDivisionError where none can be proven."""
    parts, size = drift(machine), machine.manifold_levels + 1
    A, S = parts.A, parts.S
    rows = acb_mat(size * size, size * size)
    right = acb_mat(size * size, 1)
    for i in range(size):
        for j in range(size):
            here = i * size + j
            right[here, 0] = -acb(S[i][j])
            for k in range(size):
                rows[here, k * size + j] += A[i][k]
                rows[here, i * size + k] += A[j][k].conjugate()
                rows[here, k * size + k] -= S[i][j]
    return rows.solve(right)


def _state(machine: Machine) -> acb_mat:
    size = machine.manifold_levels + 1
    block = _block(machine)
    rho = acb_mat(size + 1, size + 1)
    rho[0, 0] = 1 - sum((block[k * size + k, 0] for k in range(size)), acb(0))
    for i in range(size):
        for j in range(size):
            rho[i + 1, j + 1] = block[i * size + j, 0]
    return rho


def _adaptive(solve: Callable[[Machine], acb_mat], machine: Machine, radius: float | arb) -> Truth:
    bits = BITS
    while bits <= MOST_BITS:
        with ctx.workprec(bits):
            try:
                rho = solve(machine)
            except ZeroDivisionError:
                rho = None
            if rho is not None and all(x.rad() < radius for row in rho.tolist() for x in row):
                return Truth(machine, rho, bits)
        bits *= 4 if rho is None else 2
    raise NotUniqueError(machine.code)


def truth(machine: Machine, radius: float | arb = 1e-60) -> Truth:
    """Return the steady state with every entry proven to ``radius``, from the equations of the excited block."""
    return _adaptive(_state, machine, radius)


def _channels(machine: Machine) -> Iterator[tuple[arb, tuple[int, int], tuple[int, int]]]:
    """Yield (weight, a, b) of every term weight·[2-sided] a ρ b† + b ρ a† − b†a ρ − ρ a†b, matrix units as pairs.

    The letter's own L[X]ρ = 2XρX† − {X†X, ρ} is the term with a = b = X.
    """
    gamma_c, n_c = arb(machine.gamma_cold), arb(machine.n_cold)
    yield gamma_c * (1 + n_c), (0, 1), (0, 1)
    yield gamma_c * n_c, (1, 0), (1, 0)
    for i in range(machine.manifold_levels):
        n = arb(float(machine.n_hot[i]))
        for j in range(machine.manifold_levels):
            weight = arb(machine.gamma_hot) * correlation(machine, i, j)
            yield weight * (1 + n), (0, i + 2), (0, j + 2)
            yield weight * n, (i + 2, 0), (j + 2, 0)


def _unit(size: int, place: tuple[int, int]) -> acb_mat:
    unit = acb_mat(size, size)
    unit[place[0], place[1]] = 1
    return unit


def hamiltonian(machine: Machine) -> acb_mat:
    """Return Eq. (8), with the energies of |1> and the manifold in the frame that turns at Ω."""
    size, half = machine.manifold_levels + 2, acb(1) / 2
    split = [arb(float(s)) for s in machine.splittings]
    omega = arb(machine.omega_hot) - arb(machine.omega_cold) + sum(split, arb(0)) / len(split) + arb(machine.detuning)
    H = acb_mat(size, size)
    H[1, 1] = arb(machine.omega_cold) + half * omega
    for j, lam in enumerate(machine.drive):
        H[j + 2, j + 2] = arb(machine.omega_hot) + split[j] - half * omega
        H[1, j + 2], H[j + 2, 1] = acb(complex(lam)), acb(complex(lam)).conjugate()
    return H


def action(machine: Machine, rho: acb_mat) -> acb_mat:
    """Return dρ/dt of any matrix, straight from the Hamiltonian and the dissipators."""
    size = machine.manifold_levels + 2
    H = hamiltonian(machine)
    out = acb(0, -1) * (H * rho - rho * H)
    for weight, first, second in _channels(machine):
        a, b = _unit(size, first), _unit(size, second)
        down, up = b.transpose() * a, a.transpose() * b
        out += weight * (a * rho * b.transpose() + b * rho * a.transpose() - down * rho - rho * up)
    return out


def _null_vector(machine: Machine) -> acb_mat:
    """Solve dρ/dt = 0 of the whole Liouvillian; the row of ρ_00 gives way to the trace."""
    size = machine.manifold_levels + 2
    rows = acb_mat(size * size, size * size)
    for i in range(size):
        for j in range(size):
            column = action(machine, _unit(size, (i, j))).entries()
            for place, value in enumerate(column):
                rows[place, i * size + j] = value
            rows[0, i * size + j] = int(i == j)
    right = acb_mat(size * size, 1)
    right[0, 0] = 1
    found = rows.solve(right)
    return acb_mat(size, size, found.entries())


def liouvillian(machine: Machine, radius: float | arb = 1e-60) -> Truth:
    """Return the steady state from the whole Liouvillian of all D² entries: slow, for holding `truth` against."""
    return _adaptive(_null_vector, machine, radius)


def exact(matrix: np.ndarray) -> acb_mat:
    """Return a matrix of doubles as balls of radius zero."""
    return acb_mat([[acb(complex(x)) for x in row] for row in matrix])


def _proven(part: arb) -> arb:
    """Return the middle of a ball, and nothing where it holds zero."""
    return arb(0) if part.contains(0) else part.mid()


def scaled(matrix: acb_mat) -> tuple[np.ndarray, float]:
    """Return the matrix over its largest entry as doubles, and that entry, which may be below what squares allow.

    What is not proven to differ from zero is zero.
    """
    rows = [[acb(_proven(x.real), _proven(x.imag)) for x in row] for row in matrix.tolist()]
    largest = max((x.abs_upper() for row in rows for x in row), default=arb(0))
    if not largest > 0:
        return np.zeros((matrix.nrows(), matrix.ncols()), complex), 0.0
    return np.array([[complex(x / largest) for x in row] for row in rows]), float(largest)


def trace_norm(matrix: acb_mat) -> float:
    """‖·‖_1 to thirteen digits, never above the truth by more: entries are balls, their radii far below them."""
    digits, scale = scaled(matrix)
    return float(np.linalg.norm(digits, "nuc")) * scale


def frobenius(matrix: acb_mat) -> float:
    digits, scale = scaled(matrix)
    return float(np.linalg.norm(digits)) * scale


def residual(machine: Machine, rho: np.ndarray, bits: int = BITS) -> float:
    """‖dρ/dt‖_F of stored doubles in exact arithmetic, from the block and ρ_00 where there are no ground coherences."""
    with ctx.workprec(bits):
        if rho[0, 1:].any() or rho[1:, 0].any():
            return frobenius(action(machine, exact(rho)))
        parts, size = drift(machine), machine.manifold_levels + 1
        A = acb_mat(parts.A)
        B = exact(rho[1:, 1:])
        rate = A * B
        rate += B * acb_mat([[A[i, j].conjugate() for i in range(size)] for j in range(size)])
        rate += acb(complex(rho[0, 0])) * acb_mat([[acb(x) for x in row] for row in parts.S])
        whole = acb_mat(size + 1, size + 1)
        for i in range(size):
            whole[0, 0] -= rate[i, i]
            for j in range(size):
                whole[i + 1, j + 1] = rate[i, j]
        return frobenius(whole)
