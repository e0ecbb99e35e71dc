"""Power series cut off at some order: cumulants are Taylor coefficients, and formulas stay as they are printed."""

import math
from dataclasses import dataclass
from typing import Any, final


@final
@dataclass(frozen=True, eq=False)
class Series:
    """Σ_n c_n x^n cut off at some order: ``coefficients`` c_0, c_1, …, arrays ``(k)`` or numbers of any other kind.

    What is no series is one of one term.  Cumulants are Taylor coefficients, and what numbers obey their series obey
    order by order: formulas stay as printed.
    """

    coefficients: tuple[Any, ...]

    # NumPy must not take a series for one of its numbers
    __array_ufunc__ = None

    @classmethod
    def variable(cls, like: Any, orders: int) -> "Series":
        """Return x itself, with as many coefficients."""
        zero = 0.0 * like
        return cls((zero, zero + 1.0, *[zero] * (orders - 2)))

    def exponential(self, sign: float) -> "Series":
        """Return e^(sign x), of the same length."""
        one = 0.0 * self.coefficients[0] + 1.0
        return Series(tuple(one * sign**order / math.factorial(order) for order in range(len(self.coefficients))))

    def __add__(self, other: Any) -> "Series":
        if isinstance(other, Series):
            return Series(tuple(p + q for p, q in zip(self.coefficients, other.coefficients, strict=True)))
        return Series((self.coefficients[0] + other, *self.coefficients[1:]))

    __radd__ = __add__

    def __mul__(self, other: Any) -> "Series":
        if not isinstance(other, Series):
            return Series(tuple(one * other for one in self.coefficients))
        left, right = self.coefficients, other.coefficients
        return Series(tuple(sum(left[k] * right[n - k] for k in range(n + 1)) for n in range(len(left))))

    __rmul__ = __mul__

    def __truediv__(self, other: "Series") -> "Series":
        left, right, out = self.coefficients, other.coefficients, list[Any]()
        for n, value in enumerate(left):
            out.append((value - sum(right[n - k] * out[k] for k in range(n))) / right[0])
        return Series(tuple(out))

    def __rtruediv__(self, other: Any) -> "Series":
        zero = 0.0 * self.coefficients[0]
        return Series((zero + other, *[zero] * (len(self.coefficients) - 1))) / self
