"""What is swept: a frozen value of names and numbers, which files and other processes can hold.

Axes are parameters of any model by name.  Everything a study says can be written as plain JSON, its digest is that of
this text, and a store is continued only by the study that it was begun with, or by one that extends it.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from torusync._checks import ArgumentError, Integer, as_array, requirement, shown
from torusync._errors import UnknownModelError, did_you_mean
from torusync._frozen import Frozen
from torusync.interop import is_operator, plain
from torusync.models import Kind, Model, known_models
from torusync.models.parameters import require_model
from torusync.phases import PhaseDistribution
from torusync.quantities.quantity import quantities_of
from torusync.steady import Auto
from torusync.steady.answer import Solver
from torusync.steady.named import name_of_solver, solver_named
from torusync.sweeps import told
from torusync.sweeps.named import Derived, Draw, Realisations, decoded, derived_of, encoded, names_of_a_map
from torusync.sweeps.units import unit_refused

REALISATION: Final = "realisation"
"""Axis of what is drawn, in front of all others: one draw then serves whatever else runs."""

_AUTO: Final = Auto()

_MOST_POINTS: Final = 2**62
"""Points that whole numbers of 64 bits count, with room."""


@final
@dataclass(frozen=True, eq=False)
class Axis(Frozen):
    """One axis: a parameter, or several that run together.

    Parameters
    ----------
    name
        Of the dimension.
    columns
        Values of each parameter that runs along it, one a point: numbers, or rows or matrices of them.
    """

    name: str
    columns: Mapping[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    @property
    def plain(self) -> bool:
        """Whether it is one parameter, whose values are the labels; else its labels are whole numbers."""
        return self.name in self.columns

    @property
    def labels(self) -> npt.NDArray[Any]:
        """Labels along it."""
        return self.columns[self.name] if self.plain else np.arange(len(self))

    @property
    def keys(self) -> list[bytes]:
        """What tells each of its points from the others."""
        return [b"|".join((one[row] + 0).tobytes() for one in self.columns.values()) for row in range(len(self))]


@final
@dataclass(frozen=True, init=False, eq=False)
class Study(Frozen):
    """A model, what of it runs, what is fixed, and which quantities are asked for.

    Parameters
    ----------
    model
        `ThermalMaser`, or any other class of systems.
    axes
        By the names of parameters, or of what stands for them (`Derived`): values, one a point; one number serves all
        levels of a parameter that has a value a level.  A mapping in place of values, under a name of its own, holds
        several parameters that run together.
    quantities
        Names of registered quantities, or one of them; one that is named twice is there once.
    fixed
        Values of what does not run; a `Draw` where a parameter is drawn.
    realisations
        How often it is drawn: a number, or `Realisations` with a seed.
    solver
        Whose steady states they are, as it comes: a name stands for it in files.

    Raises
    ------
    ArgumentError
        If a name is not known, an axis is empty, holds the same twice or what is no number.
    """

    model: type[Model]
    axes: tuple[Axis, ...]
    quantities: tuple[str, ...]
    fixed: Mapping[str, Any]
    realisations: Realisations | None
    solver: Solver

    def __init__(
        self,
        model: type[Model],
        axes: Mapping[str, Any],
        quantities: str | Iterable[str],
        *,
        fixed: Mapping[str, Any] | None = None,
        realisations: int | Realisations | None = None,
        solver: Solver = _AUTO,
    ) -> None:
        require_model(model)
        mappings: tuple[tuple[str, Any], ...] = ("axes", axes), ("fixed", {} if fixed is None else fixed)
        for name, value in mappings:
            if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value):
                raise requirement(name, "be a mapping of names to values", f"it is {type(value).__name__}")
        told.require_tellable(model, axes, fixed or {})
        numbers = {name: value for name, value in (fixed or {}).items() if not told.is_told(name, model)}
        held = {name: _plain(name, value, model) for name, value in numbers.items()}
        read = tuple(_axis(model, name, value) for name, value in axes.items())
        held |= told.read(model, axes, fixed or {})
        drawn = any(isinstance(one, Draw) for one in held.values())
        if realisations is not None and not isinstance(realisations, Realisations):
            realisations = Realisations(realisations)
        if drawn is (realisations is None):
            found = "none is given" if drawn else "nothing is drawn"
            raise requirement("realisations", "be given where a fixed value is a Draw, and only there", found)
        asked = tuple(dict.fromkeys(one.name for one in quantities_of(quantities)))
        if not asked:
            raise requirement("quantities", "name at least one quantity", "there is none")
        solver = solver_named(name_of_solver(solver))
        self._settle(
            model=model, axes=read, quantities=asked, fixed=MappingProxyType(held), realisations=realisations,
            solver=solver,
        )  # fmt: skip
        if self.points > _MOST_POINTS:
            name = "axes" if realisations is None else "realisations"
            raise requirement(name, f"give at most {_MOST_POINTS:.3g} points", f"there are {self.points:.3g}")
        running = [name for axis in self.axes for name in axis.columns]
        arguments = {one for draw in self.draws.values() for one in draw.arguments if isinstance(one, str)}
        self._check_draws(running, arguments)
        self._check_names(running, arguments)

    def _check_draws(self, running: list[str], arguments: set[str]) -> None:
        """Refuse what a draw cannot be made with: a first value of one, names that are not there, negative widths."""
        for name, draw in self.draws.items():
            parameter = self.model.table().get(name)
            if draw.first is not None and (parameter is None or parameter.axes != 1):
                raise requirement("first", "be left out where there is no value a level", f"{name!r} has one value")
        for name in sorted(arguments - {*running, *self.fixed}):  # before the one that nothing asks for then
            near = did_you_mean(name, [*running, *self.fixed])
            raise unit_refused("arguments", name, self.model) or requirement(
                "arguments", "be numbers or names of axes and fixed values", f"one is {name!r}{near and f'; {near}'}"
            )
        for name in [one for draw in self.draws.values() for one in draw.scales]:
            held = next((axis.columns[name] for axis in self.axes if name in axis.columns), self.fixed.get(name))
            if not isinstance(held, Draw | tuple | None) and np.min(np.real(held)) < 0.0:
                raise requirement(name, "be at least 0 where it is the width of a Draw", f"one is {np.min(held):g}")

    def _check_names(self, running: list[str], arguments: set[str]) -> None:
        """Refuse names that nothing asks for, twice the same one, and labels that are those of quantities."""
        for name in (*running, *self.fixed):
            if name not in self.known and name not in arguments and not told.is_told(name, self.model):
                hint = did_you_mean(name, self.known) or f"it has {', '.join(self.known)}"
                raise requirement(name, f"be a parameter of {self.model.__name__}", f"it has none of that name; {hint}")
            if [*running, *self.fixed].count(name) > 1:
                raise requirement(name, "be given once", "it is given twice")
        taken = {REALISATION, *names_of_a_map(self.quantities)}
        for axis in self.axes:
            for name in (axis.name, *axis.columns):
                if name in taken or not name.isidentifier():
                    must = "have names that no quantity of the study, its evidence or an axis of them has"
                    raise requirement("axes", must, f"one is {name!r}")
            if not axis.plain and axis.name in {*self.known, *running, *self.fixed}:
                must = "have names of their own where several parameters run together"
                raise requirement("axes", must, f"{axis.name!r} is a parameter")

    @cached_property
    def known(self) -> Mapping[str, Any]:
        """Parameters, shorthands, and what stands for them, by name."""
        return {**self.model.table(), **derived_of(self.model)}

    @cached_property
    def draws(self) -> dict[str, Draw]:
        """What is drawn, by name."""
        return {name: one for name, one in self.fixed.items() if isinstance(one, Draw)}

    @cached_property
    def told(self) -> Mapping[str, Any]:
        """What systems are built with beside parameters: baths, dims."""
        return told.for_systems(self.fixed, self.model)

    @property
    def distribution(self) -> PhaseDistribution | None:
        """How phases are read off the states, where not as the model has it."""
        return told.reading_of(self.fixed, self.model)

    @property
    def derived(self) -> list[Derived]:
        """What is given in place of parameters of the model, in the order of registration."""
        given = {*self.fixed, *(name for axis in self.axes for name in axis.columns)}
        return [one for name, one in derived_of(self.model).items() if name in given]

    @cached_property
    def dims(self) -> tuple[str, ...]:
        """Names of the axes, the realisations first."""
        drawn = () if self.realisations is None else (REALISATION,)
        return (*drawn, *(axis.name for axis in self.axes))

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the axes."""
        drawn = () if self.realisations is None else (self.realisations.count,)
        return (*drawn, *map(len, self.axes))

    @property
    def points(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    def point_keys(self) -> list[list[bytes]]:
        """Return what tells the points along each axis from each other."""
        drawn = [] if self.realisations is None else [[b"%d" % one for one in range(self.realisations.count)]]
        return [*drawn, *(axis.keys for axis in self.axes)]

    def running(self, points: Integer) -> tuple[dict[str, npt.NDArray[Any]], Integer]:
        """Return the values, one a point, of what runs, and the number of each realisation; points count in C order."""
        index = list(np.unravel_index(points, self.shape)) if self.shape else []
        numbers = np.zeros(len(points), dtype=np.int64) if self.realisations is None else index.pop(0)
        found: dict[str, npt.NDArray[Any]] = {}
        for axis, at in zip(self.axes, index, strict=True):
            found |= {name: column[at] for name, column in axis.columns.items()}
        return found, numbers

    def content(self) -> dict[str, Any]:
        """Return all of it as plain values that JSON can hold."""
        drawn = self.realisations
        axes = [
            [axis.name, {name: encoded(values) for name, values in axis.columns.items()}, axis.plain]
            for axis in self.axes
        ]
        solver = {} if self.solver == _AUTO else {"solver": name_of_solver(self.solver)}
        return {
            "model": self.model.NAME,
            "axes": axes,
            "quantities": list(self.quantities),
            "fixed": {name: told.encoded(name, value, self.model) for name, value in sorted(self.fixed.items())},
            "realisations": None if drawn is None else {"count": drawn.count, "seed": drawn.seed},
            **solver,
        }

    @cached_property
    def text(self) -> str:
        """The study as one line of JSON: equal studies have equal texts."""
        return json.dumps(self.content(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @classmethod
    def from_text(cls, text: str) -> "Study":
        """Return the study that a text is of.

        Raises
        ------
        ArgumentError
            If it is none, or of a model that is not known here.
        """
        try:
            content = json.loads(text)
            name, axes, drawn = content["model"], content["axes"], content["realisations"]
            model = known_models().get(name)
            fixed = {one: told.decoded(one, value, model or Model) for one, value in content["fixed"].items()}
            read = {
                one: decoded(values[one]) if plain else {key: decoded(value) for key, value in values.items()}
                for one, values, plain in axes
            }
            runs = None if drawn is None else Realisations(**drawn)
            solver = solver_named(content.get("solver", "auto"))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            raise requirement("study", "be a study as it was written", "it is not") from None
        if model is None:
            must, found = f"be one of {', '.join(known_models())}", f"it is of {shown(name)}; import that first"
            raise UnknownModelError(str(requirement("study", must, found)))
        return cls(model, read, content["quantities"], fixed=fixed, realisations=runs, solver=solver)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Study) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        axes = " × ".join(f"{name} {length}" for name, length in zip(self.dims, self.shape, strict=True)) or "one point"
        return f"<Study: {self.model.__name__}, {axes}, {', '.join(self.quantities)}>"


def require_study(study: object) -> None:
    """Refuse what is no study."""
    if not isinstance(study, Study):
        raise requirement("study", "be a Study", f"it is {shown(study)}")


def _axis(model: type[Model], name: str, value: Any) -> Axis:
    given = value if isinstance(value, Mapping) else {name: value}
    if not given or not all(isinstance(one, str) for one in given):
        found = f"it is {shown(given)}" if given else "it is empty"
        raise requirement(name, "hold parameters that run together, by their names", found)
    columns = {one: _column(model, one, values) for one, values in given.items()}
    lengths = {one: len(column) for one, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise requirement(name, "hold parameters of one length", f"they have {lengths}")
    for one, column in columns.items():
        if one == name and column.ndim > 1:
            raise requirement(
                name, "be one number a point along its own axis",
                f"its shape is {column.shape}; give the axis another name: {{'case': {{{name!r}: ...}}}}",
            )  # fmt: skip
    axis = Axis(name, MappingProxyType(columns))
    if len(set(axis.keys)) < len(axis):
        raise requirement(name, "hold each point once", "some are the same")
    return axis


def _column(model: type[Model], name: str, values: Any) -> npt.NDArray[Any]:
    """Return values along an axis, of one number, row or matrix each."""
    parameter = model.table().get(name)
    array = _array(name, values)
    if array.dtype == object or array.ndim == 0:
        raise unit_refused(name, values, model) or requirement(
            name, "be a sequence of numbers, one a point of its axis", f"it is {shown(values)}"
        )
    if not len(array):
        raise requirement(name, "have at least one value", "it is empty")
    own = 0 if parameter is None else parameter.axes
    if array.ndim > 1 + own or (own == 2 and array.ndim != 3):
        raise requirement(name, "have one value a point of its axis", f"its shape is {array.shape}")
    if parameter is not None and parameter.kind is Kind.COUNT:
        return np.array([parameter.read(one) for one in values], dtype=np.int64)
    if array.dtype == np.complex128 and not (parameter is not None and parameter.complex):
        raise requirement(name, "be real", "it is complex")
    array.setflags(write=False)
    return array


def _array(name: str, value: Any) -> npt.NDArray[Any]:
    """Return numbers as real, or complex where one has an imaginary part, and what are none as an array of objects.

    Operators of other libraries, and lists of them, are taken as systems take them, and refused for what they are.
    """
    listed = isinstance(value, list | tuple) and len(value) > 0
    if is_operator(value) or (listed and all(map(is_operator, value))):
        value = plain(name, value)
    try:
        array = as_array(name, value)
    except ArgumentError:
        return np.empty((), dtype=object)
    if array.dtype.kind not in "uifc":  # what is true or false is no number of a physical parameter
        return np.empty((), dtype=object)
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))[0].tolist()
        raise requirement(name, "be finite", f"entry {bad} is {array[tuple(bad)]}" if bad else f"it is {array}")
    if array.dtype.kind == "c" and array.imag.any():
        return np.array(array, dtype=np.complex128)
    return np.array(array.real, dtype=np.float64)


def _plain(name: str, value: Any, model: type[Model]) -> Any:
    """Return a fixed value as it comes back from a file: a count, a number, an array, a Draw, or a tuple of these."""
    parameter = model.table().get(name.partition("[")[0])  # one of several is named as what it is a part of
    if isinstance(value, Draw) or value is None:
        return value
    if parameter is not None and parameter.kind is Kind.COUNT:
        return parameter.read(value)
    array = _array(name, value)
    if array.dtype != object:
        if array.ndim > (0 if parameter is None else parameter.axes):
            must = "be one value where it is fixed, and an axis where it runs"
            raise requirement(name, must, f"its shape is {array.shape}")
        array.setflags(write=False)
        return array if array.ndim else array[()].item()
    if isinstance(value, list | tuple):
        return tuple(_plain(f"{name}[{number}]", one, model) for number, one in enumerate(value)) if value else ()
    must = "hold numbers" if parameter is not None else f"be a parameter of {model.__name__}, or a number for a Draw"
    raise unit_refused(name, value, model) or requirement(name, must, f"it is {shown(value)}")
