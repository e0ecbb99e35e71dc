"""Workspaces of MATLAB, versions 4 to 7, from bytes that nobody vouches for.

SciPy's reader is compiled and trusts lengths and indices: damaged files end it by a signal.  What is needed here is
little, numbers in full or sparse matrices, by themselves or in structures and cells, so every tag is checked against
the bytes that are there, and a packed variable is unpacked only once its announced size is known to be bearable.
Version 7.3 is another format: HDF5.
"""

import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from torusync._limits import MOST_AXES
from torusync.files.npy import DamagedError

_HEAD: Final = 4096
"""Unpacked bytes of a variable that hold its flags, dimensions and name."""

_TYPES: Final = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""Numbers of a data element, by its tag."""

_NAMES: Final = {1, 2, 16}
_MATRIX: Final = 14
_PACKED: Final = 15

_CELL: Final = 1
_STRUCT: Final = 2
_SPARSE: Final = 5
_SINGLE: Final = 7
_NUMERIC: Final = range(6, 16)
_OPAQUE: Final = 17
_COMPLEX: Final = 0x0800
_LOGICAL: Final = 0x0200

_OLD_TYPES: Final = ("f8", "f4", "i4", "i2", "u2", "u1")
"""Numbers of version 4, by the third digit of its type."""


_NESTED: Final = 8
_MOST_ENTRIES: Final = 1000
"""Structures within structures, and entries of one of them, that are looked at."""


class TooLargeError(Exception):
    """A variable would take more memory than is allowed."""


@final
@dataclass(frozen=True)
class Variable:
    """A variable of a workspace: its name, its shape where it holds numbers, and how to get at them."""

    name: str
    shape: tuple[int, ...] | None
    load: Callable[[], npt.NDArray[Any]]


def variables(content: bytes, *, most: float) -> list[Variable]:
    """List the variables of a workspace, of which none that holds more than ``most`` bytes is unpacked or filled.

    Raises
    ------
    DamagedError
        If it is none, or not whole; ``load`` of a variable raises it, too, and `TooLargeError`.
    """
    if len(content) < 20:
        raise DamagedError("it is too short")
    found = list(_of_version_4(content, most) if 0 in content[:4] else _of_version_5(content, most))
    twice = [name for name, count in Counter(one.name for one in found).items() if count > 1]
    if twice:
        raise DamagedError(f"it holds {twice[0]!r} twice")
    return found


def _of_version_5(content: bytes, most: float) -> Iterator[Variable]:
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None or int.from_bytes(content[124:126], "little" if order == "<" else "big") != 0x0100:
        raise DamagedError("it does not begin as workspaces do")
    rest = _Bytes(memoryview(content)[128:], order)
    while rest.left:
        kind, data = rest.element(padded=False)
        if kind == _PACKED:
            found = _packed(data, order, most)
        elif kind == _MATRIX:
            found = _variable(_Bytes(data, order), partial(_Bytes, data, order), most)
        else:
            raise DamagedError(f"it holds an element of type {kind} beside its variables")
        if found[0].name:  # what functions keep for themselves has no name
            yield from found


@final
class _Bytes:
    """Elements one after the other, none beyond the end."""

    def __init__(self, data: memoryview, order: str) -> None:
        self._data, self.order, self._place = data, order, 0

    @property
    def left(self) -> int:
        return len(self._data) - self._place

    def take(self, count: int) -> memoryview:
        if count > self.left:
            raise DamagedError(f"it ends {count - self.left} bytes too early")
        start, self._place = self._place, self._place + count
        return self._data[start : self._place]

    def integers(self, count: int) -> list[int]:
        return [int(one) for one in np.frombuffer(self.take(4 * count), dtype=f"{self.order}u4")]

    def element(self, *, padded: bool = True) -> tuple[int, memoryview]:
        """Return the type and the data of the next element; up to four bytes may stand within the tag."""
        (first,) = self.integers(1)
        if first >> 16:
            kind, count = first & 0xFFFF, first >> 16
            if count > 4:
                raise DamagedError("a short element is too long")
            return kind, self.take(4)[:count]
        (count,) = self.integers(1)
        data = self.take(count)
        if padded:
            self.take(min(-count % 8, self.left))
        return first, data

    def numbers(self, *, truths: int = -1) -> npt.NDArray[Any]:
        """Return the numbers of the next element; so many bytes are truth values, whatever their tag says."""
        kind, data = self.element()
        if len(data) == truths:
            return np.frombuffer(data, dtype="u1")
        if kind not in _TYPES or len(data) % int(_TYPES[kind][1]):
            raise DamagedError(f"an element of type {kind} and {len(data)} bytes is no row of numbers")
        return np.frombuffer(data, dtype=f"{self.order}{_TYPES[kind]}")


def _packed(data: memoryview, order: str, most: float) -> list[Variable]:
    """Return a variable whose bytes are compressed, from its first few, or what it holds by name."""
    head, _ = _unpacked(data, _HEAD)
    tag = _Bytes(memoryview(head), order)
    kind, count = tag.integers(2)
    if kind != _MATRIX:
        raise DamagedError(f"it packs an element of type {kind}, which is no variable")

    def whole() -> _Bytes:
        if count > most:
            raise TooLargeError
        inside, ended = _unpacked(data, 8 + count)
        if len(inside) != 8 + count or not ended:
            raise DamagedError("what it unpacks to is not of the size that it announces")
        return _Bytes(memoryview(inside)[8:], order)

    return _variable(tag, whole, most)


def _unpacked(data: memoryview, most: int) -> tuple[bytes, bool]:
    """Return the first bytes of a packed stream, and whether it ended with them."""
    stream = zlib.decompressobj()
    try:
        return stream.decompress(data, most), stream.eof
    except zlib.error as error:
        raise DamagedError(str(error)) from None


def _variable(
    head: _Bytes, whole: Callable[[], _Bytes], most: float, *, called: str = "", depth: int = 0
) -> list[Variable]:
    """Return a variable, or those inside of a structure or a cell by the names under which MATLAB has them."""
    flags, shape, name = _described(head)
    name, kind = called or name, flags & 0xFF
    if shape is not None and kind in {_CELL, _STRUCT} and depth < _NESTED and 0 < math.prod(shape) <= _MOST_ENTRIES:
        return _inside(whole, name, kind, most, depth) or [Variable(name, None, _no_numbers)]
    return [_plain(name, shape, flags, whole, most)]


def _inside(whole: Callable[[], _Bytes], name: str, kind: int, most: float, depth: int) -> list[Variable]:
    """Return the variables with numbers inside of a structure or a cell; none where it is too large to be looked at."""
    try:
        body = whole()
    except TooLargeError:
        return []
    _, shape, _ = _described(body)
    count, fields = math.prod(shape or ()), [""]
    if kind == _STRUCT:
        (length,) = body.numbers().tolist() or [0]
        _, text = body.element()
        if not 0 < length <= len(text):
            return []
        fields = [
            bytes(text[start : start + length]).split(b"\0")[0].decode("latin-1")
            for start in range(0, len(text), length)
        ]
    found: list[Variable] = []
    for number in range(1, count + 1):
        place = f"{{{number}}}" if kind == _CELL else f"({number})" if count > 1 else ""
        for field in fields:
            tag, data = body.element()
            if tag != _MATRIX:
                raise DamagedError(f"{name!r} holds an element of type {tag}")
            if len(data):
                called = f"{name}{place}.{field}" if field else f"{name}{place}"
                inner = partial(_Bytes, data, body.order)
                found += _variable(inner(), inner, most, called=called, depth=depth + 1)
    return [one for one in found if one.shape is not None]


def _plain(name: str, shape: tuple[int, ...] | None, flags: int, whole: Callable[[], _Bytes], most: float) -> Variable:
    kind = flags & 0xFF
    if shape is None or not (kind == _SPARSE or kind in _NUMERIC):
        return Variable(name, None, _no_numbers)
    if _bytes_of(shape) > most:
        return Variable(name, shape, _too_large)

    def load() -> npt.NDArray[Any]:
        body = whole()
        _described(body)
        if kind == _SPARSE:
            return _sparse(body, shape, flags)
        parts = [body.numbers() for _ in range(2 if flags & _COMPLEX else 1)]
        return _full_of("f4" if kind == _SINGLE else "f8", parts, shape)

    return Variable(name, shape, load)


def _described(body: _Bytes) -> tuple[int, tuple[int, ...] | None, str]:
    """Return the flags, the shape and the name of a variable."""
    kind, data = body.element()
    if kind != 6 or len(data) != 8:
        raise DamagedError("a variable has no flags")
    flags = int(np.frombuffer(data, dtype=f"{body.order}u4")[0])
    shape = None
    if flags & 0xFF != _OPAQUE:
        lengths = body.numbers()
        if lengths.dtype.itemsize != 4 or not 2 <= len(lengths) <= MOST_AXES or (lengths < 0).any():
            raise DamagedError("a variable has no dimensions")
        shape = tuple(lengths.tolist())
    kind, data = body.element()
    if kind not in _NAMES:
        raise DamagedError("a variable has no name")
    return flags, shape, bytes(data).decode("utf-8", "replace")


def _bytes_of(shape: tuple[int, ...]) -> int:
    """Return the bytes of complex numbers of a shape; an axis of no length does not excuse the others."""
    return 16 * math.prod(max(length, 1) for length in shape)


def _no_numbers() -> npt.NDArray[Any]:
    raise TypeError


def _too_large() -> npt.NDArray[Any]:
    raise TooLargeError


def _full(parts: list[npt.NDArray[Any]], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    for part in parts:
        if len(part) != math.prod(shape):
            raise DamagedError(f"it holds {len(part)} numbers for a matrix of shape {shape}")
    return _joined(parts).reshape(shape, order="F")


def _full_of(kind: Any, parts: list[npt.NDArray[Any]], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return the same in the precision of a type, whatever the entries were stored as."""
    found = _full(parts, shape)
    return found.astype(np.complex64) if np.dtype(kind).newbyteorder("=") == np.float32 else found


