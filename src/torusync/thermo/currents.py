"""Power, heats and entropy production of a thermal maser in its steady state (physics reference, section 4).

Heat is positive into the machine, power positive out of it.  Whose energies the exchanged quanta carry is a choice,
see `Bookkeeping`.  Populations enter as deviations from their bath's thermal ratio, because at large N the difference
of two populations has no digits left.
"""

from dataclasses import dataclass, replace
from typing import Any, Protocol, final

import numpy as np

from torusync._batch import points_last
from torusync._checks import Complex, Integer, Real, requirement
from torusync._memory import require_memory
from torusync._threads import over_points
from torusync.conventions import EPS
from torusync.densities import Density, ThermalPlusCollective
from torusync.models import State, ThermalMaser
from torusync.steady.accuracy import TINY
from torusync.thermo.flows import Bookkeeping, Regime, Thermodynamics
from torusync.thermo.interaction import Damping, Interaction, reduced


class SolvedMachine(State, Protocol):
    """A steady state that says how well its coherences are known."""

    @property
    def coherence_error(self) -> Real:
        """How far what the drive adds to the state may be from the truth, in the trace norm."""
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
    given: object = state
    if isinstance(given, ThermalMaser):
        raise requirement(
            "state", "be a steady state", "it is a ThermalMaser; solve it first, with steady_state(maser)"
        )
    maser = getattr(state, "system", None)
    if not isinstance(maser, ThermalMaser):
        raise requirement(
            "state", "be the steady state of a ThermalMaser", f"it belongs to {type(maser or state).__name__}"
        )
    points, batch = state.density.points, state.density.batch_shape
    require_memory("state", 8 * points * 14, what=f"the currents of {points} points", advice="split the batch")
    driven, bare = bookkeeping is Bookkeeping.DRIVEN, maser.level_energies[..., 0] - maser.omega_cold
    arrays = {name: np.empty(points) for name in _FILLED}
    arrays |= {name: np.empty(points) if driven else np.zeros(1) for name in _DRIVEN}
    codes = np.empty(points, dtype=np.int64)
    flows = Thermodynamics(
        **arrays,
        regime_codes=codes,
        cold_energy=np.broadcast_to(maser.omega_cold, batch),
        first_gap=np.broadcast_to(maser.drive_frequency if driven else bare, batch),
        bookkeeping=bookkeeping,
    )
    machines, density = _Machines.of(maser, bookkeeping), state.density.flat()
    error = np.broadcast_to(state.coherence_error, batch).reshape(points)

    def solve(chunk: slice) -> None:
        # points without a state, and rates a hundred orders of magnitude apart, leave nan and no warning
        with np.errstate(invalid="ignore", over="ignore"):
            _fill(flows, chunk, machines.part(chunk), density.part(chunk), error[chunk])

    over_points(solve, points, levels=maser.levels)
    shaped: dict[str, Any] = {
        name: (value if value.size == points else np.broadcast_to(value, points)).reshape(batch)
        for name, value in {**arrays, "regime_codes": codes}.items()
    }
    return replace(flows, **shaped)


