"""Power, heats and entropy production of a thermal maser in its steady state (physics reference, section 4).

Heat is positive into the machine, power positive out of it.  Energies are those of the bare levels (Boukobza and
Tannor): each quantum exchanged with level j carries ω_j, and a quantum of the drive ω_j − ω_1.  Populations enter as
deviations from their bath's thermal ratio, because at large N the difference of two populations has no digits left.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real, requirement
from torusync.conventions import EPS
from torusync.densities import DenseDensity, Density
from torusync.models import ThermalMaser

_ROUNDING: Final = 64.0 * EPS
"""Currents of a plain matrix below this fraction of the drive are rounding."""


_TINY: Final = float(np.finfo(np.float64).tiny)
"""Below the smallest normal number there is no relative rounding."""


class Regime(IntEnum):
    """Working mode, from the signs of the flux of quanta J (hot to cold) and of the power P."""

    IDLE = 0
    """No net flux: no drive, or baths in balance."""
    ENGINE = 1
    """J > 0 and P > 0: the drive is amplified."""
    REFRIGERATOR = 2
    """J < 0 and P < 0: the drive pumps quanta from the cold bath to the hot one."""
    MIXED = 3
    """J and P differ in sign, or some manifold levels are hotter and others colder than the cold transition."""
    UNDEFINED = 4
    """The steady state was refused."""


class Bookkeeping(IntEnum):
    """Which energies the exchanged quanta are given."""

    BARE = 0
    """Energies of H_0: ω_1 and ω_j."""


@final
@dataclass(frozen=True, eq=False)
class Thermodynamics:
    """Steady-state currents, arrays of the batch shape, in units of ħ ω_1² (energies) and ω_1 (rates).

    Parameters
    ----------
    power
        P, positive out of the machine.
    heat_hot_incoherent, heat_hot_coherent, heat_cold
        Q_inc, Q_coh, Q_c, positive into the machine; Q_coh flows through coherences of correlated dipoles.
    flux
        J, net quanta per time from the hot bath through the machine to the cold one.
    entropy_production
        −Σ Q_a/T_a, from the occupations.
    regime_codes
        Codes of `Regime`.
    gross
        Energy exchanged with baths and drive irrespective of sign: the scale of rounding.
    bookkeeping
        Which energies were used.
    """

    power: Real
    heat_hot_incoherent: Real
    heat_hot_coherent: Real
    heat_cold: Real
    flux: Real
    entropy_production: Real
    regime_codes: Integer
    gross: Real
    bookkeeping: Bookkeeping

    @property
    def heat_hot(self) -> Real:
        """Q_h = Q_inc + Q_coh."""
        return np.asarray(self.heat_hot_incoherent + self.heat_hot_coherent)

    @property
    def regime(self) -> Regime | Integer:
        """Working mode: a `Regime`, or an array of its codes in a batch."""
        return Regime(int(self.regime_codes)) if self.regime_codes.ndim == 0 else self.regime_codes

    @property
    def efficiency(self) -> Real:
        """η = P/Q_h of an engine; nan otherwise."""
        engine = self.regime_codes == Regime.ENGINE
        return np.asarray(np.where(engine, self.power / np.where(engine, self.heat_hot, 1.0), np.nan))

    @property
    def cop(self) -> Real:
        """Coefficient of performance ``Q_c/|P|`` of a refrigerator; nan otherwise."""
        cooling = self.regime_codes == Regime.REFRIGERATOR
        return np.asarray(np.where(cooling, -self.heat_cold / np.where(cooling, self.power, 1.0), np.nan))

    @property
    def first_law_error(self) -> Real:
        """Q_h + Q_c − P, zero up to rounding."""
        return np.asarray(self.heat_hot + self.heat_cold - self.power)

    @property
    def first_law_holds(self) -> Boolean:
        """Whether energy is conserved to rounding of the gross exchange."""
        return np.asarray(np.abs(self.first_law_error) <= 1e-12 * self.gross + _TINY)

    @property
    def second_law_holds(self) -> Boolean:
        """Whether the entropy production is non-negative, to rounding.

        Independent dipoles always obey it.  Correlated dipoles with unequal occupations follow a Redfield equation,
        whose bare flows may not: then this says so.
        """
        return np.asarray(self.entropy_production >= -1e-12 * self.gross - _TINY)

    def __repr__(self) -> str:
        if self.power.ndim:
            return f"<Thermodynamics: batch {self.power.shape}, {self.bookkeeping.name.lower()} energies>"
        return (
            f"<Thermodynamics: {Regime(int(self.regime_codes)).name.lower()}, power {self.power:.6g}, "
            f"hot heat {self.heat_hot:.6g}, cold heat {self.heat_cold:.6g}, "
            f"entropy production {self.entropy_production:.6g}, {self.bookkeeping.name.lower()} energies>"
        )


class SolvedMachine(Protocol):
    """A steady state that remembers its system."""

    @property
    def density(self) -> Density:
        """The state."""
        ...

    @property
    def system(self) -> object:
        """What was solved."""
        ...


def thermodynamics(state: SolvedMachine) -> Thermodynamics:
    """Return power, heats, entropy production and regime of a solved thermal maser.

    Parameters
    ----------
    state
        The `SteadyState` of a `ThermalMaser`; works without forming ρ for structured states.

    Raises
    ------
    ArgumentError
        If the state is not that of a thermal maser.
    """
    maser = getattr(state, "system", None)
    if not isinstance(maser, ThermalMaser):
        raise requirement(
            "state", "be the steady state of a ThermalMaser", f"it belongs to {type(maser or state).__name__}"
        )
    density, block = state.density, maser.manifold()
    ground = density.populations[..., 0]
    hot_energy = np.broadcast_to(maser.level_energies, (*maser.level_energies.shape[:-1], maser.levels))
    cold_energy = maser.omega_cold
    ratios = block.thermal_ratios()
    deviation = density.deviation(ratios)
    # quanta per time into the machine: from the cold bath, and from the hot bath at each level
    # (0.0 − x, because −x would report a machine at rest as −0)
    cold = 0.0 - 2.0 * block.cold_damping * deviation[..., 0]
    hot = 0.0 - 2.0 * block.hot_damping * deviation[..., 1:]
    driven = 0.0 - 2.0 * np.imag(np.conj(block.drive) * density.row(1)[..., 2:])
    coherent = _coherent_exchange(maser, density)
    with np.errstate(divide="ignore"):
        hot_entropy, cold_entropy = -np.log(block.hot_ratio), -np.log(block.cold_ratio)
    power = np.sum((hot_energy - cold_energy[..., np.newaxis]) * driven, axis=-1)
    flux = np.sum(driven, axis=-1)
    entropy = 0.0 - _dot(hot, hot_entropy) - _times(cold, cold_entropy) - _coherent_entropy(coherent, hot_entropy)
    exchange = 2.0 * np.sum(block.hot_damping * hot_energy * block.hot_ratio, axis=-1)
    exchange = (exchange + 2.0 * block.cold_damping * cold_energy * block.cold_ratio) * ground
    # solvers that keep the thermal part apart give currents to relative accuracy; a plain matrix has rounding in it
    floor = _ROUNDING * np.sum(np.abs(block.drive), axis=-1) * isinstance(density, DenseDensity)
    return Thermodynamics(
        power=power,
        heat_hot_incoherent=np.sum(hot_energy * hot, axis=-1),
        heat_hot_coherent=np.zeros(power.shape) if coherent is None else _dot(coherent, hot_energy),
        heat_cold=cold_energy * cold,
        flux=flux,
        entropy_production=entropy,
        regime_codes=_regime(flux, power, floor, hot_energy[..., -1] - cold_energy, ratios),
        gross=np.asarray(exchange + np.abs(power)),
        bookkeeping=Bookkeeping.BARE,
    )


def _coherent_exchange(maser: ThermalMaser, density: Density) -> Real | None:
    """Return the quanta per time that enter level j through coherences, (..., N); None for independent dipoles.

    With weights ω_j this sums to Q_coh = −γ_h Σ_{i<j} p_ij [(1+n_i) ω_j + (1+n_j) ω_i] 2 Re ρ_ij.
    """
    dipoles = maser.dipoles
    if dipoles is None:
        return None
    damping = maser.manifold().hot_damping
    real = density.to_array()[..., 2:, 2:].real * dipoles
    index = np.arange(maser.levels)
    real[..., index, index] = 0.0
    return np.asarray(-2.0 * np.einsum("...i,...ij->...j", damping, real))


def _coherent_entropy(coherent: Real | None, hot_entropy: Real) -> Real | float:
    return 0.0 if coherent is None else _dot(coherent, hot_entropy)


def _times(rate: Real, weight: Real) -> Real:
    """Return rate × weight with 0 × ∞ = 0: a bath at zero temperature that exchanges nothing."""
    with np.errstate(invalid="ignore"):
        return np.where(rate == 0.0, 0.0, rate * weight)


def _dot(rate: Real, weight: Real) -> Real:
    return np.asarray(np.sum(_times(rate, weight), axis=-1))


def _regime(flux: Real, power: Real, floor: Real, gap: Complex | Real, ratios: Real) -> Integer:
    codes = np.full(flux.shape, int(Regime.MIXED), dtype=np.int64)
    cold, hot = ratios[..., 0], ratios[..., 1:]
    straddled = (hot.min(axis=-1) < cold) & (cold < hot.max(axis=-1))
    codes[(flux > 0.0) & (power > 0.0) & ~straddled] = Regime.ENGINE
    codes[(flux < 0.0) & (power < 0.0) & ~straddled] = Regime.REFRIGERATOR
    codes[(np.abs(flux) <= floor) & (np.abs(power) <= floor * np.abs(gap))] = Regime.IDLE
    codes[~np.isfinite(flux)] = Regime.UNDEFINED
    return codes
