"""GMRES on a few right-hand sides side by side, each in a Krylov space of its own.

A preconditioner that is a factorisation is read from memory once for all of them, which is most of what a step costs.
Numbers are real throughout: a Hermitian matrix is real numbers, so that coefficients are real and bases are half as
long.  Residuals are those of the recursion; what is true of a solution, the caller works out from it.
"""

from collections.abc import Callable
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Integer, Real
from torusync._threads import stop_if_told

_TINY: Final = 1e-300

Apply = Callable[[Real], Real]


@final
class _Column:
    """The Krylov space of one right-hand side, and the solution of least residual in it."""

    def __init__(self, right: Real, most: int) -> None:
        self.norm = float(np.linalg.norm(right))
        self.basis = np.empty((min(most, 8) + 1, len(right)))
        self.basis[0] = right / max(self.norm, _TINY)
        self.steps = 0
        self.most = most
        self.triangle = np.zeros((most + 1, most))
        self.turns: list[tuple[float, float]] = []
        self.side = np.zeros(most + 1)
        self.side[0] = self.norm

    @property
    def left(self) -> float:
        """Norm of the residual, as the recursion has it."""
        return abs(float(self.side[self.steps]))

    @property
    def last(self) -> Real:
        """The vector that comes next."""
        return np.asarray(self.basis[self.steps])

    def take(self, image: Real) -> None:
        """Go on by the image of `last`."""
        k = self.steps
        if k + 2 > len(self.basis):
            self.basis = np.concatenate([self.basis, np.empty((min(len(self.basis), self.most), self.basis.shape[1]))])
        known, column = self.basis[: k + 1], self.triangle[:, k]
        for _ in range(2):  # once leaves what rounding puts back
            along = known @ image
            image = image - along @ known
            column[: k + 1] += along
        beyond = float(np.linalg.norm(image))
        self.basis[k + 1] = image / max(beyond, _TINY)
        for index, (c, s) in enumerate(self.turns):
            upper, lower = column[index], column[index + 1]
            column[index], column[index + 1] = c * upper + s * lower, c * lower - s * upper
        size = float(np.hypot(column[k], beyond)) or _TINY
        c, s = float(column[k]) / size, beyond / size
        self.turns.append((c, s))
        column[k] = size
        self.side[k], self.side[k + 1] = c * self.side[k], -s * self.side[k]
        self.steps += 1

    def solution(self) -> Real:
        """Return the combination of basis vectors that leaves least."""
        k = self.steps
        out = np.zeros(k)
        for row in range(k - 1, -1, -1):
            rest = self.side[row] - self.triangle[row, row + 1 : k] @ out[row + 1 :]
            out[row] = rest / self.triangle[row, row]
        return np.asarray(out @ self.basis[:k])


def gmres(apply: Apply, right: Real, *, goals: Real, most: int) -> tuple[Real, Boolean]:
    """Return y of A y = b for columns b ``(n, k)``, and which of them came to their goals, ``(k,)``.

    ``apply`` gives A of columns, ``goals`` are norms of the residual, ``most`` the steps at most.
    """
    columns = [_Column(one, most) for one in np.ascontiguousarray(right.T)]
    for _ in range(most):
        open_ones: Integer = np.flatnonzero([one.left > goal for one, goal in zip(columns, goals, strict=True)])
        if not open_ones.size:
            break
        stop_if_told()
        images = apply(np.stack([columns[index].last for index in open_ones], axis=1))
        if not np.isfinite(images).all():
            break
        for image, index in zip(np.ascontiguousarray(images.T), open_ones, strict=True):
            columns[index].take(image)
    reached = np.array([one.left <= goal for one, goal in zip(columns, goals, strict=True)])
    return np.stack([one.solution() for one in columns], axis=1), reached
