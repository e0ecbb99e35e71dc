"""Quantum synchronization on the torus.

Phases of an open quantum system live on a torus; this library says how strongly they lock, why, and what it
costs in heat and work.  The public names below resolve on first use (PEP 562), so ``import torusync`` loads no
third-party module: a command line that only prints a version should not wait for scipy.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from torusync import (  # noqa: F401  (so that editors know them)
        analysis,
        claims,
        conventions,
        densities,
        dynamics,
        explore,
        figures,
        files,
        generators,
        interop,
        maxima,
        measures,
        models,
        papers,
        phases,
        plots,
        quantities,
        report,
        steady,
        sweeps,
        thermo,
    )  # fmt: skip
    from torusync._checks import ArgumentError
    from torusync.analysis import explain, interplay
    from torusync.dynamics import evolve, phase_model
    from torusync.models import LindbladSystem, ThermalMaser
    from torusync.phases import Synchronization, phase_distribution, synchronization
    from torusync.plots import style
    from torusync.quantities import Solution, solve
    from torusync.steady import Auto, SteadyState, SteadyStateError, load_state, steady_state
    from torusync.sweeps import sweep
    from torusync.thermo import Thermodynamics, counting_statistics, synchronization_bounds, thermodynamics

_HOME = {
    "ArgumentError": "_checks",
    "Auto": "steady",
    "LindbladSystem": "models",
    "Solution": "quantities",
    "SteadyState": "steady",
    "SteadyStateError": "steady",
    "Synchronization": "phases",
    "ThermalMaser": "models",
    "Thermodynamics": "thermo",
    "counting_statistics": "thermo",
    "evolve": "dynamics",
    "explain": "analysis",
    "interplay": "analysis",
    "load_state": "steady",
    "phase_distribution": "phases",
    "phase_model": "dynamics",
    "solve": "quantities",
    "steady_state": "steady",
    "style": "plots",
    "sweep": "sweeps",
    "synchronization": "phases",
    "synchronization_bounds": "thermo",
    "thermodynamics": "thermo",
}

__all__ = [
    "ArgumentError",
    "Auto",
    "LindbladSystem",
    "Solution",
    "SteadyState",
    "SteadyStateError",
    "Synchronization",
    "ThermalMaser",
    "Thermodynamics",
    "counting_statistics",
    "evolve",
    "explain",
    "interplay",
    "load_state",
    "phase_distribution",
    "phase_model",
    "solve",
    "steady_state",
    "style",
    "sweep",
    "synchronization",
    "synchronization_bounds",
    "thermodynamics",
]

_ROOMS = (
    "analysis", "claims", "conventions", "densities", "dynamics", "explore", "figures", "files", "generators",
    "interop", "maxima", "measures", "models", "papers", "phases", "plots", "quantities", "report", "steady", "sweeps",
    "thermo",
)  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return import_module(f"torusync.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'torusync' has no attribute {name!r}")
    value = getattr(import_module(f"torusync.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS, "__version__"])
