"""Matrices of the user's own, from the formats people have: npy, npz, csv and its like, json, mat, hdf5.

Each reader turns every way a file can be wrong into one sentence, and none guesses: an empty cell or a row of another
length is refused, because a matrix shifted by one entry may still look like a state, and a file that can be read as two
states is refused with both of them named.  Pickles are never loaded, what announces or unpacks to more than fits is
refused before memory is taken, and no file makes us open another.
"""

import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from torusync._checks import Complex, as_complex, as_instance, requirement
from torusync._limits import MEMORY_LIMIT, TEXT_COST, UNPACKED_BYTES
from torusync._memory import available
from torusync._precision import Precision
from torusync.files import archive, jsonfile, matfile, text
from torusync.files.hdf5 import NOTHING, TOO_LARGE, ChildError, ask
from torusync.files.holdings import assembled, chosen, part_of
from torusync.files.npy import DamagedError, KindError, read_entries, read_header
from torusync.files.reading import ContentError, Reading, UnreadableError, complex_of, of_array, settled
from torusync.files.whole import readable

_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_USER_BLOCK: Final = 512
"""Bytes that MATLAB puts before the HDF5 of version 7.3."""

_PACKED: Final = ".gz"
_PICKLES: Final = (".pkl", ".pickle", ".qu", ".joblib")


def read_matrix(path: str | Path, *, variable: str | None = None, name: str = "path") -> Complex:
    """Read a complex matrix ``(D, D)``, or a stack of them, ``(..., D, D)``.

    Parameters
    ----------
    path
        ``.npy``; ``.npz`` of arrays; ``.csv``, ``.txt``, ``.dat`` or ``.tsv`` (rows of numbers in any usual way of
        writing complex ones; a real block and an imaginary one beside or below it; labels of rows and columns);
        ``.json`` (rows of numbers, of [re, im] pairs or of records, parts by name); ``.mat`` of any version; ``.h5``.
        Text and ``.npy`` may be packed as ``.gz``.
    variable
        Which one of several, where a file holds things by name; ``res.rho`` is a field of a structure.
    name
        Name of the argument in errors.

    Raises
    ------
    ArgumentError
        If the file is missing, empty, truncated, of another format, or holds no matrix of finite numbers; or if it can
        be read in two ways that are different states.
    """
    matrix = as_complex(name, read(path, variable=variable, name=name).matrix)
    if matrix.ndim < 2:
        raise requirement(name, "hold a matrix", f"{str(path)!r} holds an array of shape {matrix.shape}")
    return matrix


def read(
    path: str | Path,
    *,
    variable: str | None = None,
    imag: str | Path | None = None,
    precision: Precision | None = None,
    name: str = "path",
) -> Reading:
    """Read what `read_matrix` does, in the precision that it has, with the words for how that was done.

    Parameters
    ----------
    path, variable, name
        As in `read_matrix`.
    imag
        File of the imaginary part, where ``path`` holds the real one.
    precision
        What the numbers are good for, if the user says so.

    Raises
    ------
    ArgumentError
        As `read_matrix`, or if two files are not the parts of one matrix.
    """
    path, found = _all_readings(path, variable, name)
    if variable is None:
        found = [one if one.part or one.matrix.imag.any() else replace(one, part=_named_part(path)) for one in found]
    if imag is not None:
        other, parts = _all_readings(imag, variable, "imag")
        found = [_of_two(path, other, found, parts, name)]
    if precision is not None:
        found = [replace(one, precision=precision) for one in found]
    with np.errstate(invalid="ignore"):  # a signalling nan is refused as any other
        for one in found:
            as_complex(name, one.matrix)
    one = settled(name, repr(str(path)), found)
    if one.part:
        raise requirement(
            name,
            "hold both parts of a matrix",
            f"{str(path)!r} holds one: {one.part}; give the other one, in a second file with --imag or imag=",
        )
    if one.matrix.ndim < 1:
        raise requirement(name, "hold a matrix", f"{str(path)!r} holds an array of shape {one.matrix.shape}")
    return one


def _named_part(path: Path) -> str:
    """Return words where the name of a file says that it is a part, as names within a file do."""
    stem = Path(path.stem).stem if path.suffix.lower() == _PACKED else path.stem
    part = part_of(stem)
    if part is None:
        return ""
    return (
        f"its name says the {'imaginary' if part[1] else 'real'} part; if the other part is 0, name the file otherwise"
    )


def _of_two(path: Path, other: Path, real: list[Reading], imaginary: list[Reading], name: str) -> Reading:
    """Return the one reading of two files that hold the parts of a matrix."""
    one, two = real[0], imaginary[0]
    if one.matrix.shape != two.matrix.shape:
        raise requirement(
            "imag", "hold numbers in the shape of the real part", f"it has {two.matrix.shape}, not {one.matrix.shape}"
        )
    for argument, where, part in ((name, path, one), ("imag", other, two)):
        if part.matrix.imag.any():
            raise requirement(argument, "hold a real part beside `imag`", f"{str(where)!r} holds complex numbers")
    coarser = max(one.precision, two.precision, key=lambda known: known.entry)
    return Reading(complex_of(one.matrix.real, two.matrix.real), f"{one.how}; imaginary part in a second file", coarser)