_FILLED = (
    "power", "heat_hot_incoherent", "heat_hot_coherent", "heat_cold", "flux", "entropy_production", "gross",
    "flux_error", "power_error", "exchange_error",
)  # fmt: skip
_DRIVEN = ("interaction_hot", "interaction_cold", "interaction_error")
"""Fields that are worked out chunk by chunk, and those that are zero with bare energies."""


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
    apart: Real | None
    """ω_j − ω_2 from the splittings, of which energies are rounded sums; None where there are none."""
    summed: Real
    """ω_1 + ω_2 and the largest splitting: energies and their differences are rounded relative to this."""

    @classmethod
    def of(cls, maser: ThermalMaser, bookkeeping: Bookkeeping) -> "_Machines":
        block, batch = maser.generator(), maser.batch_shape
        dipoles, size = block.dipoles, maser.levels
        driven, apart = bookkeeping is Bookkeeping.DRIVEN, block.splittings - block.splittings[..., :1]
        columns = {"cold_energy": maser.omega_cold, "cold_damping": block.cold_damping, "cold_ratio": block.cold_ratio}
        columns["summed"] = maser.omega_cold + maser.omega_hot + np.abs(block.splittings).max(axis=-1)
        return cls(
            drive=points_last(block.drive, batch),
            hot_energy=points_last(maser.level_energies, batch),
            hot_damping=points_last(block.hot_damping, batch),
            hot_ratio=points_last(block.hot_ratio, batch),
            dipoles=None if dipoles is None else np.broadcast_to(dipoles, (*batch, size, size)).reshape(-1, size, size),
            drive_frequency=points_last(maser.drive_frequency[..., np.newaxis], batch) if driven else None,
            mismatch=points_last(block.energies, batch) if driven else None,
            apart=points_last(apart, batch) if apart.any() else None,
            **{name: points_last(values[..., np.newaxis], batch) for name, values in columns.items()},
        )

    def part(self, chunk: slice) -> "_Machines":
        """Return some of the points."""
        known = {name: values for name, values in vars(self).items() if values is not None}
        # the points are the last axis of everything but P
        return replace(self, **{name: v[chunk] if name == "dipoles" else v[:, chunk] for name, v in known.items()})


def _fill(flows: Thermodynamics, chunk: slice, machines: _Machines, density: Density, error: Real) -> None:
    """Work out one chunk; quanta per time into the machine are from the cold bath, the hot bath, the drive."""
    levels, ground = len(machines.drive), density.ground_population
    ratios = np.concatenate([machines.cold_ratio, np.broadcast_to(machines.hot_ratio, (levels, len(ground)))])
    deviation = np.ascontiguousarray(density.deviation(ratios.T).T)
    # (0.0 − x, because −x would report a machine at rest as −0)
    hot = 0.0 - 2.0 * machines.hot_damping * deviation[1:]
    coherent, quanta, fastest = 0.0, hot, 2.0 * machines.hot_damping.max(axis=0)
    if machines.dipoles is not None:
        through = _coherent_exchange(machines.dipoles, machines.hot_damping, density)
        # no correlation matrix is larger than its trace
        coherent, quanta, fastest = (through * machines.hot_energy).sum(axis=0), hot + through, levels * fastest
    (flux, flux_error), (spread, spread_error) = _flows(machines, density, deviation[0], quanta, (error, fastest))
    first = machines.hot_energy[0] - machines.cold_energy[0]
    power = first * flux + spread
    # energies of levels are rounded sums
    rounded = 4.0 * EPS * (machines.summed[0] * np.abs(flux) + np.abs(power))
    power_error = np.abs(first) * flux_error + spread_error + rounded
    flows.flux[chunk], flows.flux_error[chunk] = flux, flux_error
    flows.power[chunk], flows.power_error[chunk] = power, power_error
    flows.heat_hot_incoherent[chunk] = (machines.hot_energy * hot).sum(axis=0)
    flows.heat_hot_coherent[chunk], flows.heat_cold[chunk] = coherent, 0.0 - machines.cold_energy[0] * flux
    flows.entropy_production[chunk] = _entropy(machines, quanta, flux)
    exchanged = machines.hot_damping * machines.hot_energy * machines.hot_ratio
    exchange = 2.0 * np.broadcast_to(exchanged, hot.shape).sum(axis=0)
    exchange += 2.0 * (machines.cold_damping * machines.cold_energy * machines.cold_ratio)[0]
    flows.gross[chunk] = exchange * ground + np.abs(power)
    flows.exchange_error[chunk] = machines.summed[0] * (
        fastest * error + (levels + 8) * EPS * np.abs(quanta).sum(axis=0)
    )
    flows.regime_codes[chunk] = _regime((flux, flux_error), (power, power_error), machines)
    if machines.drive_frequency is not None and machines.mismatch is not None:
        _give_driven(flows, chunk, machines, density, (quanta, error * fastest))


