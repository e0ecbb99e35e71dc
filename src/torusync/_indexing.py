"""`len()`, indexing and iteration of records whose arrays carry batch axes in front of axes of their own.

NumPy's rules of indexing are many (slices, masks, lists, an ellipsis, new axes), and none is written anew here: the
axes of their own become one record a point, so that whatever the index is, it can only meet batch axes.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol, Self, TypeVar, final, runtime_checkable

import numpy as np
import numpy.typing as npt

_Record = TypeVar("_Record", bound="Picked")


@runtime_checkable
class Picked(Protocol):
    """What can be asked for some of its points."""

    def _picked(self, pick: "Pick") -> Self: ...


@final
class Pick:
    """Some points of a batch of a shape, by an index into it: from values and their own axes to the values there."""

    def __init__(self, batch: tuple[int, ...], index: Any) -> None:
        self._batch: Final = batch
        self._index: Final = index
        self._known: Final[dict[int, tuple[Any, Any]]] = {}

    def __call__(self, values: Any, axes: int = 0) -> npt.NDArray[Any]:
        """Return the values at the points; what is the same at every point of the batch, with no batch axes, stays."""
        shape = values.shape[: max(values.ndim - axes, 0)]
        own = values.shape[len(shape) :]
        if self._batch and not shape:
            return np.asarray(values)  # a batch of many machines with one drive keeps one drive
        if 0 in own:
            points = np.asarray(np.broadcast_to(np.False_, self._batch)[self._index]).shape
            return np.empty(points + own, dtype=values.dtype)
        record = np.dtype((np.void, values.dtype.itemsize * int(np.prod(own))))
        records = np.ascontiguousarray(values).reshape(*shape, -1).view(record)[..., 0]
        chosen = np.asarray(np.broadcast_to(records, self._batch)[self._index])
        found: npt.NDArray[Any] = np.array(chosen[..., np.newaxis]).view(values.dtype).reshape(chosen.shape + own)
        return found

    def record(self, value: _Record) -> _Record:
        """Return a record at the points; one that several hold, as a state and its maximum a density, stays one."""
        if id(value) not in self._known:
            # the value is kept beside: an id is that of another one as soon as nobody holds the first
            self._known[id(value)] = value, value._picked(self)  # noqa: SLF001  (its own protocol)
        found: _Record = self._known[id(value)][1]
        return found


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
        return self._picked(Pick(self.batch_shape, index))

    def __array__(self, dtype: object = None, copy: object = None) -> npt.NDArray[Any]:
        """Return one object: a record is no sequence of numbers, and NumPy must not walk through all of its points."""
        array = np.empty((), dtype=object)
        array[()] = self
        return array
