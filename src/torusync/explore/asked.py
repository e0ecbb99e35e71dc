"""What a page asks for, read: a model and its values, by the same tables and in the same sentences as everywhere.

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
from torusync.sweeps import Derived, derived_of
from torusync.sweeps.named import registered_by

_NAMED: Final = re.compile(r"Argument `([^`]+)` must")
_LARGEST: Final = 1e300


def explorable() -> dict[str, type[Model]]:
    """Return the library's own models whose parameters are numbers, by name."""
    return {
        name: model
        for name, model in known_models().items()
        if model.__module__.startswith("torusync.") and any(one.axes < 2 for one in model.PARAMETERS)
    }


def shown_parameters(model: type[Model]) -> list[Parameter]:
    """Return shorthands and parameters of a model that have a number, or a number a level.

    What stands for a count is the count once more, in steps that no slider has.
    """
    table = model.table()
    counts = {one.name for one in table.values() if one.kind is Kind.COUNT}
    return [one for one in table.values() if one.axes < 2 and one.instead not in counts]


def shown_derived(model: type[Model]) -> dict[str, Derived]:
    """Return what sweeps let stand for parameters, by name; what a paper has for its own draws is no slider."""
    found = derived_of(model)
    return {name: one for name, one in found.items() if registered_by(model, name) == "torusync.sweeps.named"}


def model_of(request: Mapping[str, Any]) -> type[Model]:
    """Return the model that is asked for."""
    return explorable()[as_name("model", request.get("model"), explorable())]


def named_in(sentence: str) -> str | None:
    """Return the argument that the sentence of a refusal is about, if it names one."""
    found = _NAMED.match(sentence)
    return found[1] if found else None


def stands_for(model: type[Model], name: str) -> str:
    """Return the parameter that a value determines in the end: its own, or the one that it is given in place of."""
    derived, table = shown_derived(model), model.table()
    if name in derived:
        return stands_for(model, derived[name].gives)
    return (table[name].instead or name) if name in table else name


def values_of(model: type[Model], given: Any) -> dict[str, Any]:
    """Return values as the model and sweeps of it take them; what is null is left out.

    Raises
    ------
    ArgumentError
        If one is no value of a page.
    """
    as_instance("values", given, Mapping, "values by the names of parameters")
    table, derived = model.table(), shown_derived(model)
    found: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in derived:
            found[name] = _plain(name, value, levels=False)
            continue
        one = table.get(name)
        if one is None:
            raise requirement(shown_name(name), f"be one of {', '.join([*table, *derived])}", "the model has none such")
        if one.axes > 1:
            raise requirement(name, "be left out on this page", "it is a matrix")
        found[name] = _count(one, value) if one.kind is Kind.COUNT else _number(one, value)
    return found


def shown_name(name: Any) -> str:
    """Return a name that a stranger chose, as it can stand in a sentence."""
    return name if isinstance(name, str) and name.isidentifier() and len(name) <= 40 else "values"


def _number(one: Parameter, value: Any) -> Any:
    if not isinstance(value, Mapping):
        return _plain(one.name, value, levels=one.axes == 1)
    if set(value) != {"re", "im"}:
        raise requirement(one.name, "be a number, or {re, im}", f"it is {shown(dict(value))}")
    real, imaginary = (np.asarray(_plain(one.name, value[part], levels=one.axes == 1)) for part in ("re", "im"))
    if real.shape != imaginary.shape:
        raise requirement(one.name, "have as many imaginary as real parts", "it has not")
    return (real + 1j * imaginary).tolist()


def _count(one: Parameter, value: Any) -> Any:
    if not _is_number(value) or value > EXPLORED_LEVELS:
        raise requirement(
            one.name, f"be a whole number, at most {EXPLORED_LEVELS} on this page", f"it is {shown(value)}"
        )
    return int(value) if float(value).is_integer() else value


