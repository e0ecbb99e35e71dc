"""A study in a TOML file, in the words of `sweep`: read with the path of every key that is wrong, and written back.

A file says no more and no less than a `Study`: what is read and written again is the same study, to the last bit of
its numbers, and so the same store.  Values between two ends are therefore worked out in exact arithmetic where NumPy's
differ from one processor to the next.
"""

import difflib
import re
import sys
from collections.abc import Mapping
from decimal import Context, Decimal
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from torusync._checks import ArgumentError, Real, as_instance, requirement, shown
from torusync._errors import did_you_mean
from torusync._limits import SPACED_POINTS
from torusync.files.toml import read_toml
from torusync.models import Model, known_models
from torusync.steady.named import solver_named
from torusync.sweeps.named import Draw, Realisations
from torusync.sweeps.study import Study
from torusync.sweeps.told import decoded, is_told
from torusync.sweeps.units import unit_refused

_EXACT: Final = Context(prec=45)
"""Digits of products of ten million factors, of which a double keeps seventeen."""

_LARGEST_POWER: Final = 100


def _number(value: object) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "be a number")
    if not abs(value) <= sys.float_info.max:  # a whole number may be too large for a double
        raise PydanticCustomError("finite", "be finite" if isinstance(value, float) else "fit into a double")
    return value


