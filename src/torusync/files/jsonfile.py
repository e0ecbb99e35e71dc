"""Matrices in JSON: rows of numbers, of pairs, of records; parts by name; one of several by name.

JSON knows no complex numbers, so everybody has a way of their own to write them.  Entries keep the digits that were
written, and lists of lists of two are read in every way that they allow.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from torusync.files.holdings import assembled, chosen, part_of
from torusync.files.numerals import Numeral, numeral, printed_precision
from torusync.files.reading import ContentError, Reading, UnreadableError, of_array

_MUST: Final = "hold nested lists of numbers, of [re, im] pairs or of {re, im}"
_DEEPEST: Final = 4
"""Levels of lists: a stack of rows of pairs."""

_NESTED: Final = 6
"""Levels of named things within each other."""


def readings(text: str, where: str, variable: str | None) -> list[Reading]:
    """Return the ways to read a matrix from JSON.

    Raises
    ------
    UnreadableError
        If it is no JSON.
    ContentError, ArgumentError
        If it holds no matrix, or several and it is not said which one is meant.
    """
    try:
        content = json.loads(
            text, parse_float=_number, parse_int=_number, parse_constant=_number, object_pairs_hook=_once
        )
    except RecursionError:
        raise UnreadableError("it is nested too deeply") from None
    except ValueError as error:
        raise UnreadableError(error) from None
    if isinstance(content, dict) and _record(content) is None:
        return _of_names(content, where, variable)
    if variable is not None:
        raise ContentError("hold several things by name if a variable is named", "holds one matrix")
    if content == []:
        raise ContentError("hold a matrix with rows of one length", "holds no rows")
    found = _arrays(content)
    if not found:
        raise ContentError(_MUST, "holds something else")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a mapping; Python's parser takes the last of two values of one name, others take the first."""
    out = dict(pairs)
    if len(out) < len(pairs):
        twice = next(name for place, (name, _) in enumerate(pairs) if name in dict(pairs[:place]))
        raise ValueError(f"it holds {twice[:40]!r} twice")
    return out


def _number(text: str) -> complex:
    number = numeral(text)
    if number is None:
        raise ValueError(f"{text[:20]!r} is no number")
    return number


def _of_names(content: Mapping[str, Any], where: str, variable: str | None) -> list[Reading]:
    parts = dict(_leaves(content, "", 0))
    arrays = {name: _arrays(value) for name, value in parts.items()}
    shapes = {name: found[0].matrix.shape if found else None for name, found in arrays.items()}
    if variable is None and not any(shape is not None and len(shape) > 1 for shape in shapes.values()):
        raise ContentError(_MUST, f"holds something else as {min(shapes)!r}" if shapes else "holds nothing")
    names = chosen(where, variable, shapes)
    if len(names) == 1:
        return [Reading(one.matrix, f"{names[0]}, {one.how}", one.precision) for one in arrays[names[0]]]
    numbers = [one for name in names for one in _flat(parts[name])]
    return of_array(
        assembled(names, lambda name: arrays[name][0].matrix),
        f"{names[0]} and {names[1]}",
        precision=printed_precision(numbers),
    )


def _leaves(content: Mapping[str, Any], before: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Yield what is no mapping, by the names that lead to it."""
    for name, value in content.items():
        if isinstance(value, dict) and _record(value) is None and depth < _NESTED:
            yield from _leaves(value, f"{before}{name}.", depth + 1)
        else:
            yield f"{before}{name}", value


def _record(value: Mapping[str, Any]) -> complex | None:
    """Return the number that a mapping of two parts is."""
    parts = {part[1]: one for name, one in value.items() if (part := part_of(name)) is not None and not part[0]}
    if len(value) != 2 or len(parts) != 2:
        return None
    return _pair(parts[False], parts[True])


def _pair(real: Any, imaginary: Any) -> complex | None:
    if not isinstance(real, complex) or not isinstance(imaginary, complex) or real.imag or imaginary.imag:
        return None
    out = Numeral(real.real, imaginary.real)
    out.parts = (*getattr(real, "parts", ()), *getattr(imaginary, "parts", ()))
    return out


def _arrays(content: Any) -> list[Reading]:
    """Return the ways to read lists of lists: entries as they are, or the innermost pairs as numbers."""
    if not isinstance(content, list) or _depth(content) > _DEEPEST:
        return []
    precision = printed_precision(_flat(content))
    found: list[Reading] = []
    for entries, words in ((_entry, "rows of numbers"), (_entry_or_pair, "rows of [re, im] pairs")):
        array = _array(content, entries)
        if array is not None and not any(np.array_equal(array, one.matrix) for one in found):
            found += of_array(array, words, precision=precision)
    # rows of lists of two are mostly rows of pairs; a list of such lists is mostly a matrix of two columns
    return found[::-1] if found and found[0].matrix.ndim > 2 else found


def _depth(content: Any) -> int:
    depth, level = 0, [content]
    while level and depth <= _DEEPEST + 1:
        level = [one for value in level if isinstance(value, list) for one in value]
        depth += 1
    return depth - 1


def _array(content: list[Any], entry: Any) -> npt.NDArray[np.complex128] | None:
    """Return lists of lists as an array; None where an entry is no number, an error where rows differ in length."""
    nested = _nested(content, entry)
    if nested is None:
        return None
    try:
        return np.array(nested, dtype=np.complex128)
    except ValueError:
        if all(isinstance(row, list) and not any(isinstance(one, list) for one in row) for row in nested):
            lengths = sorted({len(row) for row in nested})
            raise ContentError("hold a matrix with rows of one length", f"has rows of lengths {lengths}") from None
        return None


def _nested(content: Any, entry: Any) -> Any:
    number = entry(content)
    if number is not None:
        return number
    if not isinstance(content, list):
        return None
    inside = [_nested(one, entry) for one in content]
    return None if any(one is None for one in inside) else inside


def _entry(value: Any) -> complex | None:
    if isinstance(value, str):
        return numeral(value)
    if isinstance(value, dict):
        return _record(value)
    return value if isinstance(value, complex) else None


def _entry_or_pair(value: Any) -> complex | None:
    if isinstance(value, list) and len(value) == 2 and not any(isinstance(one, list) for one in value):
        return _pair(_entry(value[0]), _entry(value[1]))
    return _entry(value)


def _flat(content: Any) -> Iterator[complex]:
    """Yield every number within lists."""
    if isinstance(content, list):
        for one in content:
            yield from _flat(one)
    else:
        number = _entry(content)
        if number is not None:
            yield number
