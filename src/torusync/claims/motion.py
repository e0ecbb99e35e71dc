"""The independent route for what moves: phases pushed by each other, states in time, decay, and light.

Like `torusync.claims.reference`, on which it builds, this module imports nothing of what it checks.  Sums run over
indices as they are printed, frozen phases are set into whole matrices, exponentials and eigenvalues are those of whole
generators, and integrals are left to an adaptive integrator.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp
from scipy.linalg import expm

from torusync.claims.reference import Array, Machine, Matrix, both, ket_bra

Jumps = list[Matrix]
"""Channels C with ρ̇ ∋ CρC† − ½{C†C, ρ}."""


def lindblad(hamiltonian: Matrix, jumps: Jumps) -> Matrix:
    """Return the generator of H and channels on column-major vec(ρ)."""
    one = np.eye(len(hamiltonian), dtype=np.complex128)
    total = both(-1j * hamiltonian, one) + both(one, 1j * hamiltonian)
    for jump in jumps:
        loss = 0.5 * jump.conj().T @ jump
        total = total + both(jump, jump.conj().T) - both(loss, one) - both(one, loss)
    return np.asarray(total)


def channels(machine: Machine) -> Jumps:
    """Return the channels of a machine whose levels share one hot occupation; correlated dipoles by their modes."""
    weights, modes = np.linalg.eigh(machine.dipoles)
    cold = ket_bra(machine.size, 0, 1)
    found = [np.sqrt(2.0 * machine.gamma_cold * (1.0 + machine.n_cold)) * cold]
    found.append(np.sqrt(2.0 * machine.gamma_cold * machine.n_cold) * cold.T)
    for weight, mode in zip(weights, modes.T, strict=True):
        down = np.zeros((machine.size, machine.size), dtype=np.complex128)
        down[0, 2:] = np.sqrt(2.0 * machine.gamma_hot * max(float(weight), 0.0)) * mode
        found += [np.sqrt(1.0 + machine.n_hot) * down, np.sqrt(machine.n_hot) * down.T]
    return found


def moved(hamiltonian: Matrix, jumps: Jumps, shifts: Sequence[complex]) -> tuple[Matrix, Jumps]:
    """Return C + c and H − (i/2)(c* C − c C†): other channels of the same generator."""
    out, others = hamiltonian.copy(), []
    for jump, shift in zip(jumps, shifts, strict=True):
        out = out - 0.5j * (np.conj(shift) * jump - shift * jump.conj().T)
        others.append(jump + shift * np.eye(len(jump)))
    return out, others


def traceless(hamiltonian: Matrix, jumps: Jumps) -> tuple[Matrix, Jumps]:
    """Return the same generator with channels of no trace."""
    return moved(hamiltonian, jumps, [-complex(np.trace(jump)) / len(jump) for jump in jumps])


def phase_terms(hamiltonian: Matrix, jumps: Jumps, rho: Matrix) -> Matrix:
    """Return the six parts of ρ̇_nm/ρ_nm, summed index by index, shape (6, D, D), nan where ρ_nm has no phase.

    Detuning, shift, drive on populations, coherent coupling, dissipative coupling, pull of populations.
    """
    size = len(rho)
    loss = sum((0.5 * jump.conj().T @ jump for jump in jumps), np.zeros((size, size), dtype=np.complex128))
    out = np.full((6, size, size), complex(np.nan, np.nan))
    levels = range(size)
    for n in levels:
        for m in levels:
            if n == m or rho[n, m] == 0.0:
                continue
            own = sum(jump[n, n] * np.conj(jump[m, m]) for jump in jumps) - loss[n, n] - loss[m, m]
            coherent = sum(
                hamiltonian[n, k] * rho[k, m] - rho[n, k] * hamiltonian[k, m] for k in levels if k not in {n, m}
            )
            dissipative = 0.0j
            for k in levels:
                for l in levels:  # noqa: E741 - the index of the formula
                    if k != l and (k, l) != (n, m):
                        transfer = sum(jump[n, k] * np.conj(jump[m, l]) for jump in jumps)
                        transfer = transfer - loss[n, k] * (l == m) - (n == k) * loss[l, m]
                        dissipative += transfer * rho[k, l]
            fed = sum(rho[k, k] * sum(jump[n, k] * np.conj(jump[m, k]) for jump in jumps) for k in levels)
            out[:, n, m] = (
                -1j * (hamiltonian[n, n] - hamiltonian[m, m]),
                own,
                1j * hamiltonian[n, m] * (rho[n, n] - rho[m, m]) / rho[n, m],
                -1j * coherent / rho[n, m],
                dissipative / rho[n, m],
                (fed - loss[n, m] * (rho[n, n] + rho[m, m])) / rho[n, m],
            )
    return out


def maser_terms(machine: Machine, rho: Matrix) -> dict[tuple[int, int], tuple[float, float, float, float, float]]:
    """Return dΦ_1j/dt and dΦ_jl/dt of the machine as written for it, by pair.

    Detuning, drive on populations, coherent coupling, dissipative coupling, pull of populations.
    """
    size, phase, modulus = machine.size, np.angle(rho), np.abs(rho)
    strength = np.concatenate([np.zeros(2), np.abs(machine.drive)])
    turn = np.concatenate([np.zeros(2), np.angle(machine.drive)])
    hot = np.concatenate([np.zeros(2), machine.occupations])
    energy = np.concatenate([np.zeros(2), machine.manifold - machine.omega_one - machine.omega_drive])
    g = np.zeros((size, size))
    g[2:, 2:] = machine.gamma_hot * machine.dipoles
    manifold = range(2, size)
    out = {}
    for j in manifold:
        own = strength[j] / modulus[1, j] * (rho[1, 1] - rho[j, j]).real * np.cos(turn[j] - phase[1, j])
        coherent = dissipative = 0.0
        for k in manifold:
            if k != j:
                angle = turn[k] + phase[k, j] - phase[1, j]
                coherent -= strength[k] * modulus[k, j] / modulus[1, j] * np.cos(angle)
                angle = phase[1, k] - phase[1, j]
                dissipative -= g[j, k] * (1.0 + hot[k]) * modulus[1, k] / modulus[1, j] * np.sin(angle)
        out[1, j] = (energy[j], own, coherent, dissipative, 0.0)
    for j in manifold:
        for l in manifold:  # noqa: E741 - the index of the formula
            if j == l:
                continue
            coherent = -strength[j] * modulus[1, l] / modulus[j, l] * np.cos(phase[1, l] - turn[j] - phase[j, l])
            coherent += strength[l] * modulus[j, 1] / modulus[j, l] * np.cos(phase[j, 1] + turn[l] - phase[j, l])
            held = (1.0 + hot[j]) * rho[j, j] + (1.0 + hot[l]) * rho[l, l] - (hot[j] + hot[l]) * rho[0, 0]
            pull = g[j, l] / modulus[j, l] * held.real * np.sin(phase[j, l])
            dissipative = 0.0
            for k in manifold:
                if k not in {j, l}:
                    one = modulus[k, l] / modulus[j, l] * np.sin(phase[k, l] - phase[j, l])
                    other = modulus[j, k] / modulus[j, l] * np.sin(phase[j, k] - phase[j, l])
                    dissipative -= (1.0 + hot[k]) * (g[j, k] * one + g[l, k] * other)
            out[j, l] = (energy[l] - energy[j], 0.0, coherent, dissipative, pull)
    return out


class Frozen:
    """Phases of the coherences of a state of which all else is held, set into whole matrices.

    ``pairs`` are levels i < j of the coherences, those of the excited levels of a machine by default.
    """

    def __init__(self, generator: Matrix, rho: Matrix, pairs: Array | None = None) -> None:
        self.generator, self.rho, self.size = generator, rho, len(rho)
        upper = np.argwhere(np.triu(np.ones_like(rho, dtype=bool), 1))
        self.pairs = upper[upper[:, 0] > 0] if pairs is None else np.asarray(pairs)
        self._i, self._j = self.pairs.T.astype(int)
        self.phases = np.angle(rho[self._i, self._j])
        self._moduli = np.abs(rho[self._i, self._j])

    def turned(self, phases: Array) -> Array:
        """Return Φ_ij + φ_j − φ_i for starts φ (starts, D)."""
        return np.asarray(self.phases + phases[:, self._j] - phases[:, self._i])

    def velocity(self, phases: Array) -> Array:
        """Return dΦ/dt for phases (starts, P)."""
        whole = np.zeros((len(phases), self.size, self.size), dtype=np.complex128)
        index = np.arange(self.size)
        whole[:, index, index] = np.diag(self.rho)
        upper = self._moduli * np.exp(1j * phases)
        whole[:, self._i, self._j] = upper
        whole[:, self._j, self._i] = upper.conj()
        # column-major vec of ρ is row-major vec of its transpose
        change = whole.swapaxes(-1, -2).reshape(len(phases), -1) @ self.generator.T
        slope = change.reshape(-1, self.size, self.size).swapaxes(-1, -2)
        return np.asarray((slope[:, self._i, self._j] / upper).imag)

    def jacobian(self, step: float = 1e-5) -> Array:
        """Return ∂(dΦ_a/dt)/∂Φ_b at the phases of the state, by central differences of fourth order."""
        moves = step * np.eye(len(self.phases))
        near, far = (
            self.velocity(self.phases + factor * moves) - self.velocity(self.phases - factor * moves)
            for factor in (1.0, 2.0)
        )
        return np.asarray(((8.0 * near - far) / (12.0 * step)).T)

    def stability(self) -> float:
        """Return the largest real part of the eigenvalues of the Jacobian."""
        return float(np.linalg.eigvals(self.jacobian()).real.max())

    def follow(self, phases: Array, times: Array) -> Array:
        """Return phases (starts, times, P) along the frozen model, by Runge and Kutta's fifth order."""
        shape = phases.shape

        def slope(_: float, flat: Array) -> Array:
            return self.velocity(flat.reshape(shape)).ravel()

        found = solve_ivp(slope, (times[0], times[-1]), phases.ravel(), "RK45", times, rtol=1e-8, atol=1e-8)
        return np.moveaxis(found.y.reshape(*shape, len(times)), -1, 1)


