"""Every door of the package: what `torusync` and its public rooms offer to be called, with arguments that are right.

Doors are found, not listed: the public names of the rooms, their constructors, the public methods of everything that
they return.  A parameter has one meaning throughout the package, so right arguments are by its name.
"""

import atexit
import inspect
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import xarray as xr

import torusync as ts
from torusync import analysis, densities, measures, models, papers, phases, quantities, steady, thermo
from torusync._frozen import Frozen
from torusync._results import Result
from torusync.claims import Claim, Ledger
from torusync.claims.common import Findings
from torusync.claims.verdict import Check, Value
from torusync.densities import CoherenceSet, Density
from torusync.figures import Composite, FigureSpec
from torusync.generators import Generator
from torusync.maxima import Knobs, Peak
from torusync.models import Kind, Parameter
from torusync.phases import SUD, PhaseDistribution
from torusync.quantities import Part, Quantity

mpl.use("Agg")

ROOMS: Final = (
    "analysis", "claims", "densities", "figures", "generators", "maxima", "measures", "models", "papers", "phases",
    "plots", "quantities", "report", "steady", "thermo",
)  # fmt: skip

ENGINE: Final = {"n_hot": 5.0, "n_cold": 0.5, "gamma_hot": 0.05, "gamma_cold": 0.2}
LOWERING: Final = np.array([[0.0, 1.0], [0.0, 0.0]])
FOLDER: Final = Path(tempfile.mkdtemp(prefix="doors-"))
"""What doors write goes here, and is gone with the process."""


def _remove(process: int) -> None:
    if os.getpid() == process:  # not one that was forked from it
        shutil.rmtree(FOLDER, ignore_errors=True)


atexit.register(_remove, os.getpid())

EVIDENCE: Final = {
    "certified": 1,
    "machines": 1,
    "largest_relative_gap": 0.0,
    "solver": "Auto",
    "largest_residual": 0.0,
}
"""What a figure says of its data."""

KERNELS: Final = (Density, Generator, Peak, PhaseDistribution, phases.Harmonics, phases.Factor)
"""Below the door: their methods are called by the library alone, with what it has checked."""

EXTENSION: Final = {
    "from_arrays": "called by load_state, with what a file holds",
    "stored_names": "called by load_state, with what a file holds",
    "solve": "of a solver, called by steady_state, with a generator",
    "choose": "of a solver, called by steady_state, with a generator",
    "of": "of a ledger, called where a paper is written down",
    "when": "a field that is a function",
    "suits": "a field that is a function",
    "left_out": "a field that is a function",
    "compute": "a field that is a function",
    "paint": "a field that is a function",
    "default": "a field",
    "in_short": "called by a model that shows itself, with its own values",
    "is_default": "called by a model that shows itself, with its own values",
}
"""Methods that are no doors, and why."""

PLAIN: Final = (
    Parameter, Part, Quantity, Claim, Check, Value, ts.claims.ClaimResult, FigureSpec, Composite, analysis.GivenState,
)  # fmt: skip
"""Records that hold what they are given, and are made where a paper is written down or by the library."""


BETWEEN_ROOMS: Final = (densities.off_diagonal, densities.label_sets)
"""Functions that one room has of another, for arrays that have been checked."""


UNASKED: Final = {"read_matrix": ("name",), "read_state": ("name",)}
"""The name of an argument in messages is the library's own."""


class Broken:
    """What `right` returns for a parameter that nobody has named a value for."""


def _paint(axes: Any, data: Any) -> None:
    axes[0].plot([0.0, 1.0], [0.0, 1.0])
    del data


def _findings(quick: bool, tolerance: float) -> Findings:
    del quick
    return Findings("1", "counted", (Check("one", 1.0, 1.0, tolerance),))


def _map() -> xr.Dataset:
    """Return S_max over drive and detuning."""
    drive, detuning = np.array([0.05, 0.1, 0.2]), np.array([-0.1, 0.0, 0.1])
    maser = ts.ThermalMaser(drive[:, None, None] * np.ones(2), **ENGINE, detuning=detuning)
    found = ts.solve(maser).to_dataset(["s_max"], dims=("drive", "detuning"))
    return found.assign_coords(drive=drive, detuning=detuning)


