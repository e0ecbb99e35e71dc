"""Systems whose steady state is known exactly, each with its derivation, and QuTiP's own view of the maser.

A problem has no code in common with the solvers: matrices are typed out or built from QuTiP operators.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
import qutip

import torusync as ts
from torusync.quantities import largest
from torusync.steady import Block, Collective, Dense
from torusync.thermo import Bookkeeping

GRAMMAR = re.compile(r"Argument `[^`]+` must .+, but .+(?:[^.?]\.|[^.]\?)")
TWO_SENTENCES = re.compile(r"[.!?]\s+[A-Z]")

RATES = {"gamma_hot": 0.05, "gamma_cold": 0.2}
BATHS = {"n_cold": 0.5, **RATES}
"""The letter's couplings, and its cold bath."""
REFRIGERATOR, ENGINE = 0.2, 5.0
"""The letter's occupations of the hot bath: the machine cools at the one and works at the other."""
ENGINE_BATHS = {"n_hot": ENGINE, **BATHS}
LOWERING = np.array([[0.0, 1.0], [0.0, 0.0]])
"""|0><1| of a qubit."""


@dataclass(frozen=True)
class Problem:
    """A system with its steady state, and the solvers that claim it."""

    name: str
    system: Any
    rho: np.ndarray
    solvers: tuple[Any, ...]


def thermal_qubit() -> Problem:
    """Two levels in one bath: rates up Γn and down Γ(1+n) balance at ρ_11/ρ_00 = n/(1+n)."""
    n = 0.7
    system = ts.LindbladSystem(np.diag([0.0, 1.3]), [(0.2 * (1 + n), LOWERING), (0.2 * n, LOWERING.T)])
    rho = np.diag([(1 + n) / (1 + 2 * n), n / (1 + 2 * n)])
    return Problem("thermal qubit", system, rho, (Dense(), ts.Auto()))


def driven_qubit() -> Problem:
    """A resonantly driven, decaying qubit in the rotating frame, H = (Ω/2) σ_x, one channel of rate Γ in Eq. (7).

    The population decays at 2Γ and the coherence at Γ.  In the steady state Γ ρ_01 = i(Ω/2)(ρ_00 − ρ_11) and
    2Γ ρ_11 = Ω Im ρ_01, so that with the saturation s = Ω²/(2Γ²): ρ_11 = s/(2(1 + s)), ρ_01 = i(Ω/2Γ)/(1 + s).
    """
    drive, gamma = 0.3, 0.2
    saturation = drive**2 / (2.0 * gamma**2)
    excited = saturation / (2.0 * (1.0 + saturation))
    coherence = 1j * drive / (2.0 * gamma) / (1.0 + saturation)
    system = ts.LindbladSystem(0.5 * drive * (LOWERING + LOWERING.T), [(gamma, LOWERING)])
    rho = np.array([[1.0 - excited, coherence], [np.conj(coherence), excited]])
    return Problem("driven qubit", system, rho, (Dense(), ts.Auto()))


def undriven_maser() -> Problem:
    """Without a drive every level balances with |0> alone: ρ_jj/ρ_00 = n_j/(1+n_j), no coherence."""
    n_hot, n_cold = np.array([0.4, 2.0, 1.1]), 0.3
    weights = np.concatenate([[1.0, n_cold / (1 + n_cold)], n_hot / (1 + n_hot)])
    system = ts.ThermalMaser(
        np.zeros(3), n_hot=n_hot, n_cold=n_cold, gamma_hot=0.05, gamma_cold=0.2, splittings=[0.0, 0.1, 0.3]
    )
    return Problem("undriven maser", system, np.diag(weights / weights.sum()), (Block(), Dense(), ts.Auto()))


def balanced_maser() -> Problem:
    """n_h = n_c: the drive connects levels of equal population and does nothing."""
    n = 0.8
    weights = np.array([1.0, *([n / (1 + n)] * 4)])
    system = ts.ThermalMaser([0.1, 0.2j, 0.3], n_hot=n, n_cold=n, gamma_hot=0.05, gamma_cold=0.2, detuning=0.1)
    rho = np.diag(weights / weights.sum())
    return Problem("balanced maser", system, rho, (Collective(), Block(), Dense(), ts.Auto()))


