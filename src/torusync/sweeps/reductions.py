"""What is left of a map that is too large to keep: extremes, histograms, quantiles, worst gaps, contours.

A reduction is a question and, once points have come by, its answer: `of` answers it for points that follow each other,
`merge` for two lots of them.  What comes out must be the same, bit by bit, however a map is cut and in whatever order
its chunks come: so nothing is a sum of floating-point numbers; counts are whole, ties go to the first point, and lists
are kept in the order of points.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol, Self, cast, final

import numpy as np
import numpy.typing as npt

from torusync._checks import Integer, Real, requirement
from torusync._frozen import ByValue
from torusync.quantities import QUANTITIES
from torusync.sweeps.engine import ALWAYS, with_evidence


@final
@dataclass(frozen=True, eq=False)
class Piece:
    """Points of a map that follow each other.

    Parameters
    ----------
    first
        Number of the first, in C order.
    arrays
        Values by name, one a point, as `chunk` returns them.
    along
        Labels of the whole last axis.
    """

    first: int
    arrays: Mapping[str, npt.NDArray[Any]]
    along: Real = field(default_factory=lambda: np.zeros(1))

    def numbers(self, name: str) -> Real:
        """Return a variable as numbers, nan where there is no value."""
        values = np.asarray(self.arrays[name])
        if values.ndim != 1 or values.dtype.kind not in "biuf":
            raise requirement("quantity", "be one real number a point", f"{name!r} is not")
        found = values.astype(np.float64)
        if values.dtype.kind == "i":
            found[values < 0 if name == "status" else values == -1] = np.nan
        return found


class Places(Protocol):
    """Where the points of a map are."""

    def parameters(self, point: int) -> Mapping[str, Any]:
        """Return what runs at a point, by name."""

    def labels(self, points: Integer) -> dict[str, npt.NDArray[Any]]:
        """Return the labels of points along each axis, the last axis last."""


class Reduction(ByValue, ABC):
    """Base of what is asked of a map, and answered."""

    def with_(self, **changes: Any) -> Self:
        """Return it with some answers in place of others."""
        return cast("Self", replace(cast("Any", self), **changes))

    def _key(self) -> tuple[Any, ...]:
        """Return what tells it from others: answers without a value are equal, too."""
        return type(self), *map(_by_bits, self._content().values())

    @abstractmethod
    def names(self, known: Container[str]) -> tuple[str, ...]:
        """Return the variables that are needed, of those that are known."""

    @abstractmethod
    def of(self, piece: Piece) -> Self:
        """Return the answer for some points alone."""

    @abstractmethod
    def merge(self, other: Self) -> Self:
        """Return the answer for the points of both."""

    @abstractmethod
    def placed(self, places: Places) -> Self:
        """Return the answer with the parameters of what it names."""


def _by_bits(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple((name, _by_bits(one)) for name, one in sorted(value.items()))
    if isinstance(value, str | None):
        return value
    array = np.asarray(value)
    return array.shape, array.dtype.str, array.tobytes()


def nothing() -> Mapping[Any, Any]:
    """Return the mapping that a question begins with."""
    return MappingProxyType({})


def settle(*arrays: npt.NDArray[Any]) -> None:
    """Make arrays of an answer read-only."""
    for one in arrays:
        one.setflags(write=False)


def known_name(name: str, known: Container[str]) -> str:
    """Return a name, or say that the map has no such variable."""
    if name not in known:
        raise requirement("quantity", "be one of the map's", f"it has no {name!r}")
    return name


def evidence_of(name: str, known: Container[str]) -> tuple[str, ...]:
    """Return the names of a quantity and of what stands beside it."""
    always = tuple(one for one in ALWAYS if one in known)
    if known_name(name, known) not in QUANTITIES:
        return (*always, name)
    return tuple(one for one in with_evidence([name], lambda one: one.name in known) if one in known)


def folded(empty: Reduction) -> tuple[Callable[[Reduction], None], Callable[[], Reduction]]:
    """Return how to add an answer to others, and how to get that of all.

    They are merged two by two, like digits of a binary number that counts: what grows is not copied for every chunk.
    """
    parts: list[tuple[int, Reduction]] = []

    def add(part: Reduction) -> None:
        weight = 1
        while parts and parts[-1][0] == weight:
            part = parts.pop()[1].merge(part)
            weight *= 2
        parts.append((weight, part))

    def total() -> Reduction:
        found = empty
        for _, part in reversed(parts):
            found = part.merge(found)
        return found

    return add, total