@cache
def world() -> dict[str, Any]:
    """Return one of each thing that people hold, made as they make it."""
    maser = ts.ThermalMaser([0.1, 0.2], **ENGINE)
    batch = ts.ThermalMaser([[0.1, 0.2], [0.2, 0.1]], **ENGINE, splittings=[0.0, 0.1])
    system = ts.LindbladSystem(np.diag([0.0, 1.0]), [(0.1, LOWERING), (0.2, LOWERING.T)])
    state, states = ts.steady_state(maser), ts.steady_state(batch)
    sync, flows = ts.synchronization(state), ts.thermodynamics(state)
    spec = FigureSpec("fig", "t", "s", "a", (), lambda _: xr.Dataset({"a": ("x", [1.0])}, attrs=EVIDENCE), _paint, "p")
    claim = Claim("C01", "one is one", "counted", "1", 1e-9, "rounding")
    ledger = Ledger((claim,), MappingProxyType({"C01": _findings}), ())
    composite = Composite("both", "t", (spec,), (3.4, 2.5), (1, 1))
    letter = papers.load("letter")
    small = replace(letter, figures=MappingProxyType({"fig": spec}), composites=(composite,), ledger=ledger)
    (FOLDER / "folder").mkdir(exist_ok=True)
    saved = FOLDER / "state.npz"
    state.save(saved)
    (FOLDER / "machine.toml").write_text("drive = 0.1\nn_hot = 5.0\nn_cold = 0.5\ngamma_hot = 0.05\ngamma_cold = 0.2\n")
    np.save(FOLDER / "rho.npy", state.rho)
    return {
        "maser": maser, "masers": batch, "lindblad": system, "state": state, "states": states, "rho": state.rho,
        "qubit": ts.steady_state(system), "sync": sync, "syncs": ts.synchronization(states), "flows": flows,
        "density": state.density, "generator": maser.generator(), "solution": ts.solve(maser),
        "matrix solution": quantities.Solution(state.rho), "counting": ts.counting_statistics(state),
        "bounds": ts.synchronization_bounds(state), "interplay": ts.interplay(state, draws=2),
        "bars": analysis.bootstrap_counts(state.rho, 100, replicates=2), "optima": sync.optima(),
        "correlation": thermo.optimal_correlation(_equal()), "levels": thermo.optimal_levels(_equal()),
        "set": CoherenceSet.of_pairs("a", [(0, 1)]), "triangles": measures.triangle_frustration(state),
        "quantity": quantities.QUANTITIES["power"], "part": quantities.QUANTITIES["power"].part,
        "parameter": models.ThermalMaser.PARAMETERS[0], "dataset": ts.solve(maser).to_dataset(),
        "machine": models.machine_of({"drive": 0.1, **ENGINE}), "spec": spec, "composite": composite, "ledger": ledger,
        "paper": small, "peak": sync.peak, "map": _map(), "folder": FOLDER / "folder",
        "sud": SUD(), "auto": ts.Auto(), "dense": steady.Dense(), "figure": spec.draw(spec.data()),
        "figure data": spec.data(),
    }  # fmt: skip


def _equal() -> ts.ThermalMaser:
    """Return a machine with equal drives."""
    return ts.ThermalMaser([0.1, 0.1], **ENGINE)


@cache
def _axes() -> Any:
    from matplotlib import pyplot as plt

    return plt.subplots()[1]


def _clean_axes() -> Any:
    _axes().clear()
    return _axes()


def _held(name: str) -> Callable[[], Any]:
    return lambda: world()[name]


