"""Cumulants of exchanged quanta from tilted generators, built from the formulas of the companion paper.

`Tilted` spells every term of the generator out with Kronecker products, in floats or in mpmath's numbers, and shares no
code with the package.  Counting fields are those of quanta into the machine.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import mpmath as mp
import numpy as np

import torusync as ts
from problems import BATHS
from torusync.thermo import counting
from torusync.thermo.counting import CountingStatistics, Cumulants, counting_statistics


@dataclass(frozen=True)
class Tilted:
    """The generator of one maser on row-major vec(ρ), its terms kept apart by the quanta they exchange."""

    maser: Any
    number: Any = complex

    def operator(self, i: int, j: int) -> np.ndarray:
        out = np.zeros((self.maser.dimension,) * 2, dtype=complex if self.number is complex else object)
        if self.number is not complex:
            out[:] = mp.mpf(0)
        out[i, j] = self.number(1)
        return out

    @staticmethod
    def both(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return np.kron(left, right.T)

    @cached_property
    def one(self) -> np.ndarray:
        return sum(self.operator(k, k) for k in range(self.maser.dimension))

    def value(self, parameter: Any) -> Any:
        return self.number(parameter.item() if isinstance(parameter, np.ndarray | np.generic) else parameter)

    @cached_property
    def couplings(self) -> tuple[np.ndarray, np.ndarray]:
        """Σ λ_j |1><j| and its adjoint."""
        drive = [self.value(x) for x in np.broadcast_to(self.maser.drive, self.maser.manifold_levels)]
        down = sum(x * self.operator(1, j + 2) for j, x in enumerate(drive))
        return down, sum((x * 0 + x.conjugate()) * self.operator(j + 2, 1) for j, x in enumerate(drive))

    @cached_property
    def rest(self) -> np.ndarray:
        """Bare energies: those of section 1, less Ω/2, which only coherences with |0> see."""
        m = self.maser
        energies = np.broadcast_to(m.splittings, m.manifold_levels)
        mean = sum(self.value(x) for x in energies) / m.manifold_levels
        h = sum(
            (self.value(x) - mean - self.value(m.detuning)) * self.operator(j + 2, j + 2)
            for j, x in enumerate(energies)
        )
        return -1j * (self.both(h, self.one) - self.both(self.one, h))

    @cached_property
    def baths(self) -> dict[str, np.ndarray]:
        """Terms that bring a quantum from a bath (up) or to it (down), and those that move none."""
        m = self.maser
        n_hot = [self.value(x) for x in np.broadcast_to(m.n_hot, m.manifold_levels)]
        dipoles = np.eye(m.manifold_levels) if m.dipoles is None else m.dipoles
        s = [self.operator(0, j + 2) for j in range(m.manifold_levels)]
        pairs = [
            (s[i], s[j], self.value(m.gamma_hot) * self.value(dipoles[i, j]), n_hot[i], "hot")
            for i in range(m.manifold_levels)
            for j in range(m.manifold_levels)
        ]
        cold = self.operator(0, 1)
        pairs.append((cold, cold, self.value(m.gamma_cold), self.value(m.n_cold), "cold"))
        out: dict[str, Any] = dict.fromkeys(("hot up", "hot down", "cold up", "cold down", "loss"), 0)
        for a, b, rate, n, bath in pairs:
            both, A, B, one = self.both, a.T, b.T, self.one
            out[f"{bath} down"] = out[f"{bath} down"] + rate * (1 + n) * (both(a, B) + both(b, A))
            out[f"{bath} up"] = out[f"{bath} up"] + rate * n * (both(A, b) + both(B, a))
            out["loss"] = out["loss"] - rate * (1 + n) * (both(B @ a, one) + both(one, A @ b))
            out["loss"] = out["loss"] - rate * n * (both(b @ A, one) + both(one, a @ B))
        return out

    def driven(self, fall: Any, rise: Any) -> np.ndarray:
        """The drive with its couplings |1><j| times ``fall``, |j><1| times ``rise``; swapped to the right of ρ."""
        down, up = self.couplings
        left, right = fall * down + rise * up, rise * down + fall * up
        return -1j * (self.both(left, self.one) - self.both(self.one, right))

    def generator(self, *, hot: float = 0.0, cold: float = 0.0, drive: float = 0.0) -> np.ndarray:
        """L with e^ξ on every quantum into the machine."""
        b = self.baths
        total = self.rest + self.driven(np.exp(-0.5 * drive), np.exp(0.5 * drive)) + b["loss"]
        total = total + np.exp(hot) * b["hot up"] + np.exp(-hot) * b["hot down"]
        return total + np.exp(cold) * b["cold up"] + np.exp(-cold) * b["cold down"]

    def derivatives(self, junction: str) -> list[np.ndarray]:
        """L and its first three derivatives by a counting field."""
        half = mp.mpf(1) / 2 if self.number is not complex else 0.5
        if junction == "drive":
            return [self.whole, *(self.driven((-half) ** k, half**k) for k in (1, 2, 3))]
        up, down = self.baths[f"{junction} up"], self.baths[f"{junction} down"]
        return [self.whole, *(up + (-1) ** k * down for k in (1, 2, 3))]

    @cached_property
    def whole(self) -> np.ndarray:
        """L itself, whatever is counted."""
        return self.rest + self.driven(1, 1) + sum(self.baths.values())

    @cached_property
    def factors(self) -> Any:
        """What solves L x = y at a given trace of x, for every junction: an inverse, or L and U of mpmath."""
        trace = self.one.reshape(1, -1)
        bordered = np.block([[self.whole, trace.T], [trace, np.zeros((1, 1))]])
        if self.number is complex:
            return np.linalg.inv(bordered)
        return mp.mp.LU_decomp(mp.matrix(bordered.tolist()))

    def solved(self, right: np.ndarray, trace: int) -> np.ndarray:
        """Return the x of that trace with L x = y."""
        right = np.append(right, trace)
        if self.number is complex:
            return (self.factors @ right)[:-1]
        both, order = self.factors
        found = mp.mp.U_solve(both, mp.mp.L_solve(both, mp.matrix(right.tolist()), order))
        return np.array(list(found), dtype=object)[:-1]

    def cumulants(self, junction: str = "hot") -> np.ndarray:
        """Perturbation theory of the eigenvalue 0, order by order: L ρ_n = Σ t_k ρ_{n−k} − Σ L_k ρ_{n−k}/k!."""
        _, *changes = self.derivatives(junction)
        changes = [change / math.factorial(k) for k, change in enumerate(changes, 1)]
        states, found = [self.solved(self.one.reshape(-1) * 0, 1)], []
        for order in (1, 2, 3):
            moved = sum(changes[k - 1] @ states[order - k] for k in range(1, order + 1))
            found.append(self.one.reshape(-1) @ moved)
            right = sum(found[k - 1] * states[order - k] for k in range(1, order + 1)) - moved
            states.append(self.solved(right, 0))
        return np.array([float(t.real) * math.factorial(k) for k, t in enumerate(found, 1)])


def exactly(maser: ts.ThermalMaser, *junctions: str) -> np.ndarray:
    """The cumulants at each of the junctions, or those of the hot one, in 50 digits."""
    with mp.workdps(50):
        tilted = Tilted(maser, mp.mpmathify)
        return np.array([tilted.cumulants(one) for one in junctions]) if junctions else tilted.cumulants()


def row(cumulants: Cumulants) -> np.ndarray:
    return np.stack([cumulants.mean, cumulants.noise, cumulants.third], axis=-1)


def statistics(maser: ts.ThermalMaser, **options: Any) -> CountingStatistics:
    return counting_statistics(ts.steady_state(maser, **options))


def degenerate(rng: np.random.Generator, levels: int, **changes: Any) -> ts.ThermalMaser:
    drive = 0.1 * (rng.normal(size=levels) + 1j * rng.normal(size=levels))
    known = {"n_hot": 2.0, **BATHS, "detuning": 0.07}
    return ts.ThermalMaser(**{"drive": drive, **known, **changes})


def by_blocks(maser: ts.ThermalMaser) -> np.ndarray:
    """The Schur form, also where there is a closed form: a matrix of independent dipoles is one of dipoles."""
    block = replace(maser.generator(), dipoles=np.eye(maser.manifold_levels))
    return counting._cumulants(block, np.ones(1, dtype=bool))[:, 0]


def section_8b(maser: ts.ThermalMaser) -> Any:
    """Left minus right side of the last formula of section 8b, as printed, with e^ξ on quanta into the hot bath."""
    levels = maser.manifold_levels
    g_h, g_c, n_h, n_c = (mp.mpf(float(getattr(maser, x))) for x in ("gamma_hot", "gamma_cold", "n_hot", "n_cold"))
    # a sum rounded once, of squares of real and imaginary parts
    strength = mp.mpf(math.fsum(np.ravel(np.square([maser.drive.real, maser.drive.imag]))))
    a_h, a_c, delta = g_h * (1 + n_h), g_c * (1 + n_c), mp.mpf(float(maser.detuning))

    def equation(theta: Any, xi: Any) -> Any:
        a, c, G = a_h + theta / 2, a_c + theta / 2, a_h + a_c + theta
        w = strength * G / (G**2 + delta**2)
        E = a * c + w * (a + c)
        right = 2 * a_c * g_c * n_c * (a + w) / E + 2 * a_h * g_h * n_h * ((levels - 1) / a + (c + w) / E)
        right += 2 * w / E * (mp.exp(xi) * a_h * g_c * n_c + mp.exp(-xi) * a_c * g_h * n_h)
        return theta + 2 * levels * g_h * n_h + 2 * g_c * n_c - right

    return equation


def of_section_8b(maser: ts.ThermalMaser) -> np.ndarray:
    """Cumulants of quanta from the hot bath by mpmath: roots on a circle of counting fields, and Cauchy's formula."""
    with mp.workdps(60):
        equation, radius, count = section_8b(maser), mp.mpf("1e-8"), 8
        points = [radius * mp.expjpi(mp.mpf(2 * k) / count) for k in range(count)]
        thetas = [
            mp.findroot(lambda t, xi=-xi: equation(t, xi), (mp.mpf(0), radius * 1e-3), tol=1e-90) for xi in points
        ]
        moments = [
            mp.fsum(t * mp.expjpi(-mp.mpf(2 * k * n) / count) for k, t in enumerate(thetas)) / count / radius**n
            for n in (1, 2, 3)
        ]
        return np.array([float((mp.factorial(n) * x).real) for n, x in enumerate(moments, 1)])


FIELDS = np.array([-1.5, -0.4, 0.25, 0.9])
