"""Results as nested plain values: what the command line prints and what its ``--json`` writes are one thing.

Long rows are abridged, because a machine can have a million levels; their length is kept.
"""

import math
from collections.abc import Callable
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from torusync._checks import ArgumentError
from torusync.analysis.bootstrap import ErrorBars
from torusync.analysis.cooperation import Interplay, Verdict, interplay
from torusync.analysis.pairs import Pairs
from torusync.conventions import s_of_pairs
from torusync.densities import ThermalPlusCollective, density_of
from torusync.measures import triangle_frustration
from torusync.models.laboratory import Machine
from torusync.phases import Bound, Optimum, Synchronization
from torusync.phases.synchronization import NamedCoherences
from torusync.steady import Status, SteadyState
from torusync.steady.solution import advice
from torusync.thermo import (
    Bookkeeping,
    Condition,
    Inequality,
    Regime,
    SynchronizationBounds,
    Thermodynamics,
    counting_statistics,
)

LONGEST: Final = 64
"""Entries of a row that are given; beyond that the row is cut and its length stated."""

_PAIR_LEVELS: Final = 12
"""Levels up to which every coherence is given, and not only those with the level the drive leaves from."""

_COUNTED_LEVELS: Final = 200
"""Manifold levels up to which fluctuations are worked out unasked: some 0.2 s."""

_BOUNDS: Final[dict[str, Callable[[SynchronizationBounds], Inequality]]] = {
    "power_by_synchronization": SynchronizationBounds.power,
    "power_by_synchronization_always": SynchronizationBounds.power_always,
    "coherent_heat_by_synchronization": SynchronizationBounds.coherent_heat,
    "cop_by_synchronization": SynchronizationBounds.cop,
    "efficiency_by_synchronization": SynchronizationBounds.efficiency,
}

_TRIANGLE_LEVELS: Final = 40
"""Levels up to which every triangle is examined: 40 levels have about 10⁴."""

_INTERPLAY_LEVELS: Final = 18
"""Levels up to which the interplay of a system's own sets is given unasked: within a second on two cores, certificates
open or not."""


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: complex as {"re", "im"}, what is not finite as null."""
    if isinstance(value, np.ndarray):
        return row(value) if value.ndim else plain(value[()])
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, complex):
        return {"re": plain(value.real), "im": plain(value.imag)}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def row(values: npt.NDArray[Any]) -> list[Any] | dict[str, Any]:
    """Return a row of plain values, cut after the longest that is given."""
    flat = np.ravel(values)
    entries = [plain(one) for one in flat[:LONGEST]]
    return entries if flat.size <= LONGEST else {"first": entries, "length": int(flat.size)}


def describe_machine(machine: Machine) -> dict[str, Any]:
    """Return the dimensionless values of one maser, and what ω_1 and the temperatures were in the laboratory."""
    maser = machine.maser
    record = {
        "unit_of_frequency_in_hertz": machine.unit,
        "hot_temperature": machine.hot_temperature,
        "cold_temperature": machine.cold_temperature,
    }
    names = ("n_cold", "gamma_hot", "gamma_cold", "omega_cold", "omega_hot", "detuning", "dipole_correlation")
    return {
        "levels": maser.levels,
        "drive": row(_shortened(maser.drive)),
        "n_hot": row(_shortened(maser.n_hot)),
        "splittings": row(_shortened(maser.splittings)),
        **{name: plain(getattr(maser, name)) for name in names},
        "drive_frequency": plain(maser.drive_frequency),
        **{name: plain(value) for name, value in record.items() if value is not None},
    }


def _shortened(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return one entry for a row of equal ones."""
    flat = np.ravel(values)
    return flat[:1] if flat.size and (flat == flat[0]).all() else flat


def describe_state(state: SteadyState) -> dict[str, Any]:
    """Return the evidence, populations and coherences of one steady state."""
    status = Status(int(state.codes))
    content = {
        "solver": type(state.solver).__name__,
        "status": status.name.lower(),
        "advice": advice(status, state.system),
        "error": plain(state.error),
        "error_of_coherences": plain(state.coherence_error),
        "residual": plain(state.residual),
        "smallest_eigenvalue_at_least": plain(state.min_eigenvalue),
        "nullity": plain(state.nullity),
        "populations": row(state.populations),
        "coherences_with_level_1": row(state.density.row(1)[2:]),
    }
    if state.dimension <= _PAIR_LEVELS:
        pairs = combinations(range(state.dimension), 2)
        found = [([i, j], state.coherence(i, j)[()]) for i, j in pairs]
        content["coherences"] = [{"levels": levels, "value": plain(value)} for levels, value in found if value]
    return content