def table_maser(ratio: float, single: float, pair: float) -> Problem:
    """Two levels at γ_c = 1/5, γ_h = 1/20, n_c = 1/2, λ = 1/10, with rational coherences from Eqs. (9) and (10).

    Populations follow from the coherences: each manifold level gains what the drive brings it, so with
    J = 2λ Im ρ_12 quanta per level and time, ρ_jj = r_h ρ_00 + J/(2a_h), ρ_11 = r_c ρ_00 − 2J/(2a_c).
    """
    n_hot, n_cold, lam = 0.5 * ratio, 0.5, 0.1
    a_h, a_c = 0.05 * (1 + n_hot), 0.2 * (1 + n_cold)
    r_h, r_c = n_hot / (1 + n_hot), n_cold / (1 + n_cold)
    sign = 1.0 if ratio < 1.0 else -1.0
    flow = sign * 2.0 * lam * single
    ground = (1.0 - 2 * flow / (2 * a_h) + 2 * flow / (2 * a_c)) / (1.0 + r_c + 2 * r_h)
    rho = np.zeros((4, 4), dtype=complex)
    rho[0, 0] = ground
    rho[1, 1] = r_c * ground - 2 * flow / (2 * a_c)
    for j in (2, 3):
        rho[j, j] = r_h * ground + flow / (2 * a_h)
        rho[1, j], rho[j, 1] = 1j * sign * single, -1j * sign * single
    rho[2, 3] = rho[3, 2] = sign * pair
    system = ts.ThermalMaser([lam, lam], n_hot=n_hot, n_cold=n_cold, gamma_hot=0.05, gamma_cold=0.2)
    solvers = (Collective(), Block(), Dense(), ts.Auto())
    return Problem(f"table, n_h/n_c = {ratio:g}", system, rho, solvers)


def strong_driving() -> Problem:
    """λ → ∞ on resonance equalises |1> and the bright state |J>; the dark state keeps its thermal ratio.

    Then ρ_11 = ρ_JJ = p and the cycle 0 → 1, J → 0 balances: p (a_c + a_h) = ρ_00 (γ_c n_c + γ_h n_h).
    """
    n_hot, n_cold, a = 2.0, 0.5, 1e14  # coherences are of order 1/λ
    a_h, a_c = 0.05 * 3.0, 0.2 * 1.5
    p = (0.2 * n_cold + 0.05 * n_hot) / (a_c + a_h)
    dark = n_hot / (1 + n_hot)
    weights = 1.0 / (1.0 + 2 * p + dark)
    rho = weights * np.diag([1.0, p, 0.0, 0.0]).astype(complex)
    rho[2:, 2:] = weights * 0.5 * np.array([[p + dark, p - dark], [p - dark, p + dark]])
    system = ts.ThermalMaser([a, a], n_hot=n_hot, n_cold=n_cold, gamma_hot=0.05, gamma_cold=0.2)
    return Problem("strong driving", system, rho, (Collective(), ts.Auto()))


def catalogue() -> list[Problem]:
    """Return every problem."""
    return [
        thermal_qubit(),
        driven_qubit(),
        undriven_maser(),
        balanced_maser(),
        table_maser(0.4, 3 / 236, 5 / 236),
        table_maser(2.0, 1 / 92, 1 / 92),
        table_maser(10.0, 1 / 44, 1 / 132),
        strong_driving(),
    ]


def random_maser(rng: np.random.Generator, *, correlated: bool, per_level: bool, levels: int) -> ts.ThermalMaser:
    """Return a random maser with complex drives, splittings and detuning."""
    drive = rng.normal(size=levels) + 1j * rng.normal(size=levels)
    n_hot = rng.uniform(0.1, 5.0)
    options: dict[str, Any] = {}
    if correlated:
        vectors = rng.normal(size=(levels, 3))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        # mixed with independent dipoles, so that the steady state is unique at any N
        matrix = 0.4 * vectors @ vectors.T + 0.6 * np.eye(levels)
        np.fill_diagonal(matrix, 1.0)
        options["dipole_matrix"] = 0.5 * (matrix + matrix.T)
    return ts.ThermalMaser(
        0.1 * drive,
        n_hot=n_hot * rng.uniform(0.95, 1.05, levels) if per_level else n_hot,
        n_cold=rng.uniform(0.1, 5.0),
        gamma_hot=rng.uniform(0.02, 0.3),
        gamma_cold=rng.uniform(0.02, 0.3),
        splittings=rng.uniform(0.0, 0.2, levels),
        detuning=rng.normal() * 0.1,
        **options,
    )


def letter_maser(**changes: Any) -> ts.ThermalMaser:
    """Return the letter's engine of two levels, changed."""
    return ts.ThermalMaser(**{"drive": [0.1, 0.2], **ENGINE_BATHS, **changes})


def driven(maser: ts.ThermalMaser, **options: Any) -> ts.Thermodynamics:
    """Return the currents of one machine or batch with the energies of H_0 + V(t)."""
    return ts.thermodynamics(ts.steady_state(maser, **options), bookkeeping=Bookkeeping.DRIVEN)