RIGHT: Final[Mapping[str, Callable[[], Any]]] = {
    "state": _held("state"),
    "result": _held("sync"),
    "sync": _held("sync"),
    "flows": _held("flows"),
    "system": _held("maser"),
    "maser": _held("maser"),
    "matrix": _held("rho"),
    "rho": _held("rho"),
    "coherences": _held("rho"),
    "publication": _held("paper"),
    "ledger": _held("ledger"),
    "figure": _held("figure"),
    "dataset": lambda: world()["figure data"],
    "datasets": lambda: {"fig": world()["figure data"]},
    "one": _held("quantity"),
    "density": _held("density"),
    "ax": _clean_axes,
    "drive": lambda: np.array([0.1, 0.2]),
    "n_hot": lambda: 5.0,
    "n_cold": lambda: 0.5,
    "gamma_hot": lambda: 0.05,
    "gamma_cold": lambda: 0.2,
    "omega_cold": lambda: 1.0,
    "omega_hot": lambda: 3.0,
    "splittings": lambda: [0.0, 0.1],
    "detuning": lambda: 0.1,
    "dipole_correlation": lambda: 0.1,
    "dipole_matrix": lambda: None,
    "manifold_levels": lambda: 2,
    "spread": lambda: 0.05,
    "hot_temperature": lambda: 5.0,
    "cold_temperature": lambda: 0.5,
    "hamiltonian": lambda: np.diag([0.0, 1.0]),
    "channels": lambda: [(0.1, LOWERING.copy())],
    "collapse_operators": lambda: [LOWERING.copy()],
    "typed": lambda: {"drive": 0.1, **ENGINE},
    "model": lambda: ts.ThermalMaser,
    "values": lambda: {"drive": 0.1, **ENGINE},
    "solver": ts.Auto,
    "throw": lambda: True,
    "max_dimension": lambda: 30,
    "max_rank": lambda: 30,
    "hertz": lambda: 5e9,
    "value": lambda: 0.1,
    "i": lambda: 1,
    "j": lambda: 2,
    "point": lambda: (),
    "index": lambda: ...,
    "random_starts": lambda: 2,
    "seed": lambda: 1,
    "distribution": SUD,
    "knobs": Knobs,
    "phases": lambda: np.zeros(4),
    "theta": lambda: np.full(3, 0.5),
    "phi": lambda: np.zeros(4),
    "levels": lambda: 2,
    "k": lambda: 0.5,
    "x": lambda: 0.1,
    "counting_field": lambda: 0.1,
    "bookkeeping": lambda: thermo.Bookkeeping.BARE,
    "sets": lambda: {"a": [(0, 1), (1, 2)]},
    "draws": lambda: 2,
    "counts": lambda: 100,
    "replicates": lambda: 2,
    "covariance": lambda: 1e-6 * np.eye(16),
    "size": lambda: 4,
    "texts": lambda: ["a=0-1"],
    "name": lambda: "letter",
    "names": lambda: ["power"],
    "quantity": lambda: "power",
    "over": lambda: {"drive": (0.01, 0.3)},
    "fixed": lambda: {**ENGINE, "manifold_levels": 2},
    "points": lambda: 5,
    "quantities": lambda: ["power"],
    "dims": list,
    "axis": lambda: "level",
    "length": lambda: 4,
    "letter": lambda: "a",
    "unit": lambda: None,
    "style": dict,
    "path": lambda: FOLDER / "out.npz",
    "out": lambda: FOLDER / "report",
    "only": lambda: "fig",
    "quick": lambda: True,
    "anew": lambda: False,
    "progress": lambda: None,
    "ids": lambda: ["C01"],
    "checks": lambda: [Check("a", 1.0, 1.0, 0.1)],
    "dimension": lambda: 4,
    "left": lambda: slice(0, 1),
    "right": lambda: slice(1, 3),
    "pairs": lambda: [(0, 1)],
    "blocks": lambda: ((slice(0, 1), slice(1, 2)),),
    "axes": lambda: {"drive": [0.1, 0.2]},
    "realisations": lambda: None,
    "store": lambda: None,
    "executor": lambda: None,
    "workers": lambda: 1,
    "resume": lambda: True,
    "project": lambda: False,
    "precision": lambda: None,
    "imag": lambda: None,
    "heights": lambda: None,
    "symbol": lambda: "P",
    "kind": lambda: Kind.FREQUENCY,
    "about": lambda: "a thing",
    "title": lambda: "t",
    "variable": lambda: None,
}


@cache
def _swept() -> xr.Dataset:
    """A small map of a sweep."""
    found: xr.Dataset = ts.sweep(
        ts.ThermalMaser, {"drive": [0.1, 0.2], "detuning": [0.0, 0.1, 0.2]}, ["s_max"],
        fixed={**ENGINE, "manifold_levels": 2}, workers=1,
    )  # fmt: skip
    return found


