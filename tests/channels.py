"""Machines of named baths typed out, and their currents and noise by a reference of its own in as many digits as asked.

Channels are pairs (Γ, X) of the letter's normalisation; nothing here is taken from the package.
"""

from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np

import torusync as ts

ONE, LOWER = np.eye(2), np.array([[0.0, 1.0], [0.0, 0.0]])


def occupation(frequency: float, temperature: float) -> float:
    return 1.0 / np.expm1(frequency / temperature)


def unit(size: int, row: int, column: int) -> np.ndarray:
    out = np.zeros((size, size))
    out[row, column] = 1.0
    return out


def thermal(lower: np.ndarray, gamma: float, n: float) -> list[tuple[float, np.ndarray]]:
    """Emission and absorption of a bath with n quanta."""
    return [(gamma * (1.0 + n), lower), (gamma * n, lower.conj().T)]


@dataclass(frozen=True)
class Pair:
    """Two qubits that exchange excitations, each with a bath of its own: Levy and Kosloff, EPL 107, 20004."""

    hot_frequency: float = 2.0
    cold_frequency: float = 1.0
    coupling: float = 0.1
    hot: float = 1.0
    cold: float = 0.6
    gamma: float = 0.05

    @property
    def bare(self) -> np.ndarray:
        h, c = np.kron(LOWER, ONE), np.kron(ONE, LOWER)
        return self.hot_frequency * h.T @ h + self.cold_frequency * c.T @ c

    @property
    def hamiltonian(self) -> np.ndarray:
        h, c = np.kron(LOWER, ONE), np.kron(ONE, LOWER)
        return self.bare + self.coupling * (h.T @ c + c.T @ h)

    @property
    def channels(self) -> list[tuple[float, np.ndarray]]:
        hot = thermal(np.kron(LOWER, ONE), self.gamma, occupation(self.hot_frequency, self.hot))
        return hot + thermal(np.kron(ONE, LOWER), self.gamma, occupation(self.cold_frequency, self.cold))

    def system(self, **told: Any) -> ts.LindbladSystem:
        baths = {"hot": [0, 1], "cold": [2, 3]}
        return ts.LindbladSystem(self.hamiltonian, self.channels, baths=baths, **told)

    @property
    def temperatures(self) -> dict[str, float]:
        return {"hot": self.hot, "cold": self.cold}

    @property
    def frequencies(self) -> dict[str, list[float]]:
        return {name: [-w, w] for name, w in (("hot", self.hot_frequency), ("cold", self.cold_frequency))}


def as_channels(maser: ts.ThermalMaser) -> tuple[np.ndarray, list[Any], np.ndarray]:
    """Hamiltonian in the rotating frame, channels and H_0 of a maser with independent dipoles, physics.md section 1."""
    levels, size = maser.manifold_levels, maser.dimension
    drive, n_hot = np.broadcast_to(maser.drive, levels), np.broadcast_to(maser.n_hot, levels)
    energies = np.concatenate([[0.0, float(maser.omega_cold)], np.broadcast_to(maser.level_energies, levels)])
    half = 0.5 * float(maser.drive_frequency)
    turning = np.diag(energies + np.array([0.0, half, *[-half] * levels])).astype(complex)
    turning[1, 2:], turning[2:, 1] = drive, drive.conj()
    channels = [pair for j in range(levels) for pair in thermal(unit(size, 0, j + 2), float(maser.gamma_hot), n_hot[j])]
    channels += thermal(unit(size, 0, 1), float(maser.gamma_cold), float(maser.n_cold))
    return turning, channels, np.diag(energies)


def exactly(
    hamiltonian: Any, channels: Any, weights: Any, digits: int = 50
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """ρ, means and covariances, by mpmath's LU of the generator with its first row replaced by the trace."""
    with mp.workdps(digits):
        size = len(hamiltonian)
        one = _exact(np.eye(size))
        h = _exact(hamiltonian)
        total, jumps = -mp.mpc(0, 1) * (np.kron(h, one) - np.kron(one, h.T)), []
        for rate, operator in channels:
            x, g = _exact(operator), mp.mpf(float(rate))
            x_star = np.array([[mp.conj(a) for a in row] for row in x], dtype=object)
            decay = x_star.T @ x
            jump = 2 * g * np.kron(x, x_star)
            jumps.append(jump)
            total = total + jump - g * (np.kron(decay, one) + np.kron(one, decay.T))
        trace = one.reshape(-1)
        bordered = total.copy()
        bordered[0] = trace
        both, order = mp.mp.LU_decomp(mp.matrix(bordered.tolist()))

        def solved(right: np.ndarray, first: Any) -> np.ndarray:
            right = right.copy()
            right[0] = first
            found = mp.mp.U_solve(both, mp.mp.L_solve(both, mp.matrix(right.tolist()), order))
            return np.array(list(found), dtype=object)

        rho = solved(trace * 0, mp.mpf(1))
        rows = [[mp.mpf(float(w)) for w in row] for row in weights]
        counted = [sum(w * jump for w, jump in zip(row, jumps, strict=True)) for row in rows]
        mean = [trace @ (jump @ rho) for jump in counted]
        beside = [solved(jump @ rho - level * rho, mp.mpf(0)) for jump, level in zip(counted, mean, strict=True)]
        noise = np.empty((len(rows), len(rows)))
        for a, left in enumerate(rows):
            for b, right in enumerate(rows):
                both_ways = sum(u * v * jump for u, v, jump in zip(left, right, jumps, strict=True))
                value = trace @ (both_ways @ rho - counted[a] @ beside[b] - counted[b] @ beside[a])
                noise[a, b] = float(mp.re(value))
        state = np.array([complex(x) for x in rho]).reshape(size, size)
        return state, np.array([float(mp.re(x)) for x in mean]), noise


def _exact(matrix: Any) -> np.ndarray:
    return np.array([[mp.mpmathify(complex(x)) for x in row] for row in np.asarray(matrix)], dtype=object)
