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
        figures,
        generators,
        maxima,
        measures,
        models,
        papers,
        phases,
        plots,
        quantities,
        report,
        steady,
        thermo,
    )  # fmt: skip
    from torusync._checks import ArgumentError
    from torusync.models import LindbladSystem, ThermalMaser
    from torusync.phases import (
        Optimum,
        Proof,
        Synchronization,
        coherent_state,
        husimi,
        phase_distribution,
        synchronization,
    )
    from torusync.plots import style
    from torusync.quantities import Solution, solve
    from torusync.steady import (
        Auto,
        Block,
        Cauchy,
        Collective,
        Dense,
        LowRank,
        Status,
        SteadyState,
        SteadyStateError,
        load_state,
        steady_state,
    )
    from torusync.thermo import Regime, Thermodynamics, thermodynamics

_HOME = {
    "ArgumentError": "torusync._checks",
    "Auto": "torusync.steady",
    "Block": "torusync.steady",
    "Proof": "torusync.phases",
    "Cauchy": "torusync.steady",
    "Collective": "torusync.steady",
    "Dense": "torusync.steady",
    "LindbladSystem": "torusync.models",
    "LowRank": "torusync.steady",
    "Optimum": "torusync.phases",
    "Regime": "torusync.thermo",
    "Solution": "torusync.quantities",
    "Status": "torusync.steady",
    "SteadyState": "torusync.steady",
    "SteadyStateError": "torusync.steady",
    "Synchronization": "torusync.phases",
    "ThermalMaser": "torusync.models",
    "Thermodynamics": "torusync.thermo",
    "coherent_state": "torusync.phases",
    "husimi": "torusync.phases",
    "load_state": "torusync.steady",
    "phase_distribution": "torusync.phases",
    "solve": "torusync.quantities",
    "steady_state": "torusync.steady",
    "style": "torusync.plots",
    "synchronization": "torusync.phases",
    "thermodynamics": "torusync.thermo",
}

__all__ = [
    "ArgumentError",
    "Auto",
    "Block",
    "Cauchy",
    "Collective",
    "Dense",
    "LindbladSystem",
    "LowRank",
    "Optimum",
    "Proof",
    "Regime",
    "Solution",
    "Status",
    "SteadyState",
    "SteadyStateError",
    "Synchronization",
    "ThermalMaser",
    "Thermodynamics",
    "coherent_state",
    "husimi",
    "load_state",
    "phase_distribution",
    "solve",
    "steady_state",
    "style",
    "synchronization",
    "thermodynamics",
]

_ROOMS = (
    "analysis", "claims", "conventions", "densities", "figures", "generators", "maxima", "measures", "models", "papers",
    "phases", "plots", "quantities", "report", "steady", "thermo",
)  # fmt: skip


def __getattr__(name: str) -> object:
    if name in _ROOMS:
        return import_module(f"torusync.{name}")
    if name not in _HOME:
        raise AttributeError(f"module 'torusync' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *_ROOMS, "__version__"])
