"""Power of thermal masers as a function of some of their parameters, for whole stacks of points at once.

A point is a position in the ranges of the free parameters, between 0 and 1, so that neither search nor evidence needs
to know what they mean.
"""

import inspect
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np

from torusync._checks import Boolean, Real, as_complex, as_real, requirement
from torusync.analysis.differences import slopes
from torusync.conventions import EPS
from torusync.models import ThermalMaser
from torusync.steady import steady_state
from torusync.thermo import Bookkeeping, Thermodynamics, thermodynamics

_DECADES: Final = 100.0
"""Ratio of the ends of a range from which on it is taken on a logarithmic scale."""

_NUMBERS: Final = 2**16
"""Levels (or, of correlated dipoles, pairs of levels) of the machines that are solved in one call."""


@cache
def defaults() -> Mapping[str, Any]:
    """Return the arguments of `ThermalMaser.near_degenerate` with their defaults."""
    parameters = inspect.signature(ThermalMaser.near_degenerate).parameters
    return MappingProxyType({name: one.default for name, one in parameters.items()})


@final
class Landscape:
    """Power over positions ``(k, d)`` in [0, 1]; counts the machines that it solves.

    Parameters
    ----------
    machine
        Fixed arguments of `ThermalMaser.near_degenerate`.
    over
        Ranges (low, high) of the others.  The range of ``drive`` is one of a factor where that is fixed, too.
    bookkeeping
        Whose power.
    """

    def __init__(self, machine: object, over: object, bookkeeping: Bookkeeping) -> None:
        self._fixed = _fixed(machine)
        ranges = _ranges(self._fixed, over)
        self.names, self.evaluations = tuple(ranges), 0
        self._bookkeeping = bookkeeping
        self._ends = np.array(list(ranges.values())).T
        low, high = self._ends
        self._geometric = (low > 0.0) & (high > _DECADES * low)
        self._scale = np.where(self._geometric, np.log(np.where(self._geometric, self._ends, 1.0)), self._ends)

    def values(self, positions: Real) -> Real:
        """Return the parameters at positions ``(..., d)``; the ends of a range are exact."""
        inner = self._scale[0] + (self._scale[1] - self._scale[0]) * positions
        values = np.where(self._geometric, np.exp(np.where(self._geometric, inner, 0.0)), inner)
        return np.where(positions <= 0.0, self._ends[0], np.where(positions >= 1.0, self._ends[1], values))

    def arguments(self, positions: Real) -> dict[str, Any]:
        """Return arguments for the machines at positions ``(..., d)``."""
        free: dict[str, Any] = dict(zip(self.names, np.moveaxis(self.values(positions), -1, 0), strict=True))
        if "drive" in free:
            free["drive"] = free["drive"][..., np.newaxis] * np.atleast_1d(self._fixed.get("drive", 1.0))
        return self._fixed | free

    def solve(self, position: Real) -> tuple[ThermalMaser, Thermodynamics]:
        """Return the machine at a position ``(d)`` and its currents."""
        machine = ThermalMaser.near_degenerate(**self.arguments(position))
        self.evaluations += 1
        return machine, thermodynamics(steady_state(machine), bookkeeping=self._bookkeeping)

    def ordered(self, positions: Real) -> Boolean:
        """Return where the manifold lies above |1>, ``(k)``: elsewhere there is no machine."""
        given = {**defaults(), **self.arguments(positions)}
        ordered = np.asarray(given["omega_hot"]) > np.asarray(given["omega_cold"])
        return np.broadcast_to(ordered, len(positions))

    def look(self, positions: Real) -> Real:
        """Return the power ``(k)``; nan where there is no machine or no steady state."""
        given = {**defaults(), **self._fixed}
        independent = np.array_equal(given["dipole_correlation"], 0.0) and "dipole_correlation" not in self.names
        step = max(1, _NUMBERS // int(given["levels"]) ** (1 if independent else 2))
        power = np.full(len(positions), np.nan)
        chosen = np.flatnonzero(self.ordered(positions))
        for part in (chosen[begin : begin + step] for begin in range(0, len(chosen), step)):
            state = steady_state(ThermalMaser.near_degenerate(**self.arguments(positions[part])), throw=False)
            flows = thermodynamics(state, bookkeeping=self._bookkeeping)
            power[part] = flows.power
            self.evaluations += len(part)
        return power

    def power(self, positions: Real) -> Real:
        """Return the power ``(k)``; 0, as of an idle machine, where there is no machine or no steady state."""
        return np.nan_to_num(self.look(positions))

    def slopes(self, positions: Real, *, rounding: float = EPS) -> tuple[Real, Real]:
        """Return dP/du at positions ``(k, d)`` over the power at the first, and bounds on the errors.

        Slopes at the ends of a range are one-sided.  ``rounding`` is that of the power, relative to it.
        """
        height = float(self.power(positions[:1])[0])
        return slopes(lambda at: self.power(at) / height, positions, rounding=rounding)


def _fixed(machine: object) -> dict[str, Any]:
    """Return the fixed arguments, of one machine."""
    if not isinstance(machine, Mapping):
        raise requirement("machine", "give arguments by name", f"it is {type(machine).__name__}")
    for name, value in machine.items():
        if name not in defaults():
            raise requirement("machine", f"give arguments out of {', '.join(defaults())}", f"it gives {name!r}")
        shape = as_complex(name, value).shape
        if len(shape) > (name == "drive"):
            raise requirement("machine", "be one machine", f"its `{name}` has shape {shape}")
    return dict(machine)


def _ranges(fixed: Mapping[str, object], over: object) -> dict[str, tuple[float, float]]:
    """Return the ranges of the free parameters, both ends finite and in order."""
    if not isinstance(over, Mapping) or not over:
        raise requirement("over", "give ranges by the names of parameters", f"it is {over!r}")
    free = [name for name in defaults() if name != "levels"]
    ranges = {}
    for name, value in over.items():
        if name not in free:
            raise requirement("over", f"name parameters out of {', '.join(free)}", f"it names {name!r}")
        if name in fixed and name != "drive":
            raise requirement("over", "name free parameters", f"`machine` fixes {name!r}")
        # what no machine has at 0 is asked here, because points of the grid that are no machines are left out
        ends = as_real(name, value, above=ThermalMaser.table()[name].above)
        if ends.shape != (2,):
            raise requirement("over", f"give `{name}` as (low, high)", f"it gives an array of shape {ends.shape}")
        low, high = ends.tolist()
        if not low < high:
            raise requirement("over", f"give `{name}` from low to high", f"{low:.6g} is not below {high:.6g}")
        ranges[name] = (low, high)
    for name in ("hot_temperature", "cold_temperature"):
        if name not in fixed and name not in ranges:
            raise requirement("machine", f"give `{name}`", "neither it nor `over` does")
    return ranges
