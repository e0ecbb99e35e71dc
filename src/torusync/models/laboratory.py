"""Laboratory units: frequencies in GHz and temperatures in K, turned into the machine's dimensionless values.

Every frequency, rate and coupling is read as f = ω/2π, the number on a spectrum analyser; ratios to ω_1 do not care,
but occupations do: n = 1/(e^{hf/k_BT} − 1).  Either all dimensionful values carry a unit or none does, because half a
unit system is how factors of 10⁹ are lost.
"""

import cmath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real, requirement
from torusync.conventions import MEMORY_LIMIT, bose
from torusync.models.maser import ThermalMaser

PLANCK: Final = 6.626_070_15e-34
"""h in J s, exact in the SI since 2019."""

BOLTZMANN: Final = 1.380_649e-23
"""k_B in J/K, exact in the SI since 2019."""

_FREQUENCY: Final = {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12}
_TEMPERATURE: Final = {"K": 1.0, "mK": 1e-3, "uK": 1e-6, "µK": 1e-6, "μK": 1e-6, "nK": 1e-9}
_PLAIN: Final = ("n_hot", "n_cold", "dipole_correlation")
_TEMPERATURES: Final = ("hot_temperature", "cold_temperature")
_PER_LEVEL: Final = ("drive", "n_hot", "splittings")
_QUANTITY: Final = re.compile(r"(.*?)\s*([kMGT]?Hz|[muµμn]?K)?")
_SIGN: Final = re.compile(r"\s*([+-])\s*")

_MOST_LEVELS: Final = MEMORY_LIMIT // 16
"""Levels whose couplings alone fill the memory that one array may take."""

Quantity = complex | str
"""A number, or a number with its unit such as "5 GHz"."""


@final
@dataclass(frozen=True)
class Reading:
    """One value as typed: in Hz or K where ``dimensional``, in units of ω_1 otherwise."""

    value: complex
    dimensional: bool


@final
@dataclass(frozen=True, eq=False)
class Machine:
    """A maser with the record of how its values came about.

    Parameters
    ----------
    maser : the machine, in units of ω_1
    unit : ω_1/2π in Hz where values carried units; None where they did not
    hot_temperature, cold_temperature : k_B T/ħω_1, where a temperature was given
    """

    maser: ThermalMaser
    unit: float | None
    hot_temperature: float | None
    cold_temperature: float | None


def read(name: str, quantity: Quantity) -> Reading:
    """Read a number with or without a unit.

    Raises
    ------
    ArgumentError
        If it is no finite number, or the unit is not one that ``name`` can have.
    """
    try:
        found = _typed(name, quantity) if isinstance(quantity, str) else Reading(complex(quantity), dimensional=False)
    except OverflowError:
        found = Reading(complex("inf"), dimensional=False)
    if not cmath.isfinite(found.value):
        text = repr(quantity)
        raise requirement(name, "be finite", f"it is {text if len(text) <= 24 else text[:23] + '…'}")
    return found


def _typed(name: str, quantity: str) -> Reading:
    units = _TEMPERATURE if name in _TEMPERATURES else _FREQUENCY
    match = _QUANTITY.fullmatch(quantity.strip())
    number, unit = match.groups() if match else (quantity, None)
    try:
        value = complex(_SIGN.sub(r"\1", number))
    except ValueError:
        raise requirement(
            name, f"be a number, alone or with one of {', '.join(units)}", f"it is {quantity!r}"
        ) from None
    if unit is None:
        return Reading(value, dimensional=False)
    if name in _PLAIN:
        raise requirement(name, "be a plain number", f"it is {quantity!r}")
    if unit not in units:
        raise requirement(name, f"be in {', '.join(units)}, or without a unit", f"it is {quantity!r}")
    return Reading(value * units[unit], dimensional=True)


def maser_from_quantities(quantities: Mapping[str, Quantity | Sequence[Quantity]], levels: int) -> ThermalMaser:
    """Build a maser from typed quantities: `machine_from_quantities` without its record."""
    return machine_from_quantities(quantities, levels).maser


