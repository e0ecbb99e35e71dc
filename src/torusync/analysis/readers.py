"""Matrices of the user's own, from the formats people have: npy, csv, json, mat.

Each reader turns every way a file can be wrong into one sentence.  Pickles are never loaded.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import h5py
import numpy as np
import scipy.io

from torusync._checks import Complex, as_complex, requirement
from torusync._files import readable

_SEPARATOR: Final = re.compile(r"\s*[,;\t]\s*|\s+")


def read_matrix(path: str | Path, *, variable: str | None = None) -> Complex:
    """Read a complex matrix, or a stack of them, ``(..., D, D)``.

    Parameters
    ----------
    path
        ``.npy``; ``.csv`` or ``.txt`` (a row a line, entries such as ``0.1+0.2j`` separated by comma, semicolon or
        white space, ``#`` for comments); ``.json`` (nested lists of numbers, of [re, im] pairs or of {"re", "im"}, or
        {"real": …, "imag": …}); ``.mat`` of any version.
    variable
        Which variable of a ``.mat`` file, where it holds several.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated, of another format, or holds no matrix of numbers.
    """
    path = readable("path", Path(path))
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise requirement("path", f"end in one of {', '.join(_READERS)}", f"it is {str(path)!r}")
    if variable is not None and path.suffix.lower() != ".mat":
        raise requirement("variable", "be left out for files that hold one matrix", f"it is {variable!r}")
    matrix = as_complex("path", reader(path, variable))
    if matrix.ndim < 2:
        raise requirement("path", "hold a matrix", f"{str(path)!r} holds an array of shape {matrix.shape}")
    return matrix


def _broken(path: Path, kind: str, why: object) -> Exception:
    reason = str(why).splitlines()[0] if str(why) else type(why).__name__
    return requirement("path", f"name a whole {kind} file", f"{str(path)!r} cannot be read ({reason})")


def _from_npy(path: Path, _: str | None) -> Any:
    try:
        with path.open("rb") as stream:
            return np.lib.format.read_array(stream, allow_pickle=False)
    except (ValueError, EOFError, OSError, SyntaxError) as error:
        raise _broken(path, ".npy", error) from None


def _from_csv(path: Path, _: str | None) -> Any:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise _broken(path, "text", error) from None
    rows = []
    for number, line in enumerate(lines, start=1):
        content = line.split("#", maxsplit=1)[0].strip()
        if content:
            entries = [entry for entry in _SEPARATOR.split(content) if entry]
            rows.append([_complex(path, number, entry) for entry in entries])
    if not rows:
        raise requirement("path", "hold a matrix", f"{str(path)!r} holds no numbers")
    if len({len(row) for row in rows}) > 1:
        raise requirement(
            "path", "hold rows of one length", f"those of {str(path)!r} have {[len(row) for row in rows]}"
        )
    return rows


def _complex(path: Path, line: int, entry: str) -> complex:
    text = entry.strip("()").replace("i", "j") if entry[-1:] in "i)" else entry
    try:
        return complex(text)
    except ValueError:
        raise requirement(
            "path", "hold numbers such as 0.1+0.2j", f"line {line} of {str(path)!r} has {entry[:20]!r}"
        ) from None


def _from_json(path: Path, _: str | None) -> Any:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise _broken(path, ".json", error) from None
    try:
        return _json_matrix(content)
    except (TypeError, ValueError, KeyError):
        raise requirement(
            "path", "hold nested lists of numbers or of [re, im] pairs", f"{str(path)!r} holds something else"
        ) from None


def _json_matrix(content: Any) -> Any:
    if isinstance(content, dict):
        if {"real", "imag"} <= set(content):
            return np.asarray(content["real"], dtype=np.float64) + 1j * np.asarray(content["imag"], dtype=np.float64)
        return complex(content["re"], content["im"])
    if isinstance(content, list) and content and not isinstance(content[0], int | float):
        parts = [_json_matrix(part) for part in content]
        return np.array(parts)
    return np.asarray(content, dtype=np.float64)


def _pairs(array: Any) -> Any:
    """Read a trailing axis of length two of a real, three-dimensional array as real and imaginary parts."""
    array = np.asarray(array)
    if array.dtype.kind != "c" and array.ndim == 3 and array.shape[-1] == 2:
        return array[..., 0] + 1j * array[..., 1]
    return array


def _from_mat(path: Path, variable: str | None) -> Any:
    try:
        names = {name: value for name, value in scipy.io.loadmat(path).items() if not name.startswith("__")}
    except NotImplementedError:
        names = _from_hdf5(path)
    except Exception as error:  # noqa: BLE001  (scipy raises whatever its parser runs into)
        raise _broken(path, ".mat", error) from None
    if variable is None:
        matrices = [name for name, value in names.items() if getattr(value, "ndim", 0) >= 2 and value.size > 1]
        if len(matrices) != 1:
            raise requirement("variable", "name one of the variables", f"{str(path)!r} holds {sorted(names)}")
        variable = matrices[0]
    if variable not in names:
        raise requirement("variable", f"be one of {sorted(names)}", f"it is {variable!r}")
    return names[variable]


def _from_hdf5(path: Path) -> dict[str, Any]:
    """Read a version 7.3 file: HDF5, column-major, complex numbers as compounds."""
    try:
        with h5py.File(path, "r") as stored:
            found = {name: np.asarray(value[()]) for name, value in stored.items() if isinstance(value, h5py.Dataset)}
    except OSError as error:
        raise _broken(path, ".mat", error) from None
    return {
        name: np.transpose(value["real"] + 1j * value["imag"] if value.dtype.names else value)
        for name, value in found.items()
    }


_READERS: Final[dict[str, Callable[[Path, str | None], Any]]] = {
    ".npy": _from_npy,
    ".csv": _from_csv,
    ".txt": _from_csv,
    ".json": lambda path, variable: _pairs(_from_json(path, variable)),
    ".mat": _from_mat,
}
