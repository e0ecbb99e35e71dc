"""What a file may mean: one way to read it, or several, of which one may be a state.

Eight real numbers in two rows are two parts beside each other, or parts in turn.  None of these ways is guessed: each
is tried, and where two of them are states, and different ones, the file is refused and both are named.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from torusync._checks import ArgumentError, requirement
from torusync._operators import as_density_matrix, as_nearest
from torusync._precision import DOUBLE, Precision
from torusync.interop import states

_SAME: Final = 1e-12
"""States whose entries differ by less are one: a ket and its projector are, to rounding."""

_NOISE: Final = 0.1
"""Distance to the nearest state up to which a matrix may be a measured one."""


@final
@dataclass(frozen=True)
class Reading:
    """One way to read a file.

    Parameters
    ----------
    matrix : the numbers
    how : in words, how they were had
    precision : what they are good for
    part : where the file calls them the real or the imaginary part of a matrix, and holds no other one
    """

    matrix: npt.NDArray[Any]
    how: str
    precision: Precision = DOUBLE
    part: str = ""


_Tried = tuple[Reading, npt.NDArray[Any]]
"""A reading, and the state that it is."""


class UnreadableError(Exception):
    """The bytes are not of the format that the name promises."""

    def __init__(self, why: object) -> None:
        lines = str(why).splitlines()
        super().__init__(lines[0] if lines else type(why).__name__)


class ContentError(Exception):
    """The format is right, but what it holds is no matrix."""

    def __init__(self, must: str, but: str) -> None:
        super().__init__(must, but)
        self.must, self.but = must, but


def settled(name: str, where: str, readings: Sequence[Reading]) -> Reading:
    """Return the one reading that is a state, or the first where none is, or where there is but one.

    Raises
    ------
    ArgumentError
        If two readings are states, and different ones.
    """
    if len(readings) == 1:
        return readings[0]
    for judge in (_state, _measured):
        found: list[tuple[Reading, npt.NDArray[Any]]] = []
        for one in readings:
            state = judge(one)
            if state is None:
                continue
            same = next((place for place, other in enumerate(found) if _equal(other, (one, state))), None)
            if same is None:
                found.append((one, state))
            else:
                found[same] = _either(found[same], (one, state))
        if len(found) > 1:
            raise requirement(
                name,
                "be a state in one way only",
                f"{where} is one read as {found[0][0].how}, and another one as {found[1][0].how}; write its entries as "
                "a+bj",
            )
        if found:
            return found[0][0]
    return readings[0]


def _equal(one: _Tried, other: _Tried) -> bool:
    """Whether two readings are one state, to what the digits of the file are good for."""
    if one[1].shape != other[1].shape:
        return False
    return _apart(one[1], other[1]) <= max(_SAME, _off(one) + _off(other))


def _apart(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> float:
    return float(np.linalg.norm(one - other, axis=(-2, -1)).max(initial=0.0))


def _off(tried: _Tried) -> float:
    """Return how far a state may be off as its entries are, in the Frobenius norm; that of a ket by twice as much."""
    reading, state = tried
    squared = states("state", reading.matrix, off=reading.precision.entry)[1]
    known = reading.precision.doubled() if squared else reading.precision
    return known.norm(state.shape[-1])


def _either(one: _Tried, other: _Tried) -> _Tried:
    """Return the first of two readings of one state, as well known as holds for whichever of them was meant."""
    apart = _apart(one[1], other[1])
    own = one[0].precision.norm(one[1].shape[-1])
    if apart <= _SAME or not own:
        return one
    known = one[0].precision
    wider = replace(known, entry=known.entry * max(1.0, (apart + _off(other)) / own))
    return replace(one[0], precision=wider), one[1]


def _matrix(reading: Reading) -> Any:
    return states("state", reading.matrix, off=reading.precision.entry)[0]


def _state(reading: Reading) -> npt.NDArray[Any] | None:
    return _tried(lambda: as_density_matrix("state", _matrix(reading), precision=reading.precision))


def _measured(reading: Reading) -> npt.NDArray[Any] | None:
    def nearest() -> Any:
        found, moved, _ = as_nearest("state", _matrix(reading))
        return found if (moved <= _NOISE).all() else None

    return _tried(nearest)


def _tried(call: Callable[[], Any]) -> npt.NDArray[Any] | None:
    try:
        found: npt.NDArray[Any] | None = call()
    except ArgumentError:
        return None
    return found


def complex_of(real: npt.NDArray[Any], imaginary: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return real + i imaginary, in the precision of both; as a sum an infinite part would make the other one nan."""
    out = np.zeros(real.shape, dtype=np.result_type(real.dtype, imaginary.dtype, np.complex64))
    out.real, out.imag = real, imaginary
    return out


def of_array(
    array: npt.NDArray[Any], how: str, *, columns_first: bool = False, precision: Precision | None = None
) -> list[Reading]:
    """Return the ways to read an array: as it is, stacks along the last axis, parts along an axis of two."""
    known = Precision.of(array) if precision is None else precision
    found = [Reading(array, how, known)]
    shape = array.shape
    if array.ndim != 3 or array.size == 0:
        return found
    if shape[0] == shape[1] > 1:
        last = Reading(np.ascontiguousarray(np.moveaxis(array, -1, 0)), f"{how}, a stack along the last axis", known)
        # where the last two axes do not fit, this alone is a stack of square matrices
        found = [last] if shape[1] != shape[2] else [last, *found] if columns_first else [*found, last]
    if not np.iscomplexobj(array):
        for axis in (0, 2):
            if shape[axis] == 2 and shape[1] == shape[2 - axis]:
                parts = complex_of(*np.moveaxis(array, axis, 0))
                found.append(Reading(parts, f"{how}, real and imaginary parts along axis {axis}", known))
    return found
