"""The maximum of trigonometric polynomials of one to three phases, a stack at once, by Taylor boxes.

About the middle of a cell S ≤ S(x) + |∇S||t| + (λ_max/2 + M_3 |t|/6)|t|², with M_3 = Σ|c_q||q|³.  What that leaves
above the best value found is climbed from, uphill only; about the top so found there is a ball in which nothing is
higher, and what no ball covers is halved.  No cell is thrown away without its bound: the bound on the maximum is the
largest of all.  A point of the batch whose cells become too many keeps its gap.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Integer, Real
from torusync._limits import BOXES, GRID_NUMBERS
from torusync.conventions import EPS
from torusync.maxima.harmonicsums import Polynomials, ball, steepest
from torusync.maxima.peak import EQUAL

_CLOSE: Final = 2e-13
"""Part of Σ|c| by which a bound may exceed the best value before it is worth another cell."""

_STEPS: Final = 4
"""Climbing steps a round: a top that is not flat is then known to rounding after one or two rounds."""

_CURVED: Final = 1e-9
"""Part of the largest bend possible below which a top counts as flat, and Newton's step as a leap."""

_FINEST: Final = 50
"""Halvings at most: no cell of doubles is smaller."""

_APART: Final = 1e-5
"""Distance of tops below which they are one: tops that are not flat are known to the root of the rounding."""


@final
@dataclass(frozen=True, eq=False)
class Tops:
    """The maxima of a stack.

    Parameters
    ----------
    x : (stack, r) the best point found
    value, bound : (stack)
    count : (stack) tops as high as it that were found
    complete : (stack) whether it is proven that there are no more
    """

    x: Real
    value: Real
    bound: Real
    count: Integer
    complete: Boolean


def highest(poly: Polynomials) -> Tops:
    """Return the maxima of a stack of polynomials, with proof."""
    return _Search(poly).run()


def cells_of(poly: Polynomials) -> tuple[Real, Real]:
    """Return the middles of a grid of cells ``(cells, r)`` and the half widths of a cell ``(r)``."""
    wanted = {1: 6, 2: 4, 3: 3}[poly.rank] * (poly.degrees + 1)
    axes = [np.pi * ((2.0 * np.arange(count) + 1.0) / count - 1.0) for count in wanted]
    mesh = np.meshgrid(*axes, indexing="ij")
    # neighbours must overlap whatever the rounding of their middles
    return np.stack([one.ravel() for one in mesh], axis=-1), np.pi / wanted * (1.0 + 64.0 * EPS)


