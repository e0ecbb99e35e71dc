"""A machine's generator in the eigenvectors of its drift: poles a_i + a_j*, joined by the ground state alone.

On block and ground state it is an arrow, [[−g, K̃ᵀ], [S̃, diag μ]], so that its eigenvalues are the zeros of one scalar
function, and what it makes of a state at a frequency are sums over the poles.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Complex, Real, requirement
from torusync._lapack import inverses, singular_values
from torusync.conventions import EPS
from torusync.dynamics.bright import drift_modes
from torusync.generators import PumpedManifold
from torusync.generators.base import dagger

_SURE: Final = 0.9
"""Share of F by which it may change on half a segment: below 1 it stays within a half plane, less what rounds."""

_POINTS: Final = 50_000
"""Points that are put on a line: more are asked for where it passes through an eigenvalue."""

_HALVINGS: Final = 60

_TRIED: Final = 16
_ASIDE: Final = (1e-3j, -1e-3)
_ALIKE: Final = 1e-7
"""Poles that are tried, how far beside each, in units of the gap, Newton's iteration starts, and how near, relatively,
one pole is to another that is the same."""

_NEAR: Final = 2**16
_FEW: Final = 24
"""Numbers of a table of frequencies and poles, and frequencies for which it may have four times as many."""


@final
@dataclass(frozen=True, eq=False)
class Resolved:
    """Flat machines in the eigenvectors of their drift, all M² modes of the block.

    Parameters
    ----------
    rates : (points, M) a_i
    vectors, inverse : (points, M, M)
    poles : (points, M²) μ_ij = a_i + a_j*, row-major
    pumped, lost : (points, M²) S̃_ij and K̃_ij
    traces : (points, M²) T_ij = (V†V)_ji
    pump_rate : (points) g
    missing : (points) how far the eigenvectors miss the drift, ``‖(AV − Va)V⁻¹‖``
    condition : (points) of the eigenvectors
    """

    rates: Complex
    vectors: Complex
    inverse: Complex
    poles: Complex
    pumped: Complex
    lost: Complex
    traces: Complex
    pump_rate: Real
    missing: Real
    condition: Real

    @classmethod
    def of(cls, block: PumpedManifold) -> "Resolved":
        """Resolve flat machines.

        Raises
        ------
        ArgumentError
            If the drift of one is so nearly defective that its eigenvectors are no basis.
        """
        drift, pump = block.drift(), block.pump()
        rates, vectors = drift_modes(block, drift)
        spectral, _ = singular_values(vectors)
        with np.errstate(divide="ignore", invalid="ignore"):
            condition = np.asarray(spectral[:, 0] / spectral[:, -1])
        if not (condition <= WORST).all():
            raise requirement(
                "system",
                "have a drift whose eigenvectors are a basis",
                f"their condition is {condition.max():.1e}; move a drive or a detuning by a millionth",
            )
        inverse, points = inverses(vectors), len(drift)
        loss = dagger(vectors) @ -(drift + dagger(drift)) @ vectors
        astray = drift @ vectors - vectors * rates[:, np.newaxis]
        size = drift.shape[-1]
        norm = np.linalg.norm(drift, axis=(-2, -1))
        missing = np.linalg.norm(astray, axis=(-2, -1)) / spectral[:, -1] + (size + 12.0) * EPS * norm * condition
        return cls(
            rates=rates,
            vectors=vectors,
            inverse=inverse,
            poles=(rates[:, :, np.newaxis] + np.conj(rates[:, np.newaxis])).reshape(points, -1),
            pumped=(inverse @ pump @ dagger(inverse)).reshape(points, -1),
            lost=np.swapaxes(loss, -1, -2).reshape(points, -1),
            traces=np.swapaxes(dagger(vectors) @ vectors, -1, -2).reshape(points, -1),
            pump_rate=np.trace(pump, axis1=-2, axis2=-1).real,
            missing=missing,
            condition=condition,
        )

    def _rows(self, most: int) -> int:
        """Return for how many frequencies at a time, so that a table stays near but weights are not read for each."""
        poles = self.poles.size or 1
        return max(1, min(most, max(_NEAR // poles, min(_FEW, 4 * _NEAR // poles))))

    def sums(self, frequencies: Real, weights: Complex) -> Complex:
        """Return Σ_ij c_ij/(iω − μ_ij) for weights ``(points, k, M²)``, shape ``(points, F, k)``.

        Of iω − μ = γ + iδ only 1/(γ² + δ²) is worked out, real, and all sums are one real product of matrices.
        """
        both = np.concatenate([-np.conj(self.poles)[:, np.newaxis] * weights, weights], axis=1)
        columns = np.swapaxes(np.concatenate([both.real, both.imag], axis=1), -1, -2)
        out = np.empty((len(weights), len(frequencies), weights.shape[1]), dtype=np.complex128)
        damping, turning = self.poles.real[:, np.newaxis] ** 2, self.poles.imag[:, np.newaxis]
        step, count = self._rows(len(frequencies)), weights.shape[1]
        # memory that is used again stays near
        room = np.empty((len(weights), step, self.poles.shape[-1]))
        for begin in range(0, len(frequencies), step):
            some = frequencies[begin : begin + step]
            lines = np.subtract(some[:, np.newaxis], turning, out=room[:, : len(some)])
            lines *= lines
            lines += damping
            np.reciprocal(lines, out=lines)
            found = lines @ columns
            part = found[..., : 2 * count] + 1j * found[..., 2 * count :]
            out[:, begin : begin + step] = part[..., :count] - 1j * some[:, np.newaxis] * part[..., count:]
        return out


WORST: Final = 1e4
"""Condition of eigenvectors beyond which sums over poles leave fewer than seven digits."""


UNCOUNTED: Final = -1
"""In place of a number of eigenvalues, where a line is too near to some of them."""


@final
class Secular:
    """F(θ) = θ + g − Σ K̃_ij S̃_ij/(θ − μ_ij) of one machine; F Π(θ − μ_ij) is the characteristic polynomial."""

    def __init__(self, found: Resolved) -> None:
        self.poles: Final = found.poles[0]
        self._residues: Final = found.lost[0] * found.pumped[0]
        self._rate: Final = float(found.pump_rate[0])
        self._reach: Final = 4.0 * float(np.abs(self.poles).max() + self._rate + np.abs(self._residues).sum() ** 0.5)

    def at(self, theta: Complex) -> Complex:
        """Return F at points ``(n)``."""
        out = np.empty(len(theta), dtype=np.complex128)
        step = max(1, 2**20 // len(self.poles))
        for begin in range(0, len(theta), step):
            some = theta[begin : begin + step]
            out[begin : begin + step] = some + self._rate - (1.0 / (some[:, np.newaxis] - self.poles)) @ self._residues
        return out

    def slope(self, theta: complex) -> complex:
        """Return F'(θ)."""
        return complex(1.0 + (self._residues / (theta - self.poles) ** 2).sum())

    def right_of(self, x: float) -> int:
        """Return how many eigenvalues have a real part above −x, by how far F turns along that line.

        F is real on the real axis: only the upper half of the line is followed.  It is cut into segments on each of
        which F provably stays within a half plane, so that no turn is missed; poles whose residues are too small to
        move an eigenvalue across the line do not make them short.  `UNCOUNTED` where the line passes through one.
        """
        ends = np.linspace(0.0, self._reach, 9)
        low, high, turned, spent = ends[:-1], ends[1:], 0.0, 0
        aside, sizes = np.abs(self.poles.real + x), np.abs(self._residues)
        while len(low):
            spent += len(low)
            if spent > _POINTS:
                return UNCOUNTED
            middle, half = 0.5 * (low + high), 0.5 * (high - low)
            values, moved = self._with_bound(np.asarray(-x + 1j * middle), half, aside, sizes)
            good = moved <= _SURE * np.abs(values)
            edges = self.at(-x + 1j * np.concatenate([low[good], high[good]])).reshape(2, -1)
            turned += float((np.angle(values[good] / edges[0]) + np.angle(edges[1] / values[good])).sum())
            low, high = (np.concatenate(pair) for pair in ((low[~good], middle[~good]), (middle[~good], high[~good])))
        last = float(0.5 * np.pi - np.angle(self.at(np.array([complex(-x, self._reach)]))[0]))
        zeros = (np.pi - 2.0 * (turned + last)) / (2.0 * np.pi)
        return int(np.round(zeros)) + int((self.poles.real > -x).sum())

    def _with_bound(self, theta: Complex, half: Real, aside: Real, sizes: Real) -> tuple[Complex, Real]:
        """Return F at points of a line and how much it changes at most within ``half`` along it.

        1/(θ − μ) changes by ρ over the product of two distances, neither of which is below that of the line.
        """
        values, moved = np.empty(len(theta), dtype=np.complex128), np.empty(len(theta))
        step = max(1, 2**19 // len(self.poles))
        for begin in range(0, len(theta), step):
            some, reach = theta[begin : begin + step], half[begin : begin + step, np.newaxis]
            apart = some[:, np.newaxis] - self.poles
            far = np.abs(apart)
            values[begin : begin + step] = some + self._rate - (1.0 / apart) @ self._residues
            change = np.minimum(reach / (far * np.maximum(aside, far - reach)), 1.0 / far + 1.0 / aside)
            moved[begin : begin + step] = reach[:, 0] + change @ sizes
        return values, moved

    def zero_near(self, theta: complex) -> complex:
        """Return where Newton's iteration from a point ends."""
        for _ in range(_HALVINGS):
            step = complex(self.at(np.array([theta]))[0]) / self.slope(theta)
            theta -= step
            if abs(step) <= 4.0 * EPS * abs(theta):
                break
        return theta

    def between(self, low: float, high: float) -> complex:
        """Return an eigenvalue between the lines −high and −low, next to each other; nan where none is found."""
        gap = 0.5 * (low + high)
        apart = np.abs(self.poles.real + gap)
        for place in np.argsort(apart, kind="stable")[:_TRIED]:
            pole = complex(self.poles[place])
            alike = np.abs(self.poles - pole) <= _ALIKE * abs(pole)
            # of m poles that are one m − 1 eigenvalues stay on it, and all where nothing is fed to it or by it
            alone = alike.sum() == 1 and np.abs(self._residues[alike]).sum() > (_ALIKE * gap) ** 2
            if low <= -pole.real <= high and not alone:
                return pole
            for aside in _ASIDE:
                one = self.zero_near(pole + aside * gap)
                if low <= -one.real <= high:
                    return one
        return complex(np.nan, np.nan)


def wilkinson(found: Resolved, theta: complex) -> float:
    """Return the condition of an eigenvalue of one machine's generator, of the block and the ground state."""
    apart: Any = theta - found.poles[0]
    if np.abs(apart).min() <= 1e-9 * abs(theta):
        return float(found.condition[0] ** 2)
    right, left = found.pumped[0] / apart, found.lost[0] / apart
    size = (1.0 + np.linalg.norm(right)) * (1.0 + np.linalg.norm(left))
    return float(size / abs(1.0 + (right * left).sum()) * found.condition[0] ** 2)
