"""What a quantity is, and the one list of them.

Everything that shows, stores or labels numbers reads this list: a name is given once, and refused the second time.
The entries themselves stand in `torusync.quantities.entries`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, final

from torusync._checks import as_instance, as_list, requirement, shown
from torusync._errors import did_you_mean
from torusync._frozen import caller

if TYPE_CHECKING:
    from torusync.quantities.solution import Solution


class Unit(Enum):
    """Units in which a system's numbers are worked out, and what they become where its unit was given in hertz."""

    ONE = ("1", "1")
    """A plain number."""
    RATE = ("{}", "1/s")
    """Quanta per time."""
    POWER = ("hbar {}^2", "W")
    """Energy per time."""
    NOISE = ("hbar^2 {}^3", "J^2/s")
    """Squared energy per time."""

    def of(self, frequency: str) -> str:
        """Return the unit in terms of the system's unit of frequency."""
        return str(self.value[0]).format(frequency)

    @property
    def label(self) -> str:
        """The unit in terms of ω_1."""
        return self.of("omega_1")

    @property
    def si(self) -> str:
        """The unit where that of frequency is known in hertz."""
        return str(self.value[1])


@final
@dataclass(frozen=True)
class Part:
    """Quantities that are worked out together, and stand together in a table.

    Parameters
    ----------
    name
        As in JSON.
    title
        As above a table.
    suits
        Whether the quantities exist for the state and the system at hand.
    left_out
        Why they are not worked out unasked, in a few words, or nothing where they are.
    """

    name: str
    title: str
    suits: Callable[["Solution"], bool] = lambda _: True
    left_out: Callable[["Solution"], str] = lambda _: ""

    def __reduce__(self) -> tuple[Any, ...]:
        # what works it out is a function that no pickle holds; it is looked up where it arrives
        return _part, (self.name,)


@final
@dataclass(frozen=True)
class Quantity:
    """One number, or one array of them, that is worked out of a solved state.

    Parameters
    ----------
    name
        The one name in Python, JSON and datasets.
    symbol
        As in the papers.
    long_name
        A few words.
    of
        Works it out of a `Solution`: an array of the batch shape, then ``dims``.
    part
        What it is worked out with.
    units
        One of `Unit`.
    source
        Equation and paper, or the definition.
    dims
        Axes after those of the batch, such as ``("level",)``; "phase" becomes "level" where every level has a phase.
    codes
        The enum whose codes the values are, if they are codes.
    bound, error
        Names of the quantities that bound it, or say how far it may be from the truth.
    when
        Whether it exists for a solution whose part does.
    """

    name: str
    symbol: str
    long_name: str
    of: Callable[["Solution"], Any]
    part: Part
    units: Unit = Unit.ONE
    source: str = ""
    dims: tuple[str, ...] = ()
    codes: type[IntEnum] | None = None
    bound: str = ""
    error: str = ""
    when: Callable[["Solution"], bool] = lambda _: True

    def __reduce__(self) -> tuple[Any, ...]:
        return quantity, (self.name,)

    @property
    def attributes(self) -> dict[str, Any]:
        """What a labelled array says of itself; a code says what it means, by the climate conventions' ``flag_``."""
        found: dict[str, Any] = {
            "long_name": self.long_name, "units": self.units.label, "symbol": self.symbol, "source": self.source
        }  # fmt: skip
        if self.codes is not None:
            found["flag_values"] = [int(one) for one in self.codes]
            found["flag_meanings"] = " ".join(one.name.lower() for one in self.codes)
        return found


_REGISTERED: Final[dict[str, Quantity]] = {}

QUANTITIES: Final[Mapping[str, Quantity]] = MappingProxyType(_REGISTERED)
"""Every quantity by its name, in the order of the tables."""

_MODULES: Final[dict[str, str]] = {}


def register(*quantities: Quantity) -> None:
    """Add quantities to those that are known.

    Raises
    ------
    ArgumentError
        If a name is no name in Python, or known already, or one that it points to is not known.
    """
    for one in quantities:
        as_instance("quantities", one, Quantity, "quantities")
        as_instance("name", one.name, str, "a text")
    coming = {one.name for one in quantities}
    for one in quantities:
        for name in (one.bound, one.error):
            if name and name not in {*_REGISTERED, *coming}:
                raise requirement("quantities", "point to registered ones", f"{one.name!r} points to {name!r}")
        if not one.name.isidentifier():
            raise requirement("quantities", "have names that Python could use", f"one is {one.name!r}")
        if one.name in _REGISTERED:
            raise requirement("quantities", "have names of their own", f"{one.name!r} is registered already")
        _REGISTERED[one.name] = one
        _MODULES[one.name] = caller()


def registered_by(name: str) -> str:
    """Return the module that registered a quantity: whoever imports it knows the quantity, too."""
    return _MODULES.get(name, "")


def _part(name: str) -> Part:
    return next(one.part for one in _REGISTERED.values() if one.part.name == name)


def quantity(name: Any) -> Quantity:
    """Return a quantity by its name.

    Raises
    ------
    ArgumentError
        If there is none.
    """
    if not isinstance(name, str) or name not in _REGISTERED:
        # bounds and errors are not listed: they come with what they are of
        beside = {role for one in _REGISTERED.values() for role in (one.bound, one.error)}
        known = ", ".join(one for one in _REGISTERED if one not in beside)
        hint = did_you_mean(name, _REGISTERED) or f"known are {known}"
        raise requirement("quantities", "name registered quantities", f"one is {shown(name)}; {hint}")
    return _REGISTERED[name]


def quantities_of(names: str | Iterable[str]) -> list[Quantity]:
    """Return quantities by their names; a text is one of them.

    Raises
    ------
    ArgumentError
        If it is no names, or one is not known.
    """
    listed = [names] if isinstance(names, str) else as_list("quantities", names, "be names of quantities")
    return [quantity(name) for name in listed]
