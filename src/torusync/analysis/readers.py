"""Matrices of the user's own, from the formats people have: npy, csv, json, mat.

Each reader turns every way a file can be wrong into one sentence, and none guesses: an empty cell or a row of another
length is refused, because a matrix shifted by one entry may still look like a state.  Pickles are never loaded.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from torusync._checks import Complex, as_complex, requirement
from torusync._files import readable

_SIGN: Final = re.compile(r"\s*([+-])\s*")


class _UnreadableError(Exception):
    """The bytes are not of the format that the name promises."""

    def __init__(self, why: object) -> None:
        lines = str(why).splitlines()
        super().__init__(lines[0] if lines else type(why).__name__)


class _ContentError(Exception):
    """The format is right, but what it holds is no matrix."""

    def __init__(self, must: str, but: str) -> None:
        super().__init__(must)
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
    path = readable(name, Path(path))
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise requirement(name, f"end in one of {', '.join(_READERS)}", f"it is {str(path)!r}")
    if variable is not None and path.suffix.lower() != ".mat":
        raise requirement("variable", "be left out for files that hold one matrix", f"it is {variable!r}")
    try:
        content = reader(path, variable)
    except _UnreadableError as error:
        raise requirement(name, f"name a whole {path.suffix} file", f"{str(path)!r} cannot be read ({error})") from None
    except _ContentError as error:
        raise requirement(name, error.must, f"{str(path)!r} {error.but}") from None
    except (MemoryError, OverflowError):
        raise requirement(name, "hold numbers that fit in memory", f"those of {str(path)!r} do not") from None
    matrix = as_complex(name, content)
    if matrix.ndim < 2:
        raise requirement(name, "hold a matrix", f"{str(path)!r} holds an array of shape {matrix.shape}")
    return matrix


def _from_npy(path: Path, _: str | None) -> Any:
    try:
        # opened here and read as .npy whatever its first bytes say: np.load would take archives, and leaves files open
        with path.open("rb") as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise _UnreadableError(error) from None


def _from_csv(path: Path, _: str | None) -> Any:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise _UnreadableError(error) from None
    lines = [line.split("#", maxsplit=1)[0].strip() for line in text.splitlines()]
    separator = next((mark for mark in ";," if any(mark in line for line in lines)), None)
    rows = [_csv_row(number, line, separator) for number, line in enumerate(lines, start=1) if line]
    if not rows:
        raise _ContentError("hold a matrix", "holds no numbers")
    matrix = _rectangle(rows)
    size, width = matrix.shape
    if width == 2 * size and not matrix.imag.any():
        return matrix[:, :size] + 1j * matrix[:, size:].real
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


def _rectangle(rows: Sequence[Sequence[complex]]) -> Complex:
    lengths = sorted({len(row) for row in rows})
    if len(lengths) != 1:
        found = f"has rows of lengths {lengths}" if lengths else "holds no rows"
        raise _ContentError("hold a matrix with rows of one length", found)
    return np.array(rows, dtype=np.complex128)


def _from_json(path: Path, _: str | None) -> Any:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise _UnreadableError(error) from None
    try:
        if isinstance(content, dict):
            real, imaginary = (_rectangle([[_json_entry(x) for x in row] for row in content[part]])
                               for part in ("real", "imag"))  # fmt: skip
            if real.shape != imaginary.shape:
                raise _ContentError("hold parts of one shape", f"has parts of {real.shape} and {imaginary.shape}")
            return real + 1j * imaginary
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
    import scipy.io  # noqa: PLC0415  (start-up that the other formats need not pay)

    try:
        names = {name: value for name, value in scipy.io.loadmat(path).items() if not name.startswith("__")}
    except NotImplementedError:
        names = _from_hdf5(path)
    except Exception as error:  # noqa: BLE001  (scipy raises whatever its parser runs into)
        raise _UnreadableError(error) from None
    names = {name: value.toarray() if hasattr(value, "toarray") else value for name, value in names.items()}
    if variable is None:
        matrices = [name for name, value in names.items() if _is_matrix(value)]
        if len(matrices) != 1:
            raise requirement("variable", "name one of the variables", f"{str(path)!r} holds {sorted(names)}")
        variable = matrices[0]
    if variable not in names:
        raise requirement("variable", f"be one of {sorted(names)}", f"it is {variable!r}")
    return names[variable]


def _is_matrix(value: Any) -> bool:
    """Tell a matrix from the scalars, rows, texts and structures that a workspace also holds."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "iufc" and value.ndim > 1 and min(value.shape) > 1


def _from_hdf5(path: Path) -> dict[str, Any]:
    """Read a version 7.3 file: HDF5, column-major, complex numbers as compounds."""
    import h5py  # noqa: PLC0415

    try:
        with h5py.File(path, "r") as stored:
            found = {name: np.asarray(value[()]) for name, value in stored.items() if isinstance(value, h5py.Dataset)}
    except Exception as error:  # noqa: BLE001  (as above)
        raise _UnreadableError(error) from None
    return {
        name: np.transpose(value["real"] + 1j * value["imag"] if value.dtype.names == ("real", "imag") else value)
        for name, value in found.items()
    }


_READERS: Final[dict[str, Callable[[Path, str | None], Any]]] = {
    ".npy": _from_npy,
    ".csv": _from_csv,
    ".txt": _from_csv,
    ".json": _from_json,
    ".mat": _from_mat,
}
