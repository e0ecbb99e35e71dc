"""What may stand in for values of a parameter, by name: functions of other parameters, and distributions.

A study travels to other processes and lies in files, and neither can hold a function.  So both are looked up by their
names among those that are known here, and what is drawn follows from a seed, the number of the realisation and the name
of the parameter alone: it is the same whatever else is drawn, in whichever order and chunk.
"""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, final

import numpy as np

from torusync._checks import Real, as_count, as_instance, as_list, as_name, as_number, requirement, shown
from torusync._frozen import caller
from torusync.models import Kind, Model, ThermalMaser
from torusync.models.parameters import require_model
from torusync.quantities import QUANTITIES

Columns = dict[str, Any]
"""Values by name: arrays that broadcast to ``(points, levels)``."""


@final
@dataclass(frozen=True)
class Derived:
    """A parameter of a study that a model does not have, and what it stands for.

    Parameters
    ----------
    name, symbol, about, kind
        As of a `Parameter`.
    gives
        The parameter of the model that it determines.
    needs
        The parameters that it is worked out with.
    of
        Function of its own value and of theirs, entry by entry.
    read
        Function that reads its value off a system, where that is known: a number, or one a level.

    Raises
    ------
    ArgumentError
        If a name is none, or ``of`` no function.
    """

    name: str
    symbol: str
    about: str
    gives: str
    needs: tuple[str, ...]
    of: Callable[..., Any]
    kind: Kind = Kind.PLAIN
    read: Callable[[Any], Any] | None = None

    def __post_init__(self) -> None:
        if not as_instance("name", self.name, str, "a name such as 'occupation_ratio'").isidentifier():
            raise requirement("name", "be a name such as 'occupation_ratio'", f"it is {shown(self.name)}")
        for name in ("symbol", "about", "gives"):
            as_instance(name, getattr(self, name), str, "a text")
        needs = as_list("needs", self.needs, "be names of parameters")
        object.__setattr__(self, "needs", tuple(as_instance("needs", one, str, "names of parameters") for one in needs))
        if not callable(self.of):
            raise requirement("of", "be a function of its own value and those that it needs", f"it is {shown(self.of)}")
        if self.read is not None and not callable(self.read):
            raise requirement("read", "be a function of a system", f"it is {shown(self.read)}")
        as_instance("kind", self.kind, Kind, "a Kind of parameters, such as Kind.PLAIN")


_DERIVED: Final[dict[str, dict[str, Derived]]] = {}
_MODULES: Final[dict[tuple[str, str], str]] = {}


def register_derived(model: type[Model], *derived: Derived) -> None:
    """Add what studies of a model may give in place of its parameters: all of it, or nothing.

    Raises
    ------
    ArgumentError
        If the model has something of that name already, or has not what it gives.
    """
    require_model(model)
    known = dict(derived_of(model))
    for one in derived:
        as_instance("derived", one, Derived, "what stands for a parameter, of Derived(...)")
        if one.name in known or one.name in model.table():
            raise requirement("derived", "have names of their own", f"{model.__name__} has {one.name!r} already")
        if one.gives not in model.table():
            raise requirement("derived", "give a parameter of the model", f"{one.name!r} gives {one.gives!r}")
        known[one.name] = one
    _DERIVED[model.NAME] = known
    _MODULES.update({(model.NAME, one.name): caller() for one in derived})


def registered_by(model: type[Model], name: str) -> str:
    """Return the module that registered what stands for a parameter: whoever imports it knows it, too."""
    return _MODULES[model.NAME, name]


def derived_of(model: type[Model]) -> Mapping[str, Derived]:
    """Return what studies of a model may give in place of its parameters, by name."""
    require_model(model)
    return MappingProxyType(_DERIVED.get(model.NAME, {}))


# functions with names, because a lambda cannot go to another process


def _occupation(ratio: Any, n_cold: Any) -> Any:
    return ratio * n_cold


def _coupling(ratio: Any, gamma_hot: Any, n_hot: Any) -> Any:
    return gamma_hot * (1.0 + n_hot) / ratio


def _temperature(occupation: Any, omega_hot: Any) -> Any:
    return omega_hot / np.log1p(1.0 / occupation)


def _ratio_of(maser: ThermalMaser) -> Any:
    return maser.n_hot / maser.n_cold


def _dissipation_of(maser: ThermalMaser) -> Any:
    return _coupling(np.abs(maser.drive), maser.gamma_hot, maser.n_hot)


def _lowest_of(maser: ThermalMaser) -> Any:
    return maser.level_occupations[..., 0]


register_derived(
    ThermalMaser,
    Derived(
        "occupation_ratio", "n_h/n_c", "occupation of the hot bath over that of the cold one", "n_hot", ("n_cold",),
        _occupation, read=_ratio_of,
    ),
    Derived(
        "dissipation_ratio", "k", "γ_h (1 + n_h)/λ, the dissipation over the drive", "drive", ("gamma_hot", "n_hot"),
        _coupling, read=_dissipation_of,
    ),
    Derived(
        "hot_occupation", "n_h(ω_2)", "occupation of the hot bath at ω_2, where levels lie apart", "hot_temperature",
        ("omega_hot",), _temperature, Kind.OCCUPATION, _lowest_of,
    ),
)  # fmt: skip


def _normal(u: Real) -> Real:
    from scipy.special import ndtri  # noqa: PLC0415  (takes a while to load, and few studies draw)

    return np.asarray(ndtri(u))