def _whole(value: object) -> int:
    """Refuse other steps: how many NumPy makes of them depends on the last bit."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticCustomError("whole", "be a whole number; `linspace` has others")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= SPACED_POINTS:
        raise PydanticCustomError("count", f"be a whole number from 1 to {SPACED_POINTS}")
    return value


def _argument(value: object) -> int | float | str:
    return value if isinstance(value, str) else _number(value)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _numbers(value: object) -> Any:
    return _nested(value, "")


def _nested(value: object, at: str) -> Any:
    """Return numbers, or lists of them to any depth; which one is none is told with the error."""
    if isinstance(value, list):
        return [_nested(one, f"{at}[{place}]") for place, one in enumerate(value)]
    try:
        return _number(value)
    except PydanticCustomError as error:
        raise PydanticCustomError(error.type, error.message_template, {"at": at, "value": shown(value)}) from None


Number: TypeAlias = Annotated[Any, BeforeValidator(_number)]
Numbers: TypeAlias = Annotated[Any, BeforeValidator(_numbers)]
Count: TypeAlias = Annotated[Any, BeforeValidator(_count)]
Ends: TypeAlias = Annotated[tuple[Number, Number, Count], Field(strict=False)]


class _Told(dict[str, Any]):
    """What a study is told beside numbers, under its name: a table of baths may have any words in it."""


def _kind(value: object) -> str:
    """Return what a value is by its look; a table by the names in it, misspelt or not."""
    if isinstance(value, list):
        return "<list>"
    if not isinstance(value, dict):
        return "<number>"
    if isinstance(value, _Told):
        return "<told>"
    for known in (_Draw, _Several, _Complex, _Spacing):
        if any(difflib.get_close_matches(str(name), known.model_fields, n=1, cutoff=0.75) for name in value):
            return f"<{known.__name__}>"
    return "<together>"


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Spacing(_Table):
    """Values by their ends, the words and meanings of NumPy."""

    linspace: Ends | None = None
    geomspace: Ends | None = None
    logspace: Ends | None = None
    arange: Annotated[list[Annotated[Any, BeforeValidator(_whole)]], Field(min_length=1, max_length=3)] | None = None

    @model_validator(mode="after")
    def _one(self) -> "_Spacing":
        if len(self.model_fields_set) != 1:
            raise PydanticCustomError("one", f"be one of {', '.join(type(self).model_fields)}")
        return self

    def values(self) -> Any:
        """Return the values along the axis."""
        if self.linspace is not None:
            return np.linspace(*self.linspace)
        if self.geomspace is not None:
            return geometric(*self.geomspace)
        if self.logspace is not None:
            first, last, count = self.logspace
            if max(abs(first), abs(last)) > _LARGEST_POWER:
                must = f"have exponents of ten, at most {_LARGEST_POWER} in modulus"
                raise requirement("logspace", must, f"they are {first:g} and {last:g}")
            ends = [float(_EXACT.power(Decimal(10), Decimal(one))) for one in (first, last)]
            return geometric(ends[0], ends[1], count)
        assert self.arange is not None
        if self.arange[2:] == [0]:
            raise requirement("arange", "have a step that is not 0", f"it is {self.arange}")
        numbers = range(*self.arange)
        if not numbers or abs(numbers[-1] - numbers[0]) >= SPACED_POINTS * abs(numbers.step):
            raise requirement("arange", f"give from 1 to {SPACED_POINTS} numbers", f"it is {self.arange}")
        return list(numbers)


def geometric(first: float, last: float, count: int) -> Real:
    """Return values from one end to the other at one ratio, each rounded once, whatever the processor.

    Raises
    ------
    ArgumentError
        If one end is zero, or they are of two signs.
    """
    if not first * last > 0.0:
        raise requirement("geomspace", "have ends of one sign", f"they are {first:g} and {last:g}")
    if count == 1:
        return np.array([float(first)])
    ratio = _EXACT.power(_EXACT.divide(Decimal(last), Decimal(first)), _EXACT.divide(Decimal(1), Decimal(count - 1)))
    value, found = Decimal(first), np.empty(count)
    for place in range(count):
        found[place] = float(value)
        value = _EXACT.multiply(value, ratio)
    found[-1] = last
    return found


class _Complex(_Table):
    """Real and imaginary parts."""

    re: Numbers
    im: Numbers

    def values(self) -> Any:
        """Return the numbers."""
        real, imaginary = (np.asarray(_values(one), dtype=np.float64) for one in (self.re, self.im))
        if real.shape != imaginary.shape:
            raise requirement("re", "be as long as `im`", f"their shapes are {real.shape} and {imaginary.shape}")
        return real + 1j * imaginary


class _Draw(_Table):
    """What is drawn anew in every realisation."""

    draw: str
    arguments: list[Annotated[Any, BeforeValidator(_argument)]]
    first: Number | None = None

    def values(self) -> Any:
        """Return the draw."""
        return Draw(self.draw, *self.arguments, first=self.first)


class _Several(_Table):
    """Values that are several by themselves, such as the channels of a system."""

    several: "list[Held]"

    def values(self) -> Any:
        """Return them as a tuple."""
        return tuple(_values(one) for one in self.several)


Column: TypeAlias = Annotated[
    Annotated[Numbers, Tag("<list>")] | Annotated[_Spacing, Tag("<_Spacing>")] | Annotated[_Complex, Tag("<_Complex>")],
    Discriminator(_kind),
]
Along: TypeAlias = Annotated[
    Annotated[Numbers, Tag("<list>")]
    | Annotated[_Spacing, Tag("<_Spacing>")]
    | Annotated[_Complex, Tag("<_Complex>")]
    | Annotated[dict[str, Column], Tag("<together>")],
    Discriminator(_kind),
]
Held: TypeAlias = Annotated[
    Annotated[Number, Tag("<number>")]
    | Annotated[Numbers, Tag("<list>")]
    | Annotated[_Complex, Tag("<_Complex>")]
    | Annotated[_Draw, Tag("<_Draw>")]
    | Annotated[_Several, Tag("<_Several>")]
    | Annotated[Any, Tag("<told>")],
    Discriminator(_kind),
]


class _Runs(_Table):
    count: Count
    seed: int = 0


class _File(_Table):
    model: str = "maser"
    solver: str = "auto"
    quantities: Annotated[list[str], BeforeValidator(_listed), Field(min_length=1)]
    axes: dict[str, Along] = {}
    fixed: dict[str, Held] = {}
    realisations: (
        Annotated[
            Annotated[Count, Tag("<number>")] | Annotated[_Runs, Tag("<together>")],
            Discriminator(lambda value: "<together>" if isinstance(value, dict | _Runs) else "<number>"),
        ]
        | None
    ) = None


_Several.model_rebuild()
_File.model_rebuild()


def read_study(path: str | Path) -> Study:
    """Read a study file.

    Parameters
    ----------
    path
        A TOML file with the keys ``model`` (a maser by default), ``solver`` (in small letters), ``quantities``,
        ``axes``, ``fixed`` and ``realisations``.  An axis is a list, ``{linspace = [first, last, count]}``,
        ``geomspace``, ``logspace``, ``arange``, or a table of parameters that run together.

    Raises
    ------
    ArgumentError
        If it cannot be read, with the line; or if it is no study, with the path of the key.
    """
    return study_of(read_toml("study", path))


def study_of(content: Mapping[str, Any]) -> Study:
    """Return the study that the content of a file is; see `read_study`."""
    as_instance("study", content, Mapping, "a mapping, as a study file holds one")
    models = known_models()
    of = models.get(str(content.get("model", "maser")), Model)
    try:
        read = _File.model_validate(_with_told(content, of))
    except ValidationError as error:
        raise _told(error, models.get(str(content.get("model", "maser")))) from None
    if read.model not in models:
        hint = did_you_mean(read.model, models, likeness=0.5) or "import what defines it first"
        raise requirement("model", f"be one of {', '.join(models)}", f"it is {shown(read.model)}; {hint}")
    axes = {name: _read(f"axes.{name}", one) for name, one in read.axes.items()}
    fixed = {
        name: _told_in(name, one, of) if isinstance(one, _Told) else _read(f"fixed.{name}", one)
        for name, one in read.fixed.items()
    }
    runs = read.realisations
    places = {name: f"fixed.{name}" for name in fixed}
    for name, one in axes.items():
        places |= {name: f"axes.{name}"}
        places |= {key: f"axes.{name}.{key}" for key in one} if isinstance(one, dict) else {}
    try:
        drawn = Realisations(runs.count, runs.seed) if isinstance(runs, _Runs) else runs
        return Study(
            models[read.model], axes, read.quantities, fixed=fixed, realisations=drawn, solver=solver_named(read.solver)
        )
    except ArgumentError as error:
        raise _placed(error, places) from None


def _with_told(content: Mapping[str, Any], model: type[Model]) -> dict[str, Any]:
    """Return the content of a file with what is told apart from numbers, whose kinds are known by their looks."""
    found = dict(content)
    if isinstance(fixed := found.get("fixed"), dict):
        apart = {name: _Told(held=one) for name, one in fixed.items() if is_told(name, model) and name != "energies"}
        found["fixed"] = fixed | apart
    return found


def _told_in(name: str, held: _Told, model: type[Model]) -> Any:
    """Return what a study is told in a file."""
    try:
        return decoded(name, held["held"], model)
    except ArgumentError as error:
        raise _placed(error, {}, "fixed") from None


def _read(place: str, value: Any) -> Any:
    """Return the values at some place of a file, or say at which place they are none."""
    if isinstance(value, dict):
        return {name: _read(f"{place}.{name}", one) for name, one in value.items()}
    try:
        return _values(value)
    except ArgumentError as error:
        raise _placed(error, {}, place) from None


def _values(value: Any) -> Any:
    return value.values() if isinstance(value, _Spacing | _Complex | _Draw | _Several) else value


def _placed(error: ArgumentError, places: Mapping[str, str], place: str = "") -> ArgumentError:
    """Return an error about a name as one about the key that it stands at."""
    found = re.match(r"Argument `([^`\[]+)([^`]*)` must (.*)", str(error), re.DOTALL)
    if found is None:
        return error
    # what `Draw` calls it, unless it is how phases are read
    word = "draw" if found[1] == "distribution" and place not in {"", "fixed"} else found[1]
    key = f"{place}.{word}" if place else places.get(word, word)
    return ArgumentError(f"Argument `{key}{found[2]}` must {found[3]}")


def _told(error: ValidationError, model: type[Model] | None) -> ArgumentError:
    """Return the first thing that is wrong with a file as a sentence about its key."""
    # a misspelt key is told before the one that is missing for it
    one = min(error.errors(include_url=False), key=lambda found: found["type"] != "extra_forbidden")
    place = [part for part in one["loc"] if not str(part).startswith("<")]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place).lstrip(".") or "study"
    context = one.get("ctx", {})
    key, value = key + context.get("at", ""), context.get("value", shown(one["input"]))
    kind, said = one["type"], one["msg"]
    if kind == "too_long":
        return requirement(key, f"have {context['max_length']} entries at most", f"it has {context['actual_length']}")
    if kind == "too_short":
        return requirement(key, f"have {context['min_length']} entry at least", f"it has {context['actual_length']}")
    if kind == "missing":
        return requirement(key, "be given", "it is missing")
    if kind == "extra_forbidden":
        known = _keys_beside(place[:-1], place[-1])
        near = did_you_mean(str(place[-1]), known)
        return requirement(key, f"be one of {', '.join(known)}", f"it is none; {near}" if near else "it is none")
    refused = unit_refused(key, one["input"], model) if place[:1] in (["axes"], ["fixed"]) else None
    if refused is None and kind.startswith("union_tag"):
        must = "be a list, one of linspace, geomspace, logspace and arange, or a table of parameters that run together"
        if place[0] != "axes":
            must = "be a number, a list of numbers, or a draw"
        refused = requirement(key, must, f"it is {value}")
    must = said.partition("should ")[2].replace("valid ", "").replace("dictionary", "table") or said
    must = re.sub(r"\ba (?=[aeiou])", "an ", must)
    return refused or requirement(key, must[:1].lower() + must[1:], f"it is {value}")


def _keys_beside(place: list[int | str], wrong: int | str) -> list[str]:
    """Return what could stand at a place of a file."""
    if not place:
        return list(_File.model_fields)
    if place == ["realisations"]:
        return list(_Runs.model_fields)
    tables = (one.model_fields for one in (_Draw, _Several, _Complex, _Spacing))
    return list(next(
        (names for names in tables if did_you_mean(str(wrong), names)),
        _Spacing.model_fields if place[0] == "axes" else _Draw.model_fields,
    ))  # fmt: skip
