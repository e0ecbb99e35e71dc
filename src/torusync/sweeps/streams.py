"""Reduce a map without keeping it: of a study nothing is stored, of a store no more than a chunk is in memory."""

import math
import time
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Literal, final

import numpy as np
import numpy.typing as npt

from torusync._checks import Integer, Real, requirement, scalar
from torusync._frozen import Frozen
from torusync._limits import SWEPT_POINTS
from torusync.sweeps.building import NONE, blocks
from torusync.sweeps.contours import Contour
from torusync.sweeps.engine import Outcome, schema
from torusync.sweeps.labelled import axis_labels, parameters
from torusync.sweeps.maps import Progress, require_crew, worked_off
from torusync.sweeps.reductions import Piece, Reduction, folded
from torusync.sweeps.sizes import block_shape, cut
from torusync.sweeps.store import Work, points_of
from torusync.sweeps.study import Study

if TYPE_CHECKING:
    import xarray as xr

_CODES: Final = 256
"""Status codes are bytes."""


@final
@dataclass(frozen=True)
class Reduced(Frozen):
    """What is left of a map.

    Parameters
    ----------
    found
        The answers, by the names that their questions were given; ``reduced["name"]`` for short.
    statuses
        How many points ended in which way.
    workers
        Who worked them off.
    """

    found: Mapping[str, Any]
    statuses: Mapping[Outcome, int]
    workers: str

    def __getitem__(self, name: str) -> Any:
        return self.found[name]

    @property
    def points(self) -> int:
        """Number of points of the map."""
        return sum(self.statuses.values())


def reduce(
    source: "Study | xr.Dataset",
    reductions: Mapping[str, Reduction],
    *,
    executor: Executor | None = None,
    workers: int | Literal["auto"] = "auto",
    progress: Callable[[Progress], object] | None = None,
) -> Reduced:
    """Return what is left of a map that need not fit into memory, chunk by chunk, the same however it is cut.

    Parameters
    ----------
    source
        A study, which is worked off as `run` does it while nothing of it is kept, or a dataset of a sweep: of a store
        that `open_sweep` opened, one chunk at a time is read.
    reductions
        What is asked, by names of one's own: `Extreme`, `Histogram`, `WorstGap`, `Contour`.
    executor, workers, progress
        As for `sweep`; a dataset is read by this process.

    Raises
    ------
    ArgumentError
        If a quantity is not the map's, or not one real number a point.
    """
    require_crew(executor, workers, progress)
    asked = _asked(reductions)
    begin, chosen = time.perf_counter(), dict[str, Any]()
    places = _Worked(source) if isinstance(source, Study) else _Read(source)
    names = {name: one.names(places.variables) for name, one in asked.items()}
    for used in sorted({name for found in names.values() for name in found}):
        _require_number(used, *places.variables[used])
    if any(isinstance(one, Contour) for one in asked.values()):
        _require_rising(places)
    folds = {name: folded(one) for name, one in asked.items()}
    counts, done = np.zeros(_CODES, dtype=np.int64), 0
    wanted = tuple(dict.fromkeys(("status", *(name for found in names.values() for name in found))))
    with closing(places.pieces(wanted, executor, workers, chosen)) as pieces:
        for piece in pieces:
            for name, one in asked.items():
                folds[name][0](one.of(piece))
            status = np.maximum(piece.arrays["status"].astype(np.int64), NONE)
            counts += np.bincount(status - NONE, minlength=_CODES)
            done += status.size
            if progress is not None:
                progress(Progress(done, places.points, time.perf_counter() - begin))
    found = {name: total().placed(places) for name, (_, total) in folds.items()}
    statuses = {Outcome(int(code) + NONE): int(counts[code]) for code in np.flatnonzero(counts)}
    return Reduced(MappingProxyType(found), MappingProxyType(statuses), chosen.get("workers", "this process, reading"))


def _asked(reductions: object) -> dict[str, Reduction]:
    if not isinstance(reductions, Mapping) or not reductions:
        raise requirement("reductions", "be a mapping of names to reductions", f"it is {type(reductions).__name__}")
    for name, one in reductions.items():
        if not isinstance(one, Reduction):
            must = "hold Extreme, Histogram, WorstGap or Contour values"
            raise requirement("reductions", must, f"{name!r} is {type(one).__name__}")
    return dict(reductions)


def _require_number(name: str, own: int, dtype: np.dtype[Any]) -> None:
    if own or dtype.kind not in "biuf":
        found = f"{name!r} is complex" if dtype.kind == "c" else f"{name!r} has other axes"
        raise requirement("quantity", "be one real number a point of the map", found)


