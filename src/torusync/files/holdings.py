"""Files that hold several things by name: which of them is meant.

The only matrix is; so are the only two, if their names say that they are the parts of one.  Else the user says which,
and the message lists what there is.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy.typing as npt

from torusync._checks import requirement
from torusync.files.reading import ContentError, complex_of

_LISTED: Final = 40
"""Names in a message: a workspace may hold thousands."""

_PART: Final = re.compile(r"(?i)(?:(?P<before>.*?)[ _.\-/]?(?P<last>real|imag(?:inary)?|(?<![a-z])(?:re|im)))|"
                          r"(?:(?P<first>re(?:al)?|im(?:ag(?:inary)?)?)[ _.\-/](?P<after>.*))")  # fmt: skip

Shapes = Mapping[str, tuple[int, ...] | None]
"""What a file holds: shapes by name, None where there are no numbers."""


def chosen(where: str, variable: str | None, shapes: Shapes) -> tuple[str, ...]:
    """Return the name that is meant, or the names of a real and an imaginary part.

    Raises
    ------
    ArgumentError
        If there is no such name, or it is not said which of several is meant.
    ContentError
        If it holds no numbers, or is one part without the other.
    """
    pairs = _pairs(shapes)
    if variable is None:
        # not the scalars, rows, texts and structures that a workspace also holds
        matrices = [name for name, shape in shapes.items() if shape is not None and len(shape) > 1 and min(shape) > 1]
        whole = [pair for pair in pairs.values() if matrices and set(matrices) <= set(pair)]
        if whole:
            return whole[0]
        if len(matrices) != 1:
            raise requirement("variable", "name one of the variables", f"{where} holds {named(shapes)}")
        _require_whole(matrices[0])
        return (matrices[0],)
    if variable in shapes:
        if shapes[variable] is None:
            raise ContentError("hold numbers", f"holds something else as {variable!r}")
        return (variable,)
    if variable in pairs:
        return pairs[variable]
    inside = [name for name in shapes if name.startswith(tuple(variable + mark for mark in "./{("))]
    if inside:
        raise requirement("variable", f"be one of {named(inside)}", f"{variable!r} holds them all")
    raise requirement("variable", f"be one of {named(shapes)}", f"it is {variable!r}")


def named(names: Any) -> str:
    """Return names as a list in words, the first of many."""
    found = sorted(names)
    return str(found) if len(found) <= _LISTED else f"{found[:_LISTED]} and {len(found) - _LISTED} more"


def part_of(name: str) -> tuple[str, bool] | None:
    """Return whose part a name says it is, and whether the imaginary one; None where it says nothing."""
    found = _PART.fullmatch(name)
    if found is None:
        return None
    word = (found["last"] or found["first"]).lower()
    return (found["before"] or found["after"] or "").rstrip(" _.-/"), word.startswith("im")


def _pairs(shapes: Shapes) -> dict[str, tuple[str, str]]:
    """Return the names of real and imaginary parts by the name of the whole."""
    parts: dict[str, dict[bool, str]] = {}
    for name, shape in shapes.items():
        part = part_of(name)
        if part is not None and shape is not None:
            parts.setdefault(part[0], {})[part[1]] = name
    return {whole: (both[False], both[True]) for whole, both in parts.items() if len(both) == 2}


def _require_whole(name: str) -> None:
    part = part_of(name)
    if part is not None:
        missing = "real" if part[1] else "imaginary"
        raise ContentError(
            "hold both parts of a matrix, or nested lists of numbers, of [re, im] pairs or of {re, im}",
            f"has {name!r} alone, without the {missing} part; if that is 0, name the variable",
        )


def assembled(names: tuple[str, ...], load: Callable[[str], npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return the array of a name, or that of two parts.

    Raises
    ------
    ContentError
        If the parts have not one shape, or are not real.
    """
    arrays = [load(name) for name in names]
    if len(arrays) == 1:
        return arrays[0]
    real, imaginary = arrays
    if real.shape != imaginary.shape:
        raise ContentError("hold parts of one shape", f"has parts of {real.shape} and {imaginary.shape}")
    for one in arrays:
        if one.imag.any():
            raise ContentError("hold parts that are real", "has complex ones")
    return complex_of(real.real, imaginary.real)
