"""Typed values, with laboratory units or without, turned into a model of dimensionless ones.

Every frequency, rate and coupling is read as f = ω/2π, the number on a spectrum analyser; ratios to the unit of the
model do not care, but occupations do: n = 1/(e^{hf/k_BT} − 1).  Either all dimensionful values carry a unit or none
does, because half a unit system is how factors of 10⁹ are lost.
"""

import cmath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Complex
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np

from torusync._checks import as_instance, as_list, requirement, shown
from torusync._frozen import Frozen
from torusync.models.maser import ThermalMaser
from torusync.models.parameters import Kind, Model, Parameter, require_model, require_names

PLANCK: Final = 6.626_070_15e-34
"""h in J s, exact in the SI since 2019."""

BOLTZMANN: Final = 1.380_649e-23
"""k_B in J/K, exact in the SI since 2019."""

_HERTZ: Final = {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12}
_KELVIN: Final = {"K": 1.0, "mK": 1e-3, "uK": 1e-6, "µK": 1e-6, "μK": 1e-6, "nK": 1e-9}
_TYPED: Final = re.compile(r"(.*?)\s*([kMGT]?Hz|[muµμn]?K)?")
_SIGN: Final = re.compile(r"\s*([+-])\s*")
_IMAGINARY: Final = re.compile(r"i$")
"""As in Mathematica and MATLAB, and in the files of matrices that are read; Python writes j."""

_LEADING_ZERO: Final = re.compile(r"[-+]?0\d")

Typed = complex | str
"""A number, or a number with its unit such as "5 GHz"."""


@final
@dataclass(frozen=True)
class Reading:
    """One value as typed: in Hz or K where ``dimensional``, in units of the model otherwise."""

    value: complex
    dimensional: bool


@final
@dataclass(frozen=True, eq=False)
class Machine(Frozen):
    """A model with the record of how its values came about.

    Parameters
    ----------
    system : the model, dimensionless; its ``hertz`` is known where values carried units
    temperatures : k_B T/ħ in that unit, by name, where temperatures were given
    """

    system: Model
    temperatures: Mapping[str, float]


def typable(model: type[Model]) -> dict[str, Parameter]:
    """Return the shorthands and parameters of a model that a line of text can hold, by name: all but matrices."""
    return {name: one for name, one in model.table().items() if one.axes < 2}


def machine_of(typed: Mapping[str, Typed | Sequence[Typed]], model: type[Model] = ThermalMaser) -> Machine:
    """Build a model from typed values of its parameters and shorthands, by name; a sequence is one value a level.

    A number of levels, where a model counts them and it is not given, is the length of the longest sequence.

    Raises
    ------
    ArgumentError
        If units are mixed, a name is none of the model's, or a value cannot be used.
    """
    require_model(model)
    as_instance("typed", typed, Mapping, "values by the names of parameters")
    table = typable(model)
    require_names(model, typed, table)
    counts = {name: table[name].read(_whole(value)) for name, value in typed.items() if table[name].kind is Kind.COUNT}
    rows = {name: _row(table[name], value) for name, value in typed.items() if name not in counts}
    counting = next((name for name, one in table.items() if one.kind is Kind.COUNT), None)
    if counting is not None:
        count = counts.get(counting, max([1, *map(len, rows.values())]))
        for name, row in rows.items():
            if len(row) not in {1, count}:
                raise requirement(name, f"have one value, or one for each of {count} levels", f"it has {len(row)}")
        if count > 1:
            counts[counting] = count
    values: dict[str, Any] = counts
    unit = _unit(model, rows)
    for name, row in rows.items():
        with np.errstate(all="ignore"):  # a unit that no number can be measured in leaves none that is finite
            numbers = np.array([one.value for one in row]) / scale(table[name].kind, unit)
        numbers = numbers if table[name].complex else numbers.real
        values[name] = numbers if len(row) > 1 else numbers[0]
    if unit is not None:
        own = np.array(values[str(model.UNIT)])
        own.flat[0] = 1.0  # not 1 up to rounding
        values[str(model.UNIT)] = own
    temperatures = {name: float(values[name]) for name in values if table[name].kind is Kind.TEMPERATURE}
    return Machine(model.from_shorthands(values).measured_in(unit), MappingProxyType(temperatures))


def _whole(typed: Any) -> Any:
    """Return a whole number that was typed as a text."""
    return int(typed) if isinstance(typed, str) and re.fullmatch(r"[-+]?\d{1,18}", typed.strip()) else typed


