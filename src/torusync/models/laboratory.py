"""Laboratory units: frequencies in GHz and temperatures in K, turned into the machine's dimensionless values.

Every frequency, rate and coupling is read as f = ω/2π, the number on a spectrum analyser; ratios to ω_1 do not care,
but occupations do: n = 1/(e^{hf/k_BT} − 1).  Either all dimensionful values carry a unit or none does, because half a
unit system is how factors of 10⁹ are lost.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Complex, Real, requirement
from torusync.conventions import bose
from torusync.models.maser import ThermalMaser

PLANCK: Final = 6.626_070_15e-34
"""h in J s, exact in the SI since 2019."""

BOLTZMANN: Final = 1.380_649e-23
"""k_B in J/K, exact in the SI since 2019."""

_FREQUENCY: Final = {"Hz": 1.0, "kHz": 1e3, "MHz": 1e6, "GHz": 1e9, "THz": 1e12}
_TEMPERATURE: Final = {"K": 1.0, "mK": 1e-3, "uK": 1e-6, "µK": 1e-6, "nK": 1e-9}
_PLAIN: Final = ("n_hot", "n_cold", "dipole_correlation")
_TEMPERATURES: Final = ("hot_temperature", "cold_temperature")
_QUANTITY: Final = re.compile(r"(.*?)\s*([kMGT]?Hz|[muµn]?K)?")

Quantity = complex | str
"""A number, or a number with its unit such as "5 GHz"."""


@final
@dataclass(frozen=True)
class Reading:
    """One value as typed: in Hz or K where ``dimensional``, in units of ω_1 otherwise."""

    value: complex
    dimensional: bool


def read(name: str, quantity: Quantity) -> Reading:
    """Read a number with or without a unit.

    Raises
    ------
    ArgumentError
        If it is no number, or the unit is not one that ``name`` can have.
    """
    if not isinstance(quantity, str):
        return Reading(complex(quantity), dimensional=False)
    units = _TEMPERATURE if name in _TEMPERATURES else _FREQUENCY
    match = _QUANTITY.fullmatch(quantity.strip())
    number, unit = match.groups() if match else (quantity, None)
    try:
        value = complex(re.sub(r"\s*([+-])\s*", r"\1", number))
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
    """Build a maser from typed quantities.

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
    given = {name: _sequence(value) for name, value in quantities.items()}
    readings = {name: [read(name, one) for one in values] for name, values in given.items()}
    scale = _frequency_scale(readings)
    values = {
        name: np.array([one.value / (scale if one.dimensional and name not in _TEMPERATURES else 1.0) for one in row])
        for name, row in readings.items()
    }
    for name, row in values.items():
        if name != "drive" and row.imag.any():
            raise requirement(name, "be real", f"it is {quantities[name]!r}")
    if scale != 1.0:
        for name in _TEMPERATURES:
            if name in values:
                values[name] = values[name] * BOLTZMANN / (PLANCK * scale)
        values["omega_cold"] = np.array([1.0 + 0.0j])
    return _build(values, levels)


def _sequence(value: Quantity | Sequence[Quantity]) -> Sequence[Quantity]:
    return [value] if isinstance(value, str | complex | float | int) else value


def _frequency_scale(readings: Mapping[str, list[Reading]]) -> float:
    """Return ω_1/2π in Hz, or 1 where nothing carries a unit; refuse a mixture."""
    flags = {
        name: [one.dimensional or one.value == 0.0 for one in row]
        for name, row in readings.items()
        if name not in _PLAIN
    }
    carrying = [name for name, row in readings.items() if any(one.dimensional for one in row)]
    if not carrying:
        return 1.0
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
    if not scale > 0.0 or not np.isfinite(scale):
        raise requirement("omega_cold", "be positive and finite", f"it is {scale:g} Hz")
    return float(scale)


def _build(values: Mapping[str, Complex], levels: int) -> ThermalMaser:
    def real(name: str, default: float) -> float:
        return float(values[name][0].real) if name in values else default

    if levels < 1:
        raise requirement("levels", "be at least 1", f"it is {levels}")
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
        splittings = real("spread", 0.0) * np.arange(levels) / max(levels - 1, 1)
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
