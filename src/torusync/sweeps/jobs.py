"""A study worked off by a command: what it will take, told before; where it stands, told when it ends or is ended."""

import math
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import numpy as np

from torusync._checks import ArgumentError, requirement, shown
from torusync.sweeps.engine import Outcome, chunk, schema
from torusync.sweeps.labelled import failures
from torusync.sweeps.maps import Progress, run
from torusync.sweeps.sizes import block_shape, chunk_bytes
from torusync.sweeps.store import as_store, done, is_there, stored
from torusync.sweeps.study import Study

if TYPE_CHECKING:
    import xarray as xr

_PROBE_SECONDS: Final = 0.5
"""How long a probe is to take at least: its batch is then large enough to be like those of the run."""

_LONGEST_PROBE: Final = 10.0
_FEW: Final = 16
"""Points that are timed at least, unless they take longer than that."""

_GOLDEN: Final = 0.5 * (math.sqrt(5.0) - 1.0)

_SENTENCES: Final = 3
"""Failed points whose sentence is told: each is solved once more for it."""


@final
@dataclass(frozen=True)
class Estimate:
    """What a study will take.

    Parameters
    ----------
    study
        Which one.
    chunks
        How many there are.
    chunk_bytes
        Memory that a process takes for one, about.
    stored_bytes
        Of the numbers on disk.
    seconds
        In this process alone, by the points that were timed.
    timed
        How many these were.
    done
        How many points a store has already; None without one.
    """

    study: Study
    chunks: int
    chunk_bytes: int
    stored_bytes: int
    seconds: float
    timed: int
    done: int | None = None

    @property
    def lines(self) -> list[str]:
        """What a person reads."""
        axes = " × ".join(f"{name} {size}" for name, size in zip(self.study.dims, self.study.shape, strict=True))
        found = [
            f"{self.study.model.__name__}: {', '.join(self.study.quantities)} over {axes or 'one point'}",
            f"{self.study.points:,} points in {self.chunks:,} {'chunk' if self.chunks == 1 else 'chunks'}",
            f"{in_bytes(self.chunk_bytes)} of memory a process, {in_bytes(self.stored_bytes)} on disk",
            f"{in_time(self.seconds)} in this process, by {self.timed:,} points that were timed",
        ]
        if self.done is not None:
            left = self.study.points - self.done
            took = in_time(self.seconds * left / self.study.points) if left else "nothing to do"
            found.append(f"{self.done:,} of the points are in the store; {left:,} are left: {took}")
        return found