def describe_synchronization(sync: Synchronization) -> dict[str, Any]:
    """Return S_max with its proof, its optimal phases and its parts, of one state."""
    content = {
        "s_max": plain(sync.s_max),
        "log10_s_max": plain(sync.log10_s_max),
        "upper_bound": plain(sync.upper_bound),
        "gap": plain(sync.gap),
        "s_max_error": plain(sync.s_max_error),
        "relative_gap": plain(sync.relative_gap),
        "certified": bool(sync.certified),
        "proof": Bound(int(sync.bound_codes)).name.lower(),
        "pair_sum": plain(sync.pair_sum),
        "pair_sum_error": plain(sync.pair_sum_error),
        "scaled": plain(sync.scaled),
        "l1_bound": plain(s_of_pairs(sync.levels, sync.l1)),
        "l1_coherence": plain(sync.l1),
        "frustration": plain(sync.frustration),
        "optimum": Optimum(int(sync.optimum_codes)).name.lower(),
        "optima_found": plain(sync.multiplicity),
        "dimension_of_optima": plain(sync.dimension),
        "optima_proven_to_be_all": bool(sync.optima_complete),
        **_listed_optima(sync),
        "order_parameter": plain(sync.order_parameter),
        "reference_level": sync.reference,
        "phases": row(sync.phases),
    }
    if sync.s_max < np.finfo(np.float64).tiny and sync.pair_sum > 0.0:
        content["note"] = (
            "S_max underflows beyond some 400 levels; log10_s_max, scaled = (2π)^N S_max and the pair sum do not"
        )
    content |= {f"part_{name}": plain(share) for name, share in sync.shares.items()}
    # fractions of the pair sum, which does not underflow
    whole = sync.pair_sum if sync.pair_sum > 0.0 else np.nan
    return content | {f"fraction_{name}": plain(share / whole) for name, share in sync.pair_shares.items()}


def _listed_optima(sync: Synchronization) -> dict[str, Any]:
    """Return the phases of several optima, and how many of them are no partners under a symmetry of the state."""
    carrying = int(np.isfinite(sync.phasors).sum()) if 1 < sync.multiplicity <= LONGEST else 0
    if not 0 < carrying <= LONGEST:
        return {}
    optima = sync.optima()
    return {
        "optima_up_to_symmetry": optima.different,
        "phases_of_optima": [
            {"orbit": int(orbit), "phases": row(one)} for orbit, one in zip(optima.orbits, optima.phases, strict=True)
        ],
    }


_ERRORS = ("power_error", "heat_hot_error", "heat_cold_error", "efficiency_error", "cop_error")


def describe_thermodynamics(flows: Thermodynamics) -> dict[str, Any]:
    """Return the currents of one machine, in units of ħ ω_1²."""
    names = ["power", "heat_hot", "heat_hot_incoherent", "heat_hot_coherent", "heat_cold", "efficiency", "cop"]
    if flows.bookkeeping is Bookkeeping.DRIVEN:
        names += ["interaction_hot", "interaction_cold"]
    errors = {name: getattr(flows, name) for name in _ERRORS}
    if flows.bookkeeping is Bookkeeping.DRIVEN:
        errors |= {"interaction_hot_error": flows.interaction_hot_error}
        errors |= {"interaction_cold_error": flows.interaction_error}
    return {
        "regime": Regime(int(flows.regime_codes)).name.lower(),
        **{name: plain(getattr(flows, name)) for name in names},
        **{name: plain(error) for name, error in errors.items()},
        "entropy_production": plain(flows.entropy_production),
        "entropy_production_error": plain(flows.entropy_production_error),
        "first_law_error": plain(flows.first_law_error),
        "first_law_holds": bool(flows.first_law_holds),
        "second_law_holds": bool(flows.second_law_holds),
        "bookkeeping": f"{flows.bookkeeping.name.lower()} energies",
    }


