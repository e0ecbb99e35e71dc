"""A file that is dropped on the page: a density matrix of one's own, or a sweep that was saved as NetCDF.

The library's own readers take it, with their limits, from a folder that is gone a moment later.  Nothing of it is kept,
and its name is only told back.
"""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from torusync._checks import ArgumentError, requirement
from torusync._limits import DROPPED_BYTES, EXPLORED_DIMENSION, EXPLORED_POINTS
from torusync.analysis.given import GivenState
from torusync.explore.answers import of_a_solution
from torusync.explore.asked import explorable
from torusync.explore.studies import axis_told
from torusync.explore.wire import plain_value, rows
from torusync.explore.words import pretty
from torusync.files.hdf5 import ChildError
from torusync.files.netcdf import StoredMap, StoredVariable, read_map
from torusync.files.reading import ContentError
from torusync.quantities import QUANTITIES, Solution
from torusync.quantities.analyzed import ALL, Choice, given_in_words, state_of
from torusync.sweeps import Study

_MAPS: Final = (".nc", ".nc4", ".cdf")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}", re.ASCII)
_TEXT: Final = 80
"""Characters of a name or a unit of a stranger that are shown."""


def dropped(content: bytes, name: str) -> dict[str, Any]:
    """Return the point that a file's matrix is, or ``{"map": ...}`` of a NetCDF file.

    Raises
    ------
    ArgumentError
        If no reader takes it, or it is too large for a page.
    """
    last = name.replace("\\", "/").rpartition("/")[2]
    suffix = "".join(Path(last).suffixes[-2 if last.lower().endswith(".gz") else -1 :])
    safe = last if _NAME.fullmatch(last) else f"file{suffix if _NAME.fullmatch('x' + suffix) else ''}"
    with tempfile.TemporaryDirectory(prefix="torusync-") as folder:
        path = Path(folder) / safe
        path.write_bytes(content)
        try:
            return _map(path) if path.suffix.lower() in _MAPS else _matrix(path)
        except ArgumentError as error:
            # where it lay is nobody's business, and it lies there no more
            raise ArgumentError(str(error).replace(f"{folder}/", "")) from None


def _matrix(path: Path) -> dict[str, Any]:
    state = state_of(Choice(path, index=ALL))
    density = state.density
    if density.batch_shape:
        must = "hold one density matrix on this page"
        raise requirement("state", must, f"it holds a stack of shape {density.batch_shape}")
    if density.dimension > EXPLORED_DIMENSION:
        must = f"hold a matrix of at most {EXPLORED_DIMENSION} levels on this page"
        raise requirement("state", must, f"it has {density.dimension}")
    given = isinstance(state, GivenState)
    read = "from torusync.analysis import read_state\n\nstate = read_state" if given else "\nstate = ts.load_state"
    return {
        "model": None,
        "values": {},
        **of_a_solution(Solution(state)),
        "code": f"import torusync as ts\n{read}({path.name!r})\nsync = ts.synchronization(state)\nprint(sync)\n",
        "file": path.name,
        "given": given_in_words(state),
    }


def _map(path: Path) -> dict[str, Any]:
    try:
        stored = read_map(path, most=4 * DROPPED_BYTES)
    except ContentError as error:
        raise requirement("state", error.must, f"{path.name!r} {error.but}") from None
    except (ChildError, ValueError) as error:
        raise requirement("state", "name a whole NetCDF file", f"{path.name!r} cannot be read ({error})") from None
    return {"map": _told(stored, path.name)}


