"""What a page can show: models with their parameters and sliders, quantities, presets.  Nothing is typed anew.

Labels, units and bounds are those of `PARAMETERS` and `QUANTITIES`.  How far a slider goes is no physics: it follows
from the kind of a parameter, its bounds, and the value that a page begins with.
"""

import functools
import math
from collections.abc import Mapping
from typing import Any, Final

from torusync import __version__
from torusync._limits import (
    DRAWN_LEVELS,
    DROPPED_BYTES,
    EVOLVED_FRAMES,
    EXPLORED_AXES,
    EXPLORED_DIMENSION,
    EXPLORED_EVOLVED,
    EXPLORED_LEVELS,
    EXPLORED_POINTS,
    JOB_SECONDS,
    WALKED_LEVELS,
)
from torusync.explore.asked import explorable, shown_derived, shown_parameters, stands_for
from torusync.explore.distributions import of_a_reading
from torusync.explore.presets import ALONG, STARTS, STORY, figures
from torusync.explore.studies import frequency_of
from torusync.explore.times import starts_of
from torusync.explore.words import pretty
from torusync.models import Kind, Model, Parameter, ThermalMaser
from torusync.models.laboratory import unit_of
from torusync.quantities import QUANTITIES
from torusync.sweeps import Derived

_TITLES: Final[Mapping[str, str]] = {
    "maser": "Thermal maser", "spin_one": "Spin 1", "any_spin": "Spin of any size",
    "spin_pair": "Two spins 1", "spin_chain": "Chain of spins 1",
    "van_der_pol": "Van der Pol oscillator", "van_der_pol_pair": "Two van der Pol oscillators",
    "qubit_pair": "Two qubits", "maser_pair": "Two thermal masers",
}  # fmt: skip
"""Names as a person says them; a model without one is called by its class."""

_LOG: Final = {Kind.RATE, Kind.OCCUPATION, Kind.TEMPERATURE}


@functools.cache
def catalogue() -> dict[str, Any]:
    """Return all that a page needs to know before it asks for a point."""
    models = [_model(name, explorable()[name]) for name in STARTS]
    quantities = [
        {
            "name": one.name, "symbol": one.symbol, "long_name": one.long_name, "units": pretty(one.units.label),
            "source": one.source, "dims": list(one.dims), "part": one.part.title,
            "codes": None if one.codes is None else [
                {"code": int(each), "name": each.name.lower(), "sentence": getattr(each, "sentence", "")}
                for each in one.codes
            ],
        }
        for one in QUANTITIES.values()
    ]  # fmt: skip
    limits = {
        "levels": EXPLORED_LEVELS, "dimension": EXPLORED_DIMENSION, "evolved": EXPLORED_EVOLVED,
        "frames": EVOLVED_FRAMES, "walked": WALKED_LEVELS, "judged": DRAWN_LEVELS, "axis": EXPLORED_AXES,
        "points": EXPLORED_POINTS, "dropped_bytes": DROPPED_BYTES, "job_seconds": JOB_SECONDS,
    }  # fmt: skip
    return {
        "version": __version__,
        "limits": limits,
        "models": models,
        "quantities": quantities,
        "presets": [*figures(), *(_of_a_model(one) for one in models)],
    }


def _model(name: str, model: type[Model]) -> dict[str, Any]:
    parameters = shown_parameters(model)
    counts = [one.name for one in parameters if one.kind is Kind.COUNT and one.name in STARTS[name]]
    start = STARTS[name]
    about = (model.__doc__ or "").strip().partition("\n")[0].rstrip(".").partition(", or a batch of")[0]
    system = model.from_shorthands(start)
    return {
        "name": name,
        "title": _TITLES.get(name, model.__name__),
        "about": about,
        "size": counts[0] if counts else None,
        "unit": frequency_of(model),
        "parameters": [
            *(_parameter(model, one, start) for one in parameters),
            *(_derived(model, one) for one in shown_derived(model).values()),
        ],
        "starts": starts_of(model),
        "start": dict(start),
        "distribution": of_a_reading(system.distribution, system.dimension, system.reference),
    }


def _parameter(model: type[Model], one: Parameter, start: Mapping[str, Any]) -> dict[str, Any]:
    default = None if one.required else one.default
    return {
        "name": one.name,
        "symbol": one.symbol,
        "about": one.about,
        "kind": one.kind.name.lower(),
        "unit": pretty(unit_of(one.kind, frequency_of(model))),
        "per_level": one.axes == 1,
        "complex": one.complex,
        "required": one.required and one.instead is None,
        "instead": one.instead,
        "minimum": one.minimum,
        "above": one.above,
        "maximum": one.maximum,
        "default": default,
        "slider": slider(one, start.get(one.name, default)),
    }


def _derived(model: type[Model], one: Derived) -> dict[str, Any]:
    """Return what stands for a parameter in sweeps, as a parameter."""
    shown = Parameter(one.name, one.symbol, one.kind, one.about, minimum=0.0, instead=stands_for(model, one.name))
    return _parameter(model, shown, {}) | {"required": False, "minimum": None, "slider": _RATIOS}


_RATIOS: Final = {"minimum": 0.01, "maximum": 100.0, "log": True}
"""Of ratios and occupations: those that the letter draws."""


def _of_a_model(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the preset of a model: what a page begins with, along what it is swept over first."""
    sliders = {one["name"]: one["slider"] for one in told["parameters"]}
    along, across = (
        {"name": name, "start": sliders[name]["minimum"], "stop": sliders[name]["maximum"], "log": sliders[name]["log"]}
        for name in ALONG[told["name"]]
    )
    return {
        "name": f"model-{told['name']}",
        "title": told["title"],
        "about": told["about"],
        "group": "models",
        "figure": None,
        "model": told["name"],
        "values": told["start"],
        "axis": along | {"count": 61},
        "quantities": STORY if told["name"] == ThermalMaser.NAME else ["s_max"],
        "tongue": {"axes": [along | {"count": 41}, across | {"count": 15}], "quantity": "s_max"},
    }


def slider(one: Parameter, start: Any) -> dict[str, Any]:
    """Return the range of a slider, and whether it is one of decades."""
    size = abs(start) if isinstance(start, int | float) else 0.0
    if one.kind is Kind.COUNT:
        most = EXPLORED_LEVELS if one.maximum is None else one.maximum
        return {"minimum": one.minimum or 1, "maximum": min(most, 64), "log": False}
    if one.minimum is not None and one.maximum is not None:
        return {"minimum": one.minimum, "maximum": one.maximum, "log": False}
    bounded = one.minimum if one.above is None else one.above
    if one.kind in _LOG or (one.kind is Kind.FREQUENCY and (one.complex or one.above is not None)):
        middle = math.floor(math.log10(size)) if size else -1
        low, high = 10.0 ** (middle - 2), 10.0 ** (middle + 2)
        return {"minimum": low, "maximum": high, "log": True}
    most = _nice(max(2.0 * size, 1.0))
    return {"minimum": -most if bounded is None else bounded, "maximum": most, "log": False}


def _nice(value: float) -> float:
    """Return the next of 1, 2, 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= value * (1.0 - 1e-12))
