"""`len()`, indexing and iteration of records whose arrays carry batch axes in front of axes of their own.

NumPy's rules of indexing are many (slices, masks, lists, an ellipsis, new axes), and none is written anew here: the
axes of their own become one record a point, so that whatever the index is, it can only meet batch axes.
"""

from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Pick = Callable[[npt.NDArray[Any], int], npt.NDArray[Any]]
"""From values and the number of their own axes to the values at some points."""


class Batched:
    """Base of records with a ``batch_shape``; they say in ``_picked`` which arrays they hold, of how many own axes."""

    __array_ufunc__ = None
    """Comparisons with an array are ours, not entry by entry."""

    batch_shape: Any

    def _picked(self, pick: Pick) -> Self:
        raise NotImplementedError

    def __len__(self) -> int:
        if not self.batch_shape:
            raise TypeError(f"one {type(self).__name__} is no batch and has no len()")
        return int(self.batch_shape[0])

    def __bool__(self) -> bool:
        return True  # a record, however many points it holds; without this, len() would decide

    def __iter__(self) -> Iterator[Self]:
        return (self[one] for one in range(len(self)))

    def __getitem__(self, index: Any) -> Self:
        batch = self.batch_shape

        def pick(values: npt.NDArray[Any], axes: int) -> npt.NDArray[Any]:
            shape = values.shape[: max(values.ndim - axes, 0)]
            own = values.shape[len(shape) :]
            if batch and not shape:
                return values  # the same at every point: a batch of many machines with one drive keeps one drive
            record = np.dtype((np.void, values.dtype.itemsize * int(np.prod(own))))
            records = np.ascontiguousarray(values).reshape(*shape, -1).view(record)[..., 0]
            chosen = np.asarray(np.broadcast_to(records, batch)[index])
            return np.array(chosen[..., np.newaxis]).view(values.dtype).reshape(chosen.shape + own)

        return self._picked(pick)

    def __array__(self, dtype: object = None, copy: object = None) -> npt.NDArray[Any]:
        """Return one object: a record is no sequence of numbers, and NumPy must not walk through all of its points."""
        array = np.empty((), dtype=object)
        array[()] = self
        return array
