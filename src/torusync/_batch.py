"""A flat batch, cut into parts: what every record of arrays with leading batch axes can do.

Densities, generators and what solvers derive from them all come as batches, and whoever works through one takes it
point by point or chunk by chunk.  Batch axes broadcast: an array that belongs to the whole batch stays one in memory,
flattened or not.
"""

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from torusync._checks import Boolean, Integer, common_shape
from torusync._frozen import Frozen
from torusync._indexing import Pick


def flattened(values: Any, axes: int, batch: tuple[int, ...]) -> Any:
    """Return values of a batch, whose last ``axes`` axes are not batch axes, with one batch axis, ``(points, …)``.

    A view where they belong to every point by itself, or to all of them.
    """
    if not batch:
        return values[np.newaxis]
    own = values.ndim - axes
    rest, points = values.shape[own:], math.prod(batch)
    if values.shape[:own] == batch:
        return values.reshape(points, *rest)
    if not own:
        return np.broadcast_to(values, (points, *rest))
    return np.broadcast_to(values, (*batch, *rest)).reshape(points, *rest)


def points_last(values: Any, batch: tuple[int, ...]) -> Any:
    """Return values ``(..., n)`` of a batch as ``(n, points)``, a view where `flattened` is one."""
    return flattened(values, 1, batch).T


def columns(values: Any, batch: tuple[int, ...]) -> Any:
    """Return values ``(..., n)`` of a batch as ``(n, points)``, or as one column where they belong to every point."""
    return values[:, np.newaxis] if values.ndim == 1 else points_last(values, batch)


class Columns:
    """Base of frozen dataclasses of a flat batch with the points on the last axis, as `columns` gives them.

    Where levels are few, operations then run along the points; fields may be None, or `Columns` in their turn.
    """

    def part(self, chunk: slice) -> Self:
        """Return some of the points."""
        parts = dict(vars(self))
        for name, value in parts.items():
            if isinstance(value, Columns):
                parts[name] = value.part(chunk)
            elif value is not None and value.shape[-1] > 1:
                parts[name] = value[..., chunk]
        return type(self)(**parts)


class Batch(Frozen):
    """Base of frozen dataclasses that hold arrays of a batch, or None, or tuples of such arrays."""

    AXES: ClassVar[dict[str, int]]
    """Every field, and how many axes of its arrays are not batch axes."""

    def arrays(self) -> dict[str, Any]:
        """Return the fields by name."""
        return {name: getattr(self, name) for name in self.AXES}

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes, ``()`` for a single one."""
        shapes = set()
        for name, axes in self.AXES.items():
            value = getattr(self, name)
            for array in value if type(value) is tuple else () if value is None else (value,):
                shapes.add(array.shape[: array.ndim - axes])
        return common_shape(*shapes)

    @property
    def points(self) -> int:
        """Number of points of the batch."""
        return math.prod(self.batch_shape)

    def flat(self, batch: tuple[int, ...] | None = None) -> Self:
        """Return the batch with one axis, ``(points,)``; ``batch`` is its shape, where somebody knows it."""
        batch = self.batch_shape if batch is None else batch
        return type(self)(**self._each(lambda array, axes: flattened(array, axes, batch)))

    def part(self, chunk: slice | int | Integer | Boolean) -> Self:
        """Return some points of a flat batch."""
        points = len(getattr(self, next(iter(self.AXES))))
        if type(chunk) is slice and chunk.indices(points) == (0, points, 1):
            return self
        return type(self)(**self._each(lambda array, _: np.asarray(array[chunk])))

    def shaped(self, batch: tuple[int, ...]) -> Self:
        """Return a flat batch with the batch axes that it had."""
        return type(self)(**self._each(lambda array, _: array.reshape((*batch, *array.shape[1:]))))

    def patched(self, rows: Integer, other: Self) -> Self:
        """Return a flat batch with all points of ``other`` in place of its own at ``rows``; both hold arrays alone."""
        arrays = {name: array.copy() for name, array in self.arrays().items()}
        for name, array in arrays.items():
            array[rows] = getattr(other, name)
        return type(self)(**arrays)

    def _picked(self, pick: Pick) -> Self:
        return type(self)(**self._each(pick))

    def _each(self, change: Callable[[Any, int], Any]) -> dict[str, Any]:
        """Return the fields by name with ``change(array, axes)`` in place of every array."""
        out: dict[str, Any] = {}
        for name, axes in self.AXES.items():
            value = getattr(self, name)
            if type(value) is tuple:
                out[name] = tuple(change(one, axes) for one in value)
            else:
                out[name] = None if value is None else change(value, axes)
        return out
