"""Points of a map that stand out: where a quantity is largest or smallest, and where least is proven of it."""

import math
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self, final

import numpy as np

from torusync._checks import as_flag, requirement
from torusync.conventions import CERTIFIED_GAP
from torusync.maxima.peak import relative_gap
from torusync.quantities import QUANTITIES
from torusync.sweeps.reductions import Piece, Places, Reduction, evidence_of, known_name, nothing


@final
@dataclass(frozen=True, eq=False)
class Extreme(Reduction):
    """The largest value of a quantity, or the smallest, and where: the first point that has it.

    Parameters
    ----------
    quantity
        Its name.
    smallest
        Whether the smallest is asked for.
    value, point
        Answer: the value, nan where there is none, and the number of its point in C order, −1 where there is none.
    missing
        Answer: points without a value.
    parameters, evidence
        Answer: what runs at the point, and what stands beside the value (status, residual, error, bound), by name.
    """

    quantity: str
    smallest: bool = False
    value: float = field(default=math.nan, kw_only=True)
    point: int = field(default=-1, kw_only=True)
    missing: int = field(default=0, kw_only=True)
    parameters: Mapping[str, Any] = field(default_factory=nothing, kw_only=True)
    evidence: Mapping[str, Any] = field(default_factory=nothing, kw_only=True)

    def __post_init__(self) -> None:
        as_flag("smallest", self.smallest)

    def names(self, known: Container[str]) -> tuple[str, ...]:
        """Return the quantity and its evidence."""
        return evidence_of(self.quantity, known)

    def of(self, piece: Piece) -> Self:
        """Return the extreme of some points."""
        values = piece.numbers(self.quantity)
        there = np.flatnonzero(~np.isnan(values))
        missing = values.size - there.size
        if not there.size:
            return self.with_(missing=missing)
        row = int(there[(np.argmin if self.smallest else np.argmax)(values[there])])
        evidence = {one: piece.arrays[one][row].item() for one in self.names(piece.arrays) if one != self.quantity}
        found = {"value": float(values[row]), "point": piece.first + row, "evidence": MappingProxyType(evidence)}
        return self.with_(missing=missing, **found)

    def merge(self, other: Self) -> Self:
        """Return the more extreme of both, the first of equal ones."""
        pair: list[Self] = [self, other]
        return min(pair, key=self._rank).with_(missing=self.missing + other.missing)

    def _rank(self, one: "Extreme") -> tuple[bool, float, int]:
        return one.point < 0, one.value if self.smallest else -one.value, one.point

    def placed(self, places: Places) -> Self:
        """Return it with its parameters."""
        return self if self.point < 0 else self.with_(parameters=places.parameters(self.point))


@final
@dataclass(frozen=True, eq=False)
class WorstGap(Reduction):
    """Where least is proven: the largest (bound − value)/bound of a quantity, 1 where no bound is finite.

    Parameters
    ----------
    quantity
        Its name; one that has a bound.
    gap, value, bound, point
        Answer: the gap, nan where there is none, what it is of, and the number of the first point that has it.
    certified, open, unproven, missing
        Answer: points whose gap is at most 1e-9, that have a larger one, have no finite bound, and no value.
    parameters
        Answer: what runs at the point, by name.
    """

    quantity: str = "s_max"
    gap: float = field(default=math.nan, kw_only=True)
    value: float = field(default=math.nan, kw_only=True)
    bound: float = field(default=math.nan, kw_only=True)
    point: int = field(default=-1, kw_only=True)
    certified: int = field(default=0, kw_only=True)
    open: int = field(default=0, kw_only=True)
    unproven: int = field(default=0, kw_only=True)
    missing: int = field(default=0, kw_only=True)
    parameters: Mapping[str, Any] = field(default_factory=nothing, kw_only=True)

    def names(self, known: Container[str]) -> tuple[str, ...]:
        """Return the quantity and its bound."""
        return known_name(self.quantity, known), known_name(self._bounded_by(), known)

    def _bounded_by(self) -> str:
        name = QUANTITIES[self.quantity].bound if self.quantity in QUANTITIES else None
        if not name:
            raise requirement("quantity", "be one that has a bound", f"{self.quantity!r} has none")
        return name

    def of(self, piece: Piece) -> Self:
        """Return the worst gap of some points."""
        values, bounds = piece.numbers(self.quantity), piece.numbers(self._bounded_by())
        there = np.flatnonzero(~np.isnan(values))
        value, bound = values[there], bounds[there]
        proven = np.isfinite(bound)
        gaps = np.where(proven, relative_gap(value, bound), 1.0)
        good = int(np.count_nonzero(proven & (bound - value <= CERTIFIED_GAP * bound)))
        counts = {
            "certified": good, "open": int(proven.sum()) - good, "unproven": int((~proven).sum()),
            "missing": values.size - there.size,
        }  # fmt: skip
        if not there.size:
            return self.with_(**counts)
        row = int(np.argmax(gaps))
        found = {"gap": float(gaps[row]), "value": float(value[row]), "bound": float(bound[row])}
        return self.with_(point=piece.first + int(there[row]), **found, **counts)

    def merge(self, other: Self) -> Self:
        """Return the worse of both, the first of equal ones."""
        pair: list[Self] = [self, other]
        worse = min(pair, key=lambda one: (one.point < 0, -one.gap, one.point))
        counts = {
            name: getattr(self, name) + getattr(other, name) for name in ("certified", "open", "unproven", "missing")
        }
        return worse.with_(**counts)

    def placed(self, places: Places) -> Self:
        """Return it with its parameters."""
        return self if self.point < 0 else self.with_(parameters=places.parameters(self.point))
