"""The excited block of thermal machines in time: every mode of the drift exactly, ρ_00 as a polynomial on panels.

In the eigenvectors of A, where A = V diag(a) V⁻¹, X = V⁻¹ B V⁻† obeys dX_ij/dt = (a_i + a_j*) X_ij + ρ_00 S̃_ij, and
ρ_00 = tr ρ − tr B is all that couples the modes: one scalar Volterra equation, whose kernel is smooth on the scale of
the fastest mode.  On panels of equal length it is one real matrix, worked out once.

What is reported is no difference between two such solutions, which would share their eigenvectors.  The equation of
motion is asked of what was found: what V and a miss of A, what the polynomial misses of ρ_00, and the rounding on the
way, summed up along time.  A true evolution does not let differences grow, so that the sum bounds the error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

import numpy as np

from torusync._checks import Complex, Integer, Real
from torusync._lapack import eigenvalues, inverses, singular_values
from torusync._threads import stop_if_told
from torusync.conventions import EPS
from torusync.dynamics.bright import drift_modes
from torusync.dynamics.unfolding import Unfolding
from torusync.generators import PumpedManifold
from torusync.generators.base import dagger

NODES: Final = 28
"""Gauss points of a panel."""

_REACH: Final = 12.0
"""Length of a panel over the time of the fastest mode: at 12 a polynomial of degree 27 leaves 1e-15 of an exponential,
at 16 some 1e-12."""

_SAMPLES: Final = 40
"""Chebyshev points through which exponentials e^z with |z| ≤ 12 are known to the last digit."""

_GONE: Final = 37.0
"""Over the rate at which |0> is emptied: after which time nothing of what was there is left, e⁻³⁷ = 1e-16."""

_STIFF: Final = 8.0
"""How much longer panels may be then: what is fed back to ρ_00 is a matrix of this times the reach in norm."""

_ENDLESS: Final = 1e15
_TOLD: Final = 256
"""Panels that nobody will wait for, and after how many somebody is told."""

WORST_CONDITION: Final = 1e3
"""Condition of V beyond which six digits are lost and the machine is left to others: A is nearly defective."""


@final
@dataclass(frozen=True, eq=False)
class _Rule:
    """What all panels have in common, for a panel of length 1."""

    ends: Real
    """Gauss points and the end of the panel, ``(p + 1,)``."""
    weights: Real
    """Barycentric weights of the Gauss points."""
    samples: Real
    """Where exponentials are known, ``(m,)``."""
    integrals: Real
    """∫ e^{z(x_i − τ)} l_j(τ) dτ from 0 to x_i out of e^{z s_m}, shape ``(p, p + 1, m)``, j in front."""

    def lagrange(self, at: Real) -> Real:
        """Return the polynomials that are 1 at one Gauss point and 0 at the others, shape ``(..., p)``."""
        return _barycentric(at, self.ends[:-1], self.weights)


def _barycentric(at: Real, nodes: Any, weights: Real) -> Real:
    apart = at[..., np.newaxis] - nodes
    hit = apart == 0.0
    terms = weights / np.where(hit, 1.0, apart)
    values = terms / terms.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(hit.any(axis=-1, keepdims=True), hit, values))


@cache
def _rule() -> _Rule:
    points, _ = np.polynomial.legendre.leggauss(NODES)
    nodes = 0.5 * (1.0 + points)
    apart = nodes[:, np.newaxis] - nodes + np.eye(NODES)
    weights = np.asarray(1.0 / np.prod(4.0 * apart, axis=-1), dtype=np.float64)
    ends = np.append(nodes, 1.0)
    angles = (np.arange(_SAMPLES) + 0.5) * np.pi / _SAMPLES
    samples = 0.5 * (1.0 - np.cos(angles))
    sines = np.asarray((-1.0) ** np.arange(_SAMPLES) * np.sin(angles), dtype=np.float64)
    # a product of the degrees 27 and 39 is integrated exactly by 34 points
    inner, share = np.polynomial.legendre.leggauss(NODES + 8)
    inner, share = 0.5 * (1.0 + inner), 0.5 * share
    integrals = np.empty((NODES, NODES + 1, _SAMPLES))
    for row, end in enumerate(ends):
        basis = _barycentric(np.asarray(end * inner), nodes, weights)
        integrals[:, row] = end * (basis * share[:, np.newaxis]).T @ _barycentric(end * (1.0 - inner), samples, sines)
    return _Rule(ends, weights, samples, integrals)


@final
@dataclass(frozen=True, eq=False)
class _Modes:
    """Drift and pump of flat machines in the eigenvectors of the drift; the upper half of the modes."""

    rates: Complex
    vectors: Complex
    inverse: Complex
    pumped: Complex
    """S̃ ``(points, Q)``."""
    traces: Complex
    """T_ij = (V†V)_ji, doubled off the diagonal: tr B = Re Σ T X."""
    pump_rate: Real
    """tr S."""
    size: Real
    """sqrt(M) ‖V‖², which turns ‖X‖_F into a bound of ‖B‖_1."""
    missing: Real
    """What V, a and S̃ miss of dρ/dt, in the trace norm."""
    rounding: Real
    """Rounding of the way from B to X and back, relative to ‖X‖_F, in the trace norm."""

    @classmethod
    def of(cls, block: PumpedManifold, drift: Complex, rates: Complex, vectors: Complex) -> "_Modes":
        pump, count = block.pump(), drift.shape[-1]
        inverse, upper = inverses(vectors), np.triu_indices(count)
        pumped = inverse @ pump @ dagger(inverse)
        gram = np.swapaxes(dagger(vectors) @ vectors, -1, -2)[:, *upper]
        spectral = singular_values(vectors)[0]
        largest, smallest = spectral[:, 0], spectral[:, -1]
        astray = drift @ vectors - vectors * rates[:, np.newaxis]
        # an arrow has two entries a row but for the first; each entry is itself the result of a few operations
        terms = np.full(count, 12.0 if block.dipoles is None else count + 12.0)
        terms[0] = count + 12.0
        rounded = np.abs(drift) @ np.abs(vectors) + np.abs(vectors * rates[:, np.newaxis])
        left = _frobenius(astray) + EPS * _frobenius(terms[:, np.newaxis] * rounded)
        size = np.sqrt(count) * largest**2
        source = _frobenius(pump - vectors @ pumped @ dagger(vectors)) * np.sqrt(count)
        source = source + (2.0 * count + 8.0) * EPS * (size * _frobenius(pumped) + _frobenius(pump))
        return cls(
            rates=rates,
            vectors=vectors,
            inverse=inverse,
            pumped=pumped[:, *upper],
            traces=gram * np.where(upper[0] == upper[1], 1.0, 2.0),
            pump_rate=np.trace(pump, axis1=-2, axis2=-1).real,
            size=size,
            missing=source + 2.0 * left / smallest,
            rounding=(4.0 * count + 24.0) * EPS * size,
        )

    def decayed(self, times: Real) -> Complex:
        """Return e^{(a_i + a_j*) t} of the upper half, ``(points, len(times), Q)``, by one product of exponentials."""
        one = np.exp(times[:, np.newaxis] * self.rates[:, np.newaxis])
        first, second = np.triu_indices(self.rates.shape[-1])
        return np.asarray(np.take(one, first, axis=-1) * np.take(one.conj(), second, axis=-1))


def conditions(block: PumpedManifold) -> tuple[Complex, Complex, Complex, Real]:
    """Return the drift, its eigenvalues, eigenvectors, and the condition of these, of a flat batch; nan where none."""
    drift = block.drift()
    rates, vectors = drift_modes(block, drift)
    spectral, _ = singular_values(vectors)
    with np.errstate(divide="ignore", invalid="ignore"):
        return drift, rates, vectors, np.asarray(spectral[:, 0] / spectral[:, -1])


def growth(block: PumpedManifold) -> Real:
    """Return how fast, at most, two states of flat machines may part in the trace norm: 0 for a Lindblad equation.

    Correlated dipoles of unequal occupations have rates with a negative eigenvalue.  All else never lets states part,
    and a channel of negative rate −κ lets them part at 2κ.
    """
    if block.dipoles is None:
        return np.zeros(block.points)
    drift = block.drift()
    below = np.minimum(eigenvalues(-(drift + dagger(drift))), 0.0).sum(axis=-1)
    below = below + np.minimum(eigenvalues(block.pump()), 0.0).sum(axis=-1)
    return np.asarray(-2.0 * below)


def speeds(rates: Complex, block: PumpedManifold) -> tuple[Real, Real]:
    """Return the rates that set the length of panels, of the modes and of what empties |0>, ``(points)`` each."""
    return np.asarray(2.0 * np.abs(rates).max(axis=-1)), np.trace(block.pump(), axis1=-2, axis2=-1).real


def stages(times: Real, modes_at: Real, pumped_at: Real) -> tuple[tuple[float, float, int], ...]:
    """Return where panels of one length begin, their length and number, for machines of such speeds.

    Where |0> is emptied faster than modes turn and decay, its population does so once, at the start; from there on it
    follows the modes, and panels are as long as these let them.
    """
    span, whole = float(times[-1] - times[0]), float((modes_at + pumped_at).max())
    gone = _GONE / float(pumped_at.min()) if pumped_at.min() > 0.0 else np.inf
    later = max(float(modes_at.max()), whole / _STIFF)
    if later > 0.5 * whole or gone > 0.5 * span:
        return (_stage(0.0, span, whole),)
    return _stage(0.0, gone, whole), _stage(gone, span, later)


def _stage(begin: float, end: float, rate: float) -> tuple[float, float, int]:
    count = max(1, int(np.ceil(min((end - begin) * rate / _REACH, _ENDLESS))))
    return begin, (end - begin) / count if end > begin else 1.0, count


def panels(times: Real, modes_at: Real, pumped_at: Real) -> Integer:
    """Return into how many panels the times are cut for each machine."""
    pairs = zip(modes_at[:, np.newaxis], pumped_at[:, np.newaxis], strict=True)
    known = ((one, other) for one, other in pairs)
    return np.array(
        [sum(many for *_, many in stages(times, *pair)) if np.isfinite(pair[0][0]) else 0 for pair in known],
        dtype=np.int64,
    )


def panel_seconds(size: int, many: Integer) -> float:
    """Return about how long it takes to follow machines of M levels on so many panels each."""
    return 1.2e-4 * float(many.max(initial=0)) + 2.2e-7 * size**2 * float(many.sum())


def follow(
    block: PumpedManifold,
    spectrum: tuple[Complex, Complex, Complex],
    start: Complex,
    times: Real,
    write: Callable[[slice, Complex, Real], None],
    *,
    room: Callable[[slice], Complex],
    tell: Callable[[float], None],
) -> None:
    """Evolve flat machines with the eigenvalues and eigenvectors of their drift from ``start`` ``(points, D, D)``.

    ``write`` is handed some of the times with the states there, ``(points, T, D, D)``, which ``room`` has a place for,
    and bounds of their errors, and ``tell`` on the way how much of the next time is done.
    """
    drift, rates, vectors = spectrum
    found, rule = _Modes.of(block, drift, rates, vectors), _rule()
    elapsed, plan = times - times[0], stages(times, *speeds(rates, block))
    edges = np.concatenate([[0.0], *(begin + length * np.arange(1, many + 1) for begin, length, many in plan)])
    last = len(edges) - 2
    cut = np.searchsorted(np.clip(np.searchsorted(edges, elapsed, side="right") - 1, 0, last), np.arange(last + 2))
    parted, whole = growth(block), np.trace(start, axis1=-2, axis2=-1).real[:, np.newaxis]
    state = found.inverse @ start[:, 1:, 1:] @ dagger(found.inverse)
    begin = np.sqrt(start.shape[-1]) * _frobenius(
        start[:, 1:, 1:] - found.vectors @ state @ dagger(found.vectors)
    ) + found.rounding * _frobenius(state)
    state, ground = state[:, *np.triu_indices(drift.shape[-1])], _Ground.of(block, found, start)
    unfolding = Unfolding(found.vectors)
    # ρ_00 is off by no more than the trace of the block, hence twice
    passed = 2.0 * begin
    index = -1
    for _, length, many in plan:
        solver = _Panel.of(found, rule, length)
        for _ in range(many):
            index += 1
            nodes, following, missed = solver.advance(state, whole)
            some = slice(int(cut[index]), int(cut[index + 1]))
            driven = length * (found.missing + (found.pump_rate + parted) * missed.ground)
            passed = passed + 2.0 * (driven + found.rounding * missed.largest)
            if some.stop > some.start:
                rho = room(some)
                unfolding.put(rho, rule.lagrange((elapsed[some] - edges[index]) / length), nodes, whole)
                # what the next panel starts from does not pass through the polynomial between the nodes
                between = 2.0 * found.size * missed.between
                here = (passed + between)[:, np.newaxis] + ground.put(rho, elapsed[some])
                write(some, rho, here * np.exp(parted[:, np.newaxis] * elapsed[some]))
            elif index % _TOLD == _TOLD - 1:
                stop_if_told()
                # a time is yet to come, or this panel would be none
                since = elapsed[some.start - 1]
                tell(float((edges[index + 1] - since) / (elapsed[some.start] - since)))
            state = following


@final
@dataclass(frozen=True, eq=False)
class _Missed:
    """What a panel misses, each ``(points)``."""

    ground: Real
    """Of ρ_00, between its nodes and at them."""
    between: Real
    """Of X between its nodes, ‖·‖_F."""
    largest: Real
    """The largest ‖X‖_F, to which rounding is relative."""


@final
@dataclass(frozen=True, eq=False)
class _Panel:
    """One panel of a length, for flat machines: linear maps from its start and from ρ_00 at its nodes."""

    found: _Modes
    rule: _Rule
    decay: Complex
    """e^{μ x h} at the nodes and the end, ``(points, p + 1, Q)``."""
    feeding: Real
    """h S̃ e^{μ s h} at the samples, of which integrals of ρ_00 are made, ``(points, m, 2Q)``, complex as pairs."""
    inverse: Real
    """(1 + what is fed back)⁻¹, ``(points, p, p)``."""
    weights: Real
    """T e^{μ x h} at the nodes, conjugate, as pairs, ``(points, p, 2Q)``."""
    traces: Real
    """T, conjugate, as pairs, ``(points, 2Q, 1)``."""
    edges: Real
    """What the polynomial through the nodes is at both ends, ``(2, p)``."""
    states: Complex
    fed: Real
    """Room for X at the nodes and the end, and for what is fed to it."""

    @classmethod
    def of(cls, found: _Modes, rule: _Rule, length: float) -> "_Panel":
        points = len(found.pumped)
        feeding = found.decayed(length * rule.samples)
        feeding *= length * found.pumped[:, np.newaxis]
        traces = _pairs(np.conj(found.traces))[..., np.newaxis]
        fed = (_pairs(feeding) @ traces)[..., 0]
        fed = (fed @ rule.integrals.reshape(-1, _SAMPLES).T).reshape(points, NODES, NODES + 1)
        volterra = np.eye(NODES) + np.swapaxes(fed[..., :-1], -1, -2)
        decay = found.decayed(length * rule.ends)
        weights = _pairs(np.conj(found.traces)[:, np.newaxis] * np.conj(decay[:, :-1]))
        edges, states = rule.lagrange(np.array([0.0, 1.0])), np.empty_like(decay)
        return cls(
            found,
            rule,
            decay,
            _pairs(feeding),
            inverses(volterra),
            weights,
            traces,
            edges,
            states,
            _pairs(states).copy(),
        )

    def advance(self, state: Complex, whole: Real) -> tuple[Complex, Complex, "_Missed"]:
        """Return X at the nodes, until the next call, and at the end, and what is missed, from its start and tr ρ.

        The polynomials of the nodes miss most at the ends of the panel, where what they stand for is known.
        """
        points, begun = len(state), _pairs(state)
        level = (self.inverse @ (whole - (self.weights @ begun[..., np.newaxis])[..., 0])[..., np.newaxis])[..., 0]
        kernels = (level @ self.rule.integrals.reshape(NODES, -1)).reshape(points, NODES + 1, _SAMPLES)
        np.matmul(kernels, self.feeding, out=self.fed)
        np.multiply(self.decay, state[:, np.newaxis], out=self.states)
        pairs = self.states.view(np.float64)
        pairs += self.fed
        between = self.edges @ pairs[:, :-1]
        between[:, 0] -= begun
        between[:, 1] -= pairs[:, -1]
        there = whole - (pairs @ self.traces)[..., 0]
        first = whole[:, 0] - (begun[:, np.newaxis] @ self.traces)[:, 0, 0]
        ends = np.stack([first, there[:, -1]], axis=-1)
        off = np.abs(level @ self.edges.T - ends).max(axis=-1) + np.abs(level - there[:, :-1]).max(axis=-1)
        return self.states[:, :-1], self.states[:, -1].copy(), _Missed(off, _largest(between), _largest(pairs))


@final
@dataclass(frozen=True, eq=False)
class _Ground:
    """Coherences with |0>, which decay by themselves: dρ_i0/dt = (A − g/2 − iω) ρ_i0."""

    vectors: Complex
    start: Complex
    rates: Complex
    slope: Real
    """How the bound of their error grows with time."""
    rounding: Real

    @classmethod
    def of(cls, block: PumpedManifold, found: _Modes, start: Complex) -> "_Ground":
        rho = start[:, 1:, :1]
        shift = 0.5 * found.pump_rate + 1j * block.level_one_energy
        state = (found.inverse @ rho)[..., 0]
        size = np.linalg.norm(rho[..., 0], axis=-1)
        turned = EPS * (np.abs(found.rates).max(axis=-1) + np.abs(shift)) * 4.0
        far = np.linalg.norm(found.vectors, axis=(-2, -1)) * np.linalg.norm(state, axis=-1)
        # a column and its mirror image have twice its norm
        slope = 2.0 * (found.missing * size + turned * far)
        return cls(found.vectors, state, found.rates - shift[:, np.newaxis], slope, found.rounding * far)

    def put(self, rho: Complex, elapsed: Real) -> Real:
        """Write them into states ``(points, T, D, D)`` and return bounds of their errors."""
        if not self.start.any():
            return np.zeros((len(rho), len(elapsed)))
        turned = np.exp(self.rates[:, np.newaxis] * elapsed[:, np.newaxis]) * self.start[:, np.newaxis]
        column = turned @ np.swapaxes(self.vectors, -1, -2)
        rho[:, :, 1:, 0], rho[:, :, 0, 1:] = column, np.conj(column)
        return self.slope[:, np.newaxis] * elapsed + self.rounding[:, np.newaxis]


def _pairs(values: Complex) -> Real:
    """Return complex numbers as pairs of real ones along the last axis."""
    return np.ascontiguousarray(values).view(np.float64)


def _largest(pairs: Real) -> Real:
    """Return a bound of the largest ‖X‖_F from upper halves, of pairs along the last axis."""
    return np.asarray(np.sqrt(2.0 * np.einsum("pij,pij->pi", pairs, pairs).max(axis=-1)))


def _frobenius(matrices: Any) -> Real:
    return np.asarray(np.linalg.norm(matrices, axis=(-2, -1)))