def describe_fluctuations(state: SteadyState) -> dict[str, Any]:
    """Return the counting statistics of the quanta from the hot bath of one machine, in units of ω_1."""
    manifold = state.dimension - 2
    if manifold > _COUNTED_LEVELS and not isinstance(state.density, ThermalPlusCollective):
        return {"counting statistics": f"not worked out above {_COUNTED_LEVELS} manifold levels"}
    found = counting_statistics(state)
    return {
        "mean": plain(found.hot.mean),
        "noise": plain(found.hot.noise),
        "third_cumulant": plain(found.hot.third),
        "fano_factor": plain(found.fano_factor),
        "skewness": plain(found.skewness),
        "uncertainty_ratio": plain(found.uncertainty_ratio),
        "residual": plain(found.residual),
    }


def describe_bounds(bounds: SynchronizationBounds) -> dict[str, Any]:
    """Return what S_max says about the currents of one machine, bound by bound, or why it says nothing."""
    content: dict[str, Any] = {}
    for name, ask in _BOUNDS.items():
        try:
            found = ask(bounds)
        except ArgumentError as error:
            content[name] = str(error).partition(", but ")[2] or str(error)
            continue
        content[name] = {
            "quantity": plain(found.quantity),
            "at_most" if found.above else "at_least": plain(found.bound),
            "condition": Condition(int(found.condition_codes)).name.lower(),
        }
    return content


def describe_frustration(state: object, dimension: int) -> dict[str, Any]:
    """Return the most frustrated triangles of coherences, weightiest first among equals."""
    if dimension > _TRIANGLE_LEVELS:
        return {"triangles": f"not listed above {_TRIANGLE_LEVELS} levels"}
    found = triangle_frustration(state)
    carrying = np.flatnonzero(np.isfinite(found.angle))
    if not carrying.size:
        return {"triangles": "none: no three levels share coherences"}
    order = carrying[np.lexsort((-found.weight[carrying], -np.round(np.abs(found.angle[carrying]), 9)))]
    return {
        "triangles": int(carrying.size),
        "largest_angle": plain(np.abs(found.angle[order[0]])),
        "most_frustrated": [
            {"levels": found.levels[one].tolist(), "angle": plain(found.angle[one]), "weight": plain(found.weight[one])}
            for one in order[:5]
        ],
    }


def describe_interplay(state: object, sets: Pairs | None = None) -> dict[str, Any]:
    """Return what sets of coherences do to each other, in pair sums; nothing where none are given and none are named.

    Sets that are asked for are compared up to as many levels as `interplay` takes.
    """
    if not sets:
        system = getattr(state, "system", None)
        if not (isinstance(system, NamedCoherences) and system.coherence_sets):
            return {}
        if density_of(state).dimension > _INTERPLAY_LEVELS:
            return {"verdict": f"not computed above {_INTERPLAY_LEVELS} levels"}
    found = interplay(state, sets or None)
    content = {
        "verdict": Verdict(int(found.verdict_codes)).name.lower(),
        "gain": plain(found.gain),
        "cost": plain(found.cost),
        "pair_sum": plain(found.total),
        "pair_sum_certified": bool(found.certified),
        "chance": plain(found.chance),
        "chance_error": plain(found.chance_error),
        "chance_at_most": plain(found.chance_bound),
        "fraction_of_draws_below": plain(found.rank),
    }
    for name, alone in found.alone.items():
        content |= {f"share_{name}": plain(found.shares[name]), f"alone_{name}": plain(alone)}
    if found.verdict == Verdict.NEUTRAL:
        content["note"] = _why_neutral(found)
    return content


def _why_neutral(found: Interplay) -> str:
    if found.total == 0.0:
        return "there is no coherence"
    if np.isnan(found.rank):
        return "no closed loop of coherences runs through several sets: there is nothing to agree on"
    return f"the difference from chance is not resolved by {found.draws} draws"


def describe_error_bars(bars: ErrorBars) -> dict[str, Any]:
    """Return bootstrap error bars."""
    content = {
        "s_max": plain(bars.estimate.s_max),
        "s_max_error": plain(bars.s_max_error),
        "s_max_confidence_95": row(bars.s_max_confidence),
        "s_max_resolved_from_zero": bars.resolved,
        "s_max_of_replicates_95": row(bars.s_max_interval),
        "s_max_bias": plain(bars.s_max_bias),
        "s_max_bias_corrected": plain(bars.s_max_corrected),
        "phase_error": row(bars.phase_error),
        "phases_determined": bars.phases_determined,
        "replicates": bars.replicates,
        "uncertified_replicates": bars.uncertified,
    }
    if abs(bars.s_max_bias) > bars.s_max_error:
        content["note"] = "the bias exceeds the standard error: rely on the confidence interval, or take more counts"
    return content
