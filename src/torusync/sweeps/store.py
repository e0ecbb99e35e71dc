"""A study on disk: Zarr, written chunk by chunk, that any kill leaves whole.

A chunk of the store is a chunk of the study; its status is written last, and is what says that it is there.  Zarr
renames every file into place, but writes none that holds its fill value alone, which would look like one that was lost:
so that is switched on, and a checksum, without which a flipped bit is read as a number.  A new store is built beside
its place and renamed, an extended one takes the place of the old one.  Who writes holds a lock; see `Lock`.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from torusync._checks import Integer, requirement, shown
from torusync._limits import UNASKED_BYTES
from torusync._provenance import provenance
from torusync.files.whole import as_path, write_text
from torusync.sweeps import building
from torusync.sweeps.building import NONE, Written, blocks, pending, reading, require_chunks, writing
from torusync.sweeps.engine import Arrays, schema
from torusync.sweeps.labelled import FORMAT
from torusync.sweeps.sizes import block_shape
from torusync.sweeps.study import Study

if TYPE_CHECKING:
    import xarray as xr


@final
@dataclass(frozen=True)
class Work:
    """A chunk, or rows of it, and which variables of them are missing.

    Parameters
    ----------
    block
        Where it is along the axes.
    points
        Its points, which follow each other.
    rows
        Which of them are missing; all where there are none.
    names
        Which variables; all where there are none.
    """

    block: tuple[slice, ...]
    points: slice
    rows: Integer | None = None
    names: tuple[str, ...] | None = None

    @property
    def missing(self) -> slice | Integer:
        """Numbers of the points that are missing."""
        return self.points if self.rows is None else self.points.start + self.rows

    @property
    def count(self) -> int:
        """How many there are."""
        return self.points.stop - self.points.start if self.rows is None else len(self.rows)


def points_of(block: tuple[slice, ...], shape: tuple[int, ...]) -> slice:
    """Return the numbers of the points of a chunk."""
    if not shape:
        return slice(0, 1)
    first = int(np.ravel_multi_index([one.start for one in block], shape))
    return slice(first, int(np.ravel_multi_index([one.stop - 1 for one in block], shape)) + 1)


@final
class Disk:
    """A study's store that is open for writing; whoever opens one holds its lock.

    Parameters
    ----------
    path
        The folder.
    study
        That of the store, or one that extends it.
    resume
        Whether a store that is there already may be gone on with.
    alone
        Whether nobody else works on it, so that it may be tidied up and extended.

    Raises
    ------
    ArgumentError
        If what is there is no store, damaged, of another version or study, or may not be gone on with.
    """

    def __init__(self, path: Path, study: Study, *, resume: bool, alone: bool = True) -> None:
        self.path, self.study = path, study
        self._lengths = block_shape(study)
        if alone:
            building.tidy(path)
        if not is_there(path):
            building.create(path, study, self._lengths, None)
        elif not resume:
            raise requirement("store", "be new where `resume` is off", f"{str(path)!r} is there already")
        else:
            old = _opened(path)
            stored = _study_of(path, old)
            if stored != study:
                building.require_extends(path, stored, study)
                if not alone:
                    raise requirement("store", "be extended while nobody writes to it", f"{str(path)!r} is in use")
                if not os.access(path, os.W_OK):  # a rename asks for leave in the folder around it alone
                    raise requirement("store", "be one that may be written", f"{str(path)!r} is write-protected")
                building.create(path, study, self._lengths, (old, stored))
        self._group = _opened(path, writing=True)
        with reading(path):
            self._pending = pending(self._group)
            for one in schema(study).variables.values():
                array = self._group[one.name]
                if array.shape != study.shape + one.lengths or array.chunks != self._lengths + one.lengths:
                    raise ValueError(f"{one.name!r} is of shape {array.shape} in chunks of {array.chunks}")

    def works(self, shard: tuple[int, int] = (0, 1)) -> list[Work]:
        """Return what is missing, chunk by chunk, of one shard: every n-th chunk from the i-th on."""
        with reading(self.path):
            status = np.asarray(self._group["status"][...])
            arrays = {name: self._group[name] for name in schema(self.study).variables}
        require_chunks(self.path, arrays)
        found, shape = [], self.study.shape
        for block in islice(blocks(shape, self._lengths), shard[0], None, shard[1]):
            points, codes = points_of(block, shape), status[block].reshape(-1)
            for lacking, names in ((codes == NONE, None), (codes < NONE, self._pending)):
                if lacking.any():
                    found.append(Work(block, points, None if lacking.all() else np.flatnonzero(lacking), names))
        return found

    def put(self, work: Work, arrays: Arrays) -> None:
        """Write a chunk, its status last."""
        shape = tuple(one.stop - one.start for one in work.block)
        for name in sorted(arrays, key=lambda one: one == "status"):
            values = arrays[name]
            target = self._group[name]
            with writing(self.path / name):
                if work.rows is not None:
                    with reading(self.path):
                        held = np.asarray(target[work.block]).reshape(-1, *values.shape[1:])
                    held[work.rows] = values
                    values = held
                target[work.block] = values.reshape(shape + values.shape[1:])

    def dataset(self) -> "xr.Dataset":
        """Return the store as a labelled dataset; one that is large is read where its values are asked for."""
        with reading(self.path):
            found = _labelled(self.path, schema(self.study).variables)
        return _with_its_labels(self.path, found)


def open_sweep(store: str | Path) -> "xr.Dataset":
    """Return what a store of a sweep holds so far as a labelled dataset; a large one is read when asked for.

    Nothing is locked and nothing written: a run may go on with it, and another version may have begun it.

    Raises
    ------
    ArgumentError
        If there is no store of a sweep, or it is damaged.
    """
    path = as_store(store)
    if not path.exists():
        raise requirement("store", "name a store of a sweep", f"there is no {str(path)!r}")
    group = _opened(path)
    with reading(path):
        arrays = {name: one for name, one in group.arrays() if one.metadata.dimension_names != (name,)}
        if "status" not in arrays:
            raise ValueError("it has no status")
        found = _labelled(path, sorted(arrays))
    kept = {name: one for name, one in arrays.items() if name in found.data_vars}
    require_chunks(path, kept)
    return _with_its_labels(path, found).assign_attrs(recorded(path))


def stored(path: Path) -> tuple[int, int]:
    """Return how many points of a store are there, and how many there are to be."""
    group = _opened(path)
    with reading(path):
        status = np.asarray(group["status"][...])
    return int(np.count_nonzero(status >= 0)), status.size


def done(path: Path, study: Study) -> int:
    """Return how many points of a study a store has with all that is asked for; it may be one that the study extends.

    Raises
    ------
    ArgumentError
        If the store cannot be gone on with by this study.
    """
    group = _opened(path)
    before = _study_of(path, group)
    if before != study:
        building.require_extends(path, before, study)
    if not {*schema(study).variables} <= {*schema(before).variables}:
        return 0  # each point lacks a quantity
    with reading(path):
        status = np.asarray(group["status"][...])
    return int(np.count_nonzero(status >= 0))  # an extended study has all points of the one before


def _labelled(path: Path, names: Iterable[str]) -> "xr.Dataset":
    import xarray as xr  # noqa: PLC0415  (needed by labelled results alone)

    from torusync.sweeps import accessor  # noqa: F401, PLC0415  (known to xarray once it is imported)

    found: xr.Dataset = xr.open_zarr(path, consolidated=False, chunks=None)
    found.attrs.pop("pending", None)
    texts = [name for name, one in found.coords.items() if one.dtype.kind not in "biufc"]
    found = found.assign_coords({name: np.array(found[name].to_numpy().tolist()) for name in texts})
    found = xr.Dataset({name: found[name] for name in names if name not in found.coords}, found.coords, found.attrs)
    if found.nbytes <= UNASKED_BYTES:
        return found.load()
    from torusync.sweeps.lazily import guarded  # noqa: PLC0415  (imports xarray)

    return guarded(path, found)


def _with_its_labels(path: Path, ds: "xr.Dataset") -> "xr.Dataset":
    """Return a dataset whose labels are all there: those that are not are read as zeros."""
    for name, label in ds.coords.items():
        building.require_file(path, str(name), *(0 for _ in label.dims))
    return ds


def is_there(path: Path) -> bool:
    """Whether anything is in the place of a store: a folder that was made for it, and is empty, is nothing yet."""
    return path.exists() and not (path.is_dir() and not any(path.iterdir()))


def as_store(value: object) -> Path:
    """Return the folder of a store, in a folder that is there."""
    path = as_path("store", value)
    try:
        there, parent = path.exists() and not path.is_dir(), path.absolute().parent.is_dir()
    except OSError as error:  # a name too long to look up
        raise requirement("store", "name a folder", f"{shown(str(path))} is none ({error.strerror or error})") from None
    if there:
        raise requirement("store", "name a folder", f"{str(path)!r} is a file")
    if not parent:
        raise requirement("store", "lie in an existing folder", f"{str(path.parent)!r} is not one; create it first")
    return path.absolute()


def _opened(path: Path, *, writing: bool = False) -> Any:
    """Return the group of a store, or say what is there instead."""
    import zarr  # noqa: PLC0415  (for stores only)

    require_zarr(path)
    with reading(path):
        group = zarr.open_group(zarr.storage.LocalStore(path), mode="r+" if writing else "r", zarr_format=3)
        known = dict(group.attrs)
    if known.get("format") != FORMAT:
        found = known.get("format", "something else")
        raise requirement("store", f"be of the format {FORMAT!r}", f"{str(path)!r} is {found!r}")
    return Written(group) if writing else group


def require_zarr(path: Path) -> None:
    """Refuse a folder that is no store, before anything is put beside it."""
    if not (path / "zarr.json").is_file():
        raise requirement("store", "be a store of a sweep", f"{str(path)!r} is no Zarr store")


def _study_of(path: Path, group: Any) -> Study:
    from torusync import __version__  # noqa: PLC0415  (the package's own top)

    version = group.attrs.get("torusync_version")
    if version != __version__:
        raise requirement(
            "store",
            f"be of this version, {__version__}",
            f"{str(path)!r} is of {'none' if version is None else version}; go on with that, or begin anew",
        )
    with reading(path):
        return Study.from_text(group.attrs["study"])


def noted(path: Path, *, runs: int = 0, seconds: float = 0.0, works: bool = False) -> dict[str, Any]:
    """Add to the record of a store's runs, and return it as `recorded` does; kept beside the store.

    Parameters
    ----------
    path
        The store.
    runs, seconds
        What is added.
    works
        Whether this code works on it now.
    """
    known = _journal(path)
    told = {"runs": runs + known.get("runs", 0), "seconds": round(seconds + known.get("seconds", 0.0), 3)}
    told |= {name: known[name] for name in _LAST if name in known}
    if works:
        told["computed"] = now()
        for name, value in provenance().items():
            told[name] = list(dict.fromkeys([*known.get(name, []), value]))
    journal = beside(path) / _JOURNAL
    with writing(journal):
        write_text(journal, json.dumps(told))
    return recorded(path)


_JOURNAL: Final = "runs.json"
_LAST: Final = "computed", "made_by", "commit"


def recorded(path: Path) -> dict[str, Any]:
    """Return what is known of the runs of a store: how many, in how many seconds, when one last worked on it.

    Where more than one code wrote them, ``made_by`` and ``commit`` name each.
    """
    known = _journal(path)
    return {name: "; ".join(value) if isinstance(value, list) else value for name, value in known.items()}


def _journal(path: Path) -> dict[str, Any]:
    """Return the record of the runs of a store, without what is none: somebody else may have written it."""
    try:
        known = json.loads(path.with_name(f"{path.name}.runs").joinpath(_JOURNAL).read_text(encoding="utf-8"))
        found: dict[str, Any] = {"runs": int(known["runs"]), "seconds": float(known["seconds"])}
        told = {name: known[name] for name in _LAST if name in known}
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return {}  # none yet, or copied without it
    for name, value in told.items():
        if isinstance(value, str) if name == "computed" else isinstance(value, list):
            found[name] = value if name == "computed" else [str(one) for one in value]
    return found


def now() -> str:
    """Return the time as attributes have it, the same wherever on earth."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def beside(path: Path) -> Path:
    """Return the folder beside a store that holds locks and the record of its runs."""
    folder = path.with_name(f"{path.name}.runs")
    with writing(folder):
        folder.mkdir(exist_ok=True)
    return folder
