"""The renewal equation of a thermal machine: one scalar equation holds the statistics of its exchanged quanta.

Every exchange with a bath passes through |0>, so the excited block between two visits evolves by its drift A alone
(docs/derivations.md).  Counted at the cold bath, and with the undriven machine
D_ξ = diag(r_c e^{−ξ}, r_2, …) taken out, because rates of the baths would leave no digit of those of the drive, the
generator's eigenvalue θ obeys

    θ (1 + tr X_ξ) = 2 a_c (e^ξ − 1) X'_11,    (A − θ/2) X' + X' (A − θ/2)† = i[H, D_ξ] + θ D_ξ,    X_ξ = D_ξ + X'

whose right-hand side is exactly zero at θ = 0 where nothing drives the machine.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np
from scipy.linalg.lapack import zgees

from torusync._checks import Complex, Real
from torusync._limits import HALVED_ROWS
from torusync.generators import PumpedManifold
from torusync.generators.base import dagger
from torusync.generators.lyapunov import triangular
from torusync.thermo.series import Series

_IMAGINARY: Final = 1e-100
"""Step along the imaginary axis: its square is nothing beside 1."""

Equation = Callable[[float], tuple[float, float]]


@final
@dataclass(frozen=True, eq=False)
class BlockCycle:
    """Excited blocks in the Schur bases of their drifts, A = Q T Q†, rates in units of ‖A‖.

    An eigenvector basis would fail where the drive makes A defective (λ near |a_h − a_c|/2), and a new factorisation
    for every equation and every θ would cost more than all else: T − θ/2 is triangular, too.

    Parameters
    ----------
    unit : (k) ‖A‖_F in units of ω_1
    triangle : (k, M, M) T, each matrix in Fortran's order
    basis : (k, M, M) Q, of which the row <1|Q is ``first``
    thermal : (k, M, M) Q† D Q with the thermal ratios D, r_c and r_j
    source : (k, M, M) Q† (−i[H, D]) Q, exactly zero without a drive and in balance
    kick : (k, M, M) Q† (−i[H, |1><1|]) Q
    cold_damping, cold_ratio, excited : (k) a_c, r_c, and tr D
    defect : (k) ‖A − Q T Q†‖ relative to ‖A‖
    """

    unit: Real
    triangle: Complex
    basis: Complex
    thermal: Complex
    source: Complex
    kick: Complex
    cold_damping: Real
    cold_ratio: Real
    excited: Real
    defect: Real

    @classmethod
    def of(cls, block: PumpedManifold) -> "BlockCycle":
        """Factorise machines with one batch axis."""
        drift = block.drift()
        unit = np.linalg.norm(drift, axis=(-2, -1))
        scale = unit[:, np.newaxis, np.newaxis]
        drift /= scale
        triangle, basis = np.empty((2, *drift.shape), dtype=np.complex128)
        triangle = np.swapaxes(triangle, -1, -2)
        for point, matrix in enumerate(drift):
            triangle[point], _, _, basis[point], _, info = zgees(lambda _: False, matrix)
            if info:
                triangle[point] = np.nan
        adjoint = dagger(basis)
        ratios, kick = block.thermal_ratios(), block.excited_matrix(row=1j * block.drive / unit[:, np.newaxis])
        return cls(
            unit=unit,
            triangle=triangle,
            basis=basis,
            thermal=(adjoint * ratios[:, np.newaxis]) @ basis,
            source=adjoint @ (block.source() / scale) @ basis,
            kick=adjoint @ kick @ basis,
            cold_damping=block.cold_damping / unit,
            cold_ratio=block.cold_ratio,
            excited=ratios.sum(axis=-1),
            defect=np.linalg.norm(drift - basis @ triangle @ adjoint, axis=(-2, -1)),
        )

    @property
    def first(self) -> Complex:
        """<1|Q, shape ``(k, M)``."""
        return self.basis[:, 0]

    def solve(self, source: Complex, theta: float = 0.0) -> Complex:
        """Return the Y of (T − θ/2) Y + Y (T − θ/2)† = −``source``, shape ``(k, M, M)``."""
        points, size = source.shape[:2]
        triangle = self.triangle - 0.5 * theta * np.eye(size) if theta else self.triangle
        return triangular(triangle, source, leaf=1 if points > 2 * size**2 else HALVED_ROWS)

    def residual(self, solution: Complex, source: Complex) -> Real:
        """Return ‖T Y + Y T† + Q‖ relative to what it is made of, shape ``(k)``."""
        image = self.triangle @ solution
        size, norm = (np.linalg.norm(part, axis=(-2, -1)) for part in (solution, source))
        error = np.linalg.norm(image + solution @ dagger(self.triangle) + source, axis=(-2, -1))
        whole = 2.0 * size + norm
        return np.asarray(error / np.where(whole > 0.0, whole, 1.0))

    def corner(self, matrix: Complex) -> Real:
        """Return <1|Q Y Q†|1>, shape ``(k)``."""
        row = self.first[:, np.newaxis, :]
        return np.asarray((row @ matrix @ dagger(row)).real[:, 0, 0])

    @property
    def one(self) -> Complex:
        """Q† |1><1| Q, shape ``(k, M, M)``."""
        return np.asarray(np.conj(self.first)[:, :, np.newaxis] * self.first[:, np.newaxis, :])

    @property
    def pole(self) -> float:
        """Twice the slowest decay of one machine's excited block, negative: below it X_ξ does not exist."""
        return 2.0 * float(np.diagonal(self.triangle[0]).real.max())

    def equation(self, counting_field: float) -> Equation:
        """Return left minus right side of one machine's renewal equation, with its slope, as a function of θ."""
        raised = self.cold_ratio[0] * math.expm1(-counting_field)
        source = self.source + raised * self.kick
        thermal = self.thermal + raised * self.one
        gain, excited = 2.0 * self.cold_damping[0] * math.expm1(counting_field), self.excited[0] + raised

        def both(theta: float) -> tuple[float, float]:
            beside = self.solve(source - theta * thermal, theta)
            slope = self.solve(-beside - thermal, theta)
            whole = 1.0 + excited + trace(beside)[0]
            value = theta * whole - gain * self.corner(beside)[0]
            return float(value), float(whole + theta * trace(slope)[0] - gain * self.corner(slope)[0])

        return both

    def cumulants(self) -> Real:
        """Return mean, noise and third cumulant of the quanta from the hot bath, and a residual: rows ``(4, k)``.

        Derivatives of the renewal equation by θ are Lyapunov equations again, A X^(n) + X^(n) A† = n X^(n−1), for
        X = D + X' of the whole pump and Z = |1><1| + Z' of a kick into |1>.
        """
        solved: list[Real] = [self.defect]

        def solve(source: Complex) -> Complex:
            solution = self.solve(source)
            solved.append(self.residual(solution, source))
            return solution

        kicked, beside = solve(self.kick), solve(self.source)
        kicked_1, first = solve(-kicked - self.one), solve(-(beside + self.thermal))
        second = solve(-2.0 * first)
        matrices = kicked, kicked_1, beside, first, second
        corners, traces = [self.corner(one) for one in matrices], [trace(one) for one in matrices]
        found = of_blocks(self.cold_damping, self.cold_ratio, self.excited, corners, traces)
        # 0.0 +, because a machine at rest would otherwise be reported as −0
        return np.stack([*(0.0 + self.unit * t for t in found), np.max(solved, axis=0)])


