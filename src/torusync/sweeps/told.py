"""What a study is told beside numbers: whose the channels are, the parts of the system, and how its phases are read.

None of it runs: it stands among what is fixed, under the names that a system takes it by.  A study is its text, so all
of it has one form there, the same however it came: baths as they are or by their parts, energies of any library.  A
distribution is told by its name and numbers, and one of the user's own has no name that a file could know.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from torusync._checks import requirement, shown
from torusync._errors import did_you_mean
from torusync._operators import as_dims
from torusync.interop import dims_of
from torusync.models import Baths, Model
from torusync.models.baths import baths_of
from torusync.phases import SU2, SUD, Fock, Joint, PhaseDistribution, Relative, Transition
from torusync.phases.distribution import as_distribution
from torusync.sweeps import named

_BESIDE: Final = ("energies", "frequencies", "temperatures")
_BATHS: Final = ("baths", *_BESIDE)
_READING: Final = "distribution"

_NAMES: Final = frozenset({*_BATHS, "dims", _READING})
"""What systems are told beside numbers and operators, and models have as properties."""

_OWN: Final[Mapping[type[PhaseDistribution], tuple[str, ...]]] = MappingProxyType({
    SUD: (), Fock: (), SU2: ("spin",), Transition: ("lower", "upper"),
    Relative: ("of", "dims", "parts"), Joint: ("of", "dims", "parts"),
})  # fmt: skip
"""Distributions that a text can hold, and what tells each from others of its kind; ``of`` are those of its parts."""


def is_told(name: str, model: type[Model]) -> bool:
    """Whether a name is that of something that is told, and of no parameter of the model."""
    return name in _NAMES and name not in model.table()


def _require_tellable(name: str, model: type[Model], *, runs: bool) -> None:
    if not is_told(name, model):
        return
    if name != _READING and name not in model.TOLD:
        must = f"be a parameter of {model.__name__} in a study, which are {', '.join(model.table())}"
        way = "tell it to a batch, for ts.solve(batch).to_dataset(...), or sweep a Model of your own that has it"
        raise requirement(name, must, f"it is none; {way}")
    if runs:
        must = "be fixed: it is told once, for all points of a study"
        found = "it runs along an axis; solve a batch, ts.solve(batch).to_dataset(...), or sweep a Model of your own"
        raise requirement(name, must, found)


def require_tellable(model: type[Model], axes: Mapping[str, Any], fixed: Mapping[str, Any]) -> None:
    """Refuse what is told where it runs along an axis, or to a model that is not told such a thing.

    Raises
    ------
    ArgumentError
        With another way to get there.
    """
    for name in {**axes, **_running(axes)}:
        _require_tellable(name, model, runs=True)
    for name in fixed:
        _require_tellable(name, model, runs=False)


def _running(axes: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in axes.items():
        found |= value if isinstance(value, Mapping) else {name: value}
    return found


def read(model: type[Model], axes: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told as it comes back from a file, checked as far as it can be without the numbers.

    Parameters
    ----------
    model
        What is swept.
    axes, fixed
        As a study is given them: objects of QuTiP know the parts of their space.

    Raises
    ------
    ArgumentError
        If it is none, has batch axes, or operators are of several spaces.
    """
    running = _running(axes)
    table, given = model.table(), {name: value for name, value in fixed.items() if is_told(name, model)}
    found = _plain_baths({name: given[name] for name in _BATHS if name in given})
    if "dims" in model.TOLD:
        operators = {name: one for name, one in {**running, **fixed}.items() if name in table and table[name].axes == 2}
        brought = {**operators, **{name: given[name] for name in ("energies",) if name in given}}
        known = [found for name, one in brought.items() for found in _spaces(name, one)]
        if (dims := _dims(given.get("dims"), known)) is not None:
            found["dims"] = dims
    if _READING in given:
        reading = given[_READING]
        as_distribution(_READING, reading)
        _encoded(reading)
        found[_READING] = reading
    return found


def _plain_baths(given: Mapping[str, Any]) -> dict[str, Any]:
    baths = baths_of(given.get("baths"), *(given.get(name) for name in ("temperatures", "frequencies", "energies")))
    if baths is None:
        return {}
    for name, shape in baths.batch_shapes().items():
        if shape:
            must = "be told once, for all points of a study"
            raise requirement(name, must, f"its batch axes are {shape}; solve a batch, or sweep a Model of your own")
    found: dict[str, Any] = {"baths": MappingProxyType({one.name: one.channels for one in baths.members})}
    warm = {one.name: float(one.temperature) for one in baths.members if one.temperature is not None}
    quanta = {one.name: tuple(one.frequencies.tolist()) for one in baths.members if one.frequencies is not None}
    found |= {"temperatures": MappingProxyType(warm)} if warm else {}
    found |= {"frequencies": MappingProxyType(quanta)} if quanta else {}
    if baths.energies is not None:
        energies = baths.energies if baths.energies.imag.any() else np.array(baths.energies.real)
        energies.setflags(write=False)
        found["energies"] = energies
    return found


