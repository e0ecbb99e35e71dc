"""Numbers with a bound of their error, so that a formula is written once and says both what it gives and how well.

Every operation adds its own rounding, and nothing is left out as of second order: where a noise is wrong by half of
itself, what is small is not known beforehand.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Real
from torusync.conventions import EPS

_ROUNDED: Final = 2.0 * EPS
"""Relative rounding of one operation, and of the bound of it."""


@final
@dataclass(frozen=True, eq=False)
class Uncertain:
    """Arrays that are within ``error`` of the truth."""

    value: Real
    error: Real

    __array_ufunc__ = None

    @classmethod
    def of(cls, value: "Uncertain | Real | float") -> "Uncertain":
        """Return a number that is as it was given, rounded a few times on its way here."""
        if isinstance(value, Uncertain):
            return value
        return cls(np.asarray(value), 4.0 * _ROUNDED * np.abs(value))

    def __add__(self, other: "Uncertain | Real | float") -> "Uncertain":
        one = Uncertain.of(other)
        value = self.value + one.value
        return Uncertain(np.asarray(value), self.error + one.error + _ROUNDED * np.abs(value))

    __radd__ = __add__

    def __mul__(self, other: "Uncertain | Real | float") -> "Uncertain":
        one = Uncertain.of(other)
        value = self.value * one.value
        with np.errstate(all="ignore"):  # what is not known at all may meet what is nothing
            error = np.abs(self.value) * one.error + np.abs(one.value) * self.error + self.error * one.error
            return Uncertain(np.asarray(value), np.asarray(error + _ROUNDED * np.abs(value)))

    __rmul__ = __mul__

    def __neg__(self) -> "Uncertain":
        return Uncertain(np.asarray(0.0 - self.value), self.error)

    def __sub__(self, other: "Uncertain | Real | float") -> "Uncertain":
        return self + (-Uncertain.of(other))

    def __rsub__(self, other: "Uncertain | Real | float") -> "Uncertain":
        return Uncertain.of(other) - self

    @property
    def reciprocal(self) -> "Uncertain":
        """1/x, its error infinite where x may be 0."""
        with np.errstate(all="ignore"):
            size = np.abs(self.value)
            known = self.error < size
            error = np.where(known, self.error / (size * np.where(known, size - self.error, 1.0)), np.inf)
            value = 1.0 / self.value
            return Uncertain(np.asarray(value), np.asarray(error + _ROUNDED * np.abs(value)))


def unknown(errors: Real) -> Real:
    """Return errors, infinite where they are no numbers: where nothing is known, nothing is claimed."""
    return np.where(np.isnan(errors), np.inf, errors)
