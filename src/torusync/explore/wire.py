"""Numbers on their way to a page: JSON knows neither complex numbers nor what is not finite."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt


def number(value: Any) -> Any:
    """Return one number; null where it is not finite."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def rows(values: npt.ArrayLike) -> Any:
    """Return an array of real numbers as nested lists; null where one is not finite."""
    array = np.asarray(values)
    if array.dtype.kind != "f" or np.isfinite(array).all():
        return array.tolist()
    held = array.astype(object)
    held[~np.isfinite(array)] = None
    return held.tolist()


def parts(values: npt.ArrayLike) -> dict[str, Any]:
    """Return an array of complex numbers as its two parts."""
    array = np.asarray(values)
    return {"re": rows(np.ascontiguousarray(array.real)), "im": rows(np.ascontiguousarray(array.imag))}


def plain_value(value: Any) -> Any:
    """Return a value of a parameter, a number or a row of them, complex or not."""
    return parts(value) if np.iscomplexobj(value) else rows(value) if isinstance(value, list) else number(value)