def _flows(
    machines: _Machines, density: Density, first: Real, quanta: Real, accuracy: tuple[Real, Real]
) -> tuple[tuple[Real, Real], tuple[Real, Real]]:
    """Return J and Σ_j (ω_j − ω_2) J_j, each with its error, from what a bath exchanges or from what the drive takes.

    In the steady state both are one, for |1> and for every level of the manifold.  A bath's exchange is known the
    better the weaker it is coupled, the drive's the weaker the drive is; and a drive far from resonance hides its work
    beside a large reactive part, so that only much weaker ones are asked.

    Parameters
    ----------
    first : (points) ρ_11 − r_c ρ_00
    quanta : (N, points) what enters each level from the hot bath
    accuracy : both (points), the error of the state and what the hot bath makes of it
    """
    (error, fastest), cold = accuracy, 2.0 * machines.cold_damping[0]
    flux, none = cold * first, np.zeros(1)
    if isinstance(density, ThermalPlusCollective):
        flux_error = (density.relative_error + 4.0 * EPS) * np.abs(flux) + TINY * cold
        return (flux, flux_error), (none, none)
    flux_error = cold * (error + TINY) + 4.0 * EPS * np.abs(flux)
    strength = np.sqrt((machines.drive.real**2 + machines.drive.imag**2).sum(axis=0))
    summed, much = (len(machines.drive) + 8) * EPS, _MUCH
    if machines.dipoles is not None and (flux_error > _SURE * np.abs(flux)).any():
        much = 1.0
    weaker = strength < much * np.maximum(cold, fastest)
    taken = reactive = none
    if weaker.any():
        taken, reactive = _taken(machines.drive, np.ascontiguousarray(density.row(1)[:, 2:].T))
        reactive = summed * strength * reactive + strength * error + TINY
        weak = strength < much * cold
        flux, flux_error = np.where(weak, taken.sum(axis=0), flux), np.where(weak, reactive, flux_error)
    if machines.apart is None:
        return (flux, flux_error), (none, none)
    wrong = fastest * error
    if weaker.any():
        weak = strength < much * fastest
        quanta, wrong = np.where(weak, taken, quanta), np.where(weak, reactive, wrong)
    wrong = wrong + summed * np.abs(quanta).sum(axis=0) + TINY
    return (flux, flux_error), ((machines.apart * quanta).sum(axis=0), np.abs(machines.apart).max(axis=0) * wrong)


_MUCH = 1e-3
"""A drive this much weaker than a bath's damping is asked for the exchange."""

_SURE = 1e-10
"""Relative error of J of correlated dipoles beyond which any drive that is weaker than a bath's damping is asked."""


def _taken(drive: Complex, row: Complex) -> tuple[Real, Real]:
    """Return the quanta per time that each level gives to the drive, ``(N, points)``, and 2 |ρ_1·|, ``(points)``."""
    taken = 0.0 - 2.0 * (drive.real * row.imag - drive.imag * row.real)
    return taken, 2.0 * np.sqrt((row.real**2 + row.imag**2).sum(axis=0))


def _entropy(machines: _Machines, quanta: Real, flux: Real) -> Real:
    """Return −Σ Q_a/T_a for bare energies, with −ln r the entropy that a quantum takes from its bath."""
    with np.errstate(divide="ignore"):
        hot, cold = -np.log(machines.hot_ratio), -np.log(machines.cold_ratio)
    if len(hot) == 1 and np.isfinite(hot).all() and np.isfinite(cold).all():
        # one difference of two temperatures, whatever rounding has done to the flow into each level
        return np.asarray(flux * (cold - hot)[0])
    return np.asarray(reduced(flux[np.newaxis], cold) - reduced(quanta, hot))


