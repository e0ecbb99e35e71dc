"""Lines and tongues of a page as the studies of a sweep, and what comes out of them as plain values.

They are worked off in pieces of a tenth of a second, so that a job can say how far it is, and end when it is told to.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from torusync._checks import as_count, as_instance, as_list, as_name, as_number, requirement
from torusync._limits import EXPLORED_AXES, EXPLORED_POINTS
from torusync._threads import stop_if_told
from torusync.explore.asked import built, model_of, shown_derived, shown_parameters, stands_for, values_of
from torusync.explore.wire import rows
from torusync.explore.words import pretty
from torusync.models import Kind, Model, Parameter
from torusync.models.laboratory import unit_of
from torusync.quantities.quantity import quantities_of
from torusync.sweeps import Derived, Outcome, Study, block_shape, chunk, schema
from torusync.sweeps.engine import sentence

Tell = Callable[[float], None]
"""What is told the share that is done."""

_PIECE: Final = 0.1
"""Seconds of a piece, about."""

_MOST_QUANTITIES: Final = 12


def ends_of(model: type[Model], axis: Any) -> tuple[str, tuple[float, float, int, bool]]:
    """Return the parameter of an axis; and start, stop, count, and whether it is one of decades.

    Raises
    ------
    ArgumentError
        If it is none of the model, or its ends are none.
    """
    as_instance("axis", axis, Mapping, "an axis with a name, start, stop and count")
    known = [one.name for one in shown_parameters(model)] + list(shown_derived(model))
    name = as_name("axis", axis.get("name"), known)
    count = as_count("count", axis.get("count", 61), minimum=2, maximum=EXPLORED_AXES)
    start, stop = as_number("start", axis.get("start")), as_number("stop", axis.get("stop"))
    if start == stop:
        raise requirement("stop", "be another value than `start`", f"both are {start:g}")
    log = bool(axis.get("log"))
    if log and not min(start, stop) > 0.0:
        raise requirement("start", "be positive on a logarithmic axis, as `stop`", f"one is {min(start, stop):g}")
    return name, (start, stop, count, log)


def axis_values(model: type[Model], axis: Any) -> tuple[str, Any]:
    """Return the parameter of an axis, and its values."""
    name, (start, stop, count, log) = ends_of(model, axis)
    values = np.geomspace(start, stop, count) if log else np.linspace(start, stop, count)
    table = model.table()
    if name in table and table[name].kind is Kind.COUNT:
        return name, np.unique(np.round(values).astype(np.int64))
    return name, values


def study_of(request: Mapping[str, Any], axes: list[Any], quantities: Any) -> Study:
    """Return the study of a line or a map: what runs in place of a value takes that value's place.

    Raises
    ------
    ArgumentError
        If a name is not known, or there are more points than a page waits for.
    """
    model = model_of(request)
    values = values_of(model, request.get("values", {}))
    running = dict(axis_values(model, axis) for axis in axes)
    if len(running) < len(axes):
        raise requirement("axes", "run over different parameters", "both are one")
    taken = {stands_for(model, name) for name in running}
    kept = (name for name in values if name not in running and stands_for(model, name) not in taken)
    fixed = {name: values[name] for name in kept}
    asked = as_list("quantities", quantities, "be names of quantities")
    if len(asked) > _MOST_QUANTITIES:
        raise requirement("quantities", f"be at most {_MOST_QUANTITIES}", f"they are {len(asked)}")
    quantities_of(asked)
    table = model.table()
    if any(name in table and table[name].kind is Kind.COUNT for name in running):
        for end in (0, -1):  # the largest system is at one of its ends
            built(model, fixed | {name: one[end].item() for name, one in running.items()})
    study = Study(model, running, asked, fixed=fixed)
    if study.points > EXPLORED_POINTS:
        raise requirement("count", f"give at most {EXPLORED_POINTS} points", f"they are {study.points}")
    return study


def worked_off(study: Study, tell: Tell) -> dict[str, Any]:
    """Return all quantities of a study with their evidence, piece by piece."""
    variables = schema(study).variables
    arrays = {name: np.full((study.points, *one.lengths), one.fill, dtype=one.dtype) for name, one in variables.items()}
    most, step, begin = int(np.prod(block_shape(study))), 4, 0
    while begin < study.points:
        stop_if_told()
        tell(begin / study.points)
        piece, started = slice(begin, begin + step), time.perf_counter()
        for name, values in chunk(study, piece).items():
            arrays[name][piece] = values
        begin += step
        seconds = time.perf_counter() - started
        step = int(np.clip(step * np.clip(_PIECE / max(seconds, 1e-6), 0.25, 4.0), 1, most))
    return _told(study, arrays)


def _told(study: Study, arrays: Mapping[str, Any]) -> dict[str, Any]:
    plan, status = schema(study), arrays["status"]
    lost = np.flatnonzero(~np.isin(status, (Outcome.SUCCESS, Outcome.METASTABLE)))
    found = {}
    for name, one in plan.variables.items():
        if name == "status":
            continue
        attributes = one.attributes
        values = arrays[name].reshape((*study.shape, *one.lengths))
        found[name] = {
            "values": rows(values) if values.dtype.kind == "f" else values.tolist(),
            "dims": list(one.dims),
            "units": pretty(str(attributes["units"])),
            "symbol": attributes["symbol"],
            "long_name": attributes["long_name"],
            "bound": attributes.get("bound"),
            "error": attributes.get("error"),
        }
    return {
        "model": study.model.NAME,
        "axes": [axis_told(study.model, axis.name, axis.labels) for axis in study.axes],
        "quantities": found,
        "labels": {name: list(map(str, labels)) for name, labels in plan.labels.items()},
        "status": status.reshape(study.shape).tolist(),
        "lost": {
            "count": len(lost),
            "sentence": _why(study, int(lost[0]), int(status[lost[0]])) if len(lost) else "",
        },
    }


def _why(study: Study, point: int, status: int) -> str:
    """Return why a point has no value."""
    told = sentence(study, point)
    return told or Outcome(status).name.lower().replace("_", " ")


def axis_told(model: type[Model], name: str, values: Any) -> dict[str, Any]:
    """Return an axis as it is drawn."""
    one: Parameter | Derived = shown_derived(model).get(name) or model.table()[name]
    return {
        "name": name,
        "symbol": one.symbol,
        "about": one.about,
        "unit": pretty(unit_of(one.kind, frequency_of(model))),
        "values": rows(values),
    }


def frequency_of(model: type[Model]) -> str:
    """Return the unit of frequency of a model, as it is written."""
    return "ω_1" if model.UNIT is None else model.table()[model.UNIT].symbol


def line(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Return quantities along one parameter."""
    asked = request.get("quantities", ["s_max"])
    return worked_off(study_of(request, [request.get("axis")], asked), tell)


def tongue(request: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Return one quantity over two parameters."""
    axes = as_list("axes", request.get("axes"), "be two axes")
    if len(axes) != 2:
        raise requirement("axes", "be two", f"they are {len(axes)}")
    return worked_off(study_of(request, axes, [request.get("quantity", "s_max")]), tell)
