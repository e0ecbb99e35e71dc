"""What a page asks for, read: a model and its values, by the same table and in the same sentences as everywhere.

A page sends numbers, lists of them, and {"re", "im"}.  One point is asked for at a time, so that an array in place of a
number is refused here; and nothing is built that would take longer than a page can wait for.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from torusync._checks import as_instance, as_name, requirement, shown
from torusync._limits import EXPLORED_DIMENSION, EXPLORED_LEVELS
from torusync.models import Kind, Model, Parameter, ThermalMaser, known_models

_NAMED: Final = re.compile(r"Argument `([^`]+)` must")


def explorable() -> dict[str, type[Model]]:
    """Return the models that a page shows: those whose parameters are numbers, by name."""
    return {
        name: model
        for name, model in known_models().items()
        if model.__module__.startswith("torusync.") and any(one.axes < 2 for one in model.PARAMETERS)
    }


def shown_parameters(model: type[Model]) -> list[Parameter]:
    """Return shorthands and parameters of a model that have a number, or a number a level."""
    return [one for one in model.table().values() if one.axes < 2]


def model_of(request: Mapping[str, Any]) -> type[Model]:
    """Return the model that is asked for."""
    return explorable()[as_name("model", request.get("model"), explorable())]


def named_in(sentence: str) -> str | None:
    """Return the argument that the sentence of a refusal is about, if it names one."""
    found = _NAMED.match(sentence)
    return found[1] if found else None


def values_of(model: type[Model], given: Any) -> dict[str, Any]:
    """Return values as the model takes them; what is null is left out.

    Raises
    ------
    ArgumentError
        If one is no value of a page.
    """
    as_instance("values", given, Mapping, "values by the names of parameters")
    table, found = model.table(), {}
    for name, value in given.items():
        if value is None:
            continue
        one = table.get(name)
        if one is None:
            found[name] = value  # refused by the model, in its words
            continue
        if one.axes > 1:
            raise requirement(name, "be left out on this page", "it is a matrix")
        found[name] = _number(one, value)
    return found


def _number(one: Parameter, value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) != {"re", "im"}:
            raise requirement(one.name, "be a number, or {re, im}", f"it is {shown(dict(value))}")
        parts = np.asarray(_plain(one, value["re"]), dtype=np.float64), np.asarray(_plain(one, value["im"]))
        if parts[0].shape != parts[1].shape:
            raise requirement(one.name, "have as many imaginary as real parts", "it has not")
        return parts[0] + 1j * parts[1]
    return _plain(one, value)


def _plain(one: Parameter, value: Any) -> Any:
    if isinstance(value, list):
        if not one.axes:
            raise requirement(one.name, "be one number", f"it is {shown(value)}")
        if len(value) > EXPLORED_LEVELS or not all(_is_number(entry) for entry in value):
            raise requirement(one.name, f"be a number, or up to {EXPLORED_LEVELS} of them", f"it is {shown(value)}")
        return [float(entry) for entry in value]
    if not _is_number(value):
        raise requirement(one.name, "be a number", f"it is {shown(value)}")
    if one.kind is Kind.COUNT:
        if value > EXPLORED_LEVELS:
            raise requirement(one.name, f"be at most {EXPLORED_LEVELS} on this page", f"it is {shown(value)}")
        return int(value) if float(value).is_integer() else value
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def system_of(request: Mapping[str, Any]) -> Model:
    """Return the system that is asked for.

    Raises
    ------
    ArgumentError
        If a value is outside of physics, or the system too large for a page.
    """
    model = model_of(request)
    system = model.from_shorthands(values_of(model, request.get("values", {})))
    most = EXPLORED_LEVELS + 2 if isinstance(system, ThermalMaser) else EXPLORED_DIMENSION
    if system.dimension > most:
        counts = [one.name for one in model.table().values() if one.kind is Kind.COUNT]
        must = f"give at most {most} levels on this page"
        raise requirement(counts[0] if counts else "values", must, f"they are {system.dimension}")
    return system


def used(system: Model, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a system as they are shown: what was given, and what else has a default."""
    table = type(system).table()
    replaced = {one.instead for name, one in table.items() if one.instead and given.get(name) is not None}
    found = {name: value for name, value in given.items() if value is not None}
    for one in type(system).PARAMETERS:
        if one.axes < 2 and one.name not in {*found, *replaced} and not one.required and one.default is not None:
            found[one.name] = one.default
    return {name: found[name] for name in table if name in found}