def _give_driven(
    flows: Thermodynamics, chunk: slice, machines: _Machines, density: Density, entered: tuple[Real, Real]
) -> None:
    """Turn bare into driven energies of one chunk, from what enters each level from its bath and the error of that.

    For the entropy, each level's term of V has the temperature of that level.
    """
    assert machines.drive_frequency is not None
    assert machines.mismatch is not None
    (quanta, quanta_error), row = entered, np.ascontiguousarray(density.row(1)[:, 2:].T)
    damping = Damping(machines.hot_damping, machines.cold_damping[0], machines.dipoles)
    exchange = Interaction.of(machines.drive, row, machines.mismatch * quanta, damping)
    frequency, flux = machines.drive_frequency[0], flows.flux[chunk]
    flows.power[chunk] = 0.0 + frequency * flux
    # Ω is a rounded sum of energies, too
    summed = machines.summed[0] + np.abs(frequency)
    rounded = (4.0 + len(machines.drive)) * EPS * summed * np.abs(flux)
    flows.power_error[chunk] = np.abs(frequency) * flows.flux_error[chunk] + rounded
    hot, cold = machines.hot_energy * quanta + exchange.hot_levels, flows.heat_cold[chunk] + exchange.cold
    with np.errstate(divide="ignore", over="ignore"):
        entropy = 0.0 - reduced(hot, -np.log(machines.hot_ratio) / machines.hot_energy)
        entropy -= reduced(cold[np.newaxis], -np.log(machines.cold_ratio) / machines.cold_energy)
    flows.heat_cold[chunk], flows.entropy_production[chunk] = cold, entropy
    flows.interaction_hot[chunk], flows.interaction_cold[chunk] = exchange.hot, exchange.cold
    flows.gross[chunk] += np.abs(flows.power[chunk]) + exchange.scale
    strength = np.sqrt((machines.drive.real**2 + machines.drive.imag**2).sum(axis=0))
    furthest = np.abs(machines.mismatch).max(axis=0) + strength
    flows.interaction_error[chunk] = furthest * quanta_error + 64.0 * EPS * exchange.scale


def _coherent_exchange(dipoles: Real, hot_damping: Real, density: Density) -> Real:
    """Return the quanta per time that enter level j through coherences, ``(N, points)``.

    With weights ω_j this sums to Q_coh = −γ_h Σ_{i<j} p_ij [(1+n_i) ω_j + (1+n_j) ω_i] 2 Re ρ_ij.
    """
    real = density.to_array()[:, 2:, 2:].real * dipoles
    index = np.arange(dipoles.shape[-1])
    real[:, index, index] = 0.0
    damping = np.broadcast_to(hot_damping, (len(index), len(real)))
    return np.asarray(-2.0 * np.einsum("ip,pij->jp", damping, real))


def _regime(flux: tuple[Real, Real], power: tuple[Real, Real], machines: _Machines) -> Integer:
    """Return the codes from J and P, each with its error: no sign is taken from what may be rounding."""
    (flow, flow_error), (work, work_error) = flux, power
    cold, hot = machines.cold_ratio[0], machines.hot_ratio
    mixed = (hot.min(axis=0) < cold) & (cold < hot.max(axis=0)) if len(hot) > 1 else np.zeros(len(flow), dtype=np.bool_)
    forward = (flow > flow_error) & (work > work_error) & ~mixed
    backward = (flow < -flow_error) & (work < -work_error) & ~mixed
    codes = np.where(forward, Regime.ENGINE, np.where(backward, Regime.REFRIGERATOR, Regime.MIXED))
    rest = np.flatnonzero(~(forward | backward))
    if rest.size:
        still, idle = np.abs(flow[rest]) <= flow_error[rest], np.abs(work[rest]) <= work_error[rest]
        codes[rest[still | idle]] = Regime.UNDEFINED
        codes[rest[still & idle]] = Regime.IDLE
        codes[~np.isfinite(flow)] = Regime.UNDEFINED
    return codes
