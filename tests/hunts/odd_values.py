"""Values that nobody meant to hand in, by name, made anew each time: what a call did to one shows in no other.

Huge arrays are broadcast from one number, so they cost nothing here, and are so large that whoever copies one is told
that there is no such memory, at once.  Paths are relative, for who writes to one: the hunt has a folder of its own.
"""

import datetime as dt
import math
import uuid
import warnings
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import qutip
import scipy.sparse
import xarray as xr

Make = Callable[[], Any]


class Bare:
    """An object that can do nothing, and does not even show where it lies in memory."""

    def __repr__(self) -> str:
        return "Bare()"


class Column:
    """What calls itself an array and holds no numbers."""

    def __array__(self, dtype: object = None, copy: object = None) -> np.ndarray:
        return np.array(["a", "b"], dtype=object)


class Mute:
    """What cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")


def _nested(depth: int) -> list[Any]:
    found: list[Any] = [0.1]
    for _ in range(depth):
        found = [found]
    return found


def _read_only() -> np.ndarray:
    array = np.array([0.1, 0.2])
    array.setflags(write=False)
    return array


def _matrix() -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asmatrix(np.eye(2) / 2)


SIMPLE: Final[Mapping[str, Make]] = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "NotImplemented": lambda: NotImplemented,
    "Ellipsis": lambda: ...,
    "0": lambda: 0,
    "-1": lambda: -1,
    "3": lambda: 3,
    "2.5": lambda: 2.5,
    "-0.0": lambda: -0.0,
    "nan": lambda: math.nan,
    "inf": lambda: math.inf,
    "-inf": lambda: -math.inf,
    "1e300": lambda: 1e300,
    "5e-324": lambda: 5e-324,
    "10**18": lambda: 10**18,
    "10**400": lambda: 10**400,
    "10**5000": lambda: 10**5000,
    "-10**30": lambda: -(10**30),
    "1j": lambda: 1j,
    "np.True_": lambda: np.True_,
    "np.float32": lambda: np.float32(0.3),
    "np.int8(-3)": lambda: np.int8(-3),
    "np.complex64": lambda: np.complex64(0.3 + 1j),
    "Decimal": lambda: Decimal("0.3"),
    "Fraction": lambda: Fraction(1, 3),
    "datetime": lambda: dt.datetime(2023, 7, 17, tzinfo=dt.UTC),
    "timedelta": lambda: dt.timedelta(seconds=1),
    "np.datetime64": lambda: np.datetime64("2023-07-17"),
    "uuid": lambda: uuid.UUID(int=5),
    "empty text": lambda: "",
    "text": lambda: "no such thing",
    "number as text": lambda: "0.3",
    "name": lambda: "power",
    "long text": lambda: "x" * 5000,
    "text of lines": lambda: "a\nb\x1b[31m. And so on",
    "null character": lambda: "a\0b",
    "surrogate": lambda: "\udcff",
    "bytes": lambda: b"",
    "more bytes": lambda: b"\x00\xff",
    "bytearray": lambda: bytearray(b"ab"),
    "memoryview": lambda: memoryview(b"ab"),
    "path": lambda: Path("no/such/file"),
    "device": lambda: Path("/dev/null"),
    "object": Bare,
    "mute object": Mute,
    "array of a kind": Column,
    "lambda": lambda: lambda *_, **__: None,
    "print": lambda: max,
    "generator": lambda: (one for one in (0.1, 0.2)),
    "iterator": lambda: iter([0, 1]),
    "range": lambda: range(2),
    "slice": lambda: slice(None),
    "type": lambda: int,
    "class": lambda: Bare,
    "module": lambda: math,
    "exception": lambda: ValueError("x"),
}

CONTAINERS: Final[Mapping[str, Make]] = {
    "[]": list,
    "{}": dict,
    "()": tuple,
    "set": lambda: {0.1, 0.2},
    "frozenset": frozenset,
    "mapping": lambda: MappingProxyType({"a": 1}),
    "dict of numbers": lambda: {0: 1},
    "dict of None": lambda: {"drive": None, None: 3},
    "[None]": lambda: [None],
    "[True]": lambda: [True, False],
    "list of text": lambda: ["a", "b"],
    "ragged list": lambda: [[1.0], [1.0, 2.0]],
    "ragged arrays": lambda: [np.zeros(2), np.zeros((2, 2))],
    "deep nest": lambda: _nested(100),
    "nest": lambda: _nested(20),
    "list of pairs": lambda: [(0, 1), (0, 2)],
    "list of odd pairs": lambda: [(0, 1, 2), None, "ab"],
    "huge range": lambda: range(10**12),
}

ARRAYS: Final[Mapping[str, Make]] = {
    "0-d array": lambda: np.array(0.3),
    "0-d object array": lambda: np.array(None, dtype=object),
    "0-d text array": lambda: np.array("a"),
    "0-d bool array": lambda: np.array(True),
    "empty array": lambda: np.empty(0),
    "empty matrices": lambda: np.empty((0, 2, 2)),
    "matrix of no levels": lambda: np.empty((2, 0, 0)),
    "object array": lambda: np.array([0.1, None], dtype=object),
    "objects that are numbers": lambda: np.array([[0.5, 0.0], [0.0, 0.5]], dtype=object),
    "masked array": lambda: np.ma.masked_array([0.1, 0.2], [True, False]),
    "masked constant": lambda: np.ma.masked,
    "structured array": lambda: np.zeros(2, dtype=[("re", float), ("im", float)]),
    "record array": lambda: np.rec.array([(1, 2.0)], dtype=[("a", int), ("b", float)]),
    "text array": lambda: np.array(["0.1", "0.2"]),
    "bytes array": lambda: np.array([b"0.1"]),
    "void array": lambda: np.zeros(2, dtype="V4"),
    "dates": lambda: np.array(["2023-07-17"], dtype="datetime64[D]"),
    "read-only array": _read_only,
    "strided array": lambda: np.arange(12.0)[::5],
    "backward array": lambda: np.arange(3.0)[::-1],
    "Fortran array": lambda: np.asfortranarray(np.eye(3) / 3),
    "big-endian array": lambda: np.array([0.1, 0.2], dtype=">f8"),
    "long double": lambda: np.array([0.1, 0.2], dtype=np.longdouble),
    "half precision": lambda: np.array([0.1, 0.2], dtype=np.float16),
    "Boolean matrix": lambda: np.eye(2, dtype=bool),
    "nan array": lambda: np.full((2, 2), np.nan),
    "inf array": lambda: np.array([0.1, np.inf]),
    "identity": lambda: np.eye(3),
    "qubit": lambda: np.eye(2) / 2,
    "indices": lambda: np.array([[0, 1], [1, 2]]),
    "negative numbers": lambda: np.array([-1.0, -2.0]),
    "complex vector": lambda: np.array([0.1j, 0.2]),
    "many axes": lambda: np.full((1,) * 30, 0.1),
    "np.matrix": _matrix,
    "huge vector": lambda: np.broadcast_to(0.1, 10**14),
    "huge matrix": lambda: np.broadcast_to(0.1, (10**7, 10**7)),
    "huge batch": lambda: np.broadcast_to(np.eye(2) / 2, (10**14, 2, 2)),
}

OBJECTS: Final[Mapping[str, Make]] = {
    "Qobj": qutip.sigmaz,
    "ket": lambda: qutip.basis(3, 0),
    "bra": lambda: qutip.basis(3, 0).dag(),
    "superoperator": lambda: qutip.to_super(qutip.sigmax()),
    "list of Qobj": lambda: [qutip.sigmax(), qutip.sigmaz()],
    "QobjEvo": lambda: qutip.QobjEvo([qutip.sigmaz(), lambda t: t]),
    "sparse matrix": lambda: scipy.sparse.csr_matrix(np.eye(2) / 2),
    "sparse array": lambda: scipy.sparse.coo_array(np.eye(2) / 2),
    "series": lambda: pd.Series([0.1, 0.2]),
    "series of text": lambda: pd.Series(["a", None]),
    "frame": lambda: pd.DataFrame({"a": [0.5, 0.0], "b": [0.0, 0.5]}),
    "dataset of nothing": xr.Dataset,
    "dataset of texts": lambda: xr.Dataset({"s_max": (("drive", "detuning"), [["a"]]), "s": ("phi_31", ["b"])}),
    "dataset without labels": lambda: xr.Dataset({"s_max": (("drive", "detuning"), [[0.1, np.nan]])}),
    "data array": lambda: xr.DataArray([[0.5, 0.0], [0.0, 0.5]]),
    "rng": lambda: np.random.default_rng(0),
    "dtype": lambda: np.dtype(float),
}

ODD: Final[Mapping[str, Make]] = {**SIMPLE, **CONTAINERS, **ARRAYS, **OBJECTS}


def _objects(value: Any) -> np.ndarray:
    array = np.empty(1, dtype=object)
    array[0] = value
    return array


DERIVED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "list of it": lambda value: [value],
    "tuple of it": lambda value: (value, value),
    "dict of it": lambda value: {0: value},
    "named": lambda value: {"drive": value},
    "object array of it": _objects,
    "text of it": str,
    "function of it": lambda value: lambda *_: value,
    "iterator of it": lambda value: iter([value]),
    "its type": type,
}
"""From a right value to a wrong one."""
