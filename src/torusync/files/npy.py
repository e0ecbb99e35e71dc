"""Arrays in NumPy's own format, from bytes that nobody vouches for.

NumPy hands the header to Python's parser, which a damaged one can drive into almost any exception, and allocates what
the header announces before it looks whether the file holds it.  Here the header is one of three known entries in any
order or nothing, and what it announces is compared with the size of the file first.  Objects (pickles) are never read.
"""

import math
import re
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, final

import numpy as np
import numpy.typing as npt

from torusync._limits import MOST_AXES

_MAGIC: Final = b"\x93NUMPY"
_LENGTH_BYTES: Final = {b"\x01\x00": 2, b"\x02\x00": 4, b"\x03\x00": 4}
"""Bytes that hold the length of the header, by version."""

_LONGEST: Final = 10_000
"""Bytes of the longest header read, as in NumPy: plain numbers need some 120."""

_ENTRY: Final = re.compile(
    r"""\s*(['"])(?P<name>\w+)\1\s*:\s*(?P<value>'[^']*'|"[^"]*"|True|False|\([^()]*\)|\[.*\])\s*(?:,|$)""", re.DOTALL
)
_TYPE: Final = re.compile(r"[<>|=]?(?:[biufc][1-9]\d?|U[1-9]\d{0,6}|\?)")
_SHAPE: Final = re.compile(r"\((?:\s*\d{1,19}L?\s*,)*(?:\s*\d{1,19}L?)?\s*\)")

_PIECE: Final = 2**20


class DamagedError(Exception):
    """The bytes are not of the format that they should be, or not all of it."""


class KindError(Exception):
    """The array holds what is neither numbers nor text."""


@final
@dataclass(frozen=True)
class Header:
    """What an array in a file is: type and shape of its entries, whether columns come first, length of all of it."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    columns_first: bool
    length: int

    @property
    def data_bytes(self) -> int:
        """Bytes of the entries."""
        return math.prod(self.shape) * self.dtype.itemsize


def read_header(stream: BinaryIO, size: int) -> Header:
    """Read the header of an array that takes ``size`` bytes, header included, and leave the stream at its entries.

    Raises
    ------
    DamagedError
        If it is no header, or announces another number of bytes than there are.
    KindError
        If the entries are neither numbers nor text.
    """
    start = stream.read(len(_MAGIC) + 2)
    length_bytes = _LENGTH_BYTES.get(start[len(_MAGIC) :])
    if not start.startswith(_MAGIC) or length_bytes is None:
        raise DamagedError("it does not begin as NumPy's arrays do")
    length = int.from_bytes(stream.read(length_bytes), "little")
    if length > _LONGEST:
        raise DamagedError(f"its header of {length} bytes is too long for an array of numbers")
    text = stream.read(length)
    offset = len(start) + length_bytes + length
    if len(text) < length:
        raise DamagedError("it ends within its header")
    dtype, shape, columns_first = _parsed(text.decode("latin-1").strip())
    header = Header(dtype, shape, columns_first, offset)
    if offset + header.data_bytes != size:
        raise DamagedError(f"its header announces {header.data_bytes} bytes of entries, but it holds {size - offset}")
    return header


def _parsed(text: str) -> tuple[np.dtype[Any], tuple[int, ...], bool]:
    entries: dict[str, str] = {}
    place, end = 1, len(text) - 1
    while text.startswith("{") and text.endswith("}") and place < end:
        found = _ENTRY.match(text, place, end)
        if found is None or found["name"] in entries:
            break
        entries[found["name"]], place = found["value"], found.end()
        if not text[place:end].strip():
            place = end
    if place != end or set(entries) != {"descr", "fortran_order", "shape"}:
        raise DamagedError("its header is not understood")
    kind, order, shape = entries["descr"], entries["fortran_order"], entries["shape"]
    if order not in {"True", "False"} or not _SHAPE.fullmatch(shape):
        raise DamagedError("its header is not understood")
    return _type(kind), _lengths(shape), order == "True"


def _type(text: str) -> np.dtype[Any]:
    if text.startswith("["):
        raise KindError("records")
    name = text[1:-1]
    if name == "|O":
        raise KindError("Python objects, a pickle, which is never loaded")
    if _TYPE.fullmatch(name) is None:
        raise KindError(f"entries of type {name[:20]!r}")
    try:
        return np.dtype(name)
    except TypeError:  # a size that no number has
        raise KindError(f"entries of type {name!r}") from None


def _lengths(text: str) -> tuple[int, ...]:
    parts = [part.strip().removesuffix("L") for part in text[1:-1].split(",")]
    if len(parts) == 1 and parts[0]:
        raise DamagedError("its shape is not a tuple")
    lengths = tuple(int(part) for part in parts if part)
    if len(lengths) > MOST_AXES:
        raise DamagedError(f"it has {len(lengths)} axes")
    return lengths


def read_entries(stream: BinaryIO, header: Header) -> npt.NDArray[Any]:
    """Read the entries that follow a header, all of them or none.

    Raises
    ------
    DamagedError
        If the stream ends early, or goes on.
    """
    flat = np.empty(math.prod(header.shape), dtype=header.dtype)
    room = flat.view(np.uint8).data
    place = 0
    while place < len(room):
        count = stream.readinto(room[place : place + _PIECE])  # type: ignore[attr-defined]
        if not count:
            raise DamagedError(f"it ends after {place} of {len(room)} bytes of entries")
        place += count
    if stream.read(1):
        raise DamagedError("it goes on after its last entry")
    try:
        return flat.reshape(header.shape[::-1]).T if header.columns_first else flat.reshape(header.shape)
    except (ValueError, OverflowError):  # no entries, along axes longer than any can be
        raise DamagedError("no array has its shape") from None