def _spaces(name: str, value: Any) -> list[tuple[str, tuple[int, ...]]]:
    """Return the parts of the spaces that operators of QuTiP act on: one, a list of them, or pairs with rates."""
    found = [dims_of(name, value)]
    if isinstance(value, list | tuple):
        pairs = [one for one in (value, *value) if isinstance(one, list | tuple) and len(one) == 2]
        found += [dims_of(name, one[1]) for one in pairs]
    return [(name, one) for one in found if one is not None]


def _dims(stated: Any, known: list[tuple[str, tuple[int, ...]]]) -> tuple[int, ...] | None:
    """Return the parts that are stated, or that all operators have; nothing for a system of one part."""
    # the product is compared with the levels where a system is built
    dims = None if stated is None else as_dims("dims", stated, None)
    by, first = ("dims", dims) if dims is not None else next(iter(known), ("dims", None))
    for name, space in known:
        # one factor of all levels is also what QuTiP says of a matrix that nobody told it anything about
        if space != first and (stated is None or len(space) > 1):
            raise requirement(name, f"act on a space of dims {first}, as `{by}` says", f"its dims are {space}")
    return dims if dims is not None else first if first is not None and len(first) > 1 else None


def for_systems(fixed: Mapping[str, Any], model: type[Model]) -> dict[str, Any]:
    """Return what of the fixed values a system is built with beside its parameters."""
    held = {name: value for name, value in fixed.items() if is_told(name, model)}
    found = {"dims": held["dims"]} if "dims" in held else {}
    if "baths" in held:
        beside = {name: held[name] for name in _BESIDE if name in held}
        found["baths"] = Baths(held["baths"], **beside)
    return found


def reading_of(fixed: Mapping[str, Any], model: type[Model]) -> PhaseDistribution | None:
    """Return how phases are read, where not as the model has it."""
    found = fixed.get(_READING) if is_told(_READING, model) else None
    assert found is None or isinstance(found, PhaseDistribution)
    return found


def encoded(name: str, value: Any, model: type[Model]) -> Any:
    """Return a fixed value of a study as JSON can hold it."""
    apart = is_told(name, model) and name != "energies"
    return _encoded(value) if apart else named.encoded(value)


def _encoded(value: Any) -> Any:
    """Return what is told as JSON can hold it, or refuse a distribution of no name that a file could know."""
    if isinstance(value, PhaseDistribution):
        own = _OWN.get(type(value))
        if own is None:
            must = f"be one of {', '.join(one.__name__ for one in _OWN)} where a study holds it"
            raise requirement(
                _READING, must, f"it is {shown(value)}; sweep a Model of your own whose `distribution` it is"
            )
        held = {name: getattr(value, "distributions" if name == "of" else name) for name in own}
        return {"name": type(value).__name__} | {name: _encoded(one) for name, one in held.items()}
    if isinstance(value, Mapping):
        return {name: _encoded(one) for name, one in value.items()}
    return [_encoded(one) for one in value] if isinstance(value, tuple) else value


def decoded(name: str, value: Any, model: type[Model]) -> Any:
    """Return what a fixed value of a study was encoded as: a table of baths may have any names."""
    if not is_told(name, model) or name == "energies":
        return named.decoded(value)
    return _distribution(value) if name == _READING else value


def _distribution(value: Any) -> PhaseDistribution:
    """Return the distribution that a table is of.

    Raises
    ------
    ArgumentError
        If it is of none, or says what its kind has not.
    """
    known = {one.__name__: one for one in _OWN}
    if not isinstance(value, Mapping) or "name" not in value:
        must = 'be a table of a distribution, like { name = "SU2", spin = 1.0 }'
        raise requirement(_READING, must, f"it is {shown(value)}")
    name = value["name"]
    if not isinstance(name, str) or name not in known:
        hint = did_you_mean(name, known) if isinstance(name, str) else ""
        raise requirement(_READING, f"be one of {', '.join(known)}", f"it is {shown(name)}{hint and f'; {hint}'}")
    own = _OWN[known[name]]
    for one in value:
        if one not in {"name", *own}:
            found = f"it has {one!r}"
            raise requirement(_READING, f"have {', '.join(own) or 'nothing'} beside its name, which is {name}", found)
    rest = {one: held for one, held in value.items() if one not in {"name", "of"}}
    for one in own:
        if one not in value and one not in {"dims", "parts"}:
            raise requirement(_READING, f"have `{one}`, as each {name} does", "it has none")
    parts = value.get("of", [])
    if not isinstance(parts, list) or (name == "Relative" and len(parts) != 2):
        must = f"have in `of` {'the two' if name == 'Relative' else 'the'} distributions of its parts"
        raise requirement(_READING, must, f"it has {shown(parts)}")
    make: Any = known[name]
    made: PhaseDistribution = make(*map(_distribution, parts), **rest)
    return made
