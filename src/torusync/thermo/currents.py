"""Power, heats and entropy production of a thermal maser in its steady state (docs/thermodynamics.md).

Heat is positive into the machine, power positive out of it.  Whose energies the exchanged quanta carry is a choice,
see `Bookkeeping`.  Populations enter as deviations from their bath's thermal ratio, because at large N the difference
of two populations has no digits left.
"""

from typing import Any, Protocol, overload

import numpy as np

from torusync._checks import Integer, Real, as_instance, common_shape, requirement
from torusync._memory import require_memory
from torusync._threads import over_points
from torusync.conventions import EPS
from torusync.densities import Density, HasDensity, ThermalPlusBlock, ThermalPlusCollective
from torusync.models import Model, State, ThermalMaser
from torusync.steady.accuracy import TINY
from torusync.thermo.entropy import Known, production
from torusync.thermo.exchange import BathState, SolvedState, changes, heat_flows, require_stationary
from torusync.thermo.flows import Bookkeeping, Regime, Thermodynamics
from torusync.thermo.heat import HeatFlows
from torusync.thermo.interaction import Interaction
from torusync.thermo.machines import Machines
from torusync.thermo.transient import transient_thermodynamics


class SolvedMachine(State, Protocol):
    """A steady state that says how well its coherences are known."""

    @property
    def coherence_error(self) -> Real:
        """How far what the drive adds to the state may be from the truth, in the trace norm."""


class MaserState(HasDensity, Protocol):
    """A state of a thermal maser."""

    @property
    def system(self) -> ThermalMaser:
        """The machine whose state it is."""

    @property
    def coherence_error(self) -> Real:
        """How far what the drive adds to the state may be from the truth, in the trace norm."""


def bare_flows(state: SolvedMachine, flows: Thermodynamics | None) -> Thermodynamics:
    """Return the currents of a state with energies of the bare levels: those at hand if they fit, or worked out."""
    require_stationary(state)
    if flows is None:
        return _maser_flows(state, Bookkeeping.BARE)
    _solved_maser(state)
    flows = as_instance("flows", flows, Thermodynamics, "the Thermodynamics of `state`")
    if flows.bookkeeping is not Bookkeeping.BARE:
        raise requirement("flows", "have the energies of the bare levels", "they have those of the driven ones")
    if flows.power.shape != state.density.batch_shape:
        raise requirement("flows", "be those of `state`", f"they have the batch shape {flows.power.shape}")
    return flows


def _solved_maser(state: object) -> ThermalMaser:
    """Return the maser of a steady state."""
    if isinstance(state, Model):
        kind = type(state).__name__
        raise requirement("state", "be a steady state", f"it is a {kind}; solve it first, with steady_state(…)")
    maser = getattr(state, "system", None)
    if not isinstance(maser, ThermalMaser) or not isinstance(getattr(state, "density", None), Density):
        raise requirement(
            "state", "be the steady state of a ThermalMaser", f"it belongs to {type(maser or state).__name__}"
        )
    return maser


@overload
def thermodynamics(state: MaserState, *, bookkeeping: Bookkeeping = ...) -> Thermodynamics: ...
@overload
def thermodynamics(state: BathState, *, bookkeeping: Bookkeeping = ...) -> HeatFlows: ...
@overload
def thermodynamics(state: SolvedState, *, bookkeeping: Bookkeeping = ...) -> Thermodynamics | HeatFlows: ...
@overload
def thermodynamics(state: SolvedMachine, *, bookkeeping: Bookkeeping = ...) -> Thermodynamics: ...
def thermodynamics(state: Any, *, bookkeeping: Bookkeeping = Bookkeeping.BARE) -> Any:
    """Return power, heats and entropy production of a solved thermal maser, or of any system with baths.

    Parameters
    ----------
    state
        The `SteadyState` of a `ThermalMaser`, of which ρ is not formed where it has a structure, for a `Thermodynamics`
        with the regime; or its `Trajectory`: then ``energy_change`` is what the machine stores, and there is no regime.
        Or the state of a system whose channels belong to baths (``LindbladSystem(..., baths={...})``, or any model with
        ``baths`` and a Lindblad generator), for a `HeatFlows` with as many baths as it has; of its `Trajectory` with
        ``energy_change`` and without an efficiency, too.
    bookkeeping
        Of a maser, whose energies the quanta carry: ``Bookkeeping.BARE`` or ``Bookkeeping.DRIVEN``.  At exact
        degeneracy the latter gives, with δ = ω_2 − ω_1 − Ω, a_h, a_c the damping of the levels, and Γ = a_h + a_c,

            P = ΩJ,    Q_h = J (ω_2 − δ a_h/Γ),    Q_c = −J (ω_1 + δ a_c/Γ).

        Where Ω ≤ 0, beyond any resonance, the driven power of an engine is negative or zero and that of a refrigerator
        positive or zero, and there is no efficiency.

    Raises
    ------
    ArgumentError
        If the state is not that of a thermal maser or a system with baths, or the bookkeeping is none, or not BARE
        where the system says itself against which energies heat is counted.
    """
    as_instance("bookkeeping", bookkeeping, Bookkeeping, "Bookkeeping.BARE or Bookkeeping.DRIVEN")
    system = getattr(state, "system", state)
    if isinstance(system, Model) and not isinstance(system, ThermalMaser):
        if bookkeeping is not Bookkeeping.BARE:
            raise requirement("bookkeeping", "be left out where baths name the `energies`", f"it is {bookkeeping.name}")
        return heat_flows(state)
    if not isinstance(system, ThermalMaser):
        must = "be the steady state of a ThermalMaser, or of a system with baths"
        raise requirement("state", must, f"it is a {type(state).__name__}")
    return _maser_flows(state, bookkeeping)


