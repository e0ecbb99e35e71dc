"""Where a quantity of a map passes a threshold along the last axis, though no row of it need be in one chunk."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self, final

import numpy as np

from torusync._checks import Integer, Real, as_count, as_real, requirement
from torusync.sweeps.reductions import Piece, Places, Reduction, known_name, nothing, settle


@final
@dataclass(frozen=True, eq=False)
class Contour(Reduction):
    """Where a quantity passes a threshold along the last axis, on straight lines between neighbours on the grid.

    Parameters
    ----------
    quantity
        Its name.
    threshold
        What is passed; a value equal to it counts as above.
    most
        Places that are kept, the first in the order of points; all are counted.
    count, rising, unknown
        Answer: crossings, those of them along which the value rises, and pairs of neighbours of which one has no value.
    points, places
        Answer: number of the point before each crossing, and the place on the last axis.
    coordinates
        Answer: labels of the other axes, and the place on the last one, by name.
    """

    quantity: str
    threshold: float
    most: int = 10**6
    count: int = field(default=0, kw_only=True)
    rising: int = field(default=0, kw_only=True)
    unknown: int = field(default=0, kw_only=True)
    points: Integer = field(default_factory=lambda: np.zeros(0, dtype=np.int64), kw_only=True)
    places: Real = field(default_factory=lambda: np.zeros(0), kw_only=True)
    coordinates: Mapping[str, Any] = field(default_factory=nothing, kw_only=True)
    cut: Mapping[int, tuple[float, float]] = field(default_factory=nothing, kw_only=True, repr=False)

    def __post_init__(self) -> None:
        level = as_real("threshold", self.threshold)
        if level.ndim:
            raise requirement("threshold", "be one number", f"its shape is {level.shape}")
        object.__setattr__(self, "threshold", float(level))
        object.__setattr__(self, "most", as_count("most", self.most))

    def names(self, known: Container[str]) -> tuple[str, ...]:
        """Return the quantity."""
        return (known_name(self.quantity, known),)

    def of(self, piece: Piece) -> Self:
        """Return the crossings between some points; what leads to others is kept until those come."""
        values, length = piece.numbers(self.quantity), piece.along.size
        if not values.size:
            return self
        columns = (piece.first + np.arange(values.size)) % length
        x = piece.along[columns]
        pairs = np.flatnonzero(columns[:-1] != length - 1)
        found = self._crossed(piece.first + pairs, x[pairs], x[pairs + 1], values[pairs], values[pairs + 1])
        # ends within a row: one that lacks the next point has twice its number, one that lacks the last one less
        ends: dict[int, tuple[float, float]] = {}
        if columns[0]:
            ends[2 * piece.first - 1] = float(x[0]), float(values[0])
        if columns[-1] != length - 1:
            ends[2 * (piece.first + values.size - 1)] = float(x[-1]), float(values[-1])
        return found.with_(cut=MappingProxyType(ends))

    def _crossed(self, points: Integer, before: Real, after: Real, start: Real, stop: Real) -> Self:
        """Return the crossings of pairs of neighbours, given places and values of both."""
        known = np.isfinite(start) & np.isfinite(stop)
        above = start >= self.threshold
        rows = np.flatnonzero(known & (above != (stop >= self.threshold)))
        first = rows[: self.most]
        share = (start[first] - self.threshold) / (start[first] - stop[first])
        places = before[first] + share * (after[first] - before[first])
        rising = int(np.count_nonzero(~above[rows]))
        counts = {"count": rows.size, "rising": rising, "unknown": int((~known).sum())}
        return self._empty.with_(points=points[first], places=places, **counts)

    @property
    def _empty(self) -> Self:
        return type(self)(self.quantity, self.threshold, self.most)

    def merge(self, other: Self) -> Self:
        """Return the crossings of both, and those between a point of the one and its neighbour in the other."""
        ends = {**self.cut, **other.cut}
        both = sorted(key for key in ends if not key % 2 and key + 1 in ends)
        lots: list[Self] = [self, other]
        if both:
            pairs = [(ends.pop(key), ends.pop(key + 1)) for key in both]
            before, after, start, stop = np.array([(a[0], b[0], a[1], b[1]) for a, b in pairs]).T
            lots.append(self._crossed(np.array(both) // 2, before, after, start, stop))
        points = np.concatenate([one.points for one in lots])
        order = np.argsort(points, kind="stable")[: self.most]
        counts = {name: sum(getattr(one, name) for one in lots) for name in ("count", "rising", "unknown")}
        places = np.concatenate([one.places for one in lots])[order]
        return self._empty.with_(points=points[order], places=places, cut=MappingProxyType(ends), **counts)

    def placed(self, places: Places) -> Self:
        """Return it with the labels of its places."""
        labels = places.labels(self.points)
        labels[list(labels)[-1]] = self.places
        settle(self.points, *labels.values())
        return self.with_(coordinates=MappingProxyType(labels))
