"""One BLAS thread inside every solver, and chunks of a batch side by side on all cores.

The matrices here are small and many; a second BLAS thread makes them 1.1 to 30 times slower.  numpy and scipy
ship an OpenBLAS each, so the controller is made once, after scipy.linalg is imported, and then reused: finding
the libraries anew costs milliseconds, more than most solves.  The limit is one for the whole process.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from functools import cache, wraps
from threading import Event, Lock, local
from typing import Any, Final, ParamSpec, TypeVar, final

import numpy as np
import scipy.linalg  # noqa: F401  (loads scipy's BLAS before the controller looks for libraries)
from threadpoolctl import OpenBLASController, ThreadpoolController

from torusync._checks import Integer
from torusync._limits import STACK_BYTES, UNTHREADED_NUMBERS

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C")


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@final
class _OneThread:
    """The limit of one BLAS thread, set by the first of all calls inside it and taken back by the last.

    threadpoolctl lets each call put back what it found, which for the second of two that overlap is the limit of one.
    """

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._limit: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limit = _controller().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                # only the thread that set a limit may change it, and the last one out can be another
                OpenBLASController.clear_controlling_thread(force=True)
                self._limit.restore_original_limits()
                OpenBLASController.clear_controlling_thread()


_ONE_THREAD: Final = _OneThread()

_WORKER: Final = local()
"""What a thread knows of itself: whether it was started to work off chunks, and the event that tells it to stop."""


def one_blas_thread(function: Callable[P, T]) -> Callable[P, T]:
    """Run ``function`` with every BLAS limited to one thread."""

    @wraps(function)
    def limited(*args: P.args, **kwargs: P.kwargs) -> T:
        with _ONE_THREAD:
            return function(*args, **kwargs)

    return limited


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@one_blas_thread
def side_by_side(task: Callable[[C], object], chunks: Iterable[C]) -> None:
    """Run ``task`` on every chunk, on as many threads as there are cores; NumPy lets them run at once.

    The first error, or an interrupt, stops what has not begun and is raised here; an interrupt does not wait for what
    has, which ends at its next `stop_if_told`.  Inside a chunk, where every core has its work already, chunks of chunks
    come one after the other.
    """
    pending = list(chunks)
    count = 1 if getattr(_WORKER, "busy", False) else min(cores(), len(pending))
    if count <= 1:
        for chunk in pending:
            stop_if_told()
            task(chunk)
        return
    settings: dict[str, Any] = dict(np.geterr())
    stop = Event()

    def run(chunk: C) -> None:
        _WORKER.busy, _WORKER.stop = True, stop
        # the caller's error state is that of its thread, and with NumPy 2 of its context
        with np.errstate(**settings):
            task(chunk)

    pool = ThreadPoolExecutor(count)
    patient = True
    try:
        futures = [pool.submit(run, chunk) for chunk in pending]
        done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        for future in done:
            future.result()
    except KeyboardInterrupt:
        patient = False
        raise
    finally:
        # after the last chunk there is nothing left to stop
        stop.set()
        pool.shutdown(wait=patient, cancel_futures=True)


def stop_if_told() -> None:
    """End a chunk whose caller was interrupted: long work on one chunk asks here now and then.

    Raises
    ------
    KeyboardInterrupt
        In a thread whose chunks nobody waits for any more.
    """
    if getattr(_WORKER, "busy", False) and _WORKER.stop.is_set():
        raise KeyboardInterrupt


@contextmanager
def one_after_another(stop: Event | None = None) -> Iterator[None]:
    """Work off chunks in this thread alone: whoever called runs others like it side by side.

    Once ``stop`` is set, by another thread, the next `stop_if_told` ends the work with a `KeyboardInterrupt`.
    """
    before = getattr(_WORKER, "busy", False), getattr(_WORKER, "stop", None)
    _WORKER.busy, _WORKER.stop = True, stop or before[1] or Event()
    try:
        yield
    finally:
        _WORKER.busy, _WORKER.stop = before


def one_thread_from_now_on() -> None:
    """Limit every BLAS of this process to one thread for good; they are loaded already, and no later one is."""
    _controller().limit(limits=1, user_api="blas")


def chunks(points: int, step: int) -> list[slice]:
    """Return slices of ``step`` points that cover a batch."""
    return [slice(begin, begin + step) for begin in range(0, points, step)]


def span_of(rows: Integer) -> slice | Integer:
    """Return ascending row numbers as a slice where they are one: what it takes of an array is then a view."""
    whole = len(rows) > 0 and int(rows[-1]) - int(rows[0]) == len(rows) - 1
    return slice(int(rows[0]), int(rows[-1]) + 1) if whole else rows


def over_points(task: Callable[[slice], object], points: int, *, levels: int) -> None:
    """Run ``task`` on chunks of a map's points, as many at once as have 2¹⁷ numbers a level between them."""
    if points * levels <= UNTHREADED_NUMBERS:
        task(slice(0, points))
        return
    step = max(1, STACK_BYTES // (16 * levels))
    side_by_side(task, chunks(points, step))
