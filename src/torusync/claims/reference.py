"""The independent route: Eqs. (1)–(8) of the letter and the companion's dipoles, built anew by Kronecker products.

This module imports nothing of the package it checks.  It forms the whole generator of Eq. (8) on column-major
vec(ρ), replaces one row by the trace condition, and finds maxima on the torus by grids and restarted local search.
It is slow and plain on purpose: there is nothing here to be clever about, and so little to be wrong.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp
from scipy.optimize import minimize

Array = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.complex128]


def ket_bra(size: int, row: int, column: int) -> Matrix:
    """Return |row><column|."""
    out = np.zeros((size, size), dtype=np.complex128)
    out[row, column] = 1.0
    return out


class Machine:
    """The letter's machine by its own symbols; level numbers are array indices.

    ``drive`` and ``manifold`` (ω_j) have one entry a manifold level; ``omega_drive`` is Ω.  Every level has the hot
    occupation ``n_hot``, unless ``occupations`` gives each its own.  ``dipoles`` is the companion's P, with unit
    diagonal: one number p for all pairs, or the matrix.
    """

    def __init__(
        self,
        drive: npt.ArrayLike,
        n_hot: float,
        n_cold: float = 0.5,
        *,
        gamma_hot: float = 0.05,
        gamma_cold: float = 0.2,
        manifold: npt.ArrayLike | None = None,
        omega_one: float = 1.0,
        omega_drive: float | None = None,
        occupations: npt.ArrayLike | None = None,
        dipoles: npt.ArrayLike = 0.0,
    ) -> None:
        self.drive = np.asarray(drive, dtype=np.complex128)
        self.count = len(self.drive)
        self.size = self.count + 2
        self.n_hot, self.n_cold = n_hot, n_cold
        self.gamma_hot, self.gamma_cold = gamma_hot, gamma_cold
        self.manifold = np.full(self.count, 3.0) if manifold is None else np.asarray(manifold, dtype=float)
        self.omega_one = omega_one
        self.occupations = np.full(self.count, n_hot) if occupations is None else np.asarray(occupations, dtype=float)
        self.omega_drive = float(np.mean(self.manifold)) - omega_one if omega_drive is None else omega_drive
        pairs = np.broadcast_to(np.asarray(dipoles, dtype=float), (self.count, self.count))
        self.dipoles = np.where(np.eye(self.count) == 1.0, 1.0, pairs)

    @classmethod
    def thermal(
        cls,
        drive: npt.ArrayLike,
        hot: float,
        cold: float,
        *,
        spread: float = 0.0,
        lowest: float = 3.0,
        omega_one: float = 1.0,
        detuning: float = 0.0,
        **others: Any,
    ) -> "Machine":
        """Return a machine between two temperatures, each transition with the Bose number of its own frequency.

        The levels stand evenly from ``lowest`` over ``spread``; the drive is off their centre by ``detuning``.
        """
        count = len(np.asarray(drive))
        manifold = np.array([lowest + spread * j / max(count - 1, 1) for j in range(count)])
        occupations = 1.0 / (np.exp(manifold / hot) - 1.0)
        return cls(
            drive,
            float(occupations[0]),
            1.0 / (math.exp(omega_one / cold) - 1.0),
            manifold=manifold,
            omega_one=omega_one,
            omega_drive=float(manifold.mean()) - omega_one + detuning,
            occupations=occupations,
            **others,
        )

    def bare(self) -> Matrix:
        """H_0, Eq. (5)."""
        return np.diag([0.0, self.omega_one, *self.manifold]).astype(np.complex128)

    def coupling(self, phase: float = 0.0) -> Matrix:
        """V of Eq. (6) with Ωt = ``phase``."""
        out = np.zeros((self.size, self.size), dtype=np.complex128)
        for j, strength in enumerate(self.drive):
            out[1, j + 2] = strength * np.exp(1j * phase)
        return out + out.conj().T

    def rotating(self) -> Matrix:
        """H_0 − H̃ + Ṽ of Eq. (8), with the sign of the frame in which the drive of Eq. (6) stands still."""
        half = 0.5 * self.omega_drive
        frame = np.diag([0.0, -half, *([half] * self.count)]).astype(np.complex128)
        return self.bare() - frame + self.coupling()

    def baths(self) -> dict[str, list[tuple[float, Matrix]]]:
        """Rates Γ and jump operators of Eq. (7), bath by bath."""
        hot = []
        for j in range(self.count):
            down = ket_bra(self.size, 0, j + 2)
            n_j = float(self.occupations[j])
            hot += [(self.gamma_hot * (1.0 + n_j), down), (self.gamma_hot * n_j, down.conj().T)]
        down = ket_bra(self.size, 0, 1)
        cold = [(self.gamma_cold * (1.0 + self.n_cold), down), (self.gamma_cold * self.n_cold, down.conj().T)]
        return {"hot": hot, "cold": cold}

    def generator(self) -> Matrix:
        """Return the generator of Eq. (8) on column-major vec(ρ)."""
        one, hamiltonian = np.eye(self.size, dtype=np.complex128), self.rotating()
        channels = [pair for bath in self.baths().values() for pair in bath]
        decay = decays(channels)
        total = both(-1j * hamiltonian - decay, one) + both(one, 1j * hamiltonian - decay)
        for rate, jump in channels:
            total += both(2.0 * rate * jump, jump.conj().T)
        return np.asarray(total + self.correlations())

    def correlations(self) -> Matrix:
        """Return what correlated dipoles add to the generator: the hot bath's terms of two different levels.

        γ_h P_ij {(1+n_i) [s_i ρ s_j† + s_j ρ s_i† − s_j† s_i ρ − ρ s_i† s_j] + n_i [s_i† ρ s_j + s_j† ρ s_i
        − s_j s_i† ρ − ρ s_i s_j†]} with s_i = |0><i|, summed over i ≠ j.
        """
        total = np.zeros((self.size**2, self.size**2), dtype=np.complex128)
        one = np.eye(self.size, dtype=np.complex128)
        for i, j in zip(*np.nonzero(self.dipoles - np.eye(self.count)), strict=True):
            n_i = self.occupations[i]
            a, b = ket_bra(self.size, 0, i + 2), ket_bra(self.size, 0, j + 2)
            for factor_i, s_i, s_j in ((1.0 + n_i, a, b), (n_i, a.conj().T, b.conj().T)):
                gain = both(s_i, s_j.conj().T) + both(s_j, s_i.conj().T)
                loss = both(s_j.conj().T @ s_i, one) + both(one, s_i.conj().T @ s_j)
                total += self.gamma_hot * self.dipoles[i, j] * factor_i * (gain - loss)
        return np.asarray(total)

    def nullity(self, tolerance: float = 1e-10) -> int:
        """Return the number of independent stationary matrices: singular values that vanish against the largest."""
        values = np.linalg.svd(self.generator(), compute_uv=False)
        return int(np.count_nonzero(values < tolerance * values[0]))

    def steady(self) -> Matrix:
        """Return the steady state: one row of the generator replaced by tr ρ = 1."""
        matrix = self.generator()
        matrix[0] = np.eye(self.size).ravel(order="F")
        right = np.zeros(self.size**2, dtype=np.complex128)
        right[0] = 1.0
        rho = np.linalg.solve(matrix, right).reshape(self.size, self.size, order="F")
        return np.asarray(0.5 * (rho + rho.conj().T))

    def power(self, rho: Matrix) -> float:
        """Work per time done by the machine on the drive: −Tr[(dV/dt) ρ] at t = 0 in the frame of Eq. (6)."""
        rate = np.zeros((self.size, self.size), dtype=np.complex128)
        for j, strength in enumerate(self.drive):
            # the bare energies weigh each quantum: ω_j − ω_1 instead of Ω
            rate[1, j + 2] = 1j * (self.manifold[j] - self.omega_one) * strength
        rate = rate + rate.conj().T
        return float(-np.trace(rate @ rho).real)

    def heat(self, bath: str, rho: Matrix) -> float:
        """Tr[H_0 D_a ρ], heat per time from bath ``bath`` into the machine."""
        change = np.zeros_like(rho)
        for rate, jump in self.baths()[bath]:
            change = change + rate * dissipate(jump, rho)
        return float(np.trace(self.bare() @ change).real)

    def coherent_heat(self, rho: Matrix) -> float:
        """Tr[H_0 D ρ] of the terms of two different levels: ``heat("hot", rho)`` is then the incoherent part."""
        change = (self.correlations() @ rho.ravel(order="F")).reshape(rho.shape, order="F")
        return float(np.trace(self.bare() @ change).real)

    def laboratory(self, rho: Matrix, times: Array) -> Matrix:
        """Evolve ``rho`` in the laboratory frame with the drive of Eq. (6) oscillating, shape (times, D, D).

        Independent dipoles only.
        """
        channels = [pair for bath in self.baths().values() for pair in bath]
        jumps = np.array([np.sqrt(2.0 * rate) * jump for rate, jump in channels])
        back, still = jumps.conj().swapaxes(-1, -2), -1j * self.bare() - decays(channels)

        def slope(time: float, flat: Matrix) -> Matrix:
            state = flat.reshape(self.size, self.size)
            left = still - 1j * self.coupling(self.omega_drive * time)
            return np.asarray((left @ state + state @ left.conj().T + (jumps @ state @ back).sum(axis=0)).ravel())

        span = (float(times[0]), float(times[-1]))
        found = solve_ivp(slope, span, rho.ravel(), method="DOP853", t_eval=times, rtol=1e-11, atol=1e-13)
        return np.asarray(found.y.T.reshape(len(times), self.size, self.size))


def dissipate(jump: Matrix, rho: Matrix) -> Matrix:
    """Return L[X]ρ = 2XρX† − {X†X, ρ}, below Eq. (7)."""
    decay = jump.conj().T @ jump
    return np.asarray(2.0 * jump @ rho @ jump.conj().T - decay @ rho - rho @ decay)


def both(left: Matrix, right: Matrix) -> Matrix:
    """Return ρ → left ρ right on column-major vec(ρ): the Kronecker product of rightᵀ and left.

    Written out, because np.kron takes ten times as long for matrices as small as these.
    """
    size = len(left)
    blocks = right.T[:, np.newaxis, :, np.newaxis] * left[np.newaxis, :, np.newaxis, :]
    return np.asarray(blocks, dtype=np.complex128).reshape(size**2, size**2)


def decays(channels: list[tuple[float, Matrix]]) -> Matrix:
    """Return Σ Γ X†X over rates and jump operators: what Σ Γ L[X] takes from ρ on either side."""
    return np.asarray(sum(rate * jump.conj().T @ jump for rate, jump in channels))


def printed_coherences(
    count: int, *, n_hot: float, n_cold: float, g_h: float, g_c: float, lam: float
) -> tuple[float, float]:
    """Return Im ρ_1j and ρ_jl of Eqs. (9) and (10), with A, B, C of the supplement as rederived."""
    a_h, a_c = g_h * (1.0 + n_hot), g_c * (1.0 + n_cold)
    big = a_h + a_c
    a = lam**2 * n_hot * big
    b = n_hot * a_h * a_c * big
    b += lam**2 * (g_c * (1 + 3 * n_cold + 2 * n_cold * n_hot) + g_h * (1 + n_hot) * (1 + 2 * n_hot))
    c = big * g_c * g_h * (1 + n_hot) ** 2 * (1 + 2 * n_cold)
    f = a * count**2 + b * count + c
    return lam * (n_cold - n_hot) * g_c * g_h * (1 + n_hot) / f, lam**2 * g_c * (n_cold - n_hot) / f


class Collective(NamedTuple):
    """Exactly degenerate levels in numbers: ρ_1j = c λ_j, ρ_jl = y λ_j^* λ_l, and the power out of the machine."""

    c: complex
    y: float
    power: float
    drive: Matrix

    def parts(self) -> tuple[float, float]:
        """Return what the ρ_1j and what the ρ_jl give to the largest pair sum.

        With φ_1 = 0 and M = Σ λ_j e^{iφ_j} the sum is Re[c M] + y (|M|² − Σ|λ_j|²)/2.  M turns freely, and its modulus
        fills an interval: from a closed polygon, or from what the longest side leaves open, to the stretched one.
        """
        sides = np.abs(self.drive)
        least, most = max(0.0, float(2.0 * sides.max() - sides.sum())), float(sides.sum())
        square = float(np.sum(sides**2))
        top = abs(self.c) / abs(self.y) if self.y < 0.0 else most
        modulus = min(max(top, least), most)
        return abs(self.c) * modulus, 0.5 * self.y * (modulus**2 - square)


def collective(drive: npt.ArrayLike, n_hot: float, n_cold: float = 0.5, **others: Any) -> Collective:
    """Return coherences and power of any number of exactly degenerate levels, from a machine of three.

    The drive touches one superposition of the levels, with sqrt(Σ|λ_j|²).  Every superposition orthogonal to it meets
    the hot bath alone and holds n_h/(1+n_h) of the ground state's population, so the three driven levels keep their
    ratios and share their probability with the others.
    """
    amplitudes = np.asarray(drive, dtype=np.complex128)
    strength = float(np.linalg.norm(amplitudes))
    three = Machine([strength], n_hot, n_cold, **others)
    rho = three.steady()
    ground, dark = float(rho[0, 0].real), n_hot / (1.0 + n_hot)
    share = 1.0 / (1.0 + (len(amplitudes) - 1) * dark * ground)
    bright = float(rho[2, 2].real) - dark * ground
    return Collective(
        complex(share * rho[1, 2] / strength), share * bright / strength**2, share * three.power(rho), amplitudes
    )


def torque(rho: Matrix, phases: Array) -> Array:
    """Return the gradient of Σ_{i<j} Re[ρ_ij e^{i(φ_j − φ_i)}] in the phases: which way each level is pushed."""
    push = np.zeros(len(phases))
    for j in range(len(phases)):
        for i in range(len(phases)):
            if i != j:
                # d/dφ_j of Re[ρ_ij e^{i(φ_j − φ_i)}]; a pair counts once, with either of its entries
                push[j] += (1j * rho[i, j] * np.exp(1j * (phases[j] - phases[i]))).real
    return push


def factor(size: int) -> float:
    """Return 1/(2^{D+1} π^{D−2}) of Eq. (3)."""
    return float(1.0 / (2.0 ** (size + 1) * math.pi ** (size - 2)))


def distribution(rho: Matrix, phases: Array) -> Array:
    """Return S(φ) of Eq. (3) term by term, for phases of shape (points, D)."""
    size = len(rho)
    total = np.zeros(len(phases), dtype=np.complex128)
    for n in range(size):
        for m in range(size):
            if n != m:
                total += rho[n, m] * np.exp(1j * (phases[:, m] - phases[:, n]))
    return np.asarray(factor(size) * total.real)


def integrated_q(rho: Matrix, phases: Array, nodes: int = 24) -> float:
    """Return ∫Q dΘ − (2π)^{1−D} by Gauss–Legendre quadrature of Eq. (1) over the polar angles, at one φ."""
    size = len(rho)
    points, weights = np.polynomial.legendre.leggauss(nodes)
    theta, weight = 0.25 * np.pi * (points + 1.0), 0.25 * np.pi * weights
    grids = np.meshgrid(*([theta] * (size - 1)), indexing="ij")
    measure = np.ones_like(grids[0])
    for k, weights_k in enumerate(np.meshgrid(*([weight] * (size - 1)), indexing="ij"), start=1):
        angle = grids[k - 1]
        measure = measure * weights_k * np.cos(angle) * np.sin(angle) ** (2 * (size - k) - 1)
    amplitudes = []
    product = np.ones_like(grids[0])
    for n in range(size - 1):
        amplitudes.append(np.cos(grids[n]) * product * np.exp(1j * phases[n]))
        product = product * np.sin(grids[n])
    amplitudes.append(product * np.exp(1j * phases[-1]))
    alpha = np.stack([amplitude.ravel() for amplitude in amplitudes])
    overlap = np.einsum("np,nm,mp->p", alpha.conj(), rho, alpha).real
    q = math.factorial(size) / math.pi ** (size - 1) * overlap
    return float(q @ measure.ravel() - (2.0 * np.pi) ** (1 - size))


def maximum(rho: Matrix, *, starts: int = 12, seed: int = 1) -> tuple[float, Array]:
    """Return S_max and optimal phases by restarted search over all phases.

    All starts climb together, each level in turn into the pull of the others; a quasi-Newton search ends each climb but
    those that came as high as another to nine digits.
    """
    size = len(rho)
    off = rho - np.diag(np.diag(rho))
    scale = float(np.abs(off).max())
    if scale == 0.0:
        return 0.0, np.zeros(size)

    def negative(phases: Array) -> tuple[float, Array]:
        z = np.exp(1j * phases)
        field = z.conj() * (off @ z) / scale
        return -0.5 * float(field.real.sum()), -np.asarray(field.imag)

    z = np.exp(1j * np.random.default_rng(seed).uniform(0.0, 2.0 * np.pi, (starts, size)))
    for level in list(range(size)) * 40:
        pull = z @ off[level]
        modulus = np.abs(pull)
        np.divide(pull, modulus, out=z[:, level], where=modulus > 0.0)
    heights = (z.conj() * (z @ off.T)).real.sum(axis=1)
    best, where = np.inf, np.zeros(size)
    for one in np.unique(np.round(heights / np.abs(heights).max(), 9), return_index=True)[1]:
        found = minimize(negative, np.angle(z[one]), jac=True, method="BFGS", options={"gtol": 1e-11})
        if found.fun < best:
            best, where = float(found.fun), np.asarray(found.x)
    return -best * scale * 2.0 * factor(size), where


def bound(rho: Matrix, phases: Array) -> float:
    """Return the dual upper bound on S_max at given phases, without any rounding margin."""
    size = len(rho)
    off = rho - np.diag(np.diag(rho))
    z = np.exp(1j * phases)
    mu = (z.conj() * (off @ z)).real
    top = max(0.0, float(np.linalg.eigvalsh(off - np.diag(mu))[-1]))
    return float((mu.sum() + size * top) * factor(size))


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where ``function`` changes sign, by bisection to rounding."""
    sign = function(low) > 0.0
    if (function(high) > 0.0) == sign:
        raise ValueError("no change of sign between the ends")
    for _ in range(100):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if (function(middle) > 0.0) == sign:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