OWN: Final[Mapping[str, Callable[[], Any]]] = {
    "load_state.path": lambda: FOLDER / "state.npz",
    "read_machine.path": lambda: FOLDER / "machine.toml",
    "read_matrix.path": lambda: FOLDER / "rho.npy",
    "read_state.index": lambda: None,
    "read_state.path": lambda: FOLDER / "rho.npy",
    "plot_map.ds": _swept,
    "plot_map.quantity": lambda: "s_max",
    "plot_tongue.over": lambda: ("detuning", "drive"),
    "plot_tongue.quantity": lambda: "s_max",
    "plot_tongue.threshold": lambda: None,
    "plot_torus.levels": lambda: (2, 3),
    "CoherenceSet.within.levels": lambda: slice(0, 2),
    "plot_tongue.result": _held("map"),
    "CoherenceSet.within.name": lambda: "a",
    "bootstrap_counts.sync": lambda: None,
    "bootstrap_covariance.sync": lambda: None,
    "optimal_correlation.maser": _equal,
    "optimal_levels.maser": _equal,
    "LindbladSystem.from_shorthands.values": lambda: {
        "hamiltonian": np.diag([0.0, 1.0]),
        "channels": [(0.1, LOWERING)],
    },
    "register.quantities": _held("quantity"),
}
"""Where a name means something else at one door."""

SLOW: Final = {
    "largest": 0.1,
    "reproduce": 0.15,
    "plot_": 0.3,
    "to_svg": 0.2,
    "to_png": 0.2,
    "draw": 0.2,
    "bootstrap_": 0.5,
    "[]": 0.2,
}
"""How often the doors that take long are tried, beside others."""


@dataclass(frozen=True)
class Door:
    """Something to be called."""

    name: str
    call: Callable[..., Any]
    parameters: tuple[inspect.Parameter, ...]

    @property
    def weight(self) -> float:
        """How often it is tried."""
        last = self.name.rpartition(".")[2]
        return next((often for start, often in SLOW.items() if last.startswith(start) or last.endswith(start)), 1.0)

    def right(self, parameter: str) -> Any:
        """Return a right value of a parameter."""
        make = OWN.get(f"{self.name}.{parameter}", RIGHT.get(parameter))
        return Broken() if make is None else make()


def _door(name: str, call: Callable[..., Any]) -> Door:
    found = inspect.signature(call).parameters.values()
    kept = [one for one in found if one.kind is not one.VAR_KEYWORD and one.name not in UNASKED.get(name, ())]
    return Door(name, call, tuple(kept))


def is_door(value: object) -> bool:
    """Whether a public name is to be called by people."""
    if inspect.isclass(value):
        if issubclass(value, (Enum, Exception, *KERNELS)) or value in PLAIN or inspect.isabstract(value):
            return False
        if getattr(value, "_is_protocol", False):
            return False
        made = issubclass(value, Frozen) and not issubclass(value, models.Model)
        return not made or value is ts.Solution
    return callable(value) and hasattr(value, "__qualname__") and value not in BETWEEN_ROOMS


def _names(room: ModuleType) -> list[str]:
    return list(getattr(room, "__all__", ())) or [
        name for name, value in vars(room).items() if getattr(value, "__module__", None) == room.__name__
    ]


def _methods(kind: type) -> Iterator[str]:
    """Names of the public methods of a class, and of the class methods that its users call."""
    held = {one.name for one in fields(kind)} if is_dataclass(kind) else set()
    for name in dir(kind):
        if name.startswith("_") or name in held or name in EXTENSION:
            continue
        if callable(getattr(kind, name)) and not isinstance(inspect.getattr_static(kind, name), (property, type)):
            yield name


@cache
def doors() -> tuple[Door, ...]:
    """Return every door, by name."""
    found: dict[str, Door] = {}
    for room in (ts, *(getattr(ts, name) for name in ROOMS)):
        for name in _names(room):
            value = getattr(room, name)
            if is_door(value):
                found.setdefault(name, _door(name, value))
    for what, one in world().items():
        kind = type(one)
        if not kind.__module__.startswith("torusync") or issubclass(kind, KERNELS):
            continue
        for name in _methods(kind):
            found.setdefault(f"{kind.__name__}.{name}", _door(f"{kind.__name__}.{name}", getattr(one, name)))
        if isinstance(one, (Result, models.Model)):
            # by its key in the world: one point and a batch are indexed differently
            index = inspect.Parameter("index", inspect.Parameter.POSITIONAL_ONLY)
            found[f"{what}[]"] = Door(f"{what}[]", one.__getitem__, (index,))
    return tuple(found[name] for name in sorted(found))
