"""Argument checks, all in one grammar: "Argument `x` must …, but …." with the value and what to do.

Checks run once, where a user's value enters the library; below that point arrays are trusted.  Everything here
returns a fresh, C-contiguous array of a fixed dtype, so that read-only, strided or integer input never leaks
into the numerics.
"""

import re
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

Real = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Integer = npt.NDArray[np.int64]
Boolean = npt.NDArray[np.bool_]

_Number = TypeVar("_Number", bound=np.generic)

HERMITIAN_TOLERANCE: Final = 1e-8
"""Largest |ρ_ij − ρ_ji^*| accepted: states typed in with eight printed digits pass, a transposed block does not."""

TRACE_TOLERANCE: Final = 1e-6
"""Largest |tr ρ − 1| accepted: the same eight digits, summed over up to a hundred levels."""

POSITIVE_TOLERANCE: Final = 1e-8
"""Most negative eigenvalue accepted in a user's density matrix, for the same reason."""


_LONG: Final = 300
_QUOTED: Final = re.compile(r"('[^' ]{100})[^' ]{100,}([^' ]{40}')")
"""A text without spaces that nobody reads, such as a name of five thousand characters."""


class ArgumentError(ValueError):
    """A value handed to the library cannot be used; the message is one sentence that says why and what to do.

    Where the value is a batch, ``points`` may hold which of its points cannot be used, in the shape of the batch.
    """

    points: Boolean | None = None


def requirement(name: str, must: str, but: str, *, points: Boolean | None = None) -> ArgumentError:
    """Return the error "Argument `name` must ``must``, but ``but``."; a quotation of a whole page is cut."""
    if len(but) > _LONG:
        but = _QUOTED.sub(r"\1…\2", but)
    error = ArgumentError(f"Argument `{name}` must {must}, but {but.rstrip('.')}.")
    error.points = points
    return error


def scalar(values: npt.NDArray[_Number]) -> npt.NDArray[_Number]:
    """Return a NumPy scalar in place of an array without axes; any other array as it is."""
    return values if values.ndim else values[()]


def some(mask: Boolean | np.bool_) -> bool:
    """Whether any entry is true; for a single one without the cost of a reduction."""
    return bool(mask) if mask.ndim == 0 else bool(mask.any())


def first_bad(values: npt.NDArray[Any], bad: Boolean) -> str:
    """Name the first offending entry, with its index where there is more than one."""
    index = tuple(int(i) for i in np.argwhere(bad)[0])
    value = values[index]
    text = f"{value:.6g}" if np.isrealobj(values) else f"{complex(value):.6g}"
    return f"it is {text}" if values.ndim == 0 else f"entry {list(index)} is {text}"


LARGEST: Final = 1e100
"""Largest modulus accepted: squares of anything a machine has stay representable, so nothing overflows on the way."""


def _numeric(name: str, value: object, dtype: type) -> npt.NDArray[Any]:
    plain = type(value) in {float, int} and -LARGEST <= value <= LARGEST  # type: ignore[operator]
    array = np.array(value, dtype=dtype) if plain else _checked_array(name, value, dtype)
    # a record that calls itself frozen must not change under its owner's hands
    array.setflags(write=False)
    return array


def _checked_array(name: str, value: object, dtype: type) -> npt.NDArray[Any]:
    if isinstance(value, np.ma.MaskedArray):
        raise requirement(name, "be a plain array", "it is masked; fill or drop the masked entries first")
    try:
        array = np.asarray(value)
    except ValueError:
        raise requirement(name, "be a rectangular array of numbers", "its rows differ in length") from None
    if array.dtype == object or array.dtype.kind not in "buifc":
        raise requirement(name, "hold numbers", f"it holds {array.dtype} ({_abridged(value)})")
    if dtype is np.float64 and array.dtype.kind == "c":
        raise requirement(name, "be real", f"it is complex ({_abridged(value)})")
    with np.errstate(over="ignore"):  # what does not fit a double becomes infinite, and is refused below
        array = np.array(array, dtype=dtype, order="C")
        # an extreme that is nan fails the comparison, too
        largest = np.abs(array).max(initial=0.0)
    if not largest <= LARGEST:
        bad = ~np.isfinite(array)
        if bad.any():
            raise requirement(name, "be finite", first_bad(array, bad))
        bad = (np.abs(array.real) > LARGEST) | (np.abs(array.imag) > LARGEST)
        if bad.any():
            raise requirement(name, f"be at most {LARGEST:g} in modulus", f"{first_bad(array, bad)}; use other units")
    return array


def _abridged(value: object) -> str:
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 40 else text[:37] + "…"


def as_real(
    name: str, value: object, *, minimum: float | None = None, above: float | None = None, maximum: float | None = None
) -> Real:
    """Return ``value`` as a float64 array within the stated limits."""
    array: Real = _numeric(name, value, np.float64)
    if minimum is not None and some(array < minimum):
        raise requirement(name, f"be at least {minimum:g}", first_bad(array, array < minimum))
    if above is not None and some(array <= above):
        raise requirement(name, f"be greater than {above:g}", first_bad(array, array <= above))
    if maximum is not None and some(array > maximum):
        raise requirement(name, f"be at most {maximum:g}", first_bad(array, array > maximum))
    return array


def as_complex(name: str, value: object) -> Complex:
    """Return ``value`` as a finite complex128 array."""
    array: Complex = _numeric(name, value, np.complex128)
    return array


def as_count(name: str, value: object, *, minimum: int = 0) -> int:
    """Return a whole number of at least ``minimum``."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise requirement(name, "be a whole number", f"it is {_abridged(value)}")
    if value < minimum:
        raise requirement(name, f"be at least {minimum}", f"it is {value}")
    return int(value)


def common_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that all broadcast to; mostly they are equal or empty, which NumPy takes long to find out."""
    different = {shape for shape in shapes if shape}
    return np.broadcast_shapes(*different) if len(different) > 1 else different.pop() if different else ()


def broadcast_shape(**shapes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the common batch shape of named arguments, or say which two do not fit."""
    common: tuple[int, ...] = ()
    seen = ""
    for name, shape in shapes.items():
        try:
            common = common_shape(common, shape)
        except ValueError:
            raise requirement(
                name,
                "have batch axes that broadcast with the other arguments",
                f"its batch shape {shape} does not fit {common} (from {seen})",
            ) from None
        seen = f"{seen}, `{name}`" if seen else f"`{name}`"
    return common