@final
@dataclass(frozen=True, eq=False)
class BrightCycle:
    """Exactly degenerate machines, seen through their bright level, rates in units of Γ + sqrt(Λ) + |δ|.

    With a = a_h + θ/2, c = a_c + θ/2, G = Γ + θ, w = ΛG/(G² + δ²) and E = a c + w (a + c) the renewal equation is

        θ [1 + a_c r_c (a + 2w)/E + a_h r_h ((N−1)/a + (c + 2w)/E)] = (2 a_c a_h w/E) R(ξ)
        R(ξ) = (e^ξ − 1) r_h + (e^{−ξ} − 1) r_c

    which is the last formula of section 8b with everything taken out that cancels at θ = 0, of order N there.

    Parameters
    ----------
    levels : N
    unit : (k) in units of ω_1
    hot, cold, strength, delta : (k) a_h, a_c, Λ, δ
    hot_ratio, cold_ratio, contrast : (k) r_h, r_c, r_h − r_c
    """

    levels: int
    unit: Real
    hot: Real
    cold: Real
    strength: Real
    delta: Real
    hot_ratio: Real
    cold_ratio: Real
    contrast: Real

    @classmethod
    def of(cls, block: PumpedManifold) -> "BrightCycle":
        """Read machines with one batch axis, all of them `PumpedManifold.collective`."""
        hot, cold, delta = block.hot_damping[:, 0], block.cold_damping, block.energies[:, 0]
        coupling = np.linalg.norm(block.drive, axis=-1)
        unit = hot + cold + coupling + np.abs(delta)
        return cls(
            levels=block.manifold_levels,
            unit=unit,
            hot=hot / unit,
            cold=cold / unit,
            strength=(coupling / unit) ** 2,
            delta=delta / unit,
            hot_ratio=block.hot_ratio[:, 0],
            cold_ratio=block.cold_ratio,
            contrast=block.contrast[:, 0],
        )

    def cumulants(self) -> Real:
        """Return mean, noise and third cumulant of the quanta from the hot bath, and a residual: rows ``(4, k)``."""
        found = of_bright(
            self.levels,
            (self.hot, self.cold, self.strength, self.delta),
            (self.hot_ratio, self.cold_ratio, self.contrast),
        )
        t_1, t_2, t_3 = found
        theta = Series((np.zeros_like(self.hot), t_1, 0.5 * t_2, t_3 / 6.0))
        return np.stack([*(0.0 + self.unit * t for t in found), self._residual(theta)])

    def _residual(self, theta: Series) -> Real:
        """Put θ(ξ) into the equation as section 8b prints it, and compare powers of ξ up to the third.

        Relative to the terms at that order.  It shares no line with the way the cumulants were found: θ is the sum of
        all emission that follows on a visit to |0>, each way with the quanta that it counts.
        """
        a, c, G = 0.5 * theta + self.hot, 0.5 * theta + self.cold, theta + (self.hot + self.cold)
        w = self.strength * G / (G * G + self.delta**2)
        E = a * c + w * (a + c)
        pump_hot, pump_cold = 2.0 * self.hot * self.hot_ratio, 2.0 * self.cold * self.cold_ratio
        in_and_out = [
            self.cold * pump_cold * (a / E),
            self.cold * pump_cold * (w / E),
            self.hot * pump_hot * (c / E),
            self.hot * pump_hot * (w / E),
            (self.levels - 1) * self.hot * pump_hot * (1.0 / a),
        ]
        through = [
            self.hot * pump_cold * (w * theta.exponential(-1.0) / E),
            self.cold * pump_hot * (w * theta.exponential(1.0) / E),
        ]
        worst = np.zeros_like(self.hot)
        for terms in list(zip(*(one.coefficients for one in (-1.0 * theta, *in_and_out, *through)), strict=True))[1:]:
            size = np.sum(np.abs(terms), axis=0)
            worst = np.fmax(worst, np.abs(np.sum(terms, axis=0)) / np.where(size > 0.0, size, 1.0))
        return worst

    @property
    def pole(self) -> float:
        """Twice the slowest decay of one machine, negative: that of the driven pair, or of dark levels that fill."""
        hot, cold, coupling = float(self.hot[0]), float(self.cold[0]), math.sqrt(self.strength[0])
        pair = np.array([[-cold, -1j * coupling], [-1j * coupling, -hot - 1j * self.delta[0]]])
        slowest = float(np.linalg.eigvals(pair).real.max())
        return 2.0 * (max(slowest, -hot) if self.levels > 1 and self.hot_ratio[0] > 0.0 else slowest)

    def equation(self, counting_field: float) -> Equation:
        """Return left minus right side of one machine's renewal equation, with its slope, as a function of θ."""
        hot, cold, strength, delta = (float(rate[0]) for rate in (self.hot, self.cold, self.strength, self.delta))
        r_h, r_c, dark = float(self.hot_ratio[0]), float(self.cold_ratio[0]), self.levels - 1
        # R(ξ) by the contrast, which keeps its digits where the baths are nearly in balance
        up, down = math.expm1(counting_field), math.expm1(-counting_field)
        drive = 2.0 * cold * hot * (float(self.contrast[0]) * up + r_c * (up + down))

        def side(theta: complex) -> complex:
            a, c, G = hot + 0.5 * theta, cold + 0.5 * theta, hot + cold + theta
            w = strength * G / (G * G + delta * delta)
            E = a * c + w * (a + c)
            dwell = 1.0 + cold * r_c * (a + 2.0 * w) / E + hot * r_h * (c + 2.0 * w) / E
            if dark * r_h > 0.0:
                dwell += hot * r_h * dark / a
            return theta * dwell - drive * w / E

        def both(theta: float) -> tuple[float, float]:
            # an imaginary step gives the slope of a real function without any difference
            return side(theta).real, side(complex(theta, _IMAGINARY)).imag / _IMAGINARY

        return both


