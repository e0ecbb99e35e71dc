"""Many answers of one shape as one template and columns of float32: the data of a page that has no server.

An answer at one point of a map differs from that at the next in some dozen numbers, and in words that tell them.  What
is the same at all points stands in the template once; what is not is a column with a number a point, and columns that
are equal, or proportional, are one.  Nothing here knows what an answer is about: what a served page is told and what
an exported one is told cannot drift apart.

In a template ``{"$column": k}`` stands for a number, null where it is nan; ``{"$axis": k}`` for the value along an
axis, a double; ``{"$one": k, "of": [...]}`` for the one whose place the column holds; ``{"$text": [...]}`` for pieces
that are joined.  ``"times"`` says by what a column is multiplied, ``"digits"`` how a number within a text is written.
"""

import base64
import re
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?![\w.])")
_UPWARDS: Final = re.compile(r"bound|gap|error|residual")
"""Names of evidence, which stays true if it grows."""

_DIGITS: Final = 7
"""Of a float32."""

_ROUNDED: Final = 2.4e-7
"""Two roundings to a float32, each by at most one of its last bit."""

_FEW: Final = 8
"""Different values that are told one by one."""

Rows = npt.NDArray[np.int64]


def packed(answers: Sequence[Any], axes: Sequence[npt.NDArray[np.float64]]) -> dict[str, Any]:
    """Return answers as ``{"template", "columns", "data"}``, the data deflated and in base64.

    Parameters
    ----------
    answers
        One a point, of what JSON knows.
    axes
        For each axis its values at every point.
    """
    packer = _Packer(len(answers), axes)
    template = packer.node(list(answers), np.arange(len(answers)), upwards=False)
    for later in packer.texts:
        later()
    data = np.stack(packer.columns) if packer.columns else np.zeros((0, len(answers)), dtype=np.float32)
    return {
        "template": template,
        "columns": len(data),
        "data": base64.b64encode(_deflated(data)).decode("ascii"),
    }


def _deflated(data: npt.NDArray[np.float32]) -> bytes:
    """Return columns as bytes that are some three times fewer: neighbours on a map differ in their last bytes alone.

    Each number, as a whole one of 32 bits, is the sum of all before it in its column; of every column first the highest
    bytes stand, then the next.
    """
    words = data.astype("<f4").view(np.uint32)
    steps = np.diff(words, axis=-1, prepend=np.uint32(0))
    planes = np.stack([(steps >> np.uint32(shift)) & np.uint32(255) for shift in (24, 16, 8, 0)], axis=1)
    return zlib.compress(planes.astype(np.uint8).tobytes(), 9)