def qutip_liouvillian(maser: ts.ThermalMaser) -> qutip.Qobj:
    """Return the generator of one maser, built from QuTiP operators and the formulas of the companion paper."""
    size, count = maser.dimension, maser.manifold_levels
    ket = [qutip.basis(size, level) for level in range(size)]
    e = np.broadcast_to(maser.level_energies, count)
    omega_drive = float(e.mean() - maser.omega_cold + maser.detuning)
    h = (float(maser.omega_cold) + 0.5 * omega_drive) * ket[1].proj()
    for j in range(count):
        h = h + (e[j] - 0.5 * omega_drive) * ket[j + 2].proj()
        v = complex(maser.drive[j]) * ket[1] * ket[j + 2].dag()
        h = h + v + v.dag()
    down = np.sqrt(2.0 * float(maser.gamma_cold)) * ket[0] * ket[1].dag()
    n_c = float(maser.n_cold)
    total = qutip.liouvillian(h, [np.sqrt(1 + n_c) * down, np.sqrt(n_c) * down.dag()])
    n = np.broadcast_to(maser.n_hot, count)
    p = np.eye(count) if maser.dipoles is None else maser.dipoles
    s = [ket[0] * ket[j + 2].dag() for j in range(count)]
    pre, post, both = qutip.spre, qutip.spost, qutip.sprepost
    for i in range(count):
        for j in range(count):
            a, b = s[i], s[j]
            fall = both(a, b.dag()) + both(b, a.dag()) - pre(b.dag() * a) - post(a.dag() * b)
            rise = both(a.dag(), b) + both(b.dag(), a) - pre(b * a.dag()) - post(a * b.dag())
            total = total + float(maser.gamma_hot) * p[i, j] * ((1 + n[i]) * fall + n[i] * rise)
    return total


def qutip_state(maser: ts.ThermalMaser) -> np.ndarray:
    """Return QuTiP's steady state of one maser."""
    return qutip.steadystate(qutip_liouvillian(maser), method="direct").full()


@cache
def phase_grid(size: int, points: int) -> np.ndarray:
    """Phasors of all phase differences on a grid, the first level's phase being 0."""
    grid = 2 * np.pi * np.arange(points) / points
    phases = np.stack(np.meshgrid(*[grid] * (size - 1), indexing="ij"), axis=-1).reshape(-1, size - 1)
    return np.concatenate([np.ones((len(phases), 1)), np.exp(1j * phases)], axis=1)


def exhaustive_maximum(rho: np.ndarray, points: int = 24, keep: int = 40) -> float:
    """The maximum over a grid of all phase differences, then polished by coordinate ascent."""
    size = len(rho)
    off = rho - np.diag(np.diag(rho))
    z = phase_grid(size, points)
    heights = (z.conj() * np.einsum("ij,pj->pi", off, z)).real.sum(axis=1)
    z = z[np.argsort(heights)[-keep:]]
    for _ in range(300):
        before = z.copy()
        for level in range(size):
            pull = z @ off[level]
            z[:, level] = np.where(np.abs(pull) > 0, pull / np.where(np.abs(pull) > 0, np.abs(pull), 1), z[:, level])
        if (np.abs(z - before) <= 1e-15).all():
            break
    return float((0.5 * np.einsum("pi,ij,pj->p", z.conj(), off, z).real).max())


def between(rng: np.random.Generator, low: float, high: float, *shape: int) -> Any:
    """Numbers spread evenly over orders of magnitude."""
    return np.exp(rng.uniform(np.log(low), np.log(high), shape))


def random_state(rng: np.random.Generator, size: int, rank: int, scale: Any = None) -> np.ndarray:
    """Return a random density matrix, its levels weighted by ``scale``."""
    a = rng.normal(size=(size, rank)) + 1j * rng.normal(size=(size, rank))
    if scale is not None:
        a = a * scale[:, np.newaxis]
    rho = a @ a.conj().T
    return rho / np.trace(rho).real


def most_power(machine, over, **options):
    """Return the near-degenerate machine of largest power; what is neither given nor free is as by default."""
    preset = {"manifold_levels": 2, "spread": 0.05, "drive": 0.05, "gamma_hot": 0.05, "gamma_cold": 0.2}
    fixed = {name: value for name, value in preset.items() if name not in over} | machine
    return largest(ts.ThermalMaser, "power", over=over, fixed=fixed, **options)


def refused(call: Callable[[], object], *words: str) -> None:
    """Assert one sentence in the project's grammar that holds the words."""
    with pytest.raises(ts.ArgumentError) as caught:
        call()
    text = str(caught.value)
    assert GRAMMAR.fullmatch(text), text
    assert not TWO_SENTENCES.search(text), text
    for word in words:
        assert word in text, text
