"""A quantity as a function of some parameters of a model, for whole stacks of points at once.

A point is a position in the ranges of the free parameters, between 0 and 1, so that neither search nor evidence needs
to know what they mean.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, NoReturn, final

import numpy as np

from torusync._checks import ArgumentError, Real, as_instance, as_real, requirement, shown
from torusync._limits import GENERATOR_BYTES
from torusync.models import Kind, Model
from torusync.models.parameters import require_model, require_names
from torusync.quantities.differences import REACH, slopes
from torusync.quantities.quantity import quantity as registered
from torusync.quantities.solution import Solution
from torusync.steady import steady_state
from torusync.thermo import Bookkeeping

_DECADES: Final = 100.0
"""Ratio of the ends of a range from which on it is taken on a logarithmic scale."""

_REACHES: Final = REACH * 16.0 ** -np.arange(5.0)
"""First steps of differences: a smaller one where a larger one meets what is not defined."""

_FIRST: Final = 16
"""Points of the first call, whose generators tell how many of them there may be in a later one."""


@final
class Landscape:
    """A scalar quantity of a model over positions ``(k, d)`` in [0, 1]; counts the systems that it solves."""

    def __init__(
        self, model: type[Model], quantity: str, over: object, fixed: object, bookkeeping: Bookkeeping
    ) -> None:
        require_model(model)
        chosen = registered(quantity)
        if chosen.dims or chosen.codes:
            found = "codes" if chosen.codes else "a row"
            raise requirement("quantity", "be one real number", f"{quantity!r} is {found}")
        as_instance("bookkeeping", bookkeeping, Bookkeeping, "Bookkeeping.BARE or Bookkeeping.DRIVEN")
        self._model, self._quantity, self._bookkeeping = model, chosen, bookkeeping
        self._fixed = _fixed(model, fixed)
        self._ranges = _ranges(model, self._fixed, over)
        self.names, self.evaluations = tuple(self._ranges), 0
        self._step, self._has_states, self._last = _FIRST, False, np.zeros(len(self.names))

    def parameters(self, positions: Real) -> Real:
        """Return the parameters at positions ``(..., d)``; the ends of a range are exact."""
        columns = np.moveaxis(positions, -1, 0)
        return np.stack([_at(*ends, u) for ends, u in zip(self._ranges.values(), columns, strict=True)], axis=-1)

    def named(self, values: Iterable[Any]) -> Mapping[str, Any]:
        """Return values by the names of the free parameters."""
        return MappingProxyType(dict(zip(self.names, values, strict=True)))

    def solve(self, position: Real) -> Solution:
        """Return the solution at a position ``(d)``, or raise what forbids it."""
        self.evaluations += 1
        return Solution(steady_state(self._system(position)), self._bookkeeping)

    def look(self, positions: Real) -> Real:
        """Return the quantity ``(2, k)``, nan where it is not defined or not finite, and what bounds the true one."""
        found, rest = np.full((2, len(positions)), np.nan), np.arange(len(positions))
        while rest.size:
            rows, rest = rest[: self._step], rest[self._step :]
            try:
                system = self._system(positions[rows])
            except ArgumentError as refusal:
                if refusal.points is None:
                    raise
                rest = np.append(rows[~np.broadcast_to(refusal.points, rows.shape)], rest)
            else:
                self._last = positions[rows[0]]
                found[:, rows] = self._values(system, len(rows))
        found[:, ~np.isfinite(found[0])] = np.nan
        return found

    def slopes(self, positions: Real, rounding: float = 0.0) -> tuple[Real, Real]:
        """Return dQ/du at positions ``(k, d)`` over ``|Q|`` at the first, and bounds on the errors.

        Slopes at the ends of a range are one-sided; nan where the quantity is 0, or not defined nearby.  ``rounding``
        is that of the quantity, relative to it.
        """
        height = np.abs(self.look(positions[:1])[0, 0]) or np.nan
        for reach in _REACHES:
            found, errors = slopes(lambda at: self.look(at) / height, positions, rounding=rounding, reach=float(reach))
            if not np.isnan(errors).any():
                break
        return np.where(np.isnan(errors), np.nan, found), errors

    def refuse(self) -> NoReturn:
        """Raise why the quantity is defined at none of the points that were looked at."""
        if not self._has_states:
            self.solve(self._last)  # the model or the solver says why
        name = self._quantity.name
        raise requirement("over", f"hold a point where {name!r} is defined", f"none of {self.evaluations} is one")

    def _system(self, positions: Real) -> Model:
        table = self._model.table()
        columns = zip(self.names, np.moveaxis(self.parameters(positions), -1, 0), strict=True)
        free = {name: values[..., np.newaxis] if table[name].axes else values for name, values in columns}
        return self._model.from_shorthands(self._fixed | free)

    def _values(self, system: Model, points: int) -> Real:
        solution = Solution(steady_state(system, throw=False), self._bookkeeping)
        self.evaluations += points
        self._has_states |= bool(solution.state.succeeded.any())
        fields = (one if type(one) is tuple else (one,) for one in system.generator().arrays().values())
        size = 1 + sum(array.nbytes for field in fields for array in field if array is not None)
        self._step = max(1, GENERATOR_BYTES * points // size)
        values = solution[self._quantity.name]
        if values.dtype.kind not in "iuf":
            raise requirement("quantity", "be one real number", f"{self._quantity.name!r} is {values.dtype}")
        bounds = solution[self._quantity.bound] if self._quantity.bound else values
        bounds = bounds + solution[self._quantity.error] if self._quantity.error else bounds
        return np.where(solution.state.succeeded, np.stack([values, bounds]), np.nan)


def _at(low: float, high: float, u: Real) -> Real:
    """Return a parameter at positions of its range, on a logarithmic scale where that spans decades."""
    if low > 0.0 and high > _DECADES * low:
        inner = low * np.exp(u * (np.log(high) - np.log(low)))
    else:
        inner = low + (high - low) * u
    return np.where(u >= 1.0, high, inner)


def _fixed(model: type[Model], fixed: object) -> dict[str, Any]:
    """Return the fixed values, of one system."""
    if not isinstance(fixed, Mapping):
        raise requirement("fixed", "give parameters by name", f"it is {type(fixed).__name__}")
    table = model.table()
    require_names(model, fixed, table)
    for name, value in fixed.items():
        if np.ndim(table[name].read(value)) > table[name].axes:
            raise requirement("fixed", "be one system", f"its `{name}` has shape {np.shape(value)}")
    return dict(fixed)


def _ranges(model: type[Model], fixed: Mapping[str, object], over: object) -> dict[str, tuple[float, float]]:
    """Return the ranges of the free parameters, both ends finite, within bounds and in order."""
    if not isinstance(over, Mapping) or not over:
        raise requirement("over", "give ranges by the names of parameters", f"it is {shown(over)}")
    free = {name: one for name, one in model.table().items() if one.kind is not Kind.COUNT and one.axes < 2}
    ranges = {}
    for name, value in over.items():
        if name not in free:
            raise requirement("over", f"name parameters out of {', '.join(free)}", f"it names {shown(name)}")
        if name in fixed:
            raise requirement("over", "name free parameters", f"`fixed` gives {name!r}")
        free[name].read(value)
        ends = as_real(name, value)
        if ends.shape != (2,) or not ends[0] < ends[1]:
            raise requirement("over", f"give `{name}` as (low, high), from low to high", f"it gives {ends.tolist()}")
        ranges[name] = (float(ends[0]), float(ends[1]))
    return ranges
