"""Where a quantity on a grid passes a threshold, and how far the grid leaves that open.

Between two neighbouring points the place is found by a straight line; that is a guess, and what is known is that a
continuous quantity passes the threshold somewhere between a point that lies surely above and one that lies surely
below.  The error of a place reaches to both.  What happens within one step of the grid and is over at the next point
nobody sees, here or elsewhere.
"""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from torusync._checks import Boolean, Integer, Real

_NOWHERE: Final = -1


@final
@dataclass(frozen=True, eq=False)
class End:
    """One end of the ranges above a threshold, over rows: its place, and how far the true one may lie from it.

    Where the grid ends, or a point has no value, before the quantity has fallen below the threshold, the place is the
    last point above it, and its error is infinite; so it is where no value is surely above, or none surely below.
    """

    place: Real
    error: Real


@final
@dataclass(frozen=True, eq=False)
class Rows:
    """A quantity along an axis, and a threshold.

    Parameters
    ----------
    x
        The axis, rising, ``(n)``.
    values
        Rows ``(rows, n)``; nan where there is no value.
    low, high
        Between which the true values lie.
    threshold
        What is to be reached.
    """

    x: Real
    values: Real
    low: Real
    high: Real
    threshold: float

    @property
    def above(self) -> Boolean:
        """Where the value is not below the threshold."""
        return np.asarray(np.nan_to_num(self.values, nan=-np.inf) >= self.threshold)

    @property
    def turned(self) -> "Rows":
        """The same, the other way round."""
        values, low, high = (one[:, ::-1] for one in (self.values, self.low, self.high))
        return Rows(-self.x[::-1], values, low, high, self.threshold)


def around_largest(rows: Rows) -> tuple[End, End]:
    """Return both ends of the range above a threshold that holds the largest value; nan in rows without one."""
    above = rows.above
    peak = np.where(above.any(axis=-1), np.argmax(np.where(above, rows.values, -np.inf), axis=-1), _NOWHERE)
    right = _end(rows, peak)
    left = _end(rows.turned, np.where(peak == _NOWHERE, _NOWHERE, rows.x.size - 1 - peak))
    return End(-left.place, left.error), right


def _end(rows: Rows, peak: Integer) -> End:
    """Return where rows fall below the threshold, going up the axis from ``peak``."""
    x, values, each = rows.x, rows.values, np.arange(len(rows.values))
    last, inside = x.size - 1, np.maximum(peak, 0)
    outer = _next(~rows.above)[each, inside]
    inner, fallen = np.maximum(outer - 1, 0), np.minimum(outer, last)
    # the first that surely lies below, from the first that seems to on
    low = _next(rows.high < rows.threshold)[each, fallen]
    # the last that surely lies above, from the last that seems to back to the largest
    high = last - _next((rows.low >= rows.threshold)[:, ::-1])[each, last - inner]
    unknown = (outer > last) | (low > last) | (high < inside) | np.isnan(values[each, fallen])
    start, stop = values[each, inner], values[each, fallen]
    beyond = (outer > last) | np.isnan(stop) | (peak == _NOWHERE)
    with np.errstate(all="ignore"):
        share = np.where(beyond, 0.0, (start - rows.threshold) / (start - stop))
    place = x[inner] + share * (x[fallen] - x[inner])
    error = np.where(unknown, np.inf, np.maximum(place - x[high], x[np.minimum(low, last)] - place))
    nowhere = peak == _NOWHERE
    return End(np.where(nowhere, np.nan, place), np.where(nowhere, np.nan, error))


def _next(mask: Boolean) -> Integer:
    """Return, for each entry of rows, the index of the first true one from there on; the length where there is none."""
    count = mask.shape[-1]
    index = np.where(mask, np.arange(count), count)
    return np.asarray(np.minimum.accumulate(index[:, ::-1], axis=-1)[:, ::-1])


def changes(x: Real, difference: Real, least: Real, most: Real) -> tuple[Real, Real]:
    """Return where rows change sign, and the errors of these places: ``(rows, count)``, nan where a row has fewer.

    Parameters
    ----------
    x
        The axis, rising, ``(n)``.
    difference
        Rows ``(rows, n)``; nan where there is no value.
    least, most
        Between which the true ones lie.
    """
    start, stop = difference[:, :-1], difference[:, 1:]
    found = ((start < 0.0) != (stop < 0.0)) & np.isfinite(start) & np.isfinite(stop)
    count = int(found.sum(axis=-1).max(initial=0))
    order = np.argsort(~found, axis=-1, kind="stable")[:, :count]
    rows = np.arange(len(difference))[:, np.newaxis]
    there = found[rows, order]
    with np.errstate(all="ignore"):
        share = start[rows, order] / (start[rows, order] - stop[rows, order])
    place = x[order] + share * (x[order + 1] - x[order])
    signs = np.where(least > 0.0, 1, np.where(most < 0.0, -1, 0))  # 0 where it is not sure
    after, before = _next(signs != 0), x.size - 1 - _next((signs != 0)[:, ::-1])[:, ::-1]
    low, high = before[rows, order], after[rows, order + 1]
    error = np.maximum(place - x[np.maximum(low, 0)], x[np.minimum(high, x.size - 1)] - place)
    same = signs[rows, np.maximum(low, 0)] == signs[rows, np.minimum(high, x.size - 1)]
    error = np.where((low < 0) | (high == x.size) | same, np.inf, error)
    return np.where(there, place, np.nan), np.where(there, error, np.nan)