def _require_rising(places: "_Worked | _Read") -> None:
    if not places.dims:
        raise requirement("reductions", "hold no Contour of a map without axes", "it holds one")
    steps = np.diff(places.along)
    if not ((steps > 0.0).all() or (steps < 0.0).all()):
        must = "hold a Contour only where the last axis rises or falls"
        raise requirement("reductions", must, f"{places.dims[-1]!r} does neither")


class _Grid:
    """Axes of a map and their labels."""

    def __init__(self, labels: dict[str, npt.NDArray[Any]]) -> None:
        self._labels, self.dims = labels, tuple(labels)
        self.shape = tuple(len(one) for one in labels.values())

    @property
    def points(self) -> int:
        """Number of points."""
        return math.prod(self.shape)

    @property
    def along(self) -> Real:
        """Numbers along the last axis: its labels, or where these are none, how many came before."""
        last = next(reversed(self._labels.values()), np.zeros(1))
        return last.astype(np.float64) if last.dtype.kind in "biuf" else np.arange(float(len(last)))

    def index(self, points: Integer) -> tuple[Integer, ...]:
        """Return the place of points on each axis."""
        return np.unravel_index(points, self.shape) if self.shape else ()

    def labels(self, points: Integer) -> dict[str, npt.NDArray[Any]]:
        """Return the labels of points along each axis, the last axis last."""
        at = self.index(points)
        return {name: one[rows] for (name, one), rows in zip(self._labels.items(), at, strict=True)}


@final
class _Worked(_Grid):
    """A study whose chunks are worked off and dropped."""

    def __init__(self, study: Study) -> None:
        super().__init__(axis_labels(study))
        self._study = study
        self.variables = {name: (len(one.lengths), one.dtype) for name, one in schema(study).variables.items()}

    def parameters(self, point: int) -> Mapping[str, Any]:
        """Return what runs at a point, by name."""
        return parameters(self._study, [int(one) for one in self.index(np.asarray(point))])

    def pieces(
        self, names: tuple[str, ...], executor: Executor | None, workers: int | str, chosen: dict[str, Any]
    ) -> Generator[Piece, None, None]:
        """Yield the points, chunk by chunk, as they come."""
        study, along = self._study, self.along
        works = [
            Work(block, points_of(block, study.shape), None, names) for block in blocks(study.shape, block_shape(study))
        ]
        with closing(worked_off(study, works, executor, workers, chosen)) as found:
            for work, arrays in found:
                yield Piece(work.points.start, arrays, along)


@final
class _Read(_Grid):
    """A dataset of a sweep, or of a part of it, that is read chunk by chunk."""

    def __init__(self, ds: Any) -> None:
        if "study" not in getattr(ds, "attrs", {}) or "status" not in ds:
            raise requirement("source", "be a Study or a dataset of sweep", f"it is {type(ds).__name__}")
        self._ds = ds
        dims = [str(one) for one in ds["status"].dims]
        super().__init__({name: np.asarray(ds[name]) for name in dims})
        self.variables = {str(name): (one.ndim - len(dims), one.dtype) for name, one in ds.data_vars.items()}

    def parameters(self, point: int) -> Mapping[str, Any]:
        """Return what runs at a point, by name."""
        place = dict(zip(self.dims, (int(one) for one in self.index(np.asarray(point))), strict=True))
        along = {str(name): one.dims[0] for name, one in self._ds.coords.items() if one.dims and one.dims[0] in place}
        # the number of a point along an axis says nothing beside the parameters that run along it
        along = dict(sorted(along.items(), key=lambda one: self.dims.index(one[1])))
        several = {dim for name, dim in along.items() if name != dim}
        chosen = self._ds["status"].isel(place).coords
        return MappingProxyType({name: scalar(chosen[name].to_numpy()) for name in along if name not in several})

    def pieces(
        self, names: tuple[str, ...], executor: Executor | None, workers: int | str, chosen: dict[str, Any]
    ) -> Generator[Piece, None, None]:
        """Yield the points, chunk by chunk."""
        if executor is not None or workers not in {"auto", 1}:
            raise requirement("workers", "be left out where a dataset is read", "others were asked for")
        chosen["workers"] = "this process, reading"
        stored = self._ds["status"].encoding.get("chunks")
        most = math.prod(stored) if stored else SWEPT_POINTS
        for block in blocks(self.shape, cut(self.shape, most)):
            at = dict(zip(self.dims, block, strict=True))
            read = {name: self._ds[name].isel(at).transpose(*self.dims).to_numpy().reshape(-1) for name in names}
            yield Piece(points_of(block, self.shape).start, read, self.along)
