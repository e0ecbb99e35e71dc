"""A labelled map out of a NetCDF file, read in a process of its own, as any HDF5 file is: see `torusync.files.hdf5`.

xarray would follow links into other files, unpack what the file announces, and decode times and scales that its
attributes name.  Here numbers, names of axes and short texts are read, and nothing else is believed.
"""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, final

import numpy as np
import numpy.typing as npt

from torusync.files.hdf5 import in_child
from torusync.files.reading import ContentError

_TEXT: Final = 2**20
"""Characters of attributes that are read: a study with all its axes takes some hundred thousand."""

_LABELS: Final = 4096
"""Texts of an axis that are read."""

_KINDS: Final = {"i": "<i8", "u": "<i8", "b": "<i8", "f": "<f8"}


@final
@dataclass(frozen=True)
class StoredVariable:
    """A variable: its axes, its values, numbers or texts, and its attributes that are texts."""

    dims: tuple[str, ...]
    values: npt.NDArray[Any]
    attributes: dict[str, str]


@final
@dataclass(frozen=True)
class StoredMap:
    """What a NetCDF file holds: variables by name, and its attributes that are texts."""

    variables: dict[str, StoredVariable]
    attributes: dict[str, str]


def read_map(path: Path, *, most: float) -> StoredMap:
    """Return the variables of the root group of a NetCDF file, of at most ``most`` bytes together.

    Raises
    ------
    ChildError, ContentError
        If it is no whole NetCDF file, is too large, or holds its numbers elsewhere.
    """
    output = in_child("torusync.files.netcdf", path, None, most)
    head, _, raw = output.partition(b"\n")
    told = json.loads(head)
    if told["refused"]:
        raise ContentError(*told["refused"])
    found, begin = {}, 0
    for one in told["variables"]:
        shape = tuple(one["shape"])
        if "texts" in one:
            values = np.array(one["texts"], dtype=np.str_).reshape(shape)
        else:
            end = begin + 8 * math.prod(shape)
            values = np.frombuffer(raw[begin:end], dtype=one["dtype"]).reshape(shape)
            begin = end
        found[one["name"]] = StoredVariable(tuple(one["dims"]), values, one["attributes"])
    return StoredMap(found, told["attributes"])


def serve(path: str, variable: str | None, most: float) -> None:
    """Write what a file holds to the standard output: a line of JSON, and the entries of all arrays."""
    import h5py  # noqa: PLC0415

    from torusync.files.hdf5 import holdings  # noqa: PLC0415

    del variable
    out = sys.stdout.buffer
    with h5py.File(path, "r") as stored:
        _, elsewhere = holdings(stored)
    if elsewhere:
        refused = "hold its numbers itself", f"has {elsewhere[0]!r} in another place or file"
        out.write(json.dumps({"refused": refused}).encode() + b"\n")
        return
    import h5netcdf  # noqa: PLC0415

    with h5netcdf.File(path, "r", phony_dims="sort") as stored:
        variables = {name: one for name, one in stored.variables.items() if one.dtype.kind in {*_KINDS, "O", "U", "S"}}
        numbers = sum(8 * math.prod(one.shape) for one in variables.values())
        pieces = [math.prod(one.chunks or (1,)) * one.dtype.itemsize for one in variables.values()]
        if numbers > most or max(pieces, default=0) > most:
            refused = f"hold at most {most:.3g} bytes of numbers", "holds more"
            out.write(json.dumps({"refused": refused}).encode() + b"\n")
            return
        told, arrays = [], []
        for name, one in variables.items():
            entry = {
                "name": name, "dims": one.dimensions, "shape": one.shape, "attributes": _texts(one.attrs)
            }  # fmt: skip
            if one.dtype.kind in _KINDS:
                arrays.append(np.ascontiguousarray(one[...], dtype=_KINDS[one.dtype.kind]))
                told.append(entry | {"dtype": _KINDS[one.dtype.kind]})
            elif math.prod(one.shape) <= _LABELS:
                told.append(entry | {"texts": [_text(label) for label in np.ravel(one[...])]})
        head = {"refused": None, "attributes": _texts(stored.attrs), "variables": told}
    out.write(json.dumps(head).encode() + b"\n")
    for array in arrays:
        out.write(array.tobytes())


def _text(label: Any) -> str:
    return label.decode("utf-8", "replace") if isinstance(label, bytes) else str(label)


def _texts(attributes: Any) -> dict[str, str]:
    """Return the attributes that are texts, as long as they are not too long together."""
    found: dict[str, str] = {}
    for name, value in attributes.items():
        if isinstance(value, str) and sum(map(len, found.values())) + len(value) <= _TEXT:
            found[name] = value
    return found
