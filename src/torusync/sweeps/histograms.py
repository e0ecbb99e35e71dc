"""How the values of a map are spread: counts in bins, and brackets of quantiles, which are proven by them.

Quantiles of what does not fit into memory cannot be sorted out; but each lies in the bin in which its rank is reached,
whose edges are known exactly.  Bins that nobody chose follow the bits of floating-point numbers, narrow everywhere.
"""

import math
from collections.abc import Container
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Self, final

import numpy as np

from torusync._checks import Integer, Real, as_real, requirement, shown
from torusync.sweeps.reductions import Piece, Places, Reduction, known_name, settle

_DENSE: Final = 2**18
"""Bins between the lowest and the highest that are counted in a table; sorting serves where there are more."""

_HALVED: Final = 12
"""Times that each octave of floating-point numbers is halved: a bin is 2⁻¹² = 0.02 % wide."""

_SHIFT: Final = 52 - _HALVED
_INFINITE: Final = int(np.array(np.inf).view(np.int64))


@final
@dataclass(frozen=True, eq=False)
class Histogram(Reduction):
    """How many points have which value, and between which numbers each quantile lies.

    Parameters
    ----------
    quantity
        Its name.
    edges
        Of the bins, rising: each bin has its lower edge, the last one both.  Without any, bins are 2⁻¹² of an octave
        wide: relative to the value, 0.02 %.
    bins, tallies
        Answer: numbers of the bins that hold something, and how much.
    smallest, largest, missing
        Answer: of all values, and the number of points without one.
    """

    quantity: str
    edges: Real | None = None
    bins: Integer = field(default_factory=lambda: np.zeros(0, dtype=np.int64), kw_only=True)
    tallies: Integer = field(default_factory=lambda: np.zeros(0, dtype=np.int64), kw_only=True)
    smallest: float = field(default=math.nan, kw_only=True)
    largest: float = field(default=math.nan, kw_only=True)
    missing: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        if self.edges is None:
            return
        edges = as_real("edges", self.edges)
        if edges.ndim != 1 or edges.size < 2 or not (np.diff(edges) > 0.0).all():
            raise requirement("edges", "be two numbers or more that rise", f"they are {shown(self.edges)}")
        object.__setattr__(self, "edges", edges)

    def names(self, known: Container[str]) -> tuple[str, ...]:
        """Return the quantity."""
        return (known_name(self.quantity, known),)

    def of(self, piece: Piece) -> Self:
        """Return the histogram of some points."""
        every = piece.numbers(self.quantity)
        values = every[~np.isnan(every)]
        missing = every.size - values.size
        if not values.size:
            return self.with_(missing=missing)
        bins, tallies = _tally(self._bin(values))
        ends = {"smallest": float(values.min()) + 0.0, "largest": float(values.max()) + 0.0}
        return self.with_(bins=bins, tallies=tallies, missing=missing, **ends)

    def _bin(self, values: Real) -> Integer:
        if self.edges is None:
            bits = values.view(np.int64)
            # the bits of positive numbers rise with them, and those of negative ones with their moduli
            return np.asarray(np.where(bits < 0, -(bits & np.int64(2**63 - 1)), bits) >> np.int64(_SHIFT))
        found = np.searchsorted(self.edges, values, side="right")
        return np.asarray(found - (values == self.edges[-1]), dtype=np.int64)

    def merge(self, other: Self) -> Self:
        """Return the histogram of both."""
        bins = np.union1d(self.bins, other.bins)
        tallies = np.zeros(bins.size, dtype=np.int64)
        for one in (self, other):
            tallies[np.searchsorted(bins, one.bins)] += one.tallies
        ends = {
            "smallest": float(np.fmin(self.smallest, other.smallest)),
            "largest": float(np.fmax(self.largest, other.largest)),
        }
        return self.with_(bins=bins, tallies=tallies, missing=self.missing + other.missing, **ends)

    def placed(self, places: Places) -> Self:  # noqa: ARG002  (it names no point)
        """Return it."""
        settle(self.bins, self.tallies)
        return self

    @property
    def counts(self) -> Integer:
        """Points in each of the bins between the edges; without edges, in each of those that hold something."""
        if self.edges is None:
            return self.tallies
        found = np.zeros(self.edges.size + 1, dtype=np.int64)
        found[self.bins] = self.tallies
        return found[1:-1]

    @property
    def lower(self) -> Real:
        """Smallest value that each of the ``bins`` may hold."""
        if self.edges is None:
            return _floats(self.bins << _SHIFT)
        return np.asarray(np.concatenate([[-np.inf], self.edges])[self.bins])

    @property
    def upper(self) -> Real:
        """What no value in each of the ``bins`` is above."""
        if self.edges is None:
            return _floats(((self.bins + 1) << _SHIFT) - 1)
        return np.asarray(np.concatenate([self.edges, [np.inf]])[self.bins])

    @property
    def total(self) -> int:
        """Points that have a value."""
        return int(self.tallies.sum())

    def quantile(self, share: float) -> tuple[float, float]:
        """Return two numbers between which the quantile lies: the smallest value with this share of all up to it.

        Raises
        ------
        ArgumentError
            If the share is no number from 0 to 1.
        """
        part = as_real("share", share, minimum=0.0, maximum=1.0)
        if part.ndim:
            raise requirement("share", "be one number", f"its shape is {part.shape}")
        if not self.total:
            return math.nan, math.nan
        # exact: a product of floating-point numbers may round over a whole number
        rank = max(1, math.ceil(Fraction(float(part)) * self.total))
        if rank in {1, self.total}:
            end = self.smallest if rank == 1 else self.largest
            return end, end
        at = int(np.searchsorted(np.cumsum(self.tallies), rank))
        return max(float(self.lower[at]), self.smallest), min(float(self.upper[at]), self.largest)


def _floats(ordered: Integer) -> Real:
    """Return the numbers whose bits, in order, these are."""
    size = np.minimum(np.abs(ordered), _INFINITE)
    return np.asarray(np.copysign(size.view(np.float64), ordered.astype(np.float64)))


def _tally(keys: Integer) -> tuple[Integer, Integer]:
    """Return the whole numbers that occur, and how often."""
    low = int(keys.min())
    if int(keys.max()) - low >= _DENSE:
        return np.unique(keys, return_counts=True)
    counts = np.bincount(keys - low)
    found = np.flatnonzero(counts)
    return found + low, counts[found]