def read(parameter: Parameter, typed: Any) -> Reading:
    """Read one number with or without a unit.

    Raises
    ------
    ArgumentError
        If it is no finite number, has the wrong sign, or a unit that the parameter cannot have.
    """
    name, said = parameter.name, shown(typed)
    if not isinstance(typed, str | Complex):
        raise requirement(name, "be a number, alone or with its unit", f"it is {said}")
    try:
        found = _with_unit(parameter, typed) if isinstance(typed, str) else Reading(complex(typed), dimensional=False)
    except OverflowError:
        found = Reading(complex("inf"), dimensional=False)
    if not cmath.isfinite(found.value):
        raise requirement(name, "be finite", f"it is {said if len(said) <= 24 else said[:23] + '…'}")
    if found.value.imag and not parameter.complex:
        raise requirement(name, "be real", f"it is {said}")
    # zero is zero in every unit: what is beyond it is named as it was typed
    if parameter.above == 0.0 and not found.value.real > 0.0:
        raise requirement(name, "be greater than 0", f"it is {said}")
    if parameter.minimum == 0.0 and not found.value.real >= 0.0:
        raise requirement(name, "be at least 0", f"it is {said}")
    return found


def _with_unit(parameter: Parameter, typed: str) -> Reading:
    units = _KELVIN if parameter.kind is Kind.TEMPERATURE else _HERTZ
    match = _TYPED.fullmatch(typed.strip())
    number, unit = match.groups() if match else (typed, None)
    if _LEADING_ZERO.match(number):
        # what a decimal comma leaves of 0,05
        raise requirement(parameter.name, "be a number with a decimal point", f"{typed!r} begins with a 0")
    try:
        # Python reads 1_0 as 10, whoever typed it meant something else
        value = complex(_IMAGINARY.sub("j", _SIGN.sub(r"\1", number)).replace("_", "?"))
    except ValueError:
        must = "be a plain number" if parameter.kind.plain else f"be a number, alone or with one of {', '.join(units)}"
        raise requirement(parameter.name, must, f"it is {typed!r}{_capitals(typed, units)}") from None
    if unit is None:
        return Reading(value, dimensional=False)
    if parameter.kind.plain:
        raise requirement(parameter.name, "be a plain number", f"it is {typed!r}")
    if unit not in units:
        raise requirement(parameter.name, f"be in {', '.join(units)}, or without a unit", f"it is {typed!r}")
    return Reading(value * units[unit], dimensional=True)


def _capitals(typed: str, units: Mapping[str, float]) -> str:
    """Return a hint where a unit is written with other capitals: MHz and mHz, K and k are not the same."""
    ends = sorted((one for one in units if typed.lower().endswith(one.lower())), key=len)
    number = typed[: -len(ends[-1])].strip() if ends else ""
    return f" (did you mean {number} {ends[-1]}?)" if re.fullmatch(r"[-+.\de]+j?", number) else ""


def _row(parameter: Parameter, value: Typed | Sequence[Typed]) -> list[Reading]:
    """Return the values of one parameter, a single one where it has no axis of levels."""
    one = isinstance(value, str | Complex)
    row: list[Any] = [value] if one else as_list(parameter.name, value, "be one value, or a list of one for each level")
    if not row or (len(row) > 1 and not parameter.axes):
        raise requirement(parameter.name, "be one value", f"it has {len(row)}")
    return [read(parameter, one) for one in row]


def _unit(model: type[Model], rows: Mapping[str, Sequence[Reading]]) -> float | None:
    """Return the model's unit of frequency in Hz, or None where nothing carries a unit; refuse a mixture."""
    carrying = [name for name, row in rows.items() if any(one.dimensional for one in row)]
    if not carrying:
        return None
    if model.UNIT is None:
        raise requirement(carrying[0], "be a plain number", f"{model.__name__} has no laboratory units")
    for name, row in rows.items():
        if not (model.table()[name].kind.plain or all(one.dimensional or one.value == 0.0 for one in row)):
            raise requirement(
                name, f"carry a unit like `{carrying[0]}`", "it does not; give every frequency and temperature one"
            )
    for one in model.PARAMETERS:
        # a default is in units of the model: nobody who types GHz means it, unless it is 0
        if one.name not in rows and (
            one.name == model.UNIT or not (one.kind.plain or one.required or one.default == 0.0)
        ):
            raise requirement(one.name, "be given with its unit", "it is missing")
    unit, *_ = rows[model.UNIT]  # of a rate of each part, that of the first
    return float(unit.value.real)


def scale(kind: Kind, hertz: float | None) -> float:
    """Return what one dimensionless unit of a kind is, in Hz or K where the unit of frequency is known."""
    if hertz is None or kind.plain:
        return 1.0
    return hertz * PLANCK / BOLTZMANN if kind is Kind.TEMPERATURE else hertz


def unit_of(kind: Kind, frequency: str | None) -> str:
    """Return the unit that goes with `scale`, ``frequency`` being the name of the system's own; None for Hz and K."""
    if kind.plain:
        return ""
    if frequency is None:
        return "K" if kind is Kind.TEMPERATURE else "Hz"
    return f"hbar {frequency}/k_B" if kind is Kind.TEMPERATURE else frequency
