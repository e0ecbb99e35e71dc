"""Who works off the chunks of a sweep: this process, a pool of its own, or any executor of the user's.

A task is a text and some numbers: what a study says, and which of its points.  Processes are started afresh, not
forked, because a fork of a process with threads may hang.  A worker of ours ends when its parent closes a pipe, or is
gone, which is the same: nothing outlives an interrupt or a kill.
"""

import importlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Final

import numpy as np

from torusync._checks import Integer, requirement
from torusync._limits import UNASKED_BYTES
from torusync._threads import cores, one_after_another, one_thread_from_now_on
from torusync.models import known_models
from torusync.sweeps.engine import Arrays, chunk, result_bytes
from torusync.sweeps.store import Work
from torusync.sweeps.study import Study

START_SECONDS: Final = 0.5
"""What a worker costs before its first chunk: to start Python and to import the library."""

_GAIN: Final = 2.0
"""How many times that a pool must save before it is started: its estimate is one chunk's."""

_REBUILT: Final = 3
_IN_FLIGHT: Final = 64, 1024
"""Chunks that an executor has at once, the more the smaller their results: who is done finds the next."""

_Task = tuple[str, str, slice | Integer, tuple[str, ...] | None]


def in_turn(study: Study, works: Iterable[Work]) -> Iterator[tuple[Work, Arrays]]:
    """Yield chunks worked off here, one after the other, each on all cores."""
    for work in works:
        yield work, chunk(study, work.missing, work.names)


def by_executor(study: Study, works: Iterable[Work], executor: Executor) -> Iterator[tuple[Work, Arrays]]:
    """Yield chunks as they come from an executor, some of them in flight; after an error or interrupt none begins."""
    left, most = iter(works), int(np.clip(UNASKED_BYTES // result_bytes(study), *_IN_FLIGHT))
    flying: dict[Future[Arrays], Work] = {}
    done: SimpleQueue[Future[Arrays] | None] = SimpleQueue()
    with _interrupts_in(done):
        try:
            while True:
                while len(flying) < most and (work := next(left, None)) is not None:
                    future = executor.submit(task, _task(study, work))
                    flying[future] = work
                    future.add_done_callback(done.put)
                if not flying:
                    return
                found = done.get()
                if found is None:
                    raise KeyboardInterrupt
                yield flying.pop(found), found.result()
        finally:
            for future in flying:
                future.cancel()


@contextmanager
def _interrupts_in(queue: "SimpleQueue[Any]") -> Iterator[None]:
    """Have an interrupt come as None out of a queue.

    One that came in the middle of a future's own business would leave it locked, and its executor waiting for ever.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    told = threading.Event()

    def tell(*_: object) -> None:
        told.set()
        queue.put(None)

    signal.signal(signal.SIGINT, tell)
    try:
        yield
        if told.is_set():  # after the last chunk had come
            raise KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def by_pool(study: Study, works: list[Work], count: int) -> Iterator[tuple[Work, Arrays]]:
    """Yield chunks as they come from processes of our own; a pool that breaks is built again, three times at most."""
    left = {id(work): work for work in works}
    for attempt in range(_REBUILT + 1):
        try:
            with _pool(min(count, len(left))) as pool:
                for work, arrays in by_executor(study, list(left.values()), pool):
                    del left[id(work)]
                    yield work, arrays
        except BrokenExecutor:
            if attempt == _REBUILT:
                raise
            continue
        return


def pays(seconds: float, busy: float, chunks: int) -> tuple[int, str]:
    """Return how many processes to start, 0 for none, and why, given the time of one chunk and what remains of them.

    Parameters
    ----------
    seconds, busy
        Of the chunk that was worked off here: on the clock, and of the processor.
    chunks
        How many are left.
    """
    if chunks < 2:
        return 0, f"this process: there {'was one chunk left' if chunks else 'was one chunk'}"
    count = min(cores(), chunks)
    if count < 2:
        return 0, "this process: there is one core"
    together = min(count, max(1.0, busy / max(seconds, 1e-9)))
    saved = seconds * chunks * (1.0 - together / count)
    if saved <= _GAIN * START_SECONDS:
        return (
            0,
            f"this process: its threads keep {together:.1f} cores busy, and {count} others would save {saved:.2g} s",
        )
    return (
        count,
        f"{count} processes: threads of this one kept {together:.1f} cores busy; they save about {saved:.2g} s",
    )


def task(given: _Task) -> Arrays:
    """Work off one chunk: what executors are handed."""
    module, text, points, names = given
    with one_after_another():
        return chunk(_study(module, text), points, names)


def _task(study: Study, work: Work) -> _Task:
    return study.model.__module__, study.text, work.missing, work.names


@lru_cache(maxsize=4)
def _study(module: str, text: str) -> Study:
    if not module.startswith("torusync.") and module != "__main__":
        importlib.import_module(module)  # a model is known by its name once its class is defined
    try:
        return Study.from_text(text)
    except ValueError as error:
        if module != "__main__":
            raise
        must = (
            f"be defined in a module that workers can import, not in a notebook (known are {', '.join(known_models())})"
        )
        raise requirement("model", must, str(error)) from None


@contextmanager
def _pool(count: int) -> Iterator[Executor]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)[::-1]
    pool = ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(theirs,))
    try:
        yield pool
    finally:
        ours.close()  # ends what still works
        pool.shutdown(wait=True, cancel_futures=True)
        theirs.close()


def _begin(pipe: Connection) -> None:
    """Make a process a worker: one thread, deaf to interrupts, which its parent sees, and gone when that is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    one_thread_from_now_on()
    threading.Thread(target=_end_with_parent, args=(pipe,), daemon=True).start()


def _end_with_parent(pipe: Connection) -> None:
    try:
        pipe.poll(None)
    finally:
        os._exit(1)


def timed(study: Study, work: Work) -> tuple[Arrays, float, float]:
    """Return a chunk worked off here, how long it took, and how long the processor was busy with it."""
    begin, busy = time.perf_counter(), time.process_time()
    arrays = chunk(study, work.missing, work.names)
    return arrays, time.perf_counter() - begin, time.process_time() - busy
