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
from torusync.maxima.harmonicsums import CURVED, Polynomials, cell_bound, jet_at, nearby, parabola, steepest, summit
from torusync.maxima.peak import EQUAL

_CLOSE: Final = 2e-13
"""Part of Σ|c| by which a bound may exceed the best value before it is worth another cell."""

_STEPS: Final = 4
"""Climbing steps a round: a top that is not flat is then known to rounding after one or two rounds."""

_FINEST: Final = 50
"""Halvings at most: no cell of doubles is smaller."""


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
    owners, tops : (tops), (tops, r)
        Every one of them, and whose it is.
    """

    x: Real
    value: Real
    bound: Real
    count: Integer
    complete: Boolean
    owners: Integer
    tops: Real


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


def _reach(half: Real) -> float:
    """Return how far the corners of a cell are from its middle, which is a double, and near π only known to ε."""
    return float(np.sqrt((half**2).sum())) * (1.0 + 16.0 * EPS) + 16.0 * EPS


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
        self.equal = EQUAL * poly.most[:, 0]
        self.found: list[tuple[Integer, Real, Real, Real, Boolean]] = []

    def run(self) -> Tops:
        """Return the maxima."""
        middles, half = cells_of(self.poly)
        blocks = self._blocks(len(middles))
        self._start(middles, blocks)
        rows, cells = self._first(middles, half, blocks)
        x, found = middles[cells], self._known(rows, middles, cells)
        for _ in range(_FINEST):
            rows, x, found, bound = self._bounded(rows, x, found, half)
            if not len(rows):
                break
            left = self._climbed(rows, x, found, half)
            # what may hold another top of equal height was climbed from, too, but is not halved for it
            left &= self._left(rows, bound, self.slack)
            half = 0.5 * half
            rows, x = self._halved(rows[left], x[left], half)
            found = jet_at(self.poly, rows, x)
        else:
            self._given_up(rows, cell_bound(self.poly, rows, found, _reach(half)))
        return Tops(self.x, self.value, np.maximum(self.top, self.value), *self._counted())

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
        top = self._uphill(every, self._uphill(every, start))
        self._better(every, top, self.poly.values(every, top))

    def _first(self, middles: Real, half: Real, blocks: list[slice]) -> tuple[Integer, Integer]:
        """Return which polynomials may have a top in which cells."""
        rows, cells = [], []
        for block in blocks:
            jet = self.poly.on_grid(middles[block], curved=True)
            shape = jet.value.shape
            owner = np.broadcast_to(np.arange(shape[0])[:, np.newaxis], shape).ravel()
            slope = np.sqrt((jet.gradient**2).sum(axis=-1)).ravel() * (1.0 + 8.0 * EPS)
            rest, off = self.poly.most[owner, 3] * (_reach(half) / 6.0 * (1.0 + 8.0 * EPS)), self.poly.off[owner]
            bound = parabola((jet.value.ravel(), slope, steepest(jet.hessian).ravel()), rest, off, _reach(half))
            left = np.flatnonzero(self._left(owner, bound, -self.equal))
            rows.append(owner[left])
            cells.append(block.start + left % shape[1])
        return np.concatenate(rows), np.concatenate(cells)

    def _known(self, rows: Integer, middles: Real, cells: Integer) -> Real:
        """Return what `jet_at` does in the middles of some cells; sines are those of the grid, looked up."""
        if self.poly.rank > 1:
            return jet_at(self.poly, rows, middles[cells])
        return self.poly.derivatives(rows, self.poly.turns(middles).at(cells))

    def _uphill(self, rows: Integer, x: Real) -> Real:
        """Return points climbed to by a few Newton steps where the top is near, else along the gradient."""
        most, start = self.poly.most[rows], x
        for _ in range(_STEPS):
            jet = self.poly.jets(rows, x)
            step = jet.gradient / most[:, 2, np.newaxis]
            concave = steepest(jet.hessian) < -CURVED * most[:, 2]
            if self.poly.rank == 1:
                bend = np.where(concave, jet.hessian[:, 0, 0], -1.0)
                newton = -jet.gradient / bend[:, np.newaxis]
            else:
                safe = np.where(concave[:, np.newaxis, np.newaxis], jet.hessian, -np.eye(self.poly.rank))
                newton = np.asarray(-np.linalg.solve(safe, jet.gradient[..., np.newaxis])[..., 0], dtype=np.float64)
            x = x + self._shortened(np.where(concave[:, np.newaxis], newton, step))
        return np.clip(x, start - 1.0, start + 1.0)

    def _shortened(self, step: Real) -> Real:
        # no further than some cells of the coarsest grid
        long = np.abs(step).max(axis=1, initial=0.0) * max(1, int(self.poly.degrees.max())) / 0.3
        return np.asarray(step / np.maximum(long, 1.0)[:, np.newaxis])

    def _better(self, rows: Integer, x: Real, values: Real) -> None:
        """Take note of points where a polynomial is higher than known."""
        before = self.value.copy()
        np.maximum.at(self.value, rows, values)
        best = np.flatnonzero((values == self.value[rows]) & (values > before[rows]))
        self.x[rows[best]] = x[best] - 2.0 * np.pi * np.rint(x[best] / (2.0 * np.pi))

    def _bounded(self, rows: Integer, x: Real, found: Real, half: Real) -> tuple[Integer, Real, Real, Real]:
        """Return the cells that may hold a top, what was worked out in their middles, and their bounds."""
        bound = cell_bound(self.poly, rows, found, _reach(half))
        self.work += np.bincount(rows, minlength=len(self.work))
        over = self.work[rows] > BOXES
        self._given_up(rows[over], bound[over])
        left = self._left(rows, bound, -self.equal) & ~over
        return rows[left], x[left], found[left], bound[left]

    def _given_up(self, rows: Integer, bound: Real) -> None:
        """Take note of the bounds of cells that are too many to be halved."""
        np.maximum.at(self.top, rows, bound)
        self.capped[rows] = True

    def _climbed(self, rows: Integer, x: Real, found: Real, half: Real) -> Boolean:
        """Climb from the middle of every cell, and return which are not closed by what is known of the tops."""
        left = np.arange(len(rows))
        for flat in (1, 2, 3) if self.poly.rank == 1 else (1,):
            here, middle = rows[left], x[left]
            if self.poly.rank == 1:
                tops = middle + nearby(found[left], self.poly.most[here], flat, _STEPS)[:, np.newaxis]
            else:
                tops = self._uphill(here, middle)
            at_tops = jet_at(self.poly, here, tops)
            self._better(here, tops, at_tops[:, 0])
            away = np.sqrt(((np.abs(tops - middle) + half) ** 2).sum(axis=1)) * (1.0 + 16.0 * EPS) + 16.0 * EPS
            bound = summit(self.poly, here, at_tops, away, flat)
            closed = bound <= self.value[here] + self.slack[here]
            np.maximum.at(self.top, here[closed], bound[closed])
            single = np.full(int(closed.sum()), flat == 1)
            self.found.append((here[closed], tops[closed], bound[closed], away[closed], single))
            left = left[~closed]
            if not left.size:
                break
        out = np.zeros(len(rows), dtype=np.bool_)
        out[left] = True
        return out

    def _halved(self, rows: Integer, x: Real, half: Real) -> tuple[Integer, Real]:
        corners = np.stack(np.meshgrid(*[[-1.0, 1.0]] * self.poly.rank, indexing="ij"), axis=-1)
        corners = corners.reshape(-1, self.poly.rank) * half
        return np.repeat(rows, len(corners)), (x[:, np.newaxis] + corners).reshape(-1, self.poly.rank)

    def _left(self, rows: Integer, bound: Real, slack: Real) -> Boolean:
        """Take note of the bounds of cells that are done with, and return which are not."""
        left = bound > self.value[rows] + slack[rows]
        done = ~left
        np.maximum.at(self.top, rows[done], bound[done])
        np.maximum.at(self.unclear, rows[done], bound[done])
        return np.asarray(left)

    def _counted(self) -> tuple[Integer, Boolean, Integer, Real]:
        """Return how many tops as high as the best were found, whether there are proven to be no more, and each."""
        count, complete = np.zeros(len(self.value), dtype=np.int64), ~self.capped
        if not self.found:
            return count + 1, np.zeros(len(count), dtype=np.bool_), np.arange(len(count)), self.x
        rows, x, bound, away, single = (np.concatenate(parts) for parts in zip(*self.found, strict=True))
        near = bound >= self.value[rows] - self.equal[rows]
        rows, x, away, single = rows[near], x[near], away[near], single[near]
        complete &= self.unclear < self.value - self.equal
        complete[rows[~single]] = False
        chosen, near_it = np.zeros((len(self.value), self.poly.rank)), np.zeros(len(self.value))
        listed: list[tuple[Integer, Real]] = []
        while len(rows):
            owners, first = np.unique(rows, return_index=True)
            count[owners] += 1
            listed.append((owners, x[first]))
            chosen[owners], near_it[owners] = x[first], away[first]
            far = np.abs(np.exp(1j * (x - chosen[rows])) - 1.0).max(axis=1)
            # in the ball about a top nothing else is as high
            other = far > np.maximum(away, near_it[rows])
            rows, x, away = rows[other], x[other], away[other]
        alone = np.flatnonzero(count == 0)
        listed.append((alone, self.x[alone]))
        every, tops = (np.concatenate(parts) for parts in zip(*listed, strict=True))
        return np.maximum(count, 1), complete & (count > 0), every, tops