def estimate(study: Study, store: str | Path | None = None) -> Estimate:
    """Return what a study will take, by working some of its points off, and how much of it a store has already.

    Raises
    ------
    ArgumentError
        If a quantity does not exist for the model, or it refuses every point there is.
    """
    path = None if store is None else as_store(store)
    there = 0 if path is None or not is_there(path) else done(path, study)
    variables, block = schema(study).variables, block_shape(study)
    chunks = math.prod(-(-length // step) for length, step in zip(study.shape, block, strict=True))
    seconds, timed = _probe(study, math.prod(block))
    each = sum(one.bytes for one in variables.values())
    return Estimate(
        study,
        chunks,
        chunk_bytes(study),
        study.points * each,
        seconds * study.points,
        timed,
        None if path is None else there,
    )


def _probe(study: Study, most: int) -> tuple[float, int]:
    """Return the seconds a point, and by how many, spread over the study in a way that is not that of its axes.

    Batches grow up to a chunk's size, since points of large ones cost less; those before are not counted.
    """
    limit, begin = min(most, study.points), 0
    size, seconds, timed = min(_FEW, limit), 0.0, 0
    while True:
        place = np.modf((np.arange(begin, begin + size) + 0.5) * _GOLDEN)[0]
        points = np.unique((place * study.points).astype(np.int64))
        start = time.perf_counter()
        chunk(study, points)
        took = time.perf_counter() - start
        begin += size
        if size < limit and took < 0.25 * _PROBE_SECONDS:
            size = min(4 * size, limit)
            continue
        seconds, timed = seconds + took, timed + len(points)
        enough = timed >= min(_FEW, study.points) or seconds >= _LONGEST_PROBE
        if begin >= study.points or (seconds >= _PROBE_SECONDS and enough):
            return seconds / timed, timed


def work_off(
    study: Study,
    store: str | Path,
    *,
    resume: bool = False,
    shard: tuple[int, int] = (0, 1),
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Callable[[Progress], object] | None = None,
) -> list[str]:
    """Work a study off into a store, and return what a person reads at its end.

    Jobs of an array share a store, so that a shard takes it as it is; else one that is there must be asked for.  An
    interrupt carries, as its note, what is in the store.
    """
    path, begin = as_store(store), time.perf_counter()
    if scheduler is not None and workers is not None:
        raise requirement("workers", "be left out beside `scheduler`", "both are given")
    last = Progress(0, 0, 0.0)

    def tell(now: Progress) -> None:
        nonlocal last
        last = now
        if progress is not None:
            progress(now)

    options: dict[str, Any] = {"resume": resume or shard[1] > 1, "shard": shard, "progress": tell}
    try:
        with _hired(scheduler) as executor:
            ds = run(study, store=path, executor=executor, workers="auto" if workers is None else workers, **options)
    except KeyboardInterrupt as error:
        error.add_note(_standing(path, str(store)))
        raise
    return _closing(str(store), ds, last, time.perf_counter() - begin)


def as_shard(text: str) -> tuple[int, int]:
    """Return which shard of how many is meant by ``i/n``."""
    found = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text)
    if found is None or not int(found[1]) < int(found[2]):
        raise requirement("shard", "be i/n with i from 0 to n − 1", f"it is {text!r}")
    return int(found[1]), int(found[2])


def _standing(path: Path, name: str) -> str:
    """Return what is in a store that was left in the middle."""
    if not is_there(path):
        return f"There is no {name!r} yet."
    try:
        done, points = stored(path)
    except ArgumentError as error:
        return str(error)
    return f"{name!r} holds {done:,} of {points:,} points; --resume goes on from there."


def _closing(name: str, ds: "xr.Dataset", last: Progress, seconds: float) -> list[str]:
    status = ds["status"].to_numpy()
    there = int(np.count_nonzero(status >= 0))
    rate = f" ({last.done / max(seconds, 1e-9):,.0f} points/s)" if last.done else ""
    lines = [
        f"{name!r} holds {there:,} of {status.size:,} points; {last.done:,} of them in {in_time(seconds)}{rate}",
        f"Worked off by {ds.attrs['workers']}",
    ]
    failed = {one: int(np.count_nonzero(status == one)) for one in Outcome if one > 0}
    told = ", ".join(f"{one.name.lower().replace('_', ' ')} {count:,}" for one, count in failed.items() if count)
    if told:
        lines.append(f"Without a value: {told}")
        for one in failures(ds, most=_SENTENCES):
            at = ", ".join(f"{key} {value}" for key, value in one.parameters.items())
            lines.append(f"  {at}: {one.sentence}")
    return lines


@contextmanager
def _hired(scheduler: str | None) -> Iterator[Executor | None]:
    """Yield an executor of a Dask cluster, or none; what becomes of its workers is one sentence."""
    if scheduler is None:
        with _alive("workers"):
            yield None
        return
    try:
        from distributed import Client  # noqa: PLC0415  (an extra)
        from distributed.scheduler import KilledWorker  # noqa: PLC0415
    except ImportError:
        raise requirement(
            "scheduler", "be left out without Dask", "distributed is not installed; take the extra `cluster`"
        ) from None
    _require_listener(scheduler)
    try:
        client: Any = Client(scheduler, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        raise requirement(
            "scheduler", "be the address of a Dask scheduler", f"{scheduler!r} is none ({reason})"
        ) from None
    with _alive("scheduler", KilledWorker, CancelledError), client, client.get_executor() as executor:
        yield executor


def _require_listener(address: str) -> None:
    """Refuse an address where nobody listens: a client of Dask's that could not connect waits for twice its patience.

    Only addresses of TCP can be tried; others are left to Dask.
    """
    protocol, _, place = address.rpartition("://")
    if protocol not in ("", "tcp", "tls"):
        return
    host, _, port = place.rpartition(":")
    must = "be the address of a Dask scheduler, such as 'tcp://localhost:8786'"
    if not host or not re.fullmatch(r"\d{1,5}", port, re.ASCII):
        raise requirement("scheduler", must, f"{shown(address)} has no host and port")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
    except (OSError, OverflowError, UnicodeError) as error:
        raise requirement("scheduler", must, f"at {shown(address)} nobody listens ({error})") from None


_PATIENCE: Final = 10.0


@contextmanager
def _alive(name: str, *more: type[Exception]) -> Iterator[None]:
    ends: tuple[type[Exception], ...] = (BrokenExecutor, *more)
    try:
        yield
    except ends as error:
        reason = (str(error).partition("\n")[0] or type(error).__name__)[:200]
        raise requirement(
            name, "stay alive", f"some ended again and again, for lack of memory perhaps ({reason})"
        ) from None


def in_bytes(count: float) -> str:
    """Return bytes as a person reads them."""
    power = min(3, int(math.log2(max(count, 1.0)) // 10))
    return f"{count / 1024**power:.3g} {('B', 'KiB', 'MiB', 'GiB')[power]}"


def in_time(seconds: float) -> str:
    """Return a time as a person reads it."""
    if seconds < 120.0:
        return f"{seconds:.2g} s" if seconds < 10.0 else f"{seconds:.0f} s"
    if seconds < 7200.0:
        return f"{seconds / 60.0:.0f} min"
    return f"{seconds / 3600.0:,.1f} h"
