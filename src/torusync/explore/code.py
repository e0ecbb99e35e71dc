"""The text that reproduces a view: lines of Python that a reader runs as they are, and gets the numbers of the page.

They are written from the same values that the page was worked out with, each number with all its digits.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from torusync._checks import as_instance, as_list, as_name, requirement
from torusync.explore.asked import built, model_of, resolved, values_of
from torusync.explore.studies import ends_of, study_of
from torusync.explore.times import TURNED, evolution_of
from torusync.models import Kind, Model, ThermalMaser, Truncated

_IMPORTS: Final = "import numpy as np\nimport torusync as ts\n"


def view_code(request: Mapping[str, Any]) -> dict[str, str]:
    """Return the text for a view: a point, a line, a tongue, or states in time.

    Raises
    ------
    ArgumentError
        If the view is none.
    """
    view: Any = as_instance("view", request.get("view"), Mapping, "the state of a page")
    kind = as_name("kind", view.get("kind", "point"), _KINDS)
    return {"code": _KINDS[kind](view)}


def point_code(model: type[Model], values: Mapping[str, Any]) -> str:
    """Return the lines that solve one system."""
    system = _system(model, values)
    return f"{_IMPORTS}\n{system}solution = ts.solve(system, throw=False)\nprint(solution.synchronization)\n"


def _point(view: Mapping[str, Any]) -> str:
    model = model_of(view)
    values = values_of(model, view.get("values", {}))
    built(model, values)
    return point_code(model, values)


def _line(view: Mapping[str, Any]) -> str:
    asked = as_list("quantities", view.get("quantities", ["s_max"]), "be names of quantities")
    return _sweep(view, [view.get("axis")], asked)


def _tongue(view: Mapping[str, Any]) -> str:
    axes = as_list("axes", view.get("axes"), "be two axes")
    if len(axes) != 2:
        raise requirement("axes", "be two", f"they are {len(axes)}")
    return _sweep(view, axes, [view.get("quantity", "s_max")])


def _sweep(view: Mapping[str, Any], axes: list[Any], asked: list[Any]) -> str:
    study = study_of(view, axes, asked)
    model = model_of(view)
    running = ",\n        ".join(f'"{name}": {text}' for name, text in (_axis(model, axis) for axis in axes))
    fixed = _rows({name: _plain(value) for name, value in study.fixed.items()}, "        ")
    return (
        f"{_IMPORTS}\n"
        f"ds = ts.sweep(\n    {_name(model)},\n    axes={{\n        {running},\n    }},\n"
        f"    quantities={list(study.quantities)!r},\n    fixed={{\n{fixed}    }},\n)\n"
        f'print(ds["{study.quantities[0]}"])\n'
    )


def _axis(model: type[Model], axis: Any) -> tuple[str, str]:
    name, (start, stop, count, log) = ends_of(model, axis)
    text = f"np.{'geomspace' if log else 'linspace'}({start!r}, {stop!r}, {count})"
    table = model.table()
    whole = name in table and table[name].kind is Kind.COUNT
    return name, f"np.unique(np.round({text}).astype(int))" if whole else text


def _evolve(view: Mapping[str, Any]) -> str:
    model = model_of(view)
    asked = evolution_of(view)
    start = _TURNED if asked.start == TURNED else f"start = {asked.start!r}\n"
    levels = "system = system.cut_at(system.dims)\n" if issubclass(model, Truncated) else ""
    return (
        f"{_IMPORTS}\n{_system(model, values_of(model, view.get('values', {})))}{levels}"
        "state = ts.steady_state(system)\n"
        f"times = np.linspace(0.0, {asked.duration!r}, {asked.frames})\n"
        f"turned = np.random.default_rng({asked.seed}).uniform(0.0, 2.0 * np.pi, system.dimension)\n"
        f"{start}"
        "path = ts.evolve(system, start, times)\n"
        "sync = ts.synchronization(path)\n"
        "frozen = ts.phase_model(system).frozen(state).follow(turned[np.newaxis], times)  # beside it, no evolution\n"
        "print(sync)\n"
    )


_TURNED: Final = "turn = np.exp(-1j * turned)\nstart = turn[:, np.newaxis] * state.density.to_array() * np.conj(turn)\n"

_KINDS: Final = {"point": _point, "line": _line, "tongue": _tongue, "evolve": _evolve}


def _name(model: type[Model]) -> str:
    return "ts.ThermalMaser" if model is ThermalMaser else f"ts.models.{model.__name__}"


def _system(model: type[Model], values: Mapping[str, Any]) -> str:
    """Return the lines that build a system; what stands for parameters in sweeps alone is worked out."""
    plain = resolved(model, values)
    shorthands = {one.name for one in model.SHORTHANDS}
    if shorthands.isdisjoint(plain):
        told = "".join(f"    {name}={_literal(value)},\n" for name, value in plain.items())
        return f"system = {_name(model)}(\n{told})\n"
    return f"system = {_name(model)}.from_shorthands({{\n{_rows(plain, '    ')}}})\n"


def _rows(values: Mapping[str, Any], before: str) -> str:
    return "".join(f'{before}"{name}": {_literal(value)},\n' for name, value in values.items())


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value


def _literal(value: Any) -> str:
    """Return a number, or a row of them, as Python reads it back."""
    return repr(_plain(value))
