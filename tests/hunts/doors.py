"""Every door of the package: what `torusync` and its public rooms offer to be called, with arguments that are right.

Doors are found, not listed: the public names of the rooms, their constructors, the public methods of everything that
they return.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Any, Final

from tests.hunts.right import FOLDER as FOLDER  # noqa: PLC0414  (known to all from here)
from tests.hunts.right import OWN, RIGHT, Broken
from tests.hunts.right import world as world  # noqa: PLC0414

import torusync as ts
from torusync import analysis, densities, models, phases, sweeps
from torusync._frozen import Frozen
from torusync._results import Result
from torusync.claims import Claim
from torusync.claims.verdict import Check, Value
from torusync.densities import Density
from torusync.figures import Composite, FigureSpec
from torusync.generators import Generator
from torusync.maxima import Peak
from torusync.models import Parameter
from torusync.phases import PhaseDistribution
from torusync.quantities import Part, Quantity
from torusync.sweeps import exports, named, studyfile, studytext

ROOMS: Final = (
    "analysis", "claims", "densities", "dynamics", "figures", "generators", "maxima", "measures", "models", "papers",
    "phases", "plots", "quantities", "report", "steady", "sweeps", "thermo",
)  # fmt: skip

BESIDE: Final = (
    studyfile.read_study,
    studyfile.study_of,
    studytext.write_study,
    studytext.as_toml,
    exports.with_evidence,
    exports.write_data,
)
"""Functions of no room that are imported from where they are."""

KERNELS: Final = (Density, Generator, Peak, PhaseDistribution, phases.Harmonics, phases.Factor)
"""Below the door: their methods are called by the library alone, with what it has checked."""

READ: Final = (phases.SU2, phases.Relative, phases.Joint)
"""Ways to read phases that people make with arguments."""

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
    "at": "of a draw, called by chunk, with uniform numbers",
    "running": "of a study, called by chunk, with points that it has counted",
    "names": "of a schema, called by a store, with the study that it is of",
    "in_short": "called by a model that shows itself, with its own values",
    "is_default": "called by a model that shows itself, with its own values",
}
"""Methods that are no doors, and why."""

PLAIN: Final = (
    Parameter, Part, Quantity, Claim, Check, Value, ts.claims.ClaimResult, FigureSpec, Composite, analysis.GivenState,
    sweeps.Progress,
)  # fmt: skip
"""Records that hold what they are given, and are made where a paper is written down or by the library."""


BETWEEN_ROOMS: Final = (densities.off_diagonal, densities.label_sets)
"""Functions that one room has of another, for arrays that have been checked."""


UNASKED: Final = {"read_matrix": ("name",), "read_state": ("name",), "steady_state": ("operators",)}
"""The name of an argument in messages is the library's own, and of `operators` there must be none."""


SLOW: Final = {
    "largest": 0.1,
    "reproduce": 0.15,
    "plot_": 0.3,
    "animate_": 0.2,
    "unravel": 0.3,
    "to_svg": 0.2,
    "to_png": 0.2,
    "draw": 0.2,
    "bootstrap_": 0.5,
    "[]": 0.2,
    "sweep": 0.5,
    "run": 0.3,
}
"""How often the doors that take long are tried, beside others."""


def _register_derived(model: Any, *derived: Any) -> None:
    """Register, and forget it again: one that stayed would be known to whatever is called later."""
    before = {name: dict(one) for name, one in named._DERIVED.items()}
    try:
        sweeps.register_derived(model, *derived)
    finally:
        named._DERIVED.clear()
        named._DERIVED.update(before)


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
        if value in READ:
            return True
        if issubclass(value, (Enum, Exception, *KERNELS)) or value in PLAIN or inspect.isabstract(value):
            return False
        if getattr(value, "_is_protocol", False):
            return False
        made = issubclass(value, Frozen) and not issubclass(value, models.Model)
        return not made or value in {ts.Solution, sweeps.Study}
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
    for value in BESIDE:
        found[value.__name__] = _door(value.__name__, value)
    found["register_derived"] = Door("register_derived", _register_derived, found["register_derived"].parameters)
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
