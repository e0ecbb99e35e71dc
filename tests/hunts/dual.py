"""The lowest sum of multipliers that bounds a sum over pairs, in ball arithmetic: a judge whose digits do not run out.

For Hermitian R of zero diagonal and any ν with diag ν − R ⪰ 0,  ½ z† R z ≤ ½ Σ ν_i  at all unit phasors z.  The best ν
is followed along the path of the barrier, min Σ ν_i − t log det(diag ν − R) for t → 0, where Σ ν exceeds its minimum
by at most n t.  Near a continuum the matrix is singular but for 1e-8 of its norm in many directions at once: in doubles
the path ends there, and so does every eigenvalue that is to tell whether ν is a bound.  Here the bits are as many as
it takes, R is an exact number, and ν is called a bound where all pivots of diag ν − R are balls that hold no zero.
Nothing is taken from the library.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
from flint import acb, acb_mat, arb, arb_mat, ctx

BITS = 256

ENOUGH = 1e-11
"""Part of the bound that the end of the path may lie above the minimum."""

_SHORTER = (1e-3, 1e-2, 0.1, 0.3, 0.6, 0.9)
"""Parts of t that are tried along the tangent of the path, the shortest way first."""

_NEAR = 1.0
_CENTRED = 0.1
_ARRIVED = 1e-9
_DAMPED = 0.25
"""Newton decrements: where a tangent may lead, where the next begins and where the path ends, as the diagonal of t X
is 1 only on it; and from which on a step is damped."""

_ROUNDS = 400


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Work with so many bits for a while."""
    before, ctx.prec = ctx.prec, bits
    try:
        yield
    finally:
        ctx.prec = before


def exact(coherences: np.ndarray) -> acb_mat:
    """Return the Hermitian part without its diagonal: doubles, added and halved exactly."""
    size = len(coherences)
    entries = [[acb(0)] * size for _ in range(size)]
    for i in range(size):
        for j in range(i):
            entries[i][j] = (acb(complex(coherences[i, j])) + acb(complex(coherences[j, i])).conjugate()) / 2
            entries[j][i] = entries[i][j].conjugate()
    return acb_mat(entries)


def slack(matrix: acb_mat, nu: list[arb]) -> acb_mat:
    """Return diag ν − R."""
    out = -matrix
    for i, one in enumerate(nu):
        out[i, i] = acb(one)
    return out


def positive_definite(matrix: acb_mat) -> bool:
    """Whether all pivots of a Hermitian matrix are proven to be positive; False may mean too few bits."""
    rows = matrix.tolist()
    size = len(rows)
    for step in range(size):
        pivot = rows[step][step].real
        if not pivot > 0:
            return False
        for i in range(step + 1, size):
            factor = rows[i][step] / pivot
            for j in range(step + 1, i + 1):
                rows[i][j] -= factor * rows[j][step].conjugate()
    return True


@dataclass(frozen=True)
class Enclosed:
    """The least ½ Σ ν lies between ``lower`` and ``upper``, both proven; ``upper`` bounds ½ z† R z."""

    lower: float
    upper: float


def enclosed(coherences: np.ndarray, *, gap: float = ENOUGH, bits: int = BITS) -> Enclosed:
    """Return what encloses the least ½ Σ ν of a matrix; wide, or infinite, where ``bits`` do not do.

    The lower end is ½ tr R X of a matrix X that is proven positive definite, its diagonal scaled to 1.
    """
    with precision(bits):
        matrix = exact(coherences)
        size = len(coherences)
        weights = [sum((abs(one) for one in row), arb(0)).mid() for row in matrix.tolist()]
        point = _Point.at(matrix, [2 * one + max(weights) / 1000 for one in weights], max(weights))
        # where an inverse cannot be told from a singular one, the path ends
        with suppress(ZeroDivisionError):
            for _ in range(_ROUNDS):
                last = size * point.t <= 0.5 * gap * abs(sum(point.nu, arb(0)).mid())
                if point.decrement > (_ARRIVED if last else _CENTRED):
                    point = point.corrected(matrix)
                elif last:
                    break
                else:
                    point = point.ahead(matrix)
        below, above = _attained(matrix, point.gram), float("inf")
        if positive_definite(slack(matrix, point.nu)):
            above = _upwards(sum(point.nu, arb(0)) / 2)
    return Enclosed(below, above)


@dataclass(frozen=True)
class _Point:
    """A place beside the path: ν, the barrier's weight t, X = (diag ν − R)⁻¹, Newton's step and its decrement."""

    nu: list[arb]
    t: arb
    gram: acb_mat
    step: list[arb]
    tangent: list[arb]
    decrement: float

    @classmethod
    def at(cls, matrix: acb_mat, nu: list[arb], t: arb) -> "_Point":
        """Return what is known at ν, the middle of whose balls is meant."""
        size, gram = len(nu), slack(matrix, nu).inv().mid()
        rows = gram.tolist()
        slope = [(rows[i][i].real - 1 / t).mid() for i in range(size)]
        curvature = arb_mat([[abs(one) ** 2 for one in row] for row in rows]).mid()
        solved = curvature.solve(arb_mat([[one, 1 / t**2] for one in slope]).mid()).mid()
        step, tangent = ([solved[i, column] for i in range(size)] for column in (0, 1))
        square = sum((one * other for one, other in zip(step, slope, strict=True)), arb(0)).mid()
        return cls(nu, t, gram, step, tangent, float(max(arb(0), square)) ** 0.5)

    def corrected(self, matrix: acb_mat) -> "_Point":
        """Return the place after Newton's step, damped so that diag ν − R stays positive definite."""
        length = 1.0 / (1.0 + self.decrement) if self.decrement > _DAMPED else 1.0
        nu = [(one + length * step).mid() for one, step in zip(self.nu, self.step, strict=True)]
        return _Point.at(matrix, nu, self.t)

    def ahead(self, matrix: acb_mat) -> "_Point":
        """Return the place along the tangent, as far as it leads near the path."""
        for shorter in _SHORTER:
            t = (self.t * shorter).mid()
            nu = [(one + (t - self.t) * tangent).mid() for one, tangent in zip(self.nu, self.tangent, strict=True)]
            if positive_definite(slack(matrix, nu)):
                point = _Point.at(matrix, nu, t)
                if point.decrement <= _NEAR:
                    return point
        return _Point.at(matrix, self.nu, (self.t * _SHORTER[-1]).mid())


def _attained(matrix: acb_mat, gram: acb_mat) -> float:
    """Return ½ tr R X at a Gram matrix X of diagonal 1, rounded downwards; −∞ where it is not proven to be one."""
    if not positive_definite(gram):
        return -float("inf")
    size, total = gram.nrows(), arb(0)
    lengths = [gram[i, i].real.sqrt() for i in range(size)]
    for i in range(size):
        for j in range(i):
            # the lower triangle alone is looked at, here as for the pivots
            total += (gram[i, j] * matrix[j, i]).real / (lengths[i] * lengths[j])
    return -_upwards(-total)


def _upwards(ball: arb) -> float:
    """Return a double no lower than any number of the ball."""
    return float(np.nextafter(float(ball.upper()), np.inf))
