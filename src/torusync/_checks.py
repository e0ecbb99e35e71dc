"""Argument checks, all in one grammar: "Argument `x` must …, but …." with the value and what to do.

Checks run once, where a user's value enters the library; below that point arrays are trusted.  Everything here
returns a fresh, C-contiguous array of a fixed dtype, so that read-only, strided or integer input never leaks
into the numerics.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import islice
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from torusync._errors import ArgumentError as ArgumentError  # noqa: PLC0414  (known to all from here)
from torusync._errors import did_you_mean
from torusync._errors import listed as listed  # noqa: PLC0414
from torusync._errors import requirement as requirement  # noqa: PLC0414
from torusync._errors import shown as shown  # noqa: PLC0414
from torusync._memory import require_memory

Real = npt.NDArray[np.float64]
Complex = npt.NDArray[np.complex128]
Integer = npt.NDArray[np.int64]
Boolean = npt.NDArray[np.bool_]

_Number = TypeVar("_Number", bound=np.generic)
_Value = TypeVar("_Value")

HERMITIAN_TOLERANCE: Final = 1e-8
"""Largest |ρ_ij − ρ_ji^*| accepted: states typed in with eight printed digits pass, a transposed block does not."""

TRACE_TOLERANCE: Final = 1e-6
"""Largest |tr ρ − 1| accepted: the same eight digits, summed over up to a hundred levels."""

POSITIVE_TOLERANCE: Final = 1e-8
"""Most negative eigenvalue accepted in a user's density matrix, for the same reason."""


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
    return f"it is {text}" if values.size == 1 else f"entry {list(index)} is {text}"


LARGEST: Final = 1e100
"""Largest modulus accepted: squares of anything a machine has stay representable, so nothing overflows on the way."""


def _numeric(name: str, value: object, dtype: type) -> npt.NDArray[Any]:
    plain = type(value) in {float, int} and -LARGEST <= value <= LARGEST  # type: ignore[operator]
    array = np.array(value, dtype=dtype) if plain else _checked_array(name, value, dtype)
    # a record that calls itself frozen must not change under its owner's hands
    array.setflags(write=False)
    return array


def _holds_masked(value: object, depth: int = 64) -> bool:
    """Whether an entry of nested lists is masked, which NumPy would turn into nan, with a warning."""
    if type(value) is not list and type(value) is not tuple:
        return value is np.ma.masked
    return depth > 0 and any(_holds_masked(one, depth - 1) for one in value)


def as_array(name: str, value: object) -> npt.NDArray[Any]:
    """Return ``value`` as whatever array NumPy makes of it, and refuse what it makes none of."""
    if isinstance(value, np.ma.MaskedArray) or _holds_masked(value):
        raise requirement(name, "be a plain array", "it is masked; fill or drop the masked entries first")
    try:
        array = np.asarray(value)
    except ValueError:
        raise requirement(name, "be a rectangular array of numbers", "its rows differ in length") from None
    except TypeError:  # of what knows how to become an array, and will not
        raise requirement(name, "hold numbers", f"it is {shown(value)}") from None
    except MemoryError:
        raise requirement(name, "be an array that fits into memory", f"it is {shown(value)}") from None
    # one number may stand for a whole array, which takes no memory until it is copied
    if 0 in array.strides:
        require_memory(name, 48.0 * array.size, what=f"a copy of shape {array.shape}")
    return array


def _checked_array(name: str, value: object, dtype: type) -> npt.NDArray[Any]:
    array = as_array(name, value)
    if array.dtype == object or array.dtype.kind not in "buifc":
        raise requirement(name, "hold numbers", f"it holds {array.dtype} ({shown(value)})")
    if dtype is np.float64 and array.dtype.kind == "c":
        raise requirement(name, "be real", f"it is complex ({shown(value)})")
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


def as_number(name: str, value: object, *, above: float | None = None) -> float:
    """Return one real number."""
    array = as_real(name, value, above=above)
    if array.ndim:
        raise requirement(name, "be one number", f"its shape is {array.shape}")
    return float(array)


def as_count(name: str, value: object, *, minimum: int = 0, maximum: int = 10**100) -> int:
    """Return a whole number of at least ``minimum``, and at most ``maximum``."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise requirement(name, "be a whole number", f"it is {shown(value)}")
    if value < minimum:
        raise requirement(name, f"be at least {minimum}", f"it is {shown(value)}")
    if value > maximum:
        raise requirement(name, f"be at most {maximum:g}", f"it is {shown(value)}")
    return int(value)


def as_flag(name: str, value: object) -> bool:
    """Return True or False; "no" and an array of one entry are neither, and would count as true."""
    if not isinstance(value, bool | np.bool_):
        raise requirement(name, "be True or False", f"it is {shown(value)}")
    return bool(value)


def as_instance(name: str, value: _Value, kind: Any, what: str) -> _Value:
    """Return ``value``, which must be ``what``: a ``kind``."""
    if not isinstance(value, kind):
        # a class in place of one of its instances is the commonest of all
        given: Any = value
        called = isinstance(given, type) and isinstance(kind, type) and issubclass(given, kind)
        told = f"the class {given.__name__}; call it, {given.__name__}(…)" if called else shown(given)
        raise requirement(name, f"be {what}", f"it is {told}")
    return value


def require_progress(value: object) -> None:
    """Refuse what cannot be called with the share that is done."""
    if value is not None and not callable(value):
        raise requirement("progress", "be a function of the share that is done", f"it is {shown(value)}")


def as_name(name: str, value: object, known: Collection[Any]) -> str:
    """Return a text that is one of some names; what cannot be looked up is none of them."""
    if not isinstance(value, str) or value not in known:
        near = did_you_mean(value, known)
        raise requirement(name, f"be one of {listed(known)}", f"it is {shown(value)}{near and f'; {near}'}")
    return value


def as_place(name: str, value: object, batch: tuple[int, ...], must: str) -> tuple[int, ...]:
    """Return the index of one point of a batch, a whole number or one for each axis."""
    place: tuple[Any, ...] = tuple(value) if isinstance(value, tuple | list) else (value,)
    whole = all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in place)
    if len(place) != len(batch) or not (whole and all(-n <= i < n for i, n in zip(place, batch, strict=True))):
        found = ",".join(map(shown, place)) if whole and place else shown(value)
        raise requirement(name, f"{must} of shape {batch}", f"it is {found}")
    return place


MOST_LISTED: Final = 10**5
"""Things that a user lists: what has more of them is not meant, and may never end."""


def as_list(name: str, value: object, must: str) -> list[Any]:
    """Return what ``value`` gives one by one; a text is one thing, and no list of letters."""
    found = None
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray):
        with suppress(TypeError):  # of an array without axes, which is iterable until it is asked
            found = list(islice(iter(value), MOST_LISTED + 1))
    if found is None:
        raise requirement(name, must, f"it is {shown(value)}")
    if len(found) > MOST_LISTED:
        raise requirement(name, f"{must}, at most {MOST_LISTED} of them", "there are more")
    return found


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