class _Search:
    """One search: what is known of every polynomial of the stack, and the cells that are left."""

    def __init__(self, poly: Polynomials) -> None:
        self.poly, size = poly, len(poly)
        self.slack = _CLOSE * poly.most[:, 0] + 2.0 * poly.off[:, 0]
        self.value, self.x = np.full(size, -np.inf), np.zeros((size, poly.rank))
        self.top = np.full(size, -np.inf)
        self.work = np.zeros(size, dtype=np.int64)
        self.capped = np.zeros(size, dtype=np.bool_)
        self.unclear = np.full(size, -np.inf)
        self.found: list[tuple[Integer, Real, Real, Boolean]] = []

    def run(self) -> Tops:
        middles, half = cells_of(self.poly)
        blocks = self._blocks(len(middles))
        self._start(middles, blocks)
        rows, x = self._first(middles, half, blocks)
        for _ in range(_FINEST):
            if not len(rows):
                break
            rows, x = self._climbed(rows, x, half)
            rows = self._capped(rows, x, half)
            x, rows = x[rows >= 0], rows[rows >= 0]
            half = 0.5 * half
            rows, x = self._halved(rows, x, half)
            left = self._left(rows, self._bounds(rows, x, half))
            rows, x = rows[left], x[left]
        else:
            self.capped[rows] = True
            np.maximum.at(self.top, rows, self._bounds(rows, x, half))
        count, complete = self._counted()
        return Tops(self.x, self.value, np.maximum(self.top, self.value), count, complete)

    def _blocks(self, cells: int) -> list[slice]:
        step = max(1, GRID_NUMBERS // (2 * len(self.poly.orders) + 4 * len(self.poly)))
        return [slice(begin, begin + step) for begin in range(0, cells, step)]

    def _start(self, middles: Real, blocks: list[slice]) -> None:
        every, start = np.arange(len(self.poly)), np.zeros((len(self.poly), self.poly.rank))
        best = np.full(len(self.poly), -np.inf)
        for block in blocks:
            values = self.poly.on_grid(middles[block], curved=False).value
            at = values.argmax(axis=1)
            higher = values[every, at] > best
            start = np.where(higher[:, np.newaxis], middles[block][at], start)
            best = np.where(higher, values[every, at], best)
        self._better(every, self._uphill(every, self._uphill(every, start)))

    def _first(self, middles: Real, half: Real, blocks: list[slice]) -> tuple[Integer, Real]:
        rows, x = [], []
        for block in blocks:
            jet = self.poly.on_grid(middles[block], curved=True)
            shape = jet.value.shape
            owner = np.broadcast_to(np.arange(shape[0])[:, np.newaxis], shape).ravel()
            flat = jet.value.ravel(), jet.gradient.reshape(-1, self.poly.rank), steepest(jet.hessian).ravel()
            bound = self._taylor(owner, *flat, half)
            left = np.flatnonzero(self._left(owner, bound))
            rows.append(owner[left])
            x.append(middles[block][left % shape[1]])
        return np.concatenate(rows), np.concatenate(x)

    def _uphill(self, rows: Integer, x: Real) -> Real:
        """Return points climbed to by a few Newton steps where the top is near, else along the gradient."""
        most, start = self.poly.most[rows], x
        for _ in range(_STEPS):
            jet = self.poly.jets(rows, x)
            step = jet.gradient / most[:, 2, np.newaxis]
            concave = steepest(jet.hessian) < -_CURVED * most[:, 2]
            if self.poly.rank == 1:
                bend = np.where(concave, jet.hessian[:, 0, 0], -1.0)
                newton = -jet.gradient / bend[:, np.newaxis]
            else:
                safe = np.where(concave[:, np.newaxis, np.newaxis], jet.hessian, -np.eye(self.poly.rank))
                newton = np.asarray(-np.linalg.solve(safe, jet.gradient[..., np.newaxis])[..., 0], dtype=np.float64)
            x = x + self._shortened(np.where(concave[:, np.newaxis], newton, step))
        return np.clip(x, start - 1.0, start + 1.0)

    def _flattest(self, rows: Integer, x: Real, flat: int) -> Real:
        """Return where the derivative of order 2p − 1 vanishes nearby, the middle of a top that is flat to order 2p.

        Newton's method for the top itself creeps there: its slope has a root of that order.
        """
        start, order = x, 2 * flat
        for _ in range(_STEPS):
            found = self.poly.derivatives(rows, x)
            bend = found[:, order]
            concave = bend < -_CURVED * self.poly.most[rows, order]
            step = np.where(concave, -found[:, order - 1] / np.where(concave, bend, -1.0), 0.0)
            x = x + self._shortened(step[:, np.newaxis])
        return np.clip(x, start - 1.0, start + 1.0)

    def _shortened(self, step: Real) -> Real:
        # no further than some cells of the coarsest grid
        long = np.abs(step).max(axis=1, initial=0.0) * max(1, int(self.poly.degrees.max())) / 0.3
        return np.asarray(step / np.maximum(long, 1.0)[:, np.newaxis])

    def _better(self, rows: Integer, x: Real) -> Real:
        """Take note of points where a polynomial is higher than known; return its values."""
        turned = x - 2.0 * np.pi * np.rint(x / (2.0 * np.pi))
        values = self.poly.values(rows, turned)
        before = self.value.copy()
        np.maximum.at(self.value, rows, values)
        best = np.flatnonzero((values == self.value[rows]) & (values > before[rows]))
        self.x[rows[best]] = turned[best]
        return values

    def _climbed(self, rows: Integer, x: Real, half: Real) -> tuple[Integer, Real]:
        """Climb from the middle of every cell, and return the cells that the balls about the tops do not cover."""
        for flat in (1, 2, 3) if self.poly.rank == 1 else (1,):
            if len(rows):
                tops = self._uphill(rows, x) if flat == 1 else self._flattest(rows, x, flat)
                self._better(rows, tops)
                radius, bound = ball(self.poly, rows, tops, flat)
                away = np.sqrt(((np.abs(tops - x) + half) ** 2).sum(axis=1)) * (1.0 + 16.0 * EPS)
                covered = (away <= radius) & (bound <= self.value[rows] + self.slack[rows])
                np.maximum.at(self.top, rows[covered], bound[covered])
                single = np.full(int(covered.sum()), flat == 1)
                self.found.append((rows[covered], tops[covered], bound[covered], single))
                rows, x = rows[~covered], x[~covered]
        return rows, x

    def _capped(self, rows: Integer, x: Real, half: Real) -> Integer:
        """Give up on the points whose cells are too many, with what is known of them; their rows become −1."""
        self.work += np.bincount(rows, minlength=len(self.work))
        over = self.work[rows] > BOXES
        if over.any():
            np.maximum.at(self.top, rows[over], self._bounds(rows[over], x[over], half))
            self.capped[rows[over]] = True
        return np.where(over, -1, rows)

    def _halved(self, rows: Integer, x: Real, half: Real) -> tuple[Integer, Real]:
        corners = np.stack(np.meshgrid(*[[-1.0, 1.0]] * self.poly.rank, indexing="ij"), axis=-1)
        corners = corners.reshape(-1, self.poly.rank) * half
        return np.repeat(rows, len(corners)), (x[:, np.newaxis] + corners).reshape(-1, self.poly.rank)

    def _bounds(self, rows: Integer, x: Real, half: Real) -> Real:
        """Return bounds on the polynomials in cells."""
        if not len(rows):
            return np.empty(0)
        jet = self.poly.jets(rows, x)
        return self._taylor(rows, jet.value, jet.gradient, steepest(jet.hessian), half)

    def _taylor(self, rows: Integer, value: Real, gradient: Real, bend: Real, half: Real) -> Real:
        off, most = self.poly.off[rows], self.poly.most[rows]
        slope = np.sqrt((gradient**2).sum(axis=-1)) * (1.0 + 8.0 * EPS) + off[:, 1]
        # doubles near π end at ε, and the middle of a cell is one of them
        reach = float(np.sqrt((half**2).sum())) * (1.0 + 16.0 * EPS) + 16.0 * EPS
        curve = 0.5 * (bend + off[:, 2]) + most[:, 3] * reach / 6.0
        inside = (curve < 0.0) & (slope < -2.0 * curve * reach)
        summit = slope**2 / np.where(inside, -4.0 * curve, 1.0)
        return np.asarray(value + off[:, 0] + np.where(inside, summit, (slope + curve * reach) * reach))

    def _left(self, rows: Integer, bound: Real) -> Boolean:
        """Take note of the bounds of cells that are done with, and return which are not."""
        left = bound > self.value[rows] + self.slack[rows]
        done = ~left
        np.maximum.at(self.top, rows[done], bound[done])
        np.maximum.at(self.unclear, rows[done], bound[done])
        return np.asarray(left)

    def _counted(self) -> tuple[Integer, Boolean]:
        """Return how many tops as high as the best were found, and whether there are proven to be no more."""
        equal = EQUAL * self.poly.most[:, 0]
        rows, x, bound, single = (np.concatenate(parts) for parts in zip(*self.found, strict=True)) if self.found else (
            np.empty(0, dtype=np.int64), np.empty((0, self.poly.rank)), np.empty(0), np.empty(0, dtype=np.bool_)
        )  # fmt: skip
        near = bound >= self.value[rows] - equal[rows]
        rows, x, single = rows[near], x[near], single[near]
        count, complete = np.zeros(len(self.value), dtype=np.int64), ~self.capped
        complete &= self.unclear < self.value - equal
        complete[rows[~single]] = False
        while len(rows):
            owners, first = np.unique(rows, return_index=True)
            count[owners] += 1
            chosen = np.zeros((len(self.value), self.poly.rank))
            chosen[owners] = x[first]
            other = np.abs(np.exp(1j * x) - np.exp(1j * chosen[rows])).max(axis=1) > _APART
            rows, x = rows[other], x[other]
        return np.maximum(count, 1), complete & (count > 0)