def drifting(phases: Array, times: Array) -> npt.NDArray[np.bool_]:
    """Return the pairs that turn by more than once in the second half of the time, and alike in both its halves.

    Phases (starts, times, P); times are evenly spaced, of an odd number that four divides but for 1.
    """
    half, middle = len(times) // 2, 3 * len(times) // 4
    first = (phases[:, middle] - phases[:, half]) / (times[middle] - times[half])
    last = (phases[:, -1] - phases[:, middle]) / (times[-1] - times[middle])
    whole = (phases[:, -1] - phases[:, half]) / (times[-1] - times[half])
    unsure = 2.0 * np.pi / (times[-1] - times[half]) + 0.5 * np.abs(last - first)
    return np.asarray(np.abs(whole) > unsure)


def kuramoto(begin: Array, field: float, repulsion: float, pull: float, duration: float) -> Array:
    """Follow φ_1 and φ_j: φ̇_j = −c sin(φ_j − ψ) + y Σ_l sin(φ_j − φ_l), φ̇_1 = c Σ sin(φ_j − ψ), ψ = φ_1 − ``pull``.

    ``begin`` is (starts, N + 1), φ_1 first; what is returned are the phases at the end.
    """
    shape = begin.shape

    def slope(_: float, flat: Array) -> Array:
        phases = flat.reshape(shape)
        levels = phases[:, 1:]
        away = field * np.sin(levels - phases[:, :1] + pull)
        z = np.exp(1j * levels)
        pushed = repulsion * (z * z.sum(axis=1, keepdims=True).conj()).imag - away
        return np.concatenate([away.sum(axis=1, keepdims=True), pushed], axis=1).ravel()

    found = solve_ivp(slope, (0.0, duration), begin.ravel(), "RK45", rtol=1e-9, atol=1e-9)
    return np.asarray(found.y[:, -1].reshape(shape))


