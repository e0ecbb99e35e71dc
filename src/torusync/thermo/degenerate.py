"""Closed forms at exact degeneracy: how far competition drives the power, and which p and N give most of it.

With λ an eigenvector of the dipole matrix, P λ = π λ, the machine is that of independent dipoles with the bright
state's damping α = π a_h in place of a_h (docs/physics.md).  With Γ = α + a_c, Λ = Σ|λ_j|²,
T = 1 + r_c + N r_h and Δ = r_c − r_h, the flux J = −2wd of quanta obeys

    2|Δ/J| = T [(Γ + δ²/Γ)/Λ + 1/a_c + 1/α] + Δ (1/α − 1/a_c)

In α it is a sum of convex terms, in N of one ∝ N, one ∝ 1/N and a constant: either way there is one optimum.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Real, as_count, as_real, broadcast_shape, requirement
from torusync._results import Result
from torusync._show import batch_in_words, span, yes_or_no
from torusync.conventions import EPS
from torusync.models import ThermalMaser

_HALVINGS: Final = 60

_EQUAL: Final = 8.0 * EPS
"""Relative difference of moduli that are meant to be equal, such as those of e^{iχ}."""


def competition(levels: int, k: object, x: object = 0.0) -> Real:
    """Return ``|P|/(κ_P S_max)`` of an exactly degenerate engine with homogeneous drive: above 1 where phases compete.

    S_max is that of `torusync.maxima.collective`, ``|P| = 2N (ω_2 − ω_1) λ |ρ_12|/sqrt(1 + x²)``.  The largest
    value is √N, at k = √N and x = 0.

    Parameters
    ----------
    levels
        N.
    k
        γ_h(1+n_h)/λ > 0; of correlated dipoles π times that, with P λ = π λ.  Broadcasts with ``x``.
    x
        Detuning over width, δ/Γ; of correlated dipoles Γ = π a_h + a_c.
    """
    levels = as_count("levels", levels, minimum=1)
    ratio, turn = as_real("k", k, above=0.0), as_real("x", x)
    broadcast_shape(k=ratio.shape, x=turn.shape)
    stretch = np.hypot(1.0, turn)
    if levels == 1:
        return np.asarray(1.0 / stretch + 0.0 * ratio)
    with np.errstate(over="ignore"):
        ring = 2.0 * levels / (levels / ratio + ratio * stretch**2)
    point = 1.0 / (stretch - 0.5 * (levels - 1) / np.maximum(ratio, levels / stretch))
    return np.asarray(np.where(ratio * stretch <= levels, ring, point))


def competition_window(levels: int, x: object = 0.0) -> tuple[Real, Real]:
    """Return the open interval of k in which `competition` exceeds 1, of the shape of ``x``; nan where there is none.

    It begins at N − sqrt(N² − N) on resonance and never ends there; it closes at x² = N − 1.  With X = 1 + x², its
    edges are the roots of X k² − 2N k + N, as long as the upper one is below k sqrt(X) = N; else it ends where the
    optimum is a point, at k = (N − 1)/(2(sqrt(X) − 1)).
    """
    levels, turn = as_count("levels", levels, minimum=1), as_real("x", x)
    square = 1.0 + turn * turn
    stretch = np.hypot(1.0, turn)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(levels * (levels - square))
        far = 0.5 * (levels - 1) * (stretch + 1.0) / (turn * turn)
    open_ = (square < levels) & (levels > 1)
    upper = np.where(stretch < 2.0 * levels / (levels + 1.0), far, (levels + root) / square)
    return np.where(open_, levels / (levels + root), np.nan), np.where(open_, upper, np.nan)


@final
@dataclass(frozen=True, eq=False, repr=False)
class OptimalCorrelation(Result):
    """The dipole correlation of largest ``|P|``, arrays of the batch shape; nan where no p gives power.

    Parameters
    ----------
    correlation
        p, the same for all pairs.
    eigenvalue
        π of P λ = π λ at that p.
    power
        P there, in units of ħ ω_1².
    inside
        Whether p lies inside its range.  If not, ``|P|`` grows up to the end given, where the steady state is no longer
        unique: ``power`` is the limit.
    """

    correlation: Real
    eigenvalue: Real
    power: Real
    inside: Boolean

    def _in_words(self) -> str:
        place = f"p {span(self.correlation)}, inside {yes_or_no(self.inside)}"
        return f"{batch_in_words(self.batch_shape)}{place}, power {span(self.power)}"


@final
@dataclass(frozen=True, eq=False, repr=False)
class OptimalLevels(Result):
    """The number of manifold levels of largest ``|P|``, arrays of the batch shape; nan where no N gives power.

    Parameters
    ----------
    continuous
        N* of the largest ``|P|`` if N were continuous; infinite where more levels always give more.
    levels
        The best whole number, the smaller of two equally good ones.
    power
        P there, in units of ħ ω_1².
    """

    continuous: Real
    levels: Real
    power: Real

    def _in_words(self) -> str:
        found = f"N = {span(self.levels)}, N* = {span(self.continuous)}, power {span(self.power)}"
        return f"{batch_in_words(self.batch_shape)}{found}"


def optimal_correlation(maser: ThermalMaser) -> OptimalCorrelation:
    """Return the p of largest power of an exactly degenerate maser; the one that the record has does not matter.

    α² (1 − δ²/Γ²) = Λ (1 + Δ/T) at the optimum.  On resonance that is α itself, which for N = 2 and equal λ is
    p = −1 + (√2 λ/a_h) sqrt[(1+3n_c+2n_h+4n_c n_h)/(1+2n_c+3n_h+4n_c n_h)]; detuned, α is found by bisection.

    Raises
    ------
    ArgumentError
        If levels, occupations or dipoles do not fit, or λ is no eigenvector at every p: neither all equal, where
        π = 1 + (N−1)p, nor of vanishing sum, where π = 1 − p.
    """
    machine, levels = _Degenerate.of(maser), maser.manifold_levels
    if levels == 1:
        raise requirement("maser", "have at least two manifold levels for dipoles to be correlated", "it has one")
    if maser.dipole_matrix is not None:
        raise requirement("maser", "have one correlation p of all pairs", "it comes with a `dipole_matrix`")
    moduli = np.abs(maser.drive)
    equal = np.abs(maser.drive - maser.drive[..., :1]).max(axis=-1) <= _EQUAL * moduli.max(axis=-1)
    if not (equal | (np.abs(maser.drive.sum(axis=-1)) <= _EQUAL * moduli.sum(axis=-1))).all():
        raise requirement("maser", "have drives that are all equal, or sum to zero", "some do neither")
    slope = np.where(equal, levels - 1.0, -1.0)
    most = np.where(equal, float(levels), levels / (levels - 1.0))
    strength = (moduli**2).sum(axis=-1)
    best = np.sqrt(strength * (1.0 + machine.contrast / machine.thermal(levels)))
    low, high = best, np.hypot(best, machine.detuning)
    for _ in range(_HALVINGS if machine.detuning.any() else 0):
        middle = 0.5 * (low + high)
        share = (machine.detuning / (middle + machine.cold_damping)) ** 2
        short = middle**2 * (1.0 - share) < best**2
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    eigenvalue = 0.5 * (low + high) / machine.hot_damping
    inside = eigenvalue < most
    eigenvalue = np.where(inside, eigenvalue, most)
    power = machine.power(eigenvalue * machine.hot_damping, strength, levels)
    moves = np.where(power != 0.0, 1.0, np.nan)
    return OptimalCorrelation(moves * (eigenvalue - 1.0) / slope, moves * eigenvalue, power, inside & (power != 0.0))


def optimal_levels(maser: ThermalMaser) -> OptimalLevels:
    """Return the N of largest power of an exactly degenerate maser with one drive ``|λ|`` and independent dipoles.

    N* = (1/λ) sqrt[a_h a_c (1 + r_c)(1 + δ²/Γ²)/r_h], and N is best where N(N−1) ≤ N*² ≤ N(N+1).  How many levels the
    record has does not matter.

    Raises
    ------
    ArgumentError
        If levels or occupations differ, dipoles are correlated, or moduli of the drive differ.
    """
    machine, moduli = _Degenerate.of(maser), np.abs(maser.drive)
    if maser.dipoles is not None:
        raise requirement("maser", "have independent dipoles", "they are correlated")
    if (np.ptp(moduli, axis=-1) > _EQUAL * moduli.max(axis=-1)).any():
        raise requirement("maser", "have drives of one modulus, so that more of them can be added", "they differ")
    hot, cold, drive = machine.hot_damping, machine.cold_damping, moduli[..., 0]
    detuned = np.hypot(1.0, machine.detuning / (hot + cold))
    with np.errstate(divide="ignore"):
        rise = np.sqrt((1.0 + machine.cold_ratio) / machine.hot_ratio) / drive
    continuous = np.sqrt(hot) * np.sqrt(cold) * detuned * rise
    levels = np.maximum(1.0, np.ceil(0.5 * (np.hypot(1.0, 2.0 * continuous) - 1.0)))
    power = machine.power(hot, np.where(drive > 0.0, levels, 0.0) * drive**2, levels)
    moves = np.where(power != 0.0, 1.0, np.nan)
    return OptimalLevels(moves * continuous, moves * levels, power)


@final
@dataclass(frozen=True, eq=False)
class _Degenerate:
    """What all manifold levels have in common, arrays that broadcast to the batch; contrast is r_c − r_h."""

    gap: Real
    hot_damping: Real
    cold_damping: Real
    hot_ratio: Real
    cold_ratio: Real
    contrast: Real
    detuning: Real

    @classmethod
    def of(cls, maser: object) -> "_Degenerate":
        if not isinstance(maser, ThermalMaser):
            raise requirement("maser", "be a ThermalMaser", f"it is {type(maser).__name__}")
        for name, values in (("splittings", maser.splittings), ("n_hot", maser.n_hot)):
            if values.ndim and (values != values[..., :1]).any():
                raise requirement("maser", f"have equal `{name}` of all manifold levels", "they differ")
        if not ((maser.gamma_hot > 0.0).all() and (maser.gamma_cold > 0.0).all()):
            raise requirement("maser", "couple to both baths", "a rate `gamma_hot` or `gamma_cold` is 0")
        block, shape = maser.generator(), maser.batch_shape
        first = (maser.level_energies, block.hot_damping, block.hot_ratio, block.contrast)
        energy, damping, ratio, contrast = (np.broadcast_to(one[..., 0], shape) for one in first)
        gap = energy - maser.omega_cold
        return cls(gap, damping, block.cold_damping, ratio, block.cold_ratio, -contrast, np.abs(maser.detuning))

    def thermal(self, levels: int | Real) -> Real:
        """T, the sum of all thermal ratios; endless levels at zero temperature add nothing."""
        with np.errstate(invalid="ignore"):
            return np.asarray(1.0 + self.cold_ratio + np.where(self.hot_ratio > 0.0, levels * self.hot_ratio, 0.0))

    def power(self, damping: Real, strength: Real, levels: int | Real) -> Real:
        """P, with ``damping`` α of the bright state and ``strength`` Λ."""
        width = damping + self.cold_damping
        thermal = self.thermal(levels)
        with np.errstate(divide="ignore"):
            drive = (width + self.detuning**2 / width) / strength
            # T is larger than |Δ|, so all terms are positive, and each may be infinite
            hot, cold = (thermal + self.contrast) / damping, (thermal - self.contrast) / self.cold_damping
        return np.asarray(0.0 - 2.0 * self.gap * self.contrast / (thermal * drive + hot + cold))
