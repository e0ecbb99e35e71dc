"""The parameters of a model, once: what they are called, what they measure, within which bounds, in which shape.

Everything that reads or shows parameters reads a model's table `Model.PARAMETERS`: its constructor and batch shape,
saved states, machine files, laboratory units, options of the command line, summaries.  A model of one's own is a table
and a generator; it is known by its name from the moment that its class is defined.
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import FrozenInstanceError, dataclass
from enum import Enum
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any, ClassVar, Final, Self, final

import numpy as np

from torusync._checks import (
    LARGEST,
    as_complex,
    as_count,
    as_instance,
    as_real,
    broadcast_shape,
    common_shape,
    first_bad,
    requirement,
    shown,
    some,
)
from torusync._frozen import ByValue
from torusync._indexing import Batched, Pick
from torusync._show import counted, size_in_words, span, with_prefix
from torusync.densities import CoherenceSet
from torusync.generators import Generator
from torusync.interop import plain
from torusync.models.baths import Baths
from torusync.models.handed import to_qutip
from torusync.phases import SUD, PhaseDistribution

REQUIRED: Final = inspect.Parameter.empty
"""Default of a parameter that has none."""


class Kind(Enum):
    """What a parameter measures, and so in which units it may be typed."""

    FREQUENCY = "a frequency or a coupling, f = ω/2π"
    RATE = "a rate, which is 0 or no smaller than its reciprocal can be"
    TEMPERATURE = "a temperature, k_B T/ħ"
    OCCUPATION = "a Bose occupation, a plain number"
    PLAIN = "a plain number"
    COUNT = "a whole number"

    @property
    def plain(self) -> bool:
        """Whether values carry no unit."""
        return self in {Kind.OCCUPATION, Kind.PLAIN, Kind.COUNT}


@final
@dataclass(frozen=True)
class Parameter:
    """One parameter of a model.

    Parameters
    ----------
    name, symbol
        As an argument, and as in the papers.
    kind
        What it measures.
    about
        One line, without a full stop.
    axes
        Axes of its own, after those of the batch: 0; 1 for a value a level, where one value serves all; 2 for a matrix.
    complex
        Whether its values may be complex.
    minimum, above, maximum
        Bounds that hold whatever the other parameters are.
    default
        Its value where none is given; None where it may be left out.
    instead
        Of a shorthand: the parameter that it is given in place of.
    """

    name: str
    symbol: str
    kind: Kind
    about: str
    axes: int = 0
    complex: bool = False
    minimum: float | None = None
    above: float | None = None
    maximum: float | None = None
    default: Any = REQUIRED
    instead: str | None = None

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is REQUIRED

    def read(self, value: object) -> Any:
        """Return ``value`` as a read-only array of the parameter's type and within its bounds, or as a count.

        Raises
        ------
        ArgumentError
            If it is no such value.
        """
        if value is REQUIRED:
            raise requirement(self.name, "be given", "it is missing")
        if value is None and self.default is None:
            return None
        if self.axes > 1:
            value = plain(self.name, value)
        if self.kind is Kind.COUNT:
            one = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value  # as a file holds it
            return as_count(self.name, one, minimum=int(self.minimum or 0))
        if isinstance(value, str):
            told = f"it is the text {value[:40]!r}; numbers are in units of one rate of the model, and files take units"
            raise requirement(self.name, "be a number", told)
        if self.complex:
            return as_complex(self.name, value)
        if type(value) is float and self._holds(value):
            return as_real(self.name, value)
        array = as_real(self.name, value, minimum=self.minimum, above=self.above, maximum=self.maximum)
        if self.kind is Kind.RATE and some(array < 1.0 / LARGEST):
            weak = np.asarray((array > 0.0) & (array < 1.0 / LARGEST))
            if some(weak):
                raise requirement(self.name, f"be 0 or at least {1.0 / LARGEST:g}", first_bad(array, weak))
        return array

    def is_default(self, value: Any) -> bool:
        """Whether a value is what the parameter is where none is given."""
        if self.required or value is None or self.default is None:
            return value is self.default
        return bool(np.all(np.asarray(value) == self.default))

    def in_short(self, value: Any) -> str:
        """Return name and value as they stand in a line: the range of several numbers, the size of what is larger."""
        if isinstance(value, tuple):
            return counted(len(value), self.name)
        if self.axes > 1:
            return f"{self.name} of {' × '.join(str(length) for length in np.shape(value)[-self.axes :])}"
        numbers = np.asarray(value)
        several = numbers.imag.any() and (numbers != numbers.flat[0]).any()
        return f"|{self.name}| = {span(np.abs(numbers))}" if several else f"{self.name} = {span(numbers)}"

    def _holds(self, value: float) -> bool:
        """Whether one number is within the bounds, which costs less than to compare arrays of one entry."""
        return (
            (self.minimum is None or value >= self.minimum)
            and (self.above is None or value > self.above)
            and (self.maximum is None or value <= self.maximum)
            and (self.kind is not Kind.RATE or value == 0.0 or value >= 1.0 / LARGEST)
        )


class Model(ByValue, Batched, ABC):
    """Base of systems: frozen records of the parameters of one system, or of a batch of them, as arrays.

    A subclass names itself, has a table, and knows its ``dimension`` and its ``generator()``:

        class Qubit(Model, name="qubit"):
            PARAMETERS = (Parameter("rabi", "Ω", Kind.FREQUENCY, "Rabi frequency"), ...)
            dimension = 2

            def generator(self): ...

    It shows itself in one line: its size, its batch, and the parameters that are not what they are by default.

    Models are equal where all their values and shapes are.  ``model[3]`` and ``model[..., 0]`` are those points of a
    batch, which can be counted and walked through.
    """

    NAME: ClassVar[str]
    """How saved states and machine files name the model; no file names a module."""
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()
    SHORTHANDS: ClassVar[tuple[Parameter, ...]] = ()
    """What may be given in place of parameters, see `from_shorthands`."""
    DERIVED: ClassVar[tuple[Parameter, ...]] = ()
    """Numbers of one system that a summary tells beside its parameters; properties of these names."""
    TOLD: ClassVar[tuple[str, ...]] = ()
    """What its constructor is told beside parameters, which is one for all points of a study; see `sweeps.told`."""
    UNIT: ClassVar[str | None] = None
    """The frequency that all values are in units of, where they are typed with units."""
    hertz: float | None = None
    """That frequency, f = ω/2π, in Hz, where it is known; see `measured_in`."""
    baths: Baths | None = None
    """Which channels of its generator are whose; a model of one's own says so in a property of this name."""

    def __init_subclass__(cls, *, name: str) -> None:
        super().__init_subclass__()
        if not name.isidentifier():
            raise requirement("name", "be a word of letters, digits and underscores", f"it is {name!r}")
        other = _KNOWN.setdefault(name, cls)
        # a class that is defined again, as in a notebook, takes its own place
        if (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise requirement("name", "be that of one model", f"{name!r} is {other.__qualname__} already")
        _KNOWN[name] = cls
        cls.NAME = name

    def __init__(self, **values: object) -> None:
        require_names(type(self), values, [one.name for one in self.PARAMETERS])
        self._take(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to {name!r} of a {type(self).__name__}")

    def __repr__(self) -> str:
        told = [size_in_words(self), *([f"batch {self.batch_shape}"] if self.batch_shape else [])]
        for one in self.PARAMETERS:
            value = getattr(self, one.name)
            if not one.is_default(value):
                told.append(one.in_short(value))
        if self.baths is not None:
            told.append(f"baths {', '.join(self.baths.names)}")
        if self.hertz is not None:
            told.append(f"unit {with_prefix(self.hertz, 'Hz')}")
        return f"<{type(self).__name__}: {', '.join(told)}>"

    def _content(self) -> dict[str, Any]:
        unit = {} if self.hertz is None else {"hertz": self.hertz}
        return self._values() | unit

    def _values(self) -> dict[str, Any]:
        """Return the values of the parameters by name."""
        return {one.name: getattr(self, one.name) for one in self.PARAMETERS}

    def measured_in(self, hertz: float | None) -> Self:
        """Return the system with its unit of frequency, f = ω/2π in Hz: what is worked out of it leaves in W and 1/s.

        Its values stay the dimensionless ones.  Saved states and batches keep the unit; None takes it away.

        Raises
        ------
        ArgumentError
            If it is no positive frequency.
        """
        if hertz is not None:
            value = as_real("hertz", hertz, above=0.0)
            if value.ndim:
                raise requirement("hertz", "be one frequency", f"its shape is {value.shape}")
            hertz = float(value)
        if hertz == self.hertz:
            return self
        again = object.__new__(type(self))
        again.__setstate__(self.__getstate__() | {"hertz": hertz})
        return again

    def _take(self, given: Mapping[str, Any]) -> None:
        """Check the values of all parameters, by name, and keep them; what is beside them is not looked at."""
        self._settle(**{one.name: one.read(given.get(one.name, one.default)) for one in self.PARAMETERS})
        broadcast_shape(**self._batch_shapes())

    def _batch_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the batch axes of all values that have some."""
        values = [(one, getattr(self, one.name)) for one in self.PARAMETERS]
        return {
            one.name: value.shape[: value.ndim - one.axes]
            for one, value in values
            if isinstance(value, np.ndarray) and value.ndim > one.axes
        }

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes, ``()`` for one system."""
        return common_shape(*self._batch_shapes().values())

    @abstractmethod
    def generator(self) -> Generator:
        """Return the equation of motion, which is all that solvers see."""

    def to_qutip(self) -> tuple[Any, list[Any]]:
        """Return Hamiltonian and collapse operators of one system as objects of QuTiP; a batch is refused.

        QuTiP writes C ρ C† − {C†C, ρ}/2, so a channel (Γ, X) is C = √(2Γ) X; frequencies and rates stay in units of
        ω_1.  Where the model does not say its channels, they are recovered from its generator.
        """
        return to_qutip(self)

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Number of levels D."""

    @property
    def coherence_sets(self) -> tuple[CoherenceSet, ...]:
        """Sets of coherences that have names: none, unless a model has some."""
        return ()

    @property
    def reference(self) -> int | None:
        """The level against which phases are given: none, unless a model has one."""
        return None

    @property
    def distribution(self) -> PhaseDistribution:
        """How phases are read off its states: as in the letter, unless a model has a way of its own."""
        return SUD()

    def _picked(self, pick: Pick) -> Self:
        values = self._values()
        for one in self.PARAMETERS:
            if isinstance(values[one.name], np.ndarray):
                values[one.name] = pick(values[one.name], one.axes)
        return type(self)(**values).measured_in(self.hertz)

    @classmethod
    @cache
    def table(cls) -> Mapping[str, Parameter]:
        """Return shorthands and parameters by their names."""
        return MappingProxyType({one.name: one for one in (*cls.SHORTHANDS, *cls.PARAMETERS)})

    @classmethod
    def from_shorthands(cls, values: Mapping[str, object]) -> Self:
        """Build the model from parameters, or what is given in place of them, by name.

        Raises
        ------
        ArgumentError
            If a name is none of the table, a parameter is missing or given twice, or a value cannot be used.
        """
        as_instance("values", values, Mapping, "values by the names of parameters")
        table = cls.table()
        require_names(cls, values, [*table, *cls.TOLD])
        for one in cls.SHORTHANDS:
            stood_for = table.get(one.instead or "")
            if stood_for is None:
                continue
            given = stood_for.name in values, one.name in values
            if all(given) and not stood_for.required:
                raise requirement(one.name, f"be left out beside `{stood_for.name}`", "both are given")
            if stood_for.required and any(given) is all(given):
                found = "both are given" if all(given) else "neither is given"
                raise requirement(stood_for.name, f"be given, or {one.name} instead", found)
        checked = {one.instead for one in cls.SHORTHANDS}
        for one in cls.PARAMETERS:
            if one.required and one.name not in {*values, *checked}:
                raise requirement(one.name, "be given", "it is missing")
        return cls(**cls._spelled_out(dict(values)))

    @classmethod
    def _spelled_out(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Return values of parameters alone, shorthands worked out."""
        return values

    def arrays(self) -> dict[str, Any]:
        """Return the values by the names under which they are stored."""
        return self._values()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, Any]) -> Self:
        """Build the model from what `arrays` returned, all of it checked again."""
        return cls(**arrays)

    @classmethod
    def stored_names(cls, found: Iterable[str]) -> set[str]:  # noqa: ARG003
        """Return the names that `arrays` has, given those that were found in a file."""
        return {one.name for one in cls.PARAMETERS}


def require_model(model: object) -> None:
    """Refuse what is no class of models."""
    if not isinstance(model, type) or not issubclass(model, Model):
        raise requirement("model", "be a class such as ThermalMaser", f"it is {shown(model)}")


_LONGEST: Final = 40
"""Letters of the name of a parameter."""


def require_names(model: type[Model], names: Iterable[Any], known: Iterable[str]) -> None:
    """Refuse a name that is none of a model's parameters."""
    for name in names:
        if not isinstance(name, str) or not name.isidentifier() or len(name) > _LONGEST:
            raise requirement("values", f"name parameters out of {', '.join(known)}", f"it names {shown(name)}")
        if name not in known:
            raise requirement(name, f"be one of {', '.join(known)}", f"{model.__name__} has no such parameter")


_KNOWN: Final[dict[str, type[Model]]] = {}


def known_models() -> Mapping[str, type[Model]]:
    """Return the kinds of systems that are known, by their names."""
    return MappingProxyType(_KNOWN)
