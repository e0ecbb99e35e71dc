"""What a page is told: pure functions from what it asks for to plain values, each the library's own result.

No number is worked out here: `solve` does, and what is told beside a number is its evidence.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from torusync._checks import requirement
from torusync._limits import LISTED, TRIANGLE_LEVELS, WALKED_LEVELS, WRITTEN
from torusync.densities import off_diagonal
from torusync.explore.asked import built, following, model_of, system_of, used, values_of
from torusync.explore.code import point_code
from torusync.explore.distributions import of_a_state
from torusync.explore.verdicts import judged, names_sets
from torusync.explore.wire import number, parts, plain_value, rows
from torusync.explore.words import code, evidence, pretty, text, unit_of
from torusync.maxima.walks import walk as ridge_walk
from torusync.models import Model, ThermalMaser
from torusync.models.system import dims_of
from torusync.phases import Optimum, Proof, Synchronization
from torusync.phases.angles import relative_phases
from torusync.quantities import QUANTITIES, Solution, solve
from torusync.quantities.entries import BOUNDS, CURRENTS, PHASES, STATE
from torusync.quantities.headlines import locking_in_words, regime_in_words, warnings
from torusync.steady import Status, SteadyState
from torusync.steady.answer import advice
from torusync.thermo import HeatFlows, Regime

_TOLD: Final = (STATE, PHASES, CURRENTS, BOUNDS)
"""Parts whose numbers cost nothing beside the state and its maximum."""

_JUDGED: Final = 4
"""Levels up to which a verdict takes some ten milliseconds."""

_WALKED: Final = 160
"""Points of a walk at most."""

_CURRENTS: Final = (
    "power", "power_error", "heat_hot", "heat_hot_error", "heat_cold", "heat_cold_error", "flux", "efficiency", "cop",
    "entropy_production", "power_bound", "power_bound_always", "efficiency_bound", "cop_bound",
)  # fmt: skip


def point(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return one solved system, as EXPLORE of docs/explore.md lists it.

    Raises
    ------
    ArgumentError
        If a value is outside of physics, or the system too large for a page.
    """
    model = model_of(request)
    values = values_of(model, request.get("values", {}))
    return answer(model, values, solve(built(model, values), throw=False))


def answer(model: type[Model], given: Mapping[str, Any], solution: Solution) -> dict[str, Any]:
    """Return what a page is told of one solved system, of a model with these values."""
    values = used(model, given)
    return {
        "model": model.NAME,
        "values": {name: plain_value(value) for name, value in values.items()},
        "derived": following(solution.system, values),
        **of_a_solution(solution),
        "code": point_code(model, values),
    }


