"""A solution as nested plain values: what the command line prints and what its ``--json`` writes are one thing.

Keys are the names of quantities.  Long rows are abridged, because a machine can have a million levels; their length is
kept.
"""

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from torusync._limits import WRITTEN
from torusync._show import with_prefix
from torusync.analysis.bootstrap import ErrorBars
from torusync.models import Kind, Machine, Parameter
from torusync.models.laboratory import scale, unit_of
from torusync.quantities.quantity import QUANTITIES, Part, Quantity, Unit
from torusync.quantities.solution import Solution
from torusync.steady import Status, SteadyState
from torusync.steady.answer import advice

_NAMED: Final = frozenset({"set", "compared", "pair", "bath"})
"""Axes whose entries are told by their names."""


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: complex as {"re", "im"}, what is not finite as null."""
    if isinstance(value, np.ndarray):
        return row(value) if value.ndim else plain(value[()])
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, complex):
        return {"re": plain(value.real), "im": plain(value.imag)}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def row(values: npt.NDArray[Any]) -> list[Any] | dict[str, Any]:
    """Return a row of plain values, or rows of them, cut after the longest that is given."""
    entries = [plain(one) for one in values[:WRITTEN]]
    return entries if len(values) <= WRITTEN else {"first": entries, "length": len(values)}


def describe(solution: Solution) -> dict[str, dict[str, Any]]:
    """Return every quantity of the solution of one state that is worked out unasked, part by part.

    A part that is left out says why.
    """
    parts: dict[Part, dict[str, Any]] = {}
    for one in QUANTITIES.values():
        if one.part in parts or not one.part.suits(solution):
            continue
        reason = one.part.left_out(solution)
        parts[one.part] = {"left_out": reason} if reason else {}
    for one in solution.quantities:
        parts[one.part][one.name] = _told(solution, one)
    found = {part.name: values for part, values in parts.items() if values}
    if isinstance(solution.state, SteadyState):
        status = Status(int(solution.state.status_codes))
        found["steady_state"] |= {
            "solver": type(solution.state.solver).__name__, "advice": advice(status, solution.system.generator())
        }  # fmt: skip
    return found


def titles() -> dict[str, str]:
    """Return what stands above the table of each part, by its name."""
    return {one.part.name: one.part.title for one in QUANTITIES.values()}


def _told(solution: Solution, one: Quantity) -> Any:
    values = np.asarray(one.of(solution))
    if one.codes is not None:
        return one.codes(int(values)).name.lower()
    values = values * solution.factor(one) if values.dtype != np.bool_ else values
    if one.dims and one.dims[0] in _NAMED:
        names = solution.labels(one.dims[0], len(values))
        return {name: plain(value) for name, value in zip(names, values, strict=True)}
    return plain(values)


def describe_machine(machine: Machine) -> dict[str, Any]:
    """Return the values of one model, in Hz and K where they came with units."""
    system = machine.system
    content: dict[str, Any] = {"model": type(system).__name__, "dimension": system.dimension}
    for one in (*system.PARAMETERS, *system.DERIVED):
        value = getattr(system, one.name)
        if value is not None:
            value = np.asarray(value) * scale(one.kind, system.hertz) if not one.kind.plain else value
            content[one.name] = row(_shortened(value)) if one.axes else plain(value)
    if system.hertz is not None:
        content["unit_of_frequency_in_hertz"] = system.hertz
    kelvin = scale(Kind.TEMPERATURE, system.hertz)
    return content | {name: value * kelvin for name, value in machine.temperatures.items()}


def in_words(machine: Machine) -> str:
    """Return what a machine is, on one line: what must be given, and what is not as it is by default."""
    system = machine.system
    kind = f"{type(system).__name__} of {system.dimension} levels"
    told = [
        f"{one.name} {_range(one, getattr(system, one.name), system.hertz)}"
        for one in system.PARAMETERS
        if one.required or not one.is_default(getattr(system, one.name))
    ]
    if system.UNIT is None:
        return f"{kind}: {', '.join(told)}"
    symbol, size = system.table()[system.UNIT].symbol, float(np.ravel(getattr(system, system.UNIT))[0])
    unit = f"in units of {symbol}" if size == 1.0 else f"in the unit that {symbol} = {size:.6g} is given in"
    if system.hertz is not None:
        unit = f"{symbol} = 2π × {with_prefix(system.hertz, 'Hz')}"
    return f"{kind}, {unit}: {', '.join(told)}"


def _range(parameter: Parameter, values: npt.NDArray[Any], hertz: float | None) -> str:
    flat = np.ravel(values) * scale(parameter.kind, hertz)
    ends = flat[[0, -1]] if (flat != flat[0]).any() else flat[:1]
    if hertz is not None and not parameter.kind.plain:
        return " … ".join(with_prefix(complex(one), unit_of(parameter.kind, None), 4) for one in ends)
    return " … ".join(f"{one.real:.4g}{one.imag:+.4g}j" if np.imag(one) else f"{one.real:.4g}" for one in ends)


def units(solution: Solution) -> dict[str, str]:
    """Return the units of what has one: the parameters of the system and the quantities."""
    system = solution.system
    frequency = None if solution.hertz is not None else solution.frequency
    parameters = () if system is None else (*system.table().values(), *system.DERIVED)
    told = {one.name: unit_of(one.kind, frequency) for one in parameters}
    for one in QUANTITIES.values():
        if one.units is not Unit.ONE and solution.exists(one):
            told[one.name] = solution.unit(one)
    return {name: unit for name, unit in told.items() if unit}


def error_bars_in_words(bars: ErrorBars) -> str:
    """Return the error bars on one line."""
    low, high = bars.s_max_confidence
    return (
        f"Measured: S_max = {float(bars.estimate.s_max):.4g} ± {bars.s_max_error:.2g}, "
        f"between {low:.4g} and {high:.4g} with 95 % confidence."
    )


def _shortened(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return one entry for a row of equal ones."""
    flat = np.ravel(values)
    return flat[:1] if flat.size and (flat == flat[0]).all() else flat


def describe_error_bars(bars: ErrorBars) -> dict[str, Any]:
    """Return bootstrap error bars."""
    content = {
        "s_max": plain(bars.estimate.s_max),
        "s_max_error": plain(bars.s_max_error),
        "s_max_confidence_95": row(bars.s_max_confidence),
        "s_max_resolved_from_zero": bars.resolved,
        "s_max_of_replicates_95": row(bars.s_max_interval),
        "s_max_bias": plain(bars.s_max_bias),
        "s_max_bias_corrected": plain(bars.s_max_corrected),
        "phase_error": row(bars.phase_error),
        "phases_determined": bars.phases_determined,
        "replicates": bars.replicates,
        "uncertified_replicates": bars.uncertified,
    }
    if abs(bars.s_max_bias) > bars.s_max_error:
        content["note"] = "the bias exceeds the standard error: rely on the confidence interval, or take more counts"
    return content