def trace(matrix: Complex) -> Real:
    """Return the real part of the trace of stacked matrices."""
    return np.asarray(np.trace(matrix, axis1=-2, axis2=-1).real)


def of_blocks(cold_damping: Any, cold_ratio: Any, excited: Any, corners: Any, traces: Any) -> tuple[Any, Any, Any]:
    """Return the cumulants from a_c, r_c, tr D, and <1|·|1> and traces of Z', Z'^(1), X', X^(1), X^(2).

    Of arrays, or of `Uncertain` numbers.  Counted at the hot bath, tr[K X^(n)] = −n tr X^(n−1) leaves K_c alone of the
    two dampings.
    """
    a_c, r_c = 2.0 * cold_damping, cold_ratio
    z_0, z_1, x_0, x_1, x_2 = corners
    kicked, kicked_1, beside, first, second = traces
    ground = 1.0 / (1.0 + excited + beside)
    dwell = r_c * (1.0 + kicked)
    # D_n and s_n of section 8b count quanta into the hot bath; D here is −D there
    D_0, s_0 = a_c * x_0, a_c * (x_0 - 2.0 * r_c * z_0)
    D_1, s_1 = dwell + a_c * x_1, a_c * (x_1 - 2.0 * r_c * z_1) - dwell
    D_2 = 2.0 * r_c * kicked_1 + a_c * x_2
    F_2, F_3 = -2.0 * first, -3.0 * second
    t_1 = ground * D_0
    t_2 = ground * (s_0 + 2.0 * D_1 * t_1 + F_2 * (t_1 * t_1))
    t_3 = ground * (D_0 + 3.0 * (s_1 * t_1 + D_2 * (t_1 * t_1) + t_2 * (D_1 + F_2 * t_1)) + F_3 * (t_1 * t_1 * t_1))
    return t_1, t_2, t_3