def _told(stored: StoredMap, name: str) -> dict[str, Any]:
    """Return a map as a line or a tongue is told, over its one or two longest axes."""
    study = _study(stored)
    own = {axis for one in QUANTITIES.values() for axis in (*one.dims, "level")}
    maps = {
        key: one for key, one in stored.variables.items()
        if key not in one.dims and one.values.dtype.kind != "U" and {*one.dims} - own and (key in QUANTITIES)
    }  # fmt: skip
    if not maps or "status" not in stored.variables:
        must = "hold a sweep of this library, with quantities and their status"
        raise requirement("state", must, f"{name!r} holds {', '.join(sorted(stored.variables))[:_TEXT] or 'nothing'}")
    status = stored.variables["status"]
    kept = sorted(status.dims, key=lambda dim: -_length(status, dim))[:2]
    axes = [dim for dim in status.dims if dim in kept and _length(status, dim) > 1] or list(status.dims[:1])
    points = int(np.prod([_length(status, dim) for dim in axes]))
    if points > EXPLORED_POINTS:
        raise requirement(
            "state", f"hold at most {EXPLORED_POINTS} points of two axes on this page", f"it has {points}"
        )
    found = {key: _variable(key, one, axes, own) for key, one in maps.items() if {*axes} <= {*one.dims}}
    codes = _cut(status, axes, own)
    return {
        "model": None if study is None else study.model.NAME,
        "values": {}
        if study is None
        else _values(study)
        | {dim: _label(stored, dim) for dim in status.dims if dim not in axes and dim in study.known},
        "axes": [_axis(stored, study, dim, _length(status, dim)) for dim in axes],
        "at": {dim: _label(stored, dim) for dim in status.dims if dim not in axes},
        "quantities": {key: one for key, one in found.items() if key != "status"},
        "labels": {dim: _labels(stored, dim, own_of) for dim, own_of in _own(found.values(), maps).items()},
        "status": codes.astype(np.int64).tolist(),
        "lost": {"count": int((~np.isin(codes, (0, 6))).sum()), "sentence": ""},
        "file": name,
    }


def _own(found: Iterable[dict[str, Any]], maps: dict[str, StoredVariable]) -> dict[str, int]:
    dims = {dim for one in found for dim in one["dims"]}
    return {dim: next(_length(one, dim) for one in maps.values() if dim in one.dims) for dim in sorted(dims)}


def _length(one: StoredVariable, dim: str) -> int:
    return int(one.values.shape[one.dims.index(dim)])


def _cut(one: StoredVariable, axes: list[str], own: set[str]) -> Any:
    """Return the values over the axes that are shown, and their own, at the first of all others."""
    index = tuple(slice(None) if dim in axes or dim in own else 0 for dim in one.dims)
    left = [dim for dim in one.dims if dim in axes or dim in own]
    order = [left.index(dim) for dim in (*axes, *(dim for dim in left if dim not in axes))]
    return np.transpose(one.values[index], order)


def _variable(key: str, one: StoredVariable, axes: list[str], own: set[str]) -> dict[str, Any]:
    known = QUANTITIES[key]
    values = _cut(one, axes, own)
    return {
        "values": rows(values) if values.dtype.kind == "f" else values.tolist(),
        "dims": [dim for dim in one.dims if dim in own and dim not in axes],
        "units": pretty(_short(one.attributes.get("units", known.units.label))),
        "symbol": known.symbol,
        "long_name": known.long_name,
        "bound": known.bound or None,
        "error": known.error or None,
    }


def _axis(stored: StoredMap, study: Study | None, dim: str, length: int) -> dict[str, Any]:
    held = stored.variables.get(dim)
    values = np.arange(length) if held is None or held.values.dtype.kind == "U" else held.values
    try:
        if study is not None:
            return axis_told(study.model, dim, values)
    except KeyError:
        pass  # several parameters that run together have a name of their own
    told = {} if held is None else held.attributes
    symbol, about = (_short(told.get(word, dim)) for word in ("symbol", "long_name"))
    return {"name": _short(dim), "symbol": symbol, "about": about, "unit": "", "values": rows(values)}


def _label(stored: StoredMap, dim: str) -> Any:
    held = stored.variables.get(dim)
    return None if held is None else plain_value(held.values.reshape(-1)[:1].tolist()[0])


def _labels(stored: StoredMap, dim: str, length: int) -> list[str]:
    held = stored.variables.get(dim)
    return [_short(str(one)) for one in (np.arange(length) if held is None else held.values.reshape(-1))]


def _study(stored: StoredMap) -> Study | None:
    """Return the study that a file says it is of, if it is one of a model that the page shows."""
    try:
        found = Study.from_text(stored.attributes.get("study", ""))
    except ArgumentError:
        return None
    # a page reads phases as a model does
    return found if found.model.NAME in explorable() and found.distribution is None else None


def _values(study: Study) -> dict[str, Any]:
    """Return what stood still and is a number, or a row of them."""
    plain = {name: np.asarray(value) for name, value in study.fixed.items() if name not in study.draws}
    return {name: plain_value(one.tolist()) for name, one in plain.items() if one.ndim < 2}


def _short(text: str) -> str:
    """Return a stranger's text as it can be shown: one short line."""
    return "".join(one for one in text if one.isprintable())[:_TEXT]