DISTRIBUTIONS: Final[Mapping[str, tuple[tuple[str, ...], Callable[..., Any]]]] = MappingProxyType({
    "normal": (("mean", "deviation"), lambda u, mean, deviation: mean + deviation * _normal(u)),
    "uniform": (("low", "high"), lambda u, low, high: low + (high - low) * u),
    "lognormal": (("median", "sigma"), lambda u, median, sigma: median * np.exp(sigma * _normal(u))),
    "exponential": (("mean",), lambda u, mean: -mean * np.log1p(-u)),
    "cauchy": (("centre", "half_width"), lambda u, centre, width: centre + width * np.tan(np.pi * (u - 0.5))),
})  # fmt: skip
"""Distributions: names of their arguments, and the inverse of the cumulative distribution."""

SCALES: Final = ("deviation", "sigma", "half_width")
"""Arguments that are widths: a negative one would draw from the mirrored numbers, and hide that it was a mistake."""


@final
@dataclass(frozen=True, init=False)
class Draw:
    """A parameter that is drawn anew in each realisation, level by level where it has a value a level.

    Parameters
    ----------
    distribution
        One of `DISTRIBUTIONS`: "normal" (mean, deviation), "uniform" (low, high), "lognormal" (median, sigma),
        "exponential" (mean), "cauchy" (centre, half_width).
    arguments
        Its arguments, numbers or names of axes and fixed values of the study: the width of a disorder can be an axis.
    first
        Value of the first level, where that one is held and the others are drawn.

    Raises
    ------
    ArgumentError
        If there is no such distribution, or it has other arguments.
    """

    distribution: str
    arguments: tuple[float | str, ...]
    first: float | None = None

    def __init__(self, distribution: str, *arguments: float | str, first: float | None = None) -> None:
        as_name("distribution", distribution, DISTRIBUTIONS)
        names = DISTRIBUTIONS[distribution][0]
        if len(arguments) != len(names):
            must = f"be {', '.join(names)} of {distribution!r}"
            raise requirement("arguments", must, f"there are {len(arguments)} of them")
        read = tuple(one if isinstance(one, str) else as_number("arguments", one) for one in arguments)
        for one, value in zip(names, read, strict=True):
            if one in SCALES and not isinstance(value, str) and value < 0.0:
                raise requirement("arguments", f"have a {one} of at least 0", f"it is {value:g}")
        object.__setattr__(self, "distribution", distribution)
        object.__setattr__(self, "arguments", read)
        object.__setattr__(self, "first", None if first is None else as_number("first", first))

    @property
    def scales(self) -> list[str]:
        """Names of axes and fixed values that its widths are."""
        names = DISTRIBUTIONS[self.distribution][0]
        pairs = zip(names, self.arguments, strict=True)
        return [given for one, given in pairs if one in SCALES and isinstance(given, str)]

    def at(self, uniform: Real, *arguments: Any) -> Real:
        """Return what is drawn, given uniform numbers ``(points, levels)`` and the arguments."""
        with np.errstate(all="ignore"):  # what comes out as no number is refused where it is used
            found: Real = DISTRIBUTIONS[self.distribution][1](uniform, *arguments)
        if self.first is not None:
            found = np.concatenate([np.full_like(found[..., :1], self.first), found[..., 1:]], axis=-1)
        return found


@final
@dataclass(frozen=True)
class Realisations:
    """How often what is drawn is drawn, and from which seed.

    Parameters
    ----------
    count
        Number of realisations; the first of them are the same however many there are.
    seed
        Of all of them.
    """

    count: int
    seed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "count", as_count("realisations", self.count, minimum=1))
        object.__setattr__(self, "seed", as_count("seed", self.seed))


def uniforms(seed: int, realisation: int, name: str, levels: int) -> Real:
    """Return numbers in (0, 1), ``(levels)``, of one parameter in one realisation; the first are the same for more.

    They are bits of a `numpy.random.PCG64`, which no release of NumPy may change, as it may what `Generator` makes
    of them.
    """
    source = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(realisation, zlib.crc32(name.encode()))))
    bits = source.random_raw(levels) >> np.uint64(11)
    return np.asarray((bits + 0.5) * 2.0**-53, dtype=np.float64)


def names_of_a_map(quantities: tuple[str, ...]) -> set[str]:
    """Return the names that quantities bring into a map; a model may call a parameter as another quantity is called."""
    found = set(quantities) | {"status", "residual", "error"}
    for one in (QUANTITIES[name] for name in quantities):
        proof = ("proof",) if one.bound else ()
        found |= {name for name in (one.bound, one.error, *proof) if name}
    return found | {axis for name in found for axis in QUANTITIES[name].dims} | {"phase", "level"}


def encoded(value: Any) -> Any:
    """Return a value of a study as JSON can hold it."""
    if isinstance(value, Draw):
        held = {} if value.first is None else {"first": value.first}
        return {"draw": value.distribution, "arguments": list(value.arguments), **held}
    if isinstance(value, tuple):
        return {"several": [encoded(one) for one in value]}
    if np.iscomplexobj(value):
        array = np.asarray(value)
        return {"re": array.real.tolist(), "im": array.imag.tolist()}
    return value.tolist() if isinstance(value, np.ndarray) else value


def decoded(value: Any) -> Any:
    """Return what a value was encoded as."""
    if not isinstance(value, dict):
        return value
    if "draw" in value:
        return Draw(value["draw"], *value["arguments"], first=value.get("first"))
    if "several" in value:
        return tuple(decoded(one) for one in value["several"])
    return np.asarray(value["re"]) + 1j * np.asarray(value["im"])
