"""How far the entries of a matrix of the user's own may be off, before anybody asks whether it is a state.

A matrix of single precision, or one printed with five digits, is no state to sixteen digits, and a check that asks
that of it refuses honest work.  One that asks for less lets in what is less well known: so whoever widens a tolerance
carries the same number on as an error, and says which precision was taken.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np

from torusync._checks import HERMITIAN_TOLERANCE, LARGEST, POSITIVE_TOLERANCE, TRACE_TOLERANCE, requirement

_ROUNDINGS: Final = 4.0
"""Units in the last place: one for the entry itself, the others for the arithmetic that led to it."""

_COARSEST: Final = 1e-3
"""Error of an entry beyond which a matrix is measured, not rounded."""

_WIDEST: Final = 0.01
"""Most negative eigenvalue that any precision excuses: many levels of few digits may not add up to more."""

_NAMED: Final[dict[str, type[np.floating[Any]]]] = {
    "half": np.float16, "single": np.float32, "double": np.float64,
}  # fmt: skip


@final
@dataclass(frozen=True)
class Precision:
    """What the entries of a matrix are good for.

    Parameters
    ----------
    words : whose precision it is
    entry : how far the real or the imaginary part of an entry may be off, where the largest entry is 1; 0 for a matrix
        that is taken as it is, to the digits that anybody types
    relative : whether each entry is off by so much of itself, as rounded ones are, and not all of them alike
    """

    words: str
    entry: float = 0.0
    relative: bool = False

    @classmethod
    def of(cls, array: np.ndarray[Any, Any]) -> "Precision":
        """Return the precision of the numbers in an array, by its type."""
        kind = array.dtype
        return cls.of_type(kind) if kind.kind in "fc" else DOUBLE

    @classmethod
    def of_type(cls, kind: Any) -> "Precision":
        """Return the precision of a type of real or complex numbers."""
        found = np.finfo(kind)
        name = {2: "half", 4: "single"}.get(np.dtype(found.dtype).itemsize)
        return DOUBLE if name is None else cls(f"{name} precision", _ROUNDINGS * float(found.eps), relative=True)

    def doubled(self) -> "Precision":
        """Return the precision of products of two such numbers, as the projector of a ket has them."""
        return replace(self, entry=2.0 * self.entry)

    def as_array(self) -> np.ndarray[Any, Any]:
        """Return it as a file holds it."""
        return np.asarray(f"{float(self.entry)!r}|{int(self.relative)}|{self.words}")

    @classmethod
    def from_array(cls, array: np.ndarray[Any, Any]) -> "Precision":
        """Return what `as_array` wrote, or raise a `ValueError`."""
        entry, relative, words = str(array).split("|", maxsplit=2)
        found = cls(words, float(entry), bool(int(relative)))
        if not 0.0 < found.entry <= _WIDEST:
            raise ValueError("its precision is none")
        return found

    def norm(self, dimension: int) -> float:
        """Return the largest Frobenius norm of the error of a state of D levels."""
        # a state has the norm 1 at most, and what is off by so much of each entry is off by so much of the norm
        return self.entry * (1.0 if self.relative else math.sqrt(2.0) * dimension)

    def trace_norm(self, dimension: int) -> float:
        """Return the largest trace norm of the error of a state of D levels."""
        return math.sqrt(dimension) * self.norm(dimension)

    def asymmetry(self) -> float:
        """Return how far an entry may be from the conjugate of its mirror image, where the largest entry is 1."""
        return max(HERMITIAN_TOLERANCE, 2.0 * math.sqrt(2.0) * self.entry)

    def trace(self, dimension: int) -> float:
        """Return how far the trace of a state of D levels may be from 1; a little more, for sums that just reach it."""
        return max(TRACE_TOLERANCE, 1.01 * self.entry * (1.0 if self.relative else dimension))

    def negative(self, dimension: int) -> float:
        """Return how far below zero an eigenvalue of a state of D levels may lie."""
        return max(POSITIVE_TOLERANCE, min(self.norm(dimension), _WIDEST))

    def __str__(self) -> str:
        if not self.entry:
            return self.words
        return f"{self.words}, entries ± {self.entry:.2g}{' of themselves' if self.relative else ''}"


DOUBLE: Final = Precision("double precision")
TYPED: Final = Precision("few digits, taken as typed")
"""Texts of so few digits that they are meant: a half is 0.5, and not anything from 0.45 to 0.55."""


def as_precision(name: str, value: object) -> Precision | None:
    """Return a precision that a user states: a NumPy type or its name, or the largest error of an entry; None for None.

    Raises
    ------
    ArgumentError
        If it is none of these, or coarser than anything that is rounded.
    """
    if value is None or isinstance(value, Precision):
        return value
    if isinstance(value, str) and value in _NAMED:
        return Precision.of_type(_NAMED[value])
    if isinstance(value, type | np.dtype):
        kind: Any = _dtype(value)
        if kind is not None and kind.kind in "fc":
            return Precision.of_type(kind)
    elif isinstance(value, str | float | int) and not isinstance(value, bool):
        number = _number(value)
        if 0.0 <= number <= LARGEST:
            return _stated(name, number)
    raise requirement(name, f"be {', '.join(_NAMED)} or the largest error of an entry", f"it is {str(value)[:40]!r}")


def _dtype(value: Any) -> Any:
    """Return a NumPy type, None for what is none; Python's `float` is one, its `str` is none of numbers."""
    try:
        return np.dtype(value)
    except TypeError:
        return None


def _number(value: str | float) -> float:
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _stated(name: str, entry: float) -> Precision:
    if entry > _COARSEST:
        raise requirement(
            name,
            f"be at most {_COARSEST:g}, beyond which a matrix is measured and not rounded",
            f"it is {entry:g}; take the nearest state instead (--project, densities.nearest_state)",
        )
    return Precision("precision as stated", entry) if entry else DOUBLE
