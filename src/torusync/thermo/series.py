"""Power series cut off at some order: cumulants are Taylor coefficients, and formulas stay as they are printed."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np

from torusync._checks import Real


@final
@dataclass(frozen=True, eq=False)
class Series:
    """Σ_n c_n x^n cut off at some order: ``coefficients`` c_0, c_1, … of shape ``(k)``; numbers are series of one term.

    Cumulants are Taylor coefficients, and what numbers obey their series obey order by order: formulas stay as printed.
    """

    coefficients: tuple[Real, ...]

    # NumPy must not take a series for one of its numbers
    __array_ufunc__ = None

    @classmethod
    def variable(cls, like: Real, orders: int) -> "Series":
        """Return x itself, with as many coefficients."""
        zero = np.zeros_like(like)
        return cls((zero, zero + 1.0, *[zero] * (orders - 2)))

    def exponential(self, sign: float) -> "Series":
        """Return e^(sign x), of the same length."""
        one = np.zeros_like(self.coefficients[0]) + 1.0
        return Series(tuple(one * sign**order / math.factorial(order) for order in range(len(self.coefficients))))

    @property
    def moduli(self) -> "Series":
        """Return the series of the moduli of all coefficients."""
        return Series(tuple(np.abs(one) for one in self.coefficients))

    def __add__(self, other: "Series | Real | float") -> "Series":
        if isinstance(other, Series):
            return Series(tuple(p + q for p, q in zip(self.coefficients, other.coefficients, strict=True)))
        return Series((self.coefficients[0] + other, *self.coefficients[1:]))

    __radd__ = __add__

    def __mul__(self, other: "Series | Real | float") -> "Series":
        if not isinstance(other, Series):
            return Series(tuple(np.asarray(one * other) for one in self.coefficients))
        left, right = self.coefficients, other.coefficients
        return Series(tuple(np.asarray(sum(left[k] * right[n - k] for k in range(n + 1))) for n in range(len(left))))

    __rmul__ = __mul__

    def __truediv__(self, other: "Series") -> "Series":
        left, right, out = self.coefficients, other.coefficients, list[Real]()
        for n, value in enumerate(left):
            out.append(np.asarray((value - sum(right[n - k] * out[k] for k in range(n))) / right[0]))
        return Series(tuple(out))

    def __rtruediv__(self, other: "Real | float") -> "Series":
        zero = np.zeros_like(self.coefficients[0])
        return Series((zero + other, *[zero] * (len(self.coefficients) - 1))) / self
