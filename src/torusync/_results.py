"""What all results have in common: one point gives numbers, a batch gives arrays, and its points are had by an index.

A result is a frozen record whose arrays have the batch shape in front.  An array without axes is neither fish nor
fowl: it prints as ``array(0.5)``, is no float, and has no hash.  It becomes a NumPy scalar here, once, when the record
is made; what properties work out of scalars passes through `torusync._checks.scalar`.
"""

from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np

from torusync._checks import scalar
from torusync._frozen import Frozen
from torusync._indexing import Batched, Pick, Picked


class Result(Batched, Frozen):
    """Base of frozen dataclasses that are results: ``result[3]`` is the same class for these points of a batch.

    Their batch is that of their first field, unless they say otherwise; ``_in_words`` says what people ask for first.
    """

    AXES: ClassVar[dict[str, int]] = {}
    """How many axes of the arrays of a field are not batch axes, where there are any."""

    def __post_init__(self) -> None:
        held = vars(self)
        for name, value in held.items():
            if type(value) is np.ndarray:
                if not value.ndim:
                    held[name] = value[()]
            elif type(value) is MappingProxyType:
                held[name] = MappingProxyType(
                    {key: scalar(one) if isinstance(one, np.ndarray) else one for key, one in value.items()}
                )

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        first = next(iter(vars(self).values()))
        return first.batch_shape if isinstance(first, Batched) else np.shape(first)

    def _picked(self, pick: Pick) -> Self:
        return type(self)(**{name: _at(pick, one, self.AXES.get(name, 0)) for name, one in self._content().items()})

    def _in_words(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._in_words()}>"


def _at(pick: Pick, value: Any, axes: int) -> Any:
    """Return a field at the points picked; what is no array, and holds none, belongs to all of them."""
    if isinstance(value, (np.ndarray, np.generic)):
        return pick(value, axes)
    if isinstance(value, MappingProxyType):
        return MappingProxyType({name: pick(one, axes) for name, one in value.items()})
    return pick.record(value) if isinstance(value, Picked) else value