def mean_field_order(begin: float, field: float, coupling: float, times: Array) -> Array:
    """Return Kuramoto's order parameter r(t) of many identical phases, ṙ = ½(c − K r)(1 − r²).

    This is the mean field of infinitely many phases that repel with K in a field c, spread as a Poisson kernel about
    the direction of the field (Ott and Antonsen 2008).
    """
    found = solve_ivp(
        lambda _, r: 0.5 * (field - coupling * r) * (1.0 - r**2),
        (times[0], times[-1]), [begin], "DOP853", times, rtol=1e-12, atol=1e-14,
    )  # fmt: skip
    return np.asarray(found.y[0])


def propagated(generator: Matrix, rho: Matrix, times: Array) -> Matrix:
    """Return e^{Lt} ρ at each time, each with an exponential of its own, shape (times, D, D)."""
    size, flat = len(rho), rho.ravel(order="F")
    states = [(expm(generator * float(time)) @ flat).reshape(size, size, order="F") for time in times]
    return np.asarray(states)


def decays_of(generator: Matrix) -> Matrix:
    """Return the eigenvalues of a generator by falling real part."""
    values = np.linalg.eigvals(generator)
    return np.asarray(values[np.argsort(-values.real, kind="stable")])


def trace_norm(matrix: Matrix) -> float:
    """Return the sum of the moduli of the eigenvalues of a Hermitian matrix."""
    return float(np.abs(np.linalg.eigvalsh(matrix)).sum())