def of_bright(levels: int, rates: tuple[Any, ...], ratios: tuple[Any, ...]) -> tuple[Any, Any, Any]:
    """Return the cumulants from N, (a_h, a_c, Λ, δ) and (r_h, r_c, r_h − r_c), of arrays or of `Uncertain` numbers.

    Times Λ E/w, with W = Λ/w = G + δ²/G, both sides of the equation are sums of terms, θ P(θ) = 2 a_c a_h Λ R(ξ), and
    with the first three Taylor coefficients of P the series θ(ξ) follows order by order.
    """
    (hot, cold, strength, delta), (hot_ratio, cold_ratio, contrast) = rates, ratios
    theta = Series.variable(hot, 3)
    a, c, G = 0.5 * theta + hot, 0.5 * theta + cold, theta + (hot + cold)
    W = G + delta * (delta / G)
    dwell = (a * c * W + strength * (a + c)) * (1.0 + (levels - 1) * hot_ratio * (hot / a))
    dwell += cold * cold_ratio * (a * W + 2.0 * strength) + hot * hot_ratio * (c * W + 2.0 * strength)
    P_0, P_1, P_2 = dwell.coefficients
    rate = 2.0 * cold * hot * strength
    t_1 = rate * contrast / P_0
    t_2 = (rate * (hot_ratio + cold_ratio) - 2.0 * P_1 * (t_1 * t_1)) / P_0
    t_3 = (rate * contrast - 6.0 * t_1 * (P_1 * t_2 + P_2 * (t_1 * t_1))) / P_0
    return t_1, t_2, t_3
