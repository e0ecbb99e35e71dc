"""Numbers of a hundred bits with a bound of their error, so that a formula says both what it gives and how well.

In double precision such a bound would be that of the worst case, a thousand roundings where three did not cancel.  What
is worked out in two parts is so much closer to the truth that its distance from a double *is* the double's error.
"""

from dataclasses import dataclass
from typing import Any, Final, final

import numpy as np

from torusync._checks import Real, scalar
from torusync._twofold import Twofold
from torusync.conventions import EPS

_ROUNDED: Final = 2.0**-100
"""What one operation in two parts loses, of its operands or of its product."""

_SMALLEST: Final = 2.0**-960
"""What it loses where the second part of a product is too small for a double."""


@final
@dataclass(frozen=True, eq=False)
class Uncertain:
    """Numbers in two parts that are within ``error`` of the truth."""

    value: Twofold
    error: Real

    __array_ufunc__ = None

    @classmethod
    def of(cls, values: Any) -> "Uncertain":
        """Return doubles that are what they stand for."""
        if isinstance(values, Uncertain):
            return values
        held = np.asarray(values, dtype=np.float64)
        return cls(Twofold.of(held), np.zeros(held.shape))

    def __add__(self, other: Any) -> "Uncertain":
        if not _is_number(other):
            return NotImplemented
        one = Uncertain.of(other)
        size = np.abs(self.value.high) + np.abs(one.value.high)
        return Uncertain(self.value + one.value, np.asarray(self.error + one.error + _ROUNDED * size))

    __radd__ = __add__

    def __mul__(self, other: Any) -> "Uncertain":
        if not _is_number(other):
            return NotImplemented
        one = Uncertain.of(other)
        left, right = np.abs(self.value.high), np.abs(one.value.high)
        error = left * one.error + right * self.error + self.error * one.error
        return Uncertain(self.value * one.value, np.asarray(error + _ROUNDED * left * right + _SMALLEST))

    __rmul__ = __mul__

    def __neg__(self) -> "Uncertain":
        return Uncertain(-self.value, self.error)

    def __sub__(self, other: Any) -> "Uncertain":
        return self + (-Uncertain.of(other)) if _is_number(other) else NotImplemented

    def __rsub__(self, other: Any) -> "Uncertain":
        return Uncertain.of(other) - self if _is_number(other) else NotImplemented

    def __truediv__(self, other: Any) -> "Uncertain":
        """Return the ratio, its error infinite where the divisor may be 0."""
        if not _is_number(other):
            return NotImplemented
        one = Uncertain.of(other)
        size, value = np.abs(one.value.high), self.value / one.value
        room = size - one.error
        ratio = np.abs(value.high)
        error = (self.error + ratio * one.error + _SMALLEST) / np.where(room > 0.0, room, 1.0)
        return Uncertain(value, np.where(room > 0.0, error + _ROUNDED * ratio + _SMALLEST, np.inf))

    def __rtruediv__(self, other: Any) -> "Uncertain":
        return Uncertain.of(other) / self if _is_number(other) else NotImplemented

    def __getitem__(self, index: Any) -> "Uncertain":
        value = Twofold(self.value.high[index], self.value.low[index])
        return Uncertain(value, np.asarray(self.error)[index])

    @property
    def total(self) -> "Uncertain":
        """The sum over the last axis."""
        found = Uncertain.of(np.zeros(self.value.high.shape[:-1]))
        for index in range(self.value.high.shape[-1]):
            found = found + self[..., index]
        return found

    def apart(self, stored: Real) -> Real:
        """Return how far doubles may be from the true numbers, which as doubles are rounded themselves.

        Infinite where that is no number: where nothing is known, nothing is claimed.
        """
        found = np.abs(self.value.beyond(stored)) + self.error + EPS * np.abs(stored)
        return np.where(np.isnan(found), np.inf, found)


def _is_number(other: Any) -> bool:
    return isinstance(other, (Uncertain, np.ndarray, np.floating, float, int))


def spread(ratio: Real, *parts: tuple[Real, Real]) -> Real:
    """Return the error of a product of numbers and reciprocals; infinite where one of them may be zero."""
    with np.errstate(all="ignore"):
        grown = np.asarray(1.0)
        for value, error in parts:
            share = np.where(error > 0.0, error / np.abs(value), 0.0)
            grown = grown * np.where(share < 1.0, (1.0 + 4.0 * EPS) / (1.0 - share), np.inf)
        return scalar(np.where(np.isnan(ratio), np.nan, np.where(np.isinf(ratio), 0.0, np.abs(ratio) * (grown - 1.0))))
