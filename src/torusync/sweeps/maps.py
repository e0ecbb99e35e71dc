"""Sweep a study: chunk by chunk, by whoever works them off, into memory or into a store that survives."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, final

import numpy as np

from torusync._checks import as_count, as_flag, requirement, shown
from torusync._memory import require_memory
from torusync.models import Model
from torusync.steady import Auto
from torusync.steady.answer import Solver
from torusync.sweeps.building import blocks
from torusync.sweeps.engine import Arrays, schema
from torusync.sweeps.labelled import dataset
from torusync.sweeps.locks import locked
from torusync.sweeps.named import Realisations
from torusync.sweeps.sizes import block_shape
from torusync.sweeps.store import Disk, Work, as_store, is_there, noted, now, points_of, require_zarr
from torusync.sweeps.study import Study, require_study
from torusync.sweeps.workers import by_executor, by_pool, in_script, in_turn, pays, timed

if TYPE_CHECKING:
    import xarray as xr

_AUTO: Final = Auto()


@final
@dataclass(frozen=True)
class Progress:
    """How far a sweep is: points of this run that are done, all that it has to do, and seconds since it began."""

    done: int
    points: int
    seconds: float


def sweep(
    model: type[Model],
    axes: Mapping[str, Any],
    quantities: str | Iterable[str],
    *,
    fixed: Mapping[str, Any] | None = None,
    realisations: int | Realisations | None = None,
    solver: Solver = _AUTO,
    store: str | Path | None = None,
    executor: Executor | None = None,
    workers: int | Literal["auto"] = "auto",
    resume: bool = True,
    progress: Callable[[Progress], object] | None = None,
) -> "xr.Dataset":
    """Work out quantities over axes of parameters, with the evidence beside every number.

    Parameters
    ----------
    model
        `ThermalMaser`, or any other class of systems.
    axes
        Parameters that run, by name, with their values.  One number serves all levels of a parameter that has a value a
        level; temperatures, ``manifold_levels``, ``occupation_ratio`` (n_h/n_c) and ``dissipation_ratio`` (k) run like
        others.  ``{"path": {"drive": [...], "detuning": [...]}}`` lets several run together.
    quantities
        Names of registered quantities, or one of them; bounds, errors and proofs come with them, and so do status,
        residual and error of every steady state.  One that is named twice is there once.
    fixed
        Values of what does not run; a `sweeps.Draw` where a parameter is drawn.
    realisations
        How often: a number, or `sweeps.Realisations` with a seed.
    solver
        Of the steady states, such as ``ts.steady.Dense()``, as it comes; the best known way where it is not given.
    store
        Folder of a Zarr store, new or empty, which a kill leaves whole and the next call goes on with.  One that is
        finished can be extended: longer or denser axes, more realisations, more quantities.
    executor
        Any `concurrent.futures.Executor`; each of its tasks is one chunk on one thread.
    workers
        Number of processes, 1 for this one alone; "auto" times the first chunk and starts some where they pay.
    resume
        Whether a store that is there may be gone on with.
    progress
        Called with a `Progress` after every chunk; ``print`` does for a start.  Without it nothing is told, however
        long it takes: a library writes to no terminal, and the command line, ``torusync sweep``, has a bar.

    Returns
    -------
    xarray.Dataset
        Of the axes, in their order, after that of the realisations; a large one from a store is read when asked for.

    Raises
    ------
    ArgumentError
        If a name is not known, an axis cannot be used, a quantity does not exist for the model, or the store is none
        that this study can go on with.
    """
    study = Study(model, axes, quantities, fixed=fixed, realisations=realisations, solver=solver)
    return run(study, store=store, executor=executor, workers=workers, resume=resume, progress=progress)


def run(
    study: Study,
    *,
    store: str | Path | None = None,
    executor: Executor | None = None,
    workers: int | Literal["auto"] = "auto",
    resume: bool = True,
    shard: tuple[int, int] = (0, 1),
    progress: Callable[[Progress], object] | None = None,
) -> "xr.Dataset":
    """Work a study off, as `sweep` does; or one shard of it, ``(i, n)``: every n-th of its chunks, into one store."""
    require_study(study)
    resume = as_flag("resume", resume)
    require_crew(executor, workers, progress)
    shard = _as_pair(shard)
    if shard[1] > 1 and store is None:
        raise requirement("store", "be given for a shard", "it is not")
    begin = time.perf_counter()
    with _target(study, store, resume=resume, shard=shard) as target:
        works = target.works(shard)
        if isinstance(target, Disk) and works:  # one that finds nothing to do is no run of those that made it
            noted(target.path, runs=1, works=True)
        chosen: dict[str, Any] = {}
        done, points = 0, sum(work.count for work in works)
        told = begin
        with closing(worked_off(study, works, executor, workers, chosen)) as found:
            for work, arrays in found:
                target.put(work, arrays)
                done += work.count
                # a killed run has then told most of its time; shards would overwrite what each other tells
                if isinstance(target, Disk) and shard[1] == 1 and time.perf_counter() - told > _NOTED_EVERY:
                    told += _noted_since(target.path, told)
                if progress is not None:
                    progress(Progress(done, points, time.perf_counter() - begin))
        ds = target.dataset()
        if isinstance(target, Disk):
            chosen |= noted(target.path, seconds=time.perf_counter() - told if works else 0.0, works=bool(works))
        else:
            chosen |= {"seconds": round(time.perf_counter() - begin, 3), "computed": now()}
    return ds.assign_attrs(chosen)


_NOTED_EVERY: Final = 5.0
"""Seconds after which a run that goes on tells how long it took so far."""


def _noted_since(path: Path, begin: float) -> float:
    """Add the time since then to the record of a store, and return it."""
    seconds = time.perf_counter() - begin
    noted(path, seconds=seconds)
    return seconds


def _as_pair(shard: object) -> tuple[int, int]:
    """Return which shard of how many is meant."""
    pair = tuple(shard) if isinstance(shard, tuple | list) else ()
    if len(pair) != 2:
        raise requirement("shard", "be (i, n) with i < n", f"it is {shown(shard)}")
    index, count = (as_count("shard", one) for one in pair)
    if not index < count:
        raise requirement("shard", "be (i, n) with i < n", f"it is {shown(shard)}")
    return index, count


def require_crew(executor: object, workers: object, progress: object) -> None:
    """Refuse those who cannot work a study off, and whom nobody could tell how far it is."""
    chosen_by_us = isinstance(workers, str) and workers == "auto"
    if not chosen_by_us:
        as_count("workers", workers, minimum=1)
    if progress is not None and not callable(progress):
        raise requirement("progress", "be a function of a Progress", f"it is {shown(progress)}")
    if executor is not None and not isinstance(executor, Executor):
        raise requirement("executor", "be a concurrent.futures.Executor", f"it is {type(executor).__name__}")
    if executor is not None and not chosen_by_us:
        raise requirement("workers", "be left out beside `executor`", "both are given")


@contextmanager
def _target(study: Study, store: object, *, resume: bool, shard: tuple[int, int]) -> "Iterator[Disk | Memory]":
    if store is None:
        yield Memory(study)
        return
    path = as_store(store)
    if is_there(path):
        require_zarr(path)
    schema(study)  # a study that cannot be is refused before anything is written
    with locked(path, shard, lambda alone: Disk(path, study, resume=resume, alone=alone)) as disk:
        yield disk


def worked_off(
    study: Study,
    works: list[Work],
    executor: Executor | None,
    workers: int | str,
    chosen: dict[str, Any],
) -> Generator[tuple[Work, Arrays], None, None]:
    """Yield all chunks, by whom that is best, and say so."""
    if not works:
        chosen["workers"] = "none: nothing was missing"
        return
    if executor is not None:
        chosen["workers"] = f"{type(executor).__name__}, as asked for"
        yield from by_executor(study, works, executor)
        return
    if workers == "auto" and in_script(study):
        count, chosen["workers"] = 0, "this process: others need what this script defines; `workers` asks for them"
    elif workers == "auto":
        arrays, seconds, busy = timed(study, works[0])
        yield works[0], arrays
        works = works[1:]
        count, chosen["workers"] = pays(seconds, busy, len(works))
    else:
        count = min(int(workers), len(works))
        why = "as asked for" if count == workers else f"of {workers} asked for: there are no more chunks"
        chosen["workers"] = f"{count} processes, {why}" if count > 1 else f"this process, {why}"
    yield from by_pool(study, works, count) if count > 1 and works else in_turn(study, works)


@final
class Memory:
    """A study's arrays in memory."""

    def __init__(self, study: Study) -> None:
        self._study, variables = study, schema(study).variables
        needed = study.points * sum(one.bytes for one in variables.values())
        require_memory("axes", needed, what="the map", advice="give a `store`, or fewer points or quantities")
        self._arrays = {
            name: np.full((study.points, *one.lengths), one.fill, dtype=one.dtype) for name, one in variables.items()
        }

    def works(self, shard: tuple[int, int]) -> list[Work]:
        """Return all chunks."""
        assert shard == (0, 1)
        shape = self._study.shape
        return [Work(block, points_of(block, shape)) for block in blocks(shape, block_shape(self._study))]

    def put(self, work: Work, arrays: Arrays) -> None:
        """Keep a chunk."""
        for name, values in arrays.items():
            self._arrays[name][work.points] = values

    def dataset(self) -> "xr.Dataset":
        """Return the labelled dataset."""
        shape = self._study.shape
        return dataset(self._study, {name: one.reshape(shape + one.shape[1:]) for name, one in self._arrays.items()})