def machine_from_quantities(quantities: Mapping[str, Quantity | Sequence[Quantity]], levels: int) -> Machine:
    """Build a maser from typed quantities, and keep the scale that made them dimensionless.

    Parameters
    ----------
    quantities
        Any of drive, n_hot, n_cold, hot_temperature, cold_temperature, gamma_hot, gamma_cold, omega_cold, omega_hot,
        splittings, spread, detuning, dipole_correlation; one value, or a sequence for drive, n_hot and splittings.
    levels
        Number of manifold levels N.

    Raises
    ------
    ArgumentError
        If units are mixed, a bath has neither or both of occupation and temperature, or a value cannot be used.
    """
    readings = {name: [read(name, one) for one in _sequence(value)] for name, value in quantities.items()}
    for name, row in readings.items():
        if not row or (len(row) > 1 and name not in _PER_LEVEL):
            raise requirement(name, "be one value", f"it has {len(row)}")
        if name != "drive" and any(one.value.imag for one in row):
            raise requirement(name, "be real", f"it is {quantities[name]!r}")
    unit = _frequency_unit(readings)
    values = {name: np.array([one.value for one in row]) for name, row in readings.items()}
    for name in _TEMPERATURES:
        if name in values and not values[name][0].real > 0.0:
            raise requirement(name, "be greater than 0", f"it is {quantities[name]!r}")
    if unit is not None:
        for name in values.keys() - set(_PLAIN):
            values[name] = values[name] * (BOLTZMANN / PLANCK / unit) if name in _TEMPERATURES else values[name] / unit
        values["omega_cold"] = np.array([1.0 + 0.0j])  # not 1 up to rounding
    hot, cold = (float(values[name][0].real) if name in values else None for name in _TEMPERATURES)
    return Machine(_build(values, levels), unit, hot_temperature=hot, cold_temperature=cold)


def _sequence(value: Quantity | Sequence[Quantity]) -> Sequence[Quantity]:
    return [value] if isinstance(value, str | complex | float | int) else value


def _frequency_unit(readings: Mapping[str, list[Reading]]) -> float | None:
    """Return ω_1/2π in Hz, or None where nothing carries a unit; refuse a mixture."""
    flags = {
        name: [one.dimensional or one.value == 0.0 for one in row]
        for name, row in readings.items()
        if name not in _PLAIN
    }
    carrying = [name for name, row in readings.items() if any(one.dimensional for one in row)]
    if not carrying:
        return None
    for name, row in flags.items():
        if not all(row):
            raise requirement(
                name, f"carry a unit like `{carrying[0]}`", "it does not; give every frequency and temperature one"
            )
    if "omega_cold" not in readings:
        raise requirement("omega_cold", "be given with its unit", "it is missing; it sets the scale of all the others")
    if "omega_hot" not in readings:
        raise requirement("omega_hot", "be given with its unit", "it is missing")
    scale = readings["omega_cold"][0].value.real
    if not scale > 0.0:
        raise requirement("omega_cold", "be positive", f"it is {scale:g} Hz")
    return float(scale)


def _build(values: Mapping[str, Complex], levels: int) -> ThermalMaser:
    def real(name: str, default: float) -> float:
        return float(values[name][0].real) if name in values else default

    if levels < 1:
        raise requirement("levels", "be at least 1", f"it is {levels}")
    if levels > _MOST_LEVELS:
        raise requirement("levels", f"be at most {_MOST_LEVELS}, so that a row of them fits in memory", "it is larger")
    for bath in ("hot", "cold"):
        both = [f"n_{bath}" in values, f"{bath}_temperature" in values]
        if sum(both) != 1:
            found = "both are given" if all(both) else "neither is given"
            raise requirement(f"n_{bath}", f"be given, or {bath}_temperature instead", found)
    if "splittings" in values and "spread" in values:
        raise requirement("spread", "be left out beside `splittings`", "both are given")
    for name in ("drive", "gamma_hot", "gamma_cold"):
        if name not in values:
            raise requirement(name, "be given", "it is missing")
    omega_cold, omega_hot = real("omega_cold", 1.0), real("omega_hot", 3.0)
    if "splittings" in values:
        splittings = _per_level("splittings", values, levels).real
    else:
        spread = real("spread", 0.0)
        if spread < 0.0:
            raise requirement("spread", "be at least 0", f"it is {spread:g}; order the levels upwards")
        splittings = spread * np.arange(levels) / max(levels - 1, 1)
    return ThermalMaser(
        _per_level("drive", values, levels),
        n_hot=_occupation("hot", omega_hot + splittings, values, levels),
        n_cold=_occupation("cold", np.array([omega_cold]), values, 1)[0],
        gamma_hot=real("gamma_hot", 0.0),
        gamma_cold=real("gamma_cold", 0.0),
        omega_cold=omega_cold,
        omega_hot=omega_hot,
        splittings=splittings,
        detuning=real("detuning", 0.0),
        dipole_correlation=real("dipole_correlation", 0.0),
    )


def _occupation(bath: str, frequency: Real, values: Mapping[str, Complex], levels: int) -> Real:
    """Return the occupations of one bath, as given or from its temperature, shape ``(levels,)``."""
    name = f"n_{bath}"
    if name not in values:
        return bose(frequency, values[f"{bath}_temperature"][0].real)
    return _per_level(name, values, levels).real


def _per_level(name: str, values: Mapping[str, Complex], levels: int) -> Complex:
    row = values[name]
    if len(row) not in {1, levels}:
        raise requirement(name, f"have one value, or one for each of {levels} levels", f"it has {len(row)}")
    return np.array(np.broadcast_to(row, (levels,)))