@final
class _Packer:
    """A template in the making, with its columns."""

    def __init__(self, points: int, axes: Sequence[npt.NDArray[np.float64]]) -> None:
        self._points, self._axes = points, axes
        self.columns: list[npt.NDArray[np.float32]] = []
        self._known: list[npt.NDArray[np.bool_]] = []
        self._used: dict[tuple[int, float], None] = {}
        self.texts: list[Callable[[], None]] = []
        """What is done once all numbers have their columns, since texts repeat them."""

    def node(self, values: list[Any], rows: Rows, *, upwards: bool) -> Any:
        """Return the template of the values at some points."""
        kinds: dict[Any, list[int]] = {}
        for place, value in enumerate(values):
            kinds.setdefault(_kind(value), []).append(place)
        if len(kinds) > 1:
            return self._choice(list(kinds.values()), values, rows, upwards=upwards)
        (kind,) = kinds
        first = values[0]
        if all(one == first for one in values):
            return first
        if kind in {"bool", "number"}:
            return self._few(values, rows) or self._number(values, rows, upwards=upwards)
        if kind == "text":
            template: dict[str, Any] = {}
            self.texts.append(lambda: template.update(self._text(values, rows)))
            return template
        if isinstance(first, dict):
            named = _UPWARDS.search(str(first.get("name", ""))) is not None and all(
                one.get("name") == first.get("name") for one in values
            )
            return {
                key: self.node([one[key] for one in values], rows, upwards=bool(named or _UPWARDS.search(key)))
                for key in first
            }
        return [self.node([one[at] for one in values], rows, upwards=upwards) for at in range(len(first))]

    def _choice(self, parts: list[list[int]], values: list[Any], rows: Rows, *, upwards: bool) -> dict[str, Any]:
        which = np.empty(len(values))
        for number, places in enumerate(parts):
            which[places] = number
        of = [self.node([values[at] for at in places], rows[places], upwards=upwards) for places in parts]
        return {"$one": self._column(which, rows), "of": of}

    def _few(self, values: list[Any], rows: Rows) -> dict[str, Any] | None:
        """Return a choice of a few values, numbered as they come, so that what changes together shares a column."""
        known = list(dict.fromkeys(values))
        if len(known) > _FEW:
            return None
        places = {one: place for place, one in enumerate(known)}
        return {"$one": self._column(np.array([places[one] for one in values], dtype=np.float64), rows), "of": known}

    def _number(self, values: list[Any], rows: Rows, *, upwards: bool) -> dict[str, Any]:
        numbers = np.array([np.nan if one is None else one for one in values], dtype=np.float64)
        for axis, along in enumerate(self._axes):
            if np.array_equal(along[rows], numbers):
                return {"$axis": axis}
        for place, (column, known) in enumerate(zip(self.columns, self._known, strict=True)):
            if known[rows].all() and (times := _times(column[rows].astype(np.float64), numbers, upwards=upwards)):
                self._used[place, times] = None
                return {"$column": place, "times": times}
        place = self._column(numbers, rows, upwards=upwards)
        self._used[place, 1.0] = None
        return {"$column": place}

    def _column(self, numbers: npt.NDArray[np.float64], rows: Rows, *, upwards: bool = False) -> int:
        """Return the column that holds numbers at some points; one that holds nothing there yet may take them."""
        with np.errstate(over="ignore", under="ignore"):
            short = numbers.astype(np.float32)
            if upwards:
                short = np.where(short < numbers, np.nextafter(short, np.float32(np.inf)), short)
        for place, (column, known) in enumerate(zip(self.columns, self._known, strict=True)):
            taken = known[rows]
            if np.array_equal(column[rows][taken], short[taken], equal_nan=True):
                column[rows], known[rows] = short, True
                return place
        self.columns.append(np.full(self._points, np.nan, dtype=np.float32))
        self._known.append(np.zeros(self._points, dtype=np.bool_))
        self.columns[-1][rows], self._known[-1][rows] = short, True
        return len(self.columns) - 1

    def _text(self, values: list[str], rows: Rows) -> dict[str, Any]:
        """Return texts: one of a few, or words with numbers in between."""
        if few := self._few(values, rows):
            return few
        kinds: dict[tuple[str, ...], list[int]] = {}
        for place, value in enumerate(values):
            kinds.setdefault(tuple(_NUMBER.split(value)), []).append(place)
        if len(kinds) > 1:
            which, of = np.empty(len(values)), []
            for number, places in enumerate(kinds.values()):
                which[places] = number
                chosen = [values[at] for at in places]
                of.append(chosen[0] if len(set(chosen)) == 1 else self._text_of(chosen, rows[places]))
            return {"$one": self._column(which, rows), "of": of}
        return self._text_of(values, rows)

    def _text_of(self, values: list[str], rows: Rows) -> dict[str, Any]:
        words = _NUMBER.split(values[0])
        tokens = zip(*(_NUMBER.findall(one) for one in values), strict=True)
        pieces: list[Any] = [words[0]]
        for token, after in zip(tokens, words[1:], strict=True):
            pieces += [token[0] if len(set(token)) == 1 else self._token(token, rows), after]
        return {"$text": _joined(pieces)}

    def _token(self, token: tuple[str, ...], rows: Rows) -> dict[str, Any]:
        """Return numbers within texts: an axis, a column that is there and says the same, or one of their own."""
        numbers = np.array([float(one) for one in token])
        digits = next((few for few in range(1, _DIGITS) if _all(token, numbers, few)), _DIGITS)
        for axis, along in enumerate(self._axes):
            if np.array_equal(along[rows], numbers):
                return {"$axis": axis}
            if _all(token, along[rows], digits):
                return {"$axis": axis, "digits": digits}
        for place, times in self._used:
            told = times * self.columns[place][rows].astype(np.float64)
            if self._known[place][rows].all() and _near(numbers, told, digits):
                return {"$column": place, "digits": digits} | ({} if times == 1.0 else {"times": times})
        return {"$column": self._column(numbers, rows), "digits": digits}


def _kind(value: Any) -> Any:
    if isinstance(value, dict):
        return ("dict", *value)
    if isinstance(value, list):
        return "list", len(value)
    if isinstance(value, str):
        return "text"
    return "bool" if isinstance(value, bool) else "number"


def _all(token: Sequence[str], numbers: npt.NDArray[np.float64], digits: int) -> bool:
    return all(one == f"{number:.{digits}g}" for one, number in zip(token, numbers, strict=True))


def _near(numbers: npt.NDArray[np.float64], others: npt.NDArray[np.float64], digits: int) -> bool:
    """Return whether others say the same in so many digits, but for what rounding twice makes of the last."""
    with np.errstate(divide="ignore", invalid="ignore"):
        last = 10.0 ** (np.floor(np.log10(np.abs(numbers))) + 1 - digits)
        return bool((np.abs(numbers - others) <= 0.5 * last + _ROUNDED * np.abs(others)).all())


def _ratio(held: npt.NDArray[np.float64], numbers: npt.NDArray[np.float64]) -> float:
    """Return the ratio of numbers to those that a column holds, as the largest of them has it."""
    with np.errstate(all="ignore"):
        ratios = numbers / held
    found = ratios[np.isfinite(ratios) & (np.abs(held) > np.finfo(np.float32).tiny)]
    return float(found.max()) if found.size else 0.0


def _times(held: npt.NDArray[np.float64], numbers: npt.NDArray[np.float64], *, upwards: bool) -> float:
    """Return by what a column gives numbers as a float32 would, and no less than these if asked; 0 if it does not."""
    times = _ratio(held, numbers)
    with np.errstate(all="ignore"):
        found = times * held
        good = (np.abs(found - numbers) <= _ROUNDED * np.abs(numbers)) | (np.isnan(numbers) & np.isnan(held))
    return times if good.all() and not (upwards and (found < numbers).any()) else 0.0


def _joined(pieces: list[Any]) -> list[Any]:
    """Return pieces, neighbouring words as one."""
    found: list[Any] = []
    for one in pieces:
        if isinstance(one, str) and found and isinstance(found[-1], str):
            found[-1] += one
        elif one != "":
            found.append(one)
    return found