def _joined(parts: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Return real and imaginary parts as one array of numbers."""
    with np.errstate(invalid="ignore"):  # a signalling nan is refused as any other
        out = np.zeros(len(parts[0]), dtype=np.complex128)
        out.real = parts[0]
        if len(parts) > 1:
            out.imag = parts[1]
    return out


def _sparse(body: _Bytes, shape: tuple[int, ...], flags: int) -> npt.NDArray[Any]:
    rows, starts = body.numbers(), body.numbers()
    if rows.dtype.kind not in "iu" or starts.dtype.kind not in "iu" or len(shape) != 2:
        raise DamagedError("the indices of a sparse matrix are no whole numbers")
    rows, starts = rows.astype(np.int64), starts.astype(np.int64)
    if len(starts) != shape[1] + 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
        raise DamagedError("the columns of a sparse matrix do not follow each other")
    count = int(starts[-1])
    # MATLAB stores the entries of a logical one as bytes, and calls them doubles
    parts = [body.numbers(truths=count if flags & _LOGICAL else -1) for _ in range(2 if flags & _COMPLEX else 1)]
    if min(len(rows), *(len(part) for part in parts)) < count:
        raise DamagedError("a sparse matrix has fewer numbers than its columns hold")
    columns = np.repeat(np.arange(shape[1]), np.diff(starts))
    return _filled(shape, rows[:count], columns, _joined([part[:count] for part in parts]))


def _filled(shape: tuple[int, ...], rows: Any, columns: Any, values: Any) -> npt.NDArray[Any]:
    outside = (rows < 0) | (rows >= shape[0]) | (columns < 0) | (columns >= shape[1])
    if outside.any():
        raise DamagedError(f"a sparse matrix of shape {shape} has an entry outside of it")
    out = np.zeros(shape, dtype=np.complex128)
    np.add.at(out, (rows, columns), values)
    return out


def _of_version_4(content: bytes, most: float) -> Iterator[Variable]:
    order = "<" if int.from_bytes(content[:4], "little") < 5000 else ">"
    rest = _Bytes(memoryview(content), order)
    while rest.left:
        code, rows, columns, imaginary, name_bytes = rest.integers(5)
        # four digits: byte order, 0, type of the numbers, and whether they are a matrix, a text or a sparse matrix
        machine, numbers, use = code // 100, code // 10 % 10, code % 10
        if machine != 10 * "<>".index(order) or numbers >= len(_OLD_TYPES) or use > 2 or imaginary > 1:
            raise DamagedError("it does not begin as workspaces do")
        name = bytes(rest.take(name_bytes)).split(b"\0")[0].decode("latin-1")
        kind = np.dtype(f"{order}{_OLD_TYPES[numbers]}")
        count = rows * columns
        parts = [np.frombuffer(rest.take(kind.itemsize * count), dtype=kind) for _ in range(1 + imaginary)]
        if use == 1:
            yield Variable(name, None, _no_numbers)
        elif use == 0:
            load = _too_large if _bytes_of((rows, columns)) > most else partial(_full_of, kind, parts, (rows, columns))
            yield Variable(name, (rows, columns), load)
        else:
            yield _old_sparse(name, parts[0].reshape((rows, columns), order="F"), most)


def _old_sparse(name: str, table: npt.NDArray[Any], most: float) -> Variable:
    """Return a sparse matrix of version 4: rows (i, j, Re, Im) from 1, the last of which holds the dimensions."""
    if table.shape[0] < 1 or table.shape[1] not in (3, 4):
        raise DamagedError("a sparse matrix has no dimensions")
    with np.errstate(invalid="ignore"):
        places = table[:, :2].astype(np.int64)
    shape = tuple(places[-1].tolist())
    if (places != table[:, :2]).any() or min(shape) < 0:
        raise DamagedError("the indices of a sparse matrix are no whole numbers")
    if _bytes_of(shape) > most:
        return Variable(name, shape, _too_large)
    values = _joined([table[:-1, column] for column in range(2, table.shape[1])])
    return Variable(name, shape, partial(_filled, shape, places[:-1, 0] - 1, places[:-1, 1] - 1, values))
