"""Power, heats and entropy production of a thermal maser in its steady state (physics reference, section 4).

Heat is positive into the machine, power positive out of it.  Whose energies the exchanged quanta carry is a choice,
see `Bookkeeping`.  Populations enter as deviations from their bath's thermal ratio, because at large N the difference
of two populations has no digits left.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final, Protocol, final

import numpy as np

from torusync._checks import Boolean, Complex, Integer, Real, requirement
from torusync._frozen import Frozen
from torusync._memory import require_memory
from torusync._threads import over_points
from torusync.conventions import EPS
from torusync.densities import DenseDensity, Density
from torusync.generators import points_last
from torusync.models import ThermalMaser
from torusync.thermo.interaction import Damping, Interaction, reduced

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
    """Which energies the exchanged quanta are given; both obey the first law, and agree at resonance and degeneracy."""

    BARE = 0
    """Energies of H_0 (Boukobza and Tannor): ω_j and ω_1 for the baths, ω_j − ω_1 for the drive.

    Independent dipoles then never break the second law."""
    DRIVEN = 1
    """Energies of H_0 + V(t): Q_a = Tr[(H_0 + V) D_a ρ], and every quantum of the drive carries Ω, P = ΩJ.

    What a drive of frequency Ω truly receives; with occupations at the bare energies the entropy production can turn
    negative off resonance (Kalaee and Wacker, arXiv:2010.08934)."""


@final
@dataclass(frozen=True, eq=False)
class Thermodynamics(Frozen):
    """Steady-state currents, arrays of the batch shape, in units of ħ ω_1² (energies) and ω_1 (rates).

    Parameters
    ----------
    power
        P, positive out of the machine.
    heat_hot_incoherent, heat_hot_coherent
        Q_inc and Q_coh, positive into the machine: what the hot bath gives to H_0, directly, and through coherences of
        correlated dipoles.  The same in either bookkeeping.
    interaction_hot, interaction_cold
        Tr[V D_a ρ], what each bath gives to the interaction with the drive; 0 with bare energies, where it is no heat.
    heat_cold
        Q_c, positive into the machine; with driven energies ``interaction_cold`` is part of it.
    flux
        J, net quanta per time from the hot bath through the machine to the cold one.
    entropy_production
        −Σ Q_a/T_a.  Temperatures are those that the occupations have at the bare energies, T = ω/ln(1 + 1/n), for each
        manifold level its own; they are one T_h where `ThermalMaser.near_degenerate` made them.
    regime_codes
        Codes of `Regime`, from bare energies: a machine is an engine or not, whatever the bookkeeping.
    gross
        Energy exchanged with baths and drive irrespective of sign: the scale of rounding.
    bookkeeping
        Which energies were used.
    """

    power: Real
    heat_hot_incoherent: Real
    heat_hot_coherent: Real
    interaction_hot: Real
    interaction_cold: Real
    heat_cold: Real
    flux: Real
    entropy_production: Real
    regime_codes: Integer
    gross: Real
    bookkeeping: Bookkeeping

    @property
    def heat_hot(self) -> Real:
        """Q_h = Q_inc + Q_coh, and with driven energies the part of the interaction beside."""
        bare = np.asarray(self.heat_hot_incoherent + self.heat_hot_coherent)
        return bare if self.bookkeeping is Bookkeeping.BARE else bare + self.interaction_hot

    @property
    def regime(self) -> Regime | Integer:
        """Working mode: a `Regime`, or an array of its codes in a batch."""
        return Regime(int(self.regime_codes)) if self.regime_codes.ndim == 0 else self.regime_codes

    @property
    def efficiency(self) -> Real:
        """η = P/Q_h of an engine; nan otherwise, and where this bookkeeping sees no work or no heat taken in."""
        heat = self.heat_hot
        engine = (self.regime_codes == Regime.ENGINE) & (self.power > 0.0) & (heat > 0.0)
        return np.asarray(np.where(engine, self.power / np.where(engine, heat, 1.0), np.nan))

    @property
    def cop(self) -> Real:
        """Coefficient of performance ``Q_c/|P|`` of a refrigerator; nan as for the efficiency."""
        cooling = (self.regime_codes == Regime.REFRIGERATOR) & (self.power < 0.0) & (self.heat_cold > 0.0)
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

        With bare energies independent dipoles always obey it.  Correlated dipoles with unequal occupations follow a
        Redfield equation, whose flows may not; nor need driven energies off resonance, unless the occupations are
        meant at the energies that the quanta then carry.  Where it is broken, this says so.
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


def thermodynamics(state: SolvedMachine, *, bookkeeping: Bookkeeping = Bookkeeping.BARE) -> Thermodynamics:
    """Return power, heats, entropy production and regime of a solved thermal maser.

    Parameters
    ----------
    state
        The `SteadyState` of a `ThermalMaser`; works without forming ρ for structured states.
    bookkeeping
        Whose energies the quanta carry: ``Bookkeeping.BARE`` or ``Bookkeeping.DRIVEN``.  At exact degeneracy the
        latter gives, with δ = ω_2 − ω_1 − Ω, a_h, a_c the damping of the levels, and Γ = a_h + a_c,

            P = ΩJ,    Q_h = J (ω_2 − δ a_h/Γ),    Q_c = −J (ω_1 + δ a_c/Γ).

        Where Ω ≤ 0, beyond any resonance, the driven power of an engine is negative or zero and that of a refrigerator
        positive or zero, and there is no efficiency.

    Raises
    ------
    ArgumentError
        If the state is not that of a thermal maser, or the bookkeeping is none.
    """
    if not isinstance(bookkeeping, Bookkeeping):
        raise requirement("bookkeeping", "be Bookkeeping.BARE or Bookkeeping.DRIVEN", f"it is {bookkeeping!r}")
    maser = getattr(state, "system", None)
    if not isinstance(maser, ThermalMaser):
        raise requirement(
            "state", "be the steady state of a ThermalMaser", f"it belongs to {type(maser or state).__name__}"
        )
    points = state.density.points
    require_memory("state", 8 * points * 12, what=f"the currents of {points} points", advice="split the batch")
    power, incoherent, coherent, cold, flux, entropy, gross = np.empty((7, points))
    hot_share, cold_share = np.zeros((2, points))
    codes = np.empty(points, dtype=np.int64)
    flows = Thermodynamics(
        power, incoherent, coherent, hot_share, cold_share, cold, flux, entropy, codes, gross, bookkeeping
    )
    machines, density = _Machines.of(maser, bookkeeping), state.density.flat()

    def solve(chunk: slice) -> None:
        _fill(flows, chunk, machines.part(chunk), density.part(chunk))

    over_points(solve, points, levels=maser.levels)
    batch = state.density.batch_shape
    arrays: dict[str, Any] = {
        name: value.reshape(batch) for name, value in vars(flows).items() if isinstance(value, np.ndarray)
    }
    return replace(flows, **arrays)


@final
@dataclass(frozen=True, eq=False)
class _Machines:
    """Flat batches with the points last: per level ``(N, points)`` or ``(1, points)``, else ``(1, points)``."""

    drive: Complex
    hot_energy: Real
    cold_energy: Real
    hot_damping: Real
    cold_damping: Real
    hot_ratio: Real
    cold_ratio: Real
    dipoles: Real | None
    drive_frequency: Real | None
    mismatch: Real | None
    """ω_j − ω_1 − Ω; these two only where the bookkeeping needs them."""

    @classmethod
    def of(cls, maser: ThermalMaser, bookkeeping: Bookkeeping) -> "_Machines":
        block, batch = maser.manifold(), maser.batch_shape
        dipoles, size = block.dipoles, maser.levels
        driven = bookkeeping is Bookkeeping.DRIVEN
        columns = {"cold_energy": maser.omega_cold, "cold_damping": block.cold_damping, "cold_ratio": block.cold_ratio}
        return cls(
            drive=points_last(block.drive, batch),
            hot_energy=points_last(maser.level_energies, batch),
            hot_damping=points_last(block.hot_damping, batch),
            hot_ratio=points_last(block.hot_ratio, batch),
            dipoles=None if dipoles is None else np.broadcast_to(dipoles, (*batch, size, size)).reshape(-1, size, size),
            drive_frequency=points_last(maser.drive_frequency[..., np.newaxis], batch) if driven else None,
            mismatch=points_last(block.energies, batch) if driven else None,
            **{name: points_last(values[..., np.newaxis], batch) for name, values in columns.items()},
        )

    def part(self, chunk: slice) -> "_Machines":
        """Return some of the points."""
        known = {name: values for name, values in vars(self).items() if values is not None}
        # the points are the last axis of everything but P
        return replace(self, **{name: v[chunk] if name == "dipoles" else v[:, chunk] for name, v in known.items()})


def _fill(flows: Thermodynamics, chunk: slice, machines: _Machines, density: Density) -> None:
    """Work out one chunk; quanta per time into the machine are from the cold bath, the hot bath, the drive."""
    levels = len(machines.drive)
    ground, row = density.ground_population, np.ascontiguousarray(density.row(1)[:, 2:].T)
    ratios = np.concatenate([machines.cold_ratio, np.broadcast_to(machines.hot_ratio, (levels, len(ground)))])
    deviation = np.ascontiguousarray(density.deviation(ratios.T).T)
    # (0.0 − x, because −x would report a machine at rest as −0)
    cold = 0.0 - 2.0 * machines.cold_damping[0] * deviation[0]
    hot = 0.0 - 2.0 * machines.hot_damping * deviation[1:]
    driven = 0.0 - 2.0 * (machines.drive.real * row.imag - machines.drive.imag * row.real)
    with np.errstate(divide="ignore"):
        hot_entropy, cold_entropy = -np.log(machines.hot_ratio), -np.log(machines.cold_ratio)
    gaps = machines.hot_energy - machines.cold_energy
    power, flux = (gaps * driven).sum(axis=0), driven.sum(axis=0)
    coherent, quanta = 0.0, hot
    if machines.dipoles is not None:
        through = _coherent_exchange(machines.dipoles, machines.hot_damping, density)
        coherent, quanta = (through * machines.hot_energy).sum(axis=0), hot + through
    entropy = 0.0 - reduced(quanta, hot_entropy) - reduced(cold[np.newaxis], cold_entropy)
    exchanged = machines.hot_damping * machines.hot_energy * machines.hot_ratio
    exchange = 2.0 * np.broadcast_to(exchanged, row.shape).sum(axis=0)
    exchange += 2.0 * (machines.cold_damping * machines.cold_energy * machines.cold_ratio)[0]
    # solvers that keep the thermal part apart give currents to relative accuracy; a plain matrix has rounding
    floor = _ROUNDING * np.abs(machines.drive).sum(axis=0) if isinstance(density, DenseDensity) else np.zeros(1)
    flows.power[chunk], flows.flux[chunk], flows.entropy_production[chunk] = power, flux, entropy
    flows.heat_hot_incoherent[chunk] = (machines.hot_energy * hot).sum(axis=0)
    flows.heat_hot_coherent[chunk] = coherent
    flows.heat_cold[chunk] = machines.cold_energy[0] * cold
    flows.gross[chunk] = exchange * ground + np.abs(power)
    flows.regime_codes[chunk] = _regime(flux, power, floor, gaps[-1], machines)
    if machines.drive_frequency is not None and machines.mismatch is not None:
        flows.power[chunk] = 0.0 + machines.drive_frequency[0] * flux
        damping = Damping(machines.hot_damping, machines.cold_damping[0], machines.dipoles)
        exchange = Interaction.of(machines.drive, row, machines.mismatch * quanta, damping)
        _add_interaction(flows, chunk, machines, exchange, quanta)


def _add_interaction(
    flows: Thermodynamics, chunk: slice, machines: _Machines, exchange: Interaction, quanta: Real
) -> None:
    """Turn bare into driven heats of one chunk; ``quanta`` per time enter level j from its bath, ``(N, points)``.

    For the entropy, each level's term of V has the temperature of that level.
    """
    hot, cold = machines.hot_energy * quanta + exchange.hot_levels, flows.heat_cold[chunk] + exchange.cold
    with np.errstate(divide="ignore", over="ignore"):
        entropy = 0.0 - reduced(hot, -np.log(machines.hot_ratio) / machines.hot_energy)
        entropy -= reduced(cold[np.newaxis], -np.log(machines.cold_ratio) / machines.cold_energy)
    flows.heat_cold[chunk], flows.entropy_production[chunk] = cold, entropy
    flows.interaction_hot[chunk], flows.interaction_cold[chunk] = exchange.hot, exchange.cold
    flows.gross[chunk] += np.abs(flows.power[chunk]) + exchange.scale


def _coherent_exchange(dipoles: Real, hot_damping: Real, density: Density) -> Real:
    """Return the quanta per time that enter level j through coherences, ``(N, points)``.

    With weights ω_j this sums to Q_coh = −γ_h Σ_{i<j} p_ij [(1+n_i) ω_j + (1+n_j) ω_i] 2 Re ρ_ij.
    """
    real = density.to_array()[:, 2:, 2:].real * dipoles
    index = np.arange(dipoles.shape[-1])
    real[:, index, index] = 0.0
    damping = np.broadcast_to(hot_damping, (len(index), len(real)))
    return np.asarray(-2.0 * np.einsum("ip,pij->jp", damping, real))


def _regime(flux: Real, power: Real, floor: Real, gap: Real, machines: _Machines) -> Integer:
    cold, hot = machines.cold_ratio[0], machines.hot_ratio
    mixed = (hot.min(axis=0) < cold) & (cold < hot.max(axis=0)) if len(hot) > 1 else np.zeros(len(flux), dtype=np.bool_)
    forward, backward = (flux > 0.0) & (power > 0.0) & ~mixed, (flux < 0.0) & (power < 0.0) & ~mixed
    codes = np.where(forward, Regime.ENGINE, np.where(backward, Regime.REFRIGERATOR, Regime.MIXED))
    rest = np.flatnonzero(~(forward | backward) | (floor > 0.0))
    if rest.size:
        still = (np.abs(flux) <= floor) & (np.abs(power) <= floor * np.abs(gap))
        codes[still] = Regime.IDLE
        codes[~np.isfinite(flux)] = Regime.UNDEFINED
    return codes