def _maser_flows(state: SolvedMachine, bookkeeping: Bookkeeping) -> Thermodynamics:
    maser = _solved_maser(state)
    points, batch = state.density.points, state.density.batch_shape
    if changes(state):
        return transient_thermodynamics(maser, state.density, state.coherence_error, bookkeeping)
    require_memory("state", 8 * points * 16, what=f"the currents of {points} points")
    driven = bookkeeping is Bookkeeping.DRIVEN
    found: dict[str, Any] = {}
    machines, density = Machines.of(maser, driven=driven), state.density.flat()
    error = np.broadcast_to(state.coherence_error, batch).reshape(points)

    def solve(chunk: slice) -> None:
        whole = chunk == slice(0, points)
        some = (machines, density, error) if whole else (machines.part(chunk), density.part(chunk), error[chunk])
        # points without a state, and rates a hundred orders of magnitude apart, leave nan and no warning
        with np.errstate(invalid="ignore", over="ignore"):
            for name, values in _currents(*some).items():
                found.setdefault(name, np.empty(points, dtype=values.dtype))[chunk] = values

    over_points(solve, points, levels=maser.manifold_levels)
    gap = maser.drive_frequency if driven else maser.level_energies[..., 0] - maser.omega_cold
    return Thermodynamics(
        **{name: values.reshape(batch) for name, values in found.items()},
        **({} if driven else dict.fromkeys(_DRIVEN, np.broadcast_to(0.0, batch))),
        cold_energy=np.broadcast_to(maser.omega_cold, batch),
        first_gap=np.broadcast_to(gap, batch),
        bookkeeping=bookkeeping,
    )


_DRIVEN = ("interaction_hot", "interaction_cold", "interaction_hot_error", "interaction_error")
"""Fields that are zero with bare energies."""


def _currents(machines: Machines, density: Density, error: Real) -> dict[str, Any]:
    """Return the fields of one chunk that are arrays of their own; ``error`` is that of the coherences.

    Quanta per time into the machine are from the cold bath, the hot bath, the drive.
    """
    levels, ground = len(machines.drive), density.ground_population
    ratios = np.empty((levels + 1, *common_shape(machines.cold_ratio.shape[1:], machines.hot_ratio.shape[1:])))
    ratios[:1], ratios[1:] = machines.cold_ratio, machines.hot_ratio
    deviation = np.ascontiguousarray(density.deviation(ratios.T).T)
    # (0.0 − x, because −x would report a machine at rest as −0)
    hot = 0.0 - 2.0 * machines.hot_damping * deviation[1:]
    coherent, entered, fastest = 0.0, hot, 2.0 * machines.hot_damping.max(axis=0)
    if machines.dipoles is not None:
        through = _coherent_exchange(machines.dipoles, machines.hot_damping, density)
        # no correlation matrix is larger than its trace
        coherent, entered, fastest = (through * machines.hot_energy).sum(axis=0), hot + through, levels * fastest
    (flux, flux_error), quanta = _flows(machines, density, deviation[0], entered, (error, fastest))
    first = machines.hot_energy[0] - machines.cold_energy[0]
    power, power_error = first * flux, np.abs(first) * flux_error
    if machines.apart is not None:
        power += (machines.apart * quanta[0]).sum(axis=0)
        power_error += np.abs(machines.apart).max(axis=0) * quanta[1]
    # energies of levels are rounded sums
    power_error += 4.0 * EPS * (machines.summed[0] * np.abs(flux) + np.abs(power))
    exchanged = machines.hot_damping * machines.hot_energy * machines.hot_ratio
    gross = 2.0 * np.broadcast_to(exchanged, (levels, exchanged.shape[1])).sum(axis=0)
    gross = gross + 2.0 * (machines.cold_damping * machines.cold_energy * machines.cold_ratio)[0]
    added = np.abs(entered).sum(axis=0)
    found = {
        "flux": flux,
        "flux_error": flux_error,
        "power": power,
        "power_error": power_error,
        "heat_hot_incoherent": (machines.hot_energy * hot).sum(axis=0),
        # independent dipoles bring nothing through coherences, but where there is no state there is no current either
        "heat_hot_coherent": np.where(np.isnan(flux), np.nan, coherent),
        "heat_cold": 0.0 - machines.cold_energy[0] * flux,
        "gross": gross * ground + np.abs(power),
        "exchange_error": machines.summed[0] * (fastest * error + (levels + 8) * EPS * added),
        "regime_codes": _regime((flux, flux_error), (power, power_error), machines),
    }
    interaction = None
    if machines.mismatch is not None:
        row = np.ascontiguousarray(density.row(1)[:, 2:].T)
        # δ_j are rounded sums, too
        summed = np.abs(machines.mismatch).max(axis=0) * (fastest * error + (levels + 16) * EPS * added)
        interaction = Interaction.of(machines, row, machines.mismatch * entered, (error, summed))
        found |= _driven(machines, found, interaction)
    entropy, entropy_error = production(machines, (flux, flux_error), quanta, interaction)
    return found | {"entropy_production": entropy, "entropy_production_error": entropy_error}