def _plain(name: str, value: Any, *, levels: bool) -> Any:
    if isinstance(value, list) and levels:
        if not 0 < len(value) <= EXPLORED_LEVELS or not all(map(_is_number, value)):
            raise requirement(name, f"be a number, or up to {EXPLORED_LEVELS} of them", f"it is {shown(value)}")
        return [float(entry) for entry in value]
    if not _is_number(value):
        raise requirement(name, "be one number", f"it is {shown(value)}")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def resolved(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same with what stands for other parameters worked out, as a model takes them.

    Raises
    ------
    ArgumentError
        If something is given twice, or what it follows from is not.
    """
    found = dict(values)
    table = model.table()
    for name, one in shown_derived(model).items():
        if name not in found:
            continue
        value = found.pop(name)
        for other in values:
            if other != name and stands_for(model, other) == stands_for(model, name):
                raise requirement(other, f"be left out beside `{name}`", "both are given")
        needs = [found.get(need, table[need].default if need in table else None) for need in one.needs]
        for need, had in zip(one.needs, needs, strict=True):
            if had is None or had is Parameter.default or (need not in found and table[need].required):
                raise requirement(need, f"be given beside `{name}`", "it is missing")
            if need in table:
                table[need].read(had)  # or its fault would be told of what follows from it
        with np.errstate(all="ignore"):
            worked = np.asarray(one.of(np.asarray(value), *map(np.asarray, needs)))
        _follows(name, value, table[one.gives], worked)
        found[one.gives] = worked.tolist()
    return found


def _follows(name: str, value: Any, parameter: Parameter, worked: Any) -> None:
    """Refuse a value from which nothing follows that its model takes: by its own name, which the page shows."""
    told = f"with {shown(value)} it would be {shown(worked.tolist())}"
    if not np.isfinite(worked).all():
        raise requirement(name, f"leave `{parameter.name}` finite", told)
    if parameter.minimum is not None and np.any(worked < parameter.minimum):
        raise requirement(name, f"leave `{parameter.name}` at least {parameter.minimum:g}", told)


def system_of(request: Mapping[str, Any]) -> Model:
    """Return the system that is asked for.

    Raises
    ------
    ArgumentError
        If a value is outside of physics, or the system too large for a page.
    """
    model = model_of(request)
    return built(model, values_of(model, request.get("values", {})))


def built(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Return a system of some values, or refuse it."""
    system = model.from_shorthands(resolved(model, values))
    most = EXPLORED_LEVELS + 2 if isinstance(system, ThermalMaser) else EXPLORED_DIMENSION
    if system.dimension > most:
        counts = [one.name for one in model.table().values() if one.kind is Kind.COUNT]
        must = f"give at most {most} levels on this page"
        raise requirement(counts[0] if counts else "values", must, f"they are {system.dimension}")
    return system


def following(system: Model, given: Mapping[str, Any]) -> dict[str, float]:
    """Return what was not given and follows: the present place on a line along it, where that is one number."""
    model, found = type(system), {}
    for name, derived in shown_derived(model).items():
        if name not in given and derived.read is not None:
            with np.errstate(all="ignore"):
                found[name] = np.unique(np.asarray(derived.read(system), dtype=np.float64))
    for one in model.SHORTHANDS:
        if one.name not in given and hasattr(system, one.name):
            found[one.name] = np.unique(np.asarray(getattr(system, one.name), dtype=np.float64))
    return {name: float(several[0]) for name, several in found.items() if len(several) == 1 and np.isfinite(several[0])}


def used(model: type[Model], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as they are shown: what was given, and what else has a default."""
    replaced = {stands_for(model, name) for name in given}
    found = dict(given)
    for one in model.PARAMETERS:
        if one.axes < 2 and one.name not in replaced and not one.required and one.default is not None:
            found[one.name] = one.default
    order = [*model.table(), *shown_derived(model)]
    return {name: found[name] for name in order if name in found}
