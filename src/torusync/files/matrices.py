"""Matrices of the user's own, from the formats people have: npy, csv, json, mat.

Each reader turns every way a file can be wrong into one sentence, and none guesses: an empty cell or a row of another
length is refused, because a matrix shifted by one entry may still look like a state.  Pickles are never loaded, what
announces or unpacks to more than fits is refused before memory is taken, and no file makes us open another.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from torusync._checks import Complex, Real, as_complex, requirement, shown
from torusync._limits import MEMORY_LIMIT, TEXT_COST
from torusync._memory import available
from torusync.files import matfile
from torusync.files.hdf5 import NOTHING, TOO_LARGE, ChildError, ask
from torusync.files.npy import DamagedError, KindError, read_entries, read_header
from torusync.files.whole import readable

_SIGN: Final = re.compile(r"\s*([+-])\s*")

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_USER_BLOCK: Final = 512
"""Bytes that MATLAB puts before the HDF5 of version 7.3."""


class _UnreadableError(Exception):
    """The bytes are not of the format that the name promises."""

    def __init__(self, why: object) -> None:
        lines = str(why).splitlines()
        super().__init__(lines[0] if lines else type(why).__name__)


class _ContentError(Exception):
    """The format is right, but what it holds is no matrix."""

    def __init__(self, must: str, but: str) -> None:
        super().__init__(must, but)
        self.must, self.but = must, but


def read_matrix(path: str | Path, *, variable: str | None = None, name: str = "path") -> Complex:
    """Read a complex matrix ``(D, D)``; ``.npy`` and ``.mat`` may hold a stack of them, ``(..., D, D)``.

    Parameters
    ----------
    path
        ``.npy``; ``.csv`` or ``.txt`` (a row a line, entries such as ``0.1+0.2j`` separated by semicolon, else comma,
        else white space; with semicolons a comma is a decimal comma; ``#`` for comments; D rows of 2D real numbers are
        the real part with the imaginary part to its right); ``.json`` (rows of numbers, of [re, im] pairs or of
        {"re", "im"}, or {"real": rows, "imag": rows}); ``.mat`` of any version.
    variable
        Which variable of a ``.mat`` file, where it holds several.
    name
        Name of the argument in errors.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated, of another format, or holds no matrix of finite numbers.
    """
    path = readable(name, path)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise requirement(name, f"end in one of {', '.join(_READERS)}", f"it is {str(path)!r}")
    if variable is not None and path.suffix.lower() != ".mat":
        raise requirement("variable", "be left out for files that hold one matrix", f"it is {shown(variable)}")
    try:
        content = reader(path, variable)
    except _UnreadableError as error:
        raise requirement(name, f"name a whole {path.suffix} file", f"{str(path)!r} cannot be read ({error})") from None
    except _ContentError as error:
        raise requirement(name, error.must, f"{str(path)!r} {error.but}") from None
    except (MemoryError, OverflowError, matfile.TooLargeError):
        raise requirement(name, "hold numbers that fit in memory", f"those of {str(path)!r} do not") from None
    with np.errstate(invalid="ignore"):  # a signalling nan is refused as any other
        matrix = as_complex(name, content)
    if matrix.ndim < 2:
        raise requirement(name, "hold a matrix", f"{str(path)!r} holds an array of shape {matrix.shape}")
    return matrix


def _from_npy(path: Path, _: str | None) -> Any:
    try:
        with path.open("rb") as stream:
            header = read_header(stream, path.stat().st_size)
            if header.dtype.kind == "U":
                raise _ContentError("hold numbers", "holds text")
            if 2 * header.data_bytes > available():
                raise MemoryError
            return read_entries(stream, header)
    except (DamagedError, OSError) as error:
        raise _UnreadableError(error) from None
    except KindError as error:
        raise _ContentError("hold numbers", f"holds {error}") from None


def _text(path: Path) -> str:
    try:
        if TEXT_COST * path.stat().st_size > available():
            raise MemoryError
        return path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise _UnreadableError(error) from None


def _from_csv(path: Path, _: str | None) -> Any:
    text = _text(path)
    lines = [line.split("#", maxsplit=1)[0].strip() for line in text.splitlines()]
    separator = next((mark for mark in ";," if any(mark in line for line in lines)), None)
    rows = [_csv_row(number, line, separator) for number, line in enumerate(lines, start=1) if line]
    if not rows:
        raise _ContentError("hold a matrix", "holds no numbers")
    matrix = _rectangle(rows)
    size, width = matrix.shape
    if width == 2 * size and not matrix.imag.any():
        return _joined(matrix[:, :size].real, matrix[:, size:].real)
    return matrix


def _csv_row(number: int, line: str, separator: str | None) -> list[complex]:
    entries = [entry.strip() for entry in line.split(separator)]
    if not entries[-1]:
        entries.pop()
    row = []
    for entry in entries:
        text = entry.replace(",", ".") if "." not in entry else entry
        text = _SIGN.sub(r"\1", text.removeprefix("(").removesuffix(")")).replace("+-", "-")
        if text.endswith("i"):
            text = f"{text[:-1]}j"
        try:
            row.append(complex(text))
        except ValueError:
            found = f"has {entry[:20]!r}" if entry else "has an empty entry"
            raise _ContentError("hold numbers such as 0.1+0.2j", f"{found} in line {number}") from None
    return row


def _joined(real: Real, imaginary: Real) -> Complex:
    """Return real + i imaginary; written as a sum, an infinite part would make the other one nan."""
    out = real.astype(np.complex128)
    out.imag = imaginary
    return out


def _rectangle(rows: Sequence[Sequence[complex]]) -> Complex:
    lengths = sorted({len(row) for row in rows})
    if len(lengths) != 1:
        found = f"has rows of lengths {lengths}" if lengths else "holds no rows"
        raise _ContentError("hold a matrix with rows of one length", found)
    return np.array(rows, dtype=np.complex128)


def _from_json(path: Path, _: str | None) -> Any:
    try:
        content = json.loads(_text(path))
    except RecursionError:
        raise _UnreadableError("it is nested too deeply") from None
    except ValueError as error:
        raise _UnreadableError(error) from None
    try:
        if isinstance(content, dict):
            real, imaginary = (_rectangle([[_json_entry(x) for x in row] for row in content[part]])
                               for part in ("real", "imag"))  # fmt: skip
            if real.shape != imaginary.shape:
                raise _ContentError("hold parts of one shape", f"has parts of {real.shape} and {imaginary.shape}")
            if real.imag.any() or imaginary.imag.any():
                raise _ContentError("hold parts that are real", "has complex ones")
            return _joined(real.real, imaginary.real)
        return _rectangle([[_json_entry(entry) for entry in row] for row in content])
    except (TypeError, KeyError):
        must = "hold nested lists of numbers, of [re, im] pairs or of {re, im}"
        raise _ContentError(must, "holds something else") from None


def _json_entry(entry: Any) -> complex:
    if isinstance(entry, dict) and set(entry) == {"re", "im"}:
        entry = [entry["re"], entry["im"]]
    parts = entry if isinstance(entry, list) and len(entry) == 2 else [entry]
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in parts):
        raise TypeError
    return complex(*parts)


def _from_mat(path: Path, variable: str | None) -> Any:
    most = min(MEMORY_LIMIT, available())
    try:
        with path.open("rb") as stream:
            head = stream.read(_USER_BLOCK + len(_HDF5))
            if head.startswith(_HDF5) or head.endswith(_HDF5):
                return _from_hdf5(path, variable, most)
            if path.stat().st_size > available():
                raise MemoryError
            found = matfile.variables(head + stream.read(), most=most)
        name = _chosen(path, variable, {one.name: one.shape for one in found})
        return next(one for one in found if one.name == name).load()
    except (DamagedError, OSError) as error:
        raise _UnreadableError(error) from None


def _chosen(path: Path, variable: str | None, shapes: Mapping[str, tuple[int, ...] | None]) -> str:
    """Return the variable that is meant, which holds numbers: by default the only matrix."""
    if variable is None:
        # not the scalars, rows, texts and structures that a workspace also holds
        matrices = [name for name, shape in shapes.items() if shape is not None and len(shape) > 1 and min(shape) > 1]
        if len(matrices) != 1:
            raise requirement("variable", "name one of the variables", f"{str(path)!r} holds {sorted(shapes)}")
        return matrices[0]
    if variable not in shapes:
        raise requirement("variable", f"be one of {sorted(shapes)}", f"it is {variable!r}")
    if shapes[variable] is None:
        raise _ContentError("hold numbers", f"holds something else as {variable!r}")
    return variable


def _from_hdf5(path: Path, variable: str | None, most: float) -> Any:
    """Read a version 7.3 file in a process of its own: HDF5, column-major, complex numbers as compounds."""
    try:
        answer = ask(path, variable, most=most)
        if answer.elsewhere and (variable is None or variable in answer.elsewhere):
            raise _ContentError("hold its numbers itself", f"has {answer.elsewhere[0]!r} in another place or file")
        chosen = _chosen(path, variable, answer.shapes)
        if answer.refused == TOO_LARGE:
            raise matfile.TooLargeError
        if answer.refused == NOTHING:
            raise _ContentError("hold numbers", f"stores none as {chosen!r}")
        return read_entries(answer.stream, read_header(answer.stream, answer.size))
    except (ChildError, DamagedError, KindError) as error:
        raise _UnreadableError(error) from None


_READERS: Final[dict[str, Callable[[Path, str | None], Any]]] = {
    ".npy": _from_npy,
    ".csv": _from_csv,
    ".txt": _from_csv,
    ".json": _from_json,
    ".mat": _from_mat,
}