def _driven(machines: Machines, bare: dict[str, Any], interaction: Interaction) -> dict[str, Any]:
    """Return the fields that are others with driven energies."""
    assert machines.drive_frequency is not None
    frequency = machines.drive_frequency[0]
    power = 0.0 + frequency * bare["flux"]
    # Ω is a rounded sum of energies, too
    rounded = (4.0 + len(machines.drive)) * EPS * (machines.summed[0] + np.abs(frequency)) * np.abs(bare["flux"])
    return {
        "power": power,
        "power_error": np.abs(frequency) * bare["flux_error"] + rounded,
        "heat_cold": bare["heat_cold"] + interaction.cold,
        "interaction_hot": interaction.hot,
        "interaction_hot_error": interaction.hot_error,
        "interaction_cold": interaction.cold,
        "interaction_error": interaction.cold_error,
        "gross": bare["gross"] + np.abs(power) + interaction.scale,
    }


def _flows(
    machines: Machines, density: Density, first: Real, quanta: Real, accuracy: tuple[Real, Real]
) -> tuple[Known, Known]:
    """Return J and J_j with errors, from what a bath exchanges or from what the drive takes.

    In the steady state both are one, for |1> and for every level of the manifold.  A bath's exchange is known the
    better the weaker it is coupled, the drive's the weaker the drive is; and a drive far from resonance hides its work
    beside a large reactive part, so that only much weaker ones are asked.

    From ρ_11 − r_c ρ_00, the ``quanta`` ``(N, points)`` that enter from the hot bath, the error of the state, and what
    the hot bath makes of that.
    """
    (error, fastest), cold = accuracy, 2.0 * machines.cold_damping[0]
    flux = cold * first
    if isinstance(density, ThermalPlusCollective):
        flux_error = (density.relative_error + 4.0 * EPS) * np.abs(flux) + TINY * cold
        return (flux, flux_error), (quanta, flux_error)
    flux_error = cold * (error + TINY) + 4.0 * EPS * np.abs(flux)
    drive, strength = machines.drive, np.linalg.norm(machines.drive, axis=0)
    summed, much = (len(machines.drive) + 8) * EPS, _MUCH
    if machines.dipoles is not None and (flux_error > _SURE * np.abs(flux)).any():
        much = 1.0
    weaker = strength < much * np.maximum(cold, fastest)
    taken = reactive = np.zeros(1)
    if weaker.any():
        row = np.ascontiguousarray(density.row(1)[:, 2:].T)
        taken = 0.0 - 2.0 * (drive.real * row.imag - drive.imag * row.real)
        reactive = strength * (2.0 * summed * np.linalg.norm(row, axis=0) + error) + TINY
        weak = strength < much * cold
        flux, flux_error = np.where(weak, taken.sum(axis=0), flux), np.where(weak, reactive, flux_error)
    wrong = fastest * error
    if machines.apart is not None or machines.uneven is not None:
        if weaker.any():
            weak = strength < much * fastest
            quanta, wrong = np.where(weak, taken, quanta), np.where(weak, reactive, wrong)
        wrong = wrong + summed * np.abs(quanta).sum(axis=0) + TINY
    return (flux, flux_error), (quanta, wrong)


_MUCH = 1e-3
"""A drive this much weaker than a bath's damping is asked for the exchange."""

_SURE = 1e-10
"""Relative error of J of correlated dipoles beyond which any drive that is weaker than a bath's damping is asked."""


def _coherent_exchange(dipoles: Real, hot_damping: Real, density: Density) -> Real:
    """Return the quanta per time that enter level j through coherences, ``(N, points)``.

    With weights ω_j this sums to Q_coh = −γ_h Σ_{i<j} p_ij [(1+n_i) ω_j + (1+n_j) ω_i] 2 Re ρ_ij.
    """
    # the diagonal is not asked for: of a block it needs no putting together
    inner = density.block[:, 1:, 1:] if isinstance(density, ThermalPlusBlock) else density.to_array()[:, 2:, 2:]
    real = inner.real * np.moveaxis(dipoles, -1, 0)
    index = np.arange(len(dipoles))
    real[:, index, index] = 0.0
    damping = np.broadcast_to(hot_damping, (len(index), len(real)))
    return np.asarray(-2.0 * np.einsum("ip,pij->jp", damping, real))


def _regime(flux: tuple[Real, Real], power: tuple[Real, Real], machines: Machines) -> Integer:
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
