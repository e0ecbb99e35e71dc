"""Heat, work and entropy of a machine on its way: what its baths and its drive do not balance, it stores.

In a steady state one flux serves for all; here each bath and the drive has its own, and dU/dt, from the equation of
motion, closes the first law.  A machine on its way is no engine and no refrigerator: it has no regime, no efficiency.
"""

from typing import Any

import numpy as np

from torusync._checks import Complex, Real
from torusync._indexing import Pick
from torusync.conventions import EPS
from torusync.densities import Density
from torusync.generators import PumpedManifold
from torusync.models import ThermalMaser
from torusync.thermo.flows import Bookkeeping, Regime, Thermodynamics
from torusync.thermo.stored import entropy_change


def transient_thermodynamics(
    maser: ThermalMaser, density: Density, error: Real, bookkeeping: Bookkeeping
) -> Thermodynamics:
    """Return the currents of states that change; ``error`` bounds their distance from the true ones, of their shape."""
    batch, driven = density.batch_shape, bookkeeping is Bookkeeping.DRIVEN
    # the same machine at every time: values of a batch are repeated along it, those of all points are not
    whole = Pick(batch, Ellipsis).record(maser)
    rho, block = density.to_array(), maser.generator()
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        found = _flows(whole, block, rho, np.broadcast_to(error, batch), driven=driven)
        change, wrong = entropy_change(block, rho, np.broadcast_to(error, batch))
        produced, missed = found.pop("entropy"), found.pop("entropy_error")
        found["entropy_production"] = produced + np.where(np.isinf(produced), 0.0, change)
        found["entropy_production_error"] = np.where(np.isinf(produced), np.inf, missed + wrong)
    gap = whole.drive_frequency if driven else whole.level_energies[..., 0] - whole.omega_cold
    nothing = np.broadcast_to(0.0, batch)
    rest = {} if driven else dict.fromkeys(_DRIVEN, nothing)
    return Thermodynamics(
        **{name: np.array(np.broadcast_to(values, batch)) for name, values in (found | rest).items()},
        regime_codes=np.full(batch, int(Regime.UNDEFINED)),
        cold_energy=np.broadcast_to(whole.omega_cold, batch),
        first_gap=np.broadcast_to(gap, batch),
        bookkeeping=bookkeeping,
    )


_DRIVEN = ("interaction_hot", "interaction_cold", "interaction_hot_error", "interaction_error")