def light(generator: Matrix, rho: Matrix, operator: Matrix, frequencies: Array) -> Array:
    """Return S(ω) = 2 Re tr[d† (iω − L)⁻¹ (dρ − <d>ρ)], a linear solve a frequency."""
    size, mean = len(rho), np.trace(operator @ rho)
    start = (operator @ rho - mean * rho).ravel(order="F")
    # −ρ tr(·) moves the eigenvalue 0 away and does nothing to what has no trace
    decaying = generator - np.outer(rho.ravel(order="F"), np.eye(size).ravel())
    out = np.empty(len(frequencies))
    for place, frequency in enumerate(frequencies):
        found = np.linalg.solve(1j * frequency * np.eye(size**2) - decaying, start).reshape(size, size, order="F")
        out[place] = 2.0 * np.trace(operator.conj().T @ found).real
    return out


def correlation(generator: Matrix, rho: Matrix, operator: Matrix, delays: Array) -> Matrix:
    """Return <d†(τ) d(0)> at delays τ ≥ 0, by the exponential of the generator."""
    size, start = len(rho), (operator @ rho).ravel(order="F")
    rows = [expm(generator * float(delay)) @ start for delay in delays]
    return np.asarray([np.trace(operator.conj().T @ row.reshape(size, size, order="F")) for row in rows])


def emitting(machine: Machine) -> Matrix:
    """Return d = Σ_j |1><j|."""
    out = np.zeros((machine.size, machine.size), dtype=np.complex128)
    out[1, 2:] = 1.0
    return out


def random_lindblad(rng: np.random.Generator, size: int, count: int) -> tuple[Matrix, Jumps]:
    """Return a random Hamiltonian and random channels, none of them traceless."""

    def draw() -> Any:
        return rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))

    half = draw()
    return np.asarray(half + half.conj().T), [0.5 * draw() for _ in range(count)]


def random_state(rng: np.random.Generator, size: int) -> Matrix:
    """Return a random density matrix of full rank."""
    half = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
    rho = half @ half.conj().T
    return np.asarray(rho / np.trace(rho).real)