def _all_readings(path: str | Path, variable: str | None, name: str) -> tuple[Path, list[Reading]]:
    """Return the path, and every way to read the file."""
    path = readable(name, path)
    suffix = path.suffix.lower()
    packed = suffix == _PACKED
    kind = Path(path.stem).suffix.lower() if packed else suffix
    if kind in _PICKLES:
        raise requirement(
            name, "be no pickle, which is never loaded", f"it is {str(path)!r}; save the matrix as .npy, or as text"
        )
    reader = _READERS.get(kind)
    if reader is None or (packed and kind in _NAMED and kind != ".json"):
        known = ", ".join(_READERS)
        raise requirement(name, f"end in one of {known}, or such a text in {_PACKED}", f"it is {str(path)!r}")
    if variable is not None:
        as_instance("variable", variable, str, "the name of a variable")
        if kind not in _NAMED:
            raise requirement("variable", "be left out for files that hold one matrix", f"it is {variable!r}")
    try:
        return path, reader(path, variable)
    except (UnreadableError, DamagedError, ChildError, OSError) as error:
        raise requirement(name, f"name a whole {path.suffix} file", f"{str(path)!r} cannot be read ({error})") from None
    except KindError as error:
        raise requirement(name, "hold numbers", f"{str(path)!r} holds {error}") from None
    except ContentError as error:
        raise requirement(name, error.must, f"{str(path)!r} {error.but}") from None
    except (MemoryError, OverflowError, matfile.TooLargeError):
        raise requirement(name, "hold numbers that fit in memory", f"those of {str(path)!r} do not") from None


def _content(path: Path, cost: int) -> bytes:
    """Return the bytes of a file, unpacked; a byte becomes so many in memory."""
    if path.suffix.lower() != _PACKED:
        if cost * path.stat().st_size > available():
            raise MemoryError
        return path.read_bytes()
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        content = stream.decompress(path.read_bytes(), UNPACKED_BYTES + 1)
    except zlib.error as error:
        raise UnreadableError(error) from None
    if len(content) > UNPACKED_BYTES or cost * len(content) > available():
        raise MemoryError
    if not stream.eof or stream.unused_data:
        raise UnreadableError("it is cut off, or goes on after its end")
    return content


def _from_npy(path: Path, _: str | None) -> list[Reading]:
    if path.suffix.lower() == _PACKED:
        content = _content(path, 2)
        return _of_npy(io.BytesIO(content), len(content))
    with path.open("rb") as stream:
        return _of_npy(stream, path.stat().st_size)


def _of_npy(stream: Any, size: int) -> list[Reading]:
    header = read_header(stream, size)
    if header.dtype.kind == "U":
        raise ContentError("hold numbers", "holds text")
    if 2 * header.data_bytes > available():
        raise MemoryError
    return of_array(read_entries(stream, header), "an array")


def _from_text(path: Path, _: str | None) -> list[Reading]:
    return text.readings(text.decoded(_content(path, TEXT_COST)))


def _from_json(path: Path, variable: str | None) -> list[Reading]:
    return jsonfile.readings(text.decoded(_content(path, TEXT_COST)), repr(str(path)), variable)


def _from_npz(path: Path, variable: str | None) -> list[Reading]:
    return archive.readings(path, variable, min(MEMORY_LIMIT, available()))


def _from_mat(path: Path, variable: str | None) -> list[Reading]:
    most = min(MEMORY_LIMIT, available())
    with path.open("rb") as stream:
        head = stream.read(_USER_BLOCK + len(_HDF5))
        if head.startswith(_HDF5) or head.endswith(_HDF5):
            return _of_hdf5(path, variable, most, mark=".")
        if path.stat().st_size > available():
            raise MemoryError
        found = {one.name: one for one in matfile.variables(head + stream.read(), most=most)}
    names = chosen(repr(str(path)), variable, {name: one.shape for name, one in found.items()})
    array = assembled(names, lambda name: found[name].load())
    return of_array(array, " and ".join(names), columns_first=True)


def _from_hdf5(path: Path, variable: str | None) -> list[Reading]:
    return _of_hdf5(path, variable, min(MEMORY_LIMIT, available()), mark="/")


def _of_hdf5(path: Path, variable: str | None, most: float, *, mark: str) -> list[Reading]:
    """Read HDF5 in a process of its own: groups by a mark between names, complex numbers as records."""
    inside = None if variable is None else variable.replace(mark, "/")
    answer = ask(path, inside, most=most)
    if answer.elsewhere and (inside is None or inside in answer.elsewhere):
        raise ContentError("hold its numbers itself", f"has {answer.elsewhere[0]!r} in another place or file")
    names = chosen(repr(str(path)), variable, {one.replace("/", mark): shape for one, shape in answer.shapes.items()})

    def load(name: str) -> npt.NDArray[Any]:
        stored = name.replace(mark, "/")
        one = answer if len(names) == 1 else ask(path, stored, most=most)
        if one.refused == TOO_LARGE:
            raise matfile.TooLargeError
        if one.refused == NOTHING:
            raise ContentError("hold numbers", f"stores none as {name!r}")
        return read_entries(one.stream, read_header(one.stream, one.size))

    return of_array(assembled(names, load), " and ".join(names), columns_first=mark == ".")


_NAMED: Final = frozenset({".npz", ".json", ".mat", ".h5", ".hdf5"})
"""Formats that hold things by name."""

_READERS: Final[dict[str, Callable[[Path, str | None], list[Reading]]]] = {
    ".npy": _from_npy,
    ".npz": _from_npz,
    ".csv": _from_text,
    ".txt": _from_text,
    ".dat": _from_text,
    ".tsv": _from_text,
    ".json": _from_json,
    ".mat": _from_mat,
    ".h5": _from_hdf5,
    ".hdf5": _from_hdf5,
}