def walk(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return optima of one system along its continuum of them, one after the other.

    Raises
    ------
    ArgumentError
        If its optima are no continuum of phases of levels, or it is too large for a page to walk.
    """
    solution = solve(system_of(request))
    sync = solution.synchronization
    if not sync.distribution.levels or not int(sync.optima_dimension):
        raise requirement("values", "be those of a system whose optimal phases are a continuum", "they are isolated")
    if sync.dimension > WALKED_LEVELS:
        raise requirement("values", f"give at most {WALKED_LEVELS} levels for a walk", f"they are {sync.dimension}")
    live = np.isfinite(sync.phasors)
    matrix = off_diagonal(np.asarray(solution.density.to_array()))[np.ix_(live, live)]
    found = ridge_walk(matrix, sync.phasors[live], _WALKED)
    phasors = np.full((len(found.phasors), sync.dimension), np.nan, dtype=np.complex128)
    phasors[:, live] = found.phasors
    return {"phases": rows(relative_phases(phasors, sync.reference)), "closed": found.closed}


def of_a_solution(solution: Solution) -> dict[str, Any]:
    """Return what there is to tell of one solved state, or of a user's own matrix."""
    system, density, sync = solution.system, solution.density, solution.synchronization
    dimension = density.dimension
    matrix = density.to_array()
    broken = not np.isfinite(matrix).all()
    return {
        "name": repr(system if system is not None else solution),
        "dimension": dimension,
        "labels": _labels(system, dimension),
        "status": _status(solution),
        "density": parts(matrix),
        "populations": rows(density.populations),
        "distribution": of_a_state(solution.reading, density, sync.reference),
        "synchronization": _synchronization(sync),
        **_interplay(solution, broken=broken),
        "triangle": None if broken or dimension > TRIANGLE_LEVELS else _triangle(solution),
        "machine": _machine(solution) if CURRENTS.suits(solution) else None,
        "levels": _levels(system),
        "numbers": _numbers(solution),
        "summary": _summary(solution, broken=broken),
    }


def _summary(solution: Solution, *, broken: bool) -> list[str]:
    """Return what the command line says first, but for the verdict."""
    if broken:
        return []
    told = [regime_in_words(solution)] if CURRENTS.suits(solution) else []
    return [*told, locking_in_words(solution), *warnings(solution)]


def _labels(system: Model | None, dimension: int) -> list[str]:
    dims = (dimension,) if system is None else dims_of(system)
    return [",".join(map(str, place)) for place in np.ndindex(dims)]


def _status(solution: Solution) -> dict[str, Any]:
    if not isinstance(solution.state, SteadyState):
        return {"code": 0, "name": "given", "sentence": "The density matrix is a user's own.", "good": True}
    status = Status(int(solution.state.status_codes))
    told = advice(status, solution.system.generator())
    return {
        "code": int(status), "name": status.name.lower(), "sentence": told,
        "good": status in {Status.SUCCESS, Status.METASTABLE},
    }  # fmt: skip


def _synchronization(sync: Synchronization) -> dict[str, Any]:
    optimum = Optimum(int(sync.optimum_codes))
    names = "s_max", "s_max_bound", "gap", "relative_gap", "pair_sum", "pair_sum_bound", "log10_s_max", "frustration"
    return {
        "phases": rows(sync.phases),
        **{name: number(getattr(sync, name)) for name in names},
        "certified": bool(sync.certified),
        "proof": code(Proof, sync.proof_codes),
        "order_parameter": number(sync.order_parameter),
        "optimum": code(Optimum, sync.optimum_codes),
        "optima_count": int(sync.optima_count),
        "optima_dimension": int(sync.optima_dimension),
        "complete": bool(sync.optima_complete),
        "optima": _optima(sync, optimum),
        "reference": sync.reference,
    }


def _optima(sync: Synchronization, optimum: Optimum) -> list[Any]:
    """Return the isolated optima that are known, the one of the maximum first."""
    if optimum is Optimum.POINT:
        return [rows(sync.phases)]
    many = int(sync.optima_count) > WRITTEN or sync.dimension > LISTED
    return [] if optimum is not Optimum.SEVERAL or many else [rows(one) for one in sync.optima().phases]


def _interplay(solution: Solution, *, broken: bool) -> dict[str, Any]:
    """Return shares of the sets; what they reach alone and the verdict where few levels make that cheap."""
    if broken or not names_sets(solution):
        return {"sets": {}, "verdict": None}
    found = judged(solution) if solution.density.dimension <= _JUDGED else {"verdict": None, "alone": {}}
    return {"sets": _sets(solution, found["alone"]), "verdict": found["verdict"]}


def _sets(solution: Solution, alone: Mapping[str, Any]) -> dict[str, Any]:
    sync = solution.synchronization
    told = {}
    for one in sync.coherence_sets:
        pairs = [[i, j] for i, j in one.pairs(sync.dimension)] if hasattr(one, "pairs") else []
        told[one.name] = {"pairs": pairs, "share": number(sync.shares[one.name]), "alone": alone.get(one.name)}
    return told


def _triangle(solution: Solution) -> dict[str, Any] | None:
    found = solution.triangles
    carrying = np.flatnonzero(np.isfinite(found.angle))
    if not carrying.size:
        return None
    order = np.lexsort((-found.weight[carrying], -np.round(np.abs(found.angle[carrying]), 9)))
    worst = int(carrying[order[0]])
    return {
        "levels": found.levels[worst].tolist(),
        "angle": number(found.angle[worst]),
        "weight": number(found.weight[worst]),
    }


def _machine(solution: Solution) -> dict[str, Any]:
    flows = solution.thermodynamics
    if isinstance(flows, HeatFlows):
        heats = {name: number(heat) for name, heat in flows.heats.items()}
        return {"regime": None, "power": number(flows.power), "heats": heats}
    asked = {name: QUANTITIES[name] for name in _CURRENTS if solution.exists(QUANTITIES[name])}
    return {
        "regime": code(Regime, flows.regime_codes),
        **{name: number(np.asarray(one.of(solution))[()]) for name, one in asked.items()},
    }


def _levels(system: Model | None) -> list[dict[str, Any]] | None:
    if not isinstance(system, ThermalMaser):
        return None
    manifold = np.broadcast_to(system.level_energies, (system.manifold_levels,))
    energies = [0.0, float(system.omega_cold), *manifold.tolist()]
    groups = ["ground", "cold", *["hot"] * len(manifold)]
    pairs = zip(energies, groups, strict=True)
    return [{"label": str(one), "energy": energy, "group": group} for one, (energy, group) in enumerate(pairs)]


def _numbers(solution: Solution) -> list[dict[str, Any]]:
    """Return every number that is cheap beside the state, with its evidence in words."""
    return [
        {
            "name": one.name,
            "value": number(np.asarray(one.of(solution))[()]),
            "text": text(solution, one),
            "units": pretty(unit_of(solution, one)),
            "evidence": evidence(solution, one),
        }
        for one in QUANTITIES.values()
        if one.part in _TOLD and not one.dims and solution.exists(one)
    ]