def _flows(maser: ThermalMaser, block: PumpedManifold, rho: Complex, error: Real, *, driven: bool) -> dict[str, Any]:
    """Return what is exchanged, energies per time into the machine and power out of it, and errors."""
    whole, levels = maser.generator(), maser.manifold_levels
    hot_energy, cold_energy = maser.level_energies, maser.omega_cold
    ground, populations = rho[..., :1, 0].real, np.diagonal(rho, axis1=-2, axis2=-1).real
    row, manifold = rho[..., 1, 2:], populations[..., 2:]
    damping, pumped = whole.hot_damping, whole.gamma_hot[..., np.newaxis] * whole.n_hot
    hot = 2.0 * (pumped * ground - damping * manifold)
    cold_pump = whole.gamma_cold * whole.n_cold
    cold = 2.0 * (cold_pump * ground[..., 0] - whole.cold_damping * populations[..., 1])
    through, crossed = np.zeros_like(hot), np.zeros(())
    if whole.dipoles is not None:
        apart = np.where(np.eye(levels, dtype=np.bool_), 0.0, whole.dipoles)
        taken = damping[..., :, np.newaxis] * apart
        through = -2.0 * (taken * rho[..., 2:, 2:].real).sum(axis=-2)
        crossed = 2.0 * np.linalg.norm(taken * hot_energy[..., np.newaxis, :], axis=(-2, -1))
    quanta = 2.0 * (whole.drive.real * row.imag - whole.drive.imag * row.real)
    carried = maser.drive_frequency[..., np.newaxis] if driven else hot_energy - cold_energy[..., np.newaxis]
    rounded = (levels + 16.0) * EPS
    gross = np.abs(hot_energy * damping * manifold).sum(axis=-1) + np.abs(hot_energy * pumped * ground).sum(axis=-1)
    gross = 2.0 * gross + 2.0 * cold_energy * (whole.cold_damping * populations[..., 1] + cold_pump * ground[..., 0])
    work = (np.abs(carried) + np.abs(hot_energy) + cold_energy[..., np.newaxis]) * np.abs(whole.drive * row)
    # the modulus of an observable times the error of the state
    most = 2.0 * np.maximum((damping * hot_energy).max(axis=-1), (pumped * hot_energy * np.ones(levels)).sum(axis=-1))
    exchange_error = (most + crossed) * error + rounded * gross
    flux_error = 2.0 * np.maximum(whole.cold_damping, cold_pump) * error + rounded * gross / cold_energy
    power_error = 2.0 * np.linalg.norm(carried * whole.drive, axis=-1) * error + rounded * 2.0 * work.sum(axis=-1)
    stored = _energy_change(block, maser, rho, driven=driven)
    surprise = np.log1p(1.0 / whole.n_hot), np.log1p(1.0 / whole.n_cold)
    entered = hot + through
    # a bath that is not coupled takes part in nothing, whatever its temperature
    weighted = np.where(damping == 0.0, 0.0, surprise[0] * entered)
    beside = np.where(whole.gamma_cold == 0.0, 0.0, surprise[1] * cold)
    largest = np.where(damping == 0.0, 0.0, surprise[0] / hot_energy).max(axis=-1)
    least = np.where(whole.gamma_cold == 0.0, 0.0, surprise[1])
    found = {
        "flux": 0.0 - cold,
        "flux_error": flux_error,
        "power": 0.0 - (carried * quanta).sum(axis=-1),
        "power_error": power_error,
        "heat_hot_incoherent": (hot_energy * hot).sum(axis=-1),
        "heat_hot_coherent": (hot_energy * through).sum(axis=-1),
        "heat_cold": cold_energy * cold,
        "gross": gross + 2.0 * work.sum(axis=-1),
        "exchange_error": exchange_error,
        "energy_change": stored,
        "entropy": np.where(np.isinf(largest) | np.isinf(least), np.inf, 0.0 - weighted.sum(axis=-1) - beside),
        "entropy_error": largest * 2.0 * exchange_error + least * flux_error,
    }
    interaction = np.zeros(())
    if driven:
        found |= _interaction(maser, row, error, rounded)
        given = found.pop("by_level")
        lost = np.where(damping == 0.0, 0.0, surprise[0] / hot_energy * given).sum(axis=-1)
        lost = lost + np.where(whole.gamma_cold == 0.0, 0.0, surprise[1] / cold_energy * found["interaction_cold"])
        found["entropy"] = np.where(np.isinf(found["entropy"]), np.inf, found["entropy"] - lost)
        wrong = largest * np.sqrt(levels) * found["interaction_hot_error"]
        found["entropy_error"] = found["entropy_error"] + wrong + least / cold_energy * found["interaction_error"]
        found["heat_cold"] = found["heat_cold"] + found["interaction_cold"]
        interaction = found["interaction_hot_error"] + found["interaction_error"]
    found["energy_change_error"] = 2.0 * exchange_error + cold_energy * flux_error + power_error + interaction
    return found


def _interaction(maser: ThermalMaser, row: Complex, error: Real, rounded: float) -> dict[str, Any]:
    """Return Tr[V D_a ρ], what each bath gives to the interaction with the drive, from ρ_1j."""
    block = maser.generator()
    pulled = block.hot_damping * row
    if block.dipoles is not None:
        pulled = (block.dipoles @ pulled[..., np.newaxis])[..., 0]
    strength = np.linalg.norm(maser.drive, axis=-1)
    most = block.hot_damping.max(axis=-1) * (1.0 if block.dipoles is None else maser.manifold_levels)
    size = np.linalg.norm(row, axis=-1)
    by_level = -2.0 * (np.conj(maser.drive) * pulled).real
    return {
        "by_level": by_level,
        "interaction_hot": by_level.sum(axis=-1),
        "interaction_cold": -2.0 * block.cold_damping * (np.conj(maser.drive) * row).sum(axis=-1).real,
        "interaction_hot_error": 2.0 * strength * most * (error + rounded * size),
        "interaction_error": 2.0 * strength * block.cold_damping * (error + rounded * size),
    }


def _energy_change(block: PumpedManifold, maser: ThermalMaser, rho: Complex, *, driven: bool) -> Real:
    """Return d Tr[H_0 ρ]/dt, or that of H_0 + V, from the equation of motion of the excited block."""
    drift, pump, excited = block.drift(), block.pump(), rho[..., 1:, 1:]
    ground = rho[..., 0, 0].real[..., np.newaxis]
    own = 2.0 * (drift * np.swapaxes(excited, -1, -2)).sum(axis=-1).real
    own = own + ground * np.diagonal(pump, axis1=-2, axis2=-1).real
    change = maser.omega_cold * own[..., 0] + (maser.level_energies * own[..., 1:]).sum(axis=-1)
    if driven:
        row = drift[..., :1, :] @ excited + excited[..., :1, :] @ np.conj(np.swapaxes(drift, -1, -2))
        change = change + 2.0 * (np.conj(maser.drive) * row[..., 0, 1:]).sum(axis=-1).real
    return np.asarray(change)
