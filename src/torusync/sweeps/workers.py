"""Who works off the chunks of a sweep: this process, a pool of its own, or any executor of the user's.

A task is a text and some numbers: what a study says, and which of its points.  Processes are started afresh, not
forked, because a fork of a process with threads may hang; and without the script that started them, which would run
once more in each, unless something that is swept is defined in it.  A worker of ours ends when its parent closes a
pipe, or is gone, which is the same: nothing outlives an interrupt or a kill.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing.connection import Connection
from queue import SimpleQueue
from types import ModuleType
from typing import Any, Final, final

import numpy as np

from torusync._checks import Integer, requirement
from torusync._limits import UNASKED_BYTES
from torusync._threads import cores, one_after_another, one_thread_from_now_on
from torusync.models import known_models
from torusync.quantities import QUANTITIES
from torusync.quantities.quantity import registered_by
from torusync.sweeps.engine import Arrays, chunk
from torusync.sweeps.named import registered_by as derived_by
from torusync.sweeps.sizes import result_bytes
from torusync.sweeps.store import Work
from torusync.sweeps.study import Study

START_SECONDS: Final = 0.5
"""What a worker costs before its first chunk: to start Python and to import the library."""

_GAIN: Final = 2.0
"""How many times that a pool must save before it is started: its estimate is one chunk's."""

_REBUILT: Final = 3
_IN_FLIGHT: Final = 64, 1024
"""Chunks that an executor has at once, the more the smaller their results: who is done finds the next."""

_MAIN: Final = "__main__"

_IN_WORKERS: Final = ("torusync.models", "torusync.quantities", "torusync.sweeps")
"""Packages whose modules register what they define as this module is loaded."""

_Task = tuple[tuple[str, ...], str, slice | Integer, tuple[str, ...] | None]


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
    script = in_script(study)
    for attempt in range(_REBUILT + 1):
        try:
            with _pool(min(count, len(left)), script=script) as pool:
                for work, arrays in by_executor(study, list(left.values()), pool):
                    del left[id(work)]
                    yield work, arrays
        except BrokenExecutor as error:
            if attempt == _REBUILT:
                if script:
                    error.add_note(_UNGUARDED)
                raise
            continue
        return


_UNGUARDED: Final = (
    "What is swept is defined in the script that runs, which workers run once more up to `if __name__ == '__main__':`. "
    "Put the call of the sweep below such a line, or define what is swept in a module of its own."
)


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
    kept = f"kept {together:.1f} of {count} cores busy"
    if saved <= _GAIN * START_SECONDS:
        slow = f"{count} processes would save {saved:.2g} s, no more than they take to start"
        return 0, f"this process, whose threads {kept}: {slow}"
    return count, f"{count} processes, about {saved:.2g} s sooner than this one, whose threads {kept}"


def task(given: _Task) -> Arrays:
    """Work off one chunk: what executors are handed."""
    module, text, points, names = given
    with one_after_another():
        return chunk(_study(module, text), points, names)


def _task(study: Study, work: Work) -> _Task:
    return _modules(study), study.text, work.missing, work.names


def in_script(study: Study) -> bool:
    """Return whether something that a study names is defined in the script that runs, or in a notebook."""
    return _MAIN in _modules(study)


@lru_cache(maxsize=4)
def _modules(study: Study) -> tuple[str, ...]:
    """Return where the model, its quantities and what stands for parameters are defined, besides what a worker has.

    The papers are of the library, but what they register is known once they are imported, as with anybody's module.
    """
    named = {study.model.__module__, *map(registered_by, study.quantities)}
    named |= {derived_by(study.model, one.name) for one in study.derived}
    functions = [*(one.of for one in study.derived), *(QUANTITIES[name].of for name in study.quantities)]
    named |= {getattr(one, "__module__", None) or "" for one in functions}
    return tuple(sorted(one for one in named if one and one.rpartition(".")[0] not in _IN_WORKERS))


@lru_cache(maxsize=4)
def _study(modules: tuple[str, ...], text: str) -> Study:
    for one in modules:
        if one != _MAIN:
            importlib.import_module(one)  # what has a name is known by it once its module has run
    try:
        return Study.from_text(text)
    except ValueError as error:
        if _MAIN not in modules:
            raise
        must = (
            f"be defined in a module that workers can import, not in a notebook (known are {', '.join(known_models())})"
        )
        raise requirement("model", must, str(error)) from None


@contextmanager
def _pool(count: int, *, script: bool) -> Iterator[Executor]:
    """Yield processes, which run what they are started from once more where something that they need stands in it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)[::-1]
    kind = _WithScript if script else _WithoutScript
    pool = kind(count, mp_context=context, initializer=_begin, initargs=(theirs,))
    try:
        yield pool
    finally:
        ours.close()  # ends what still works
        pool.shutdown(wait=True, cancel_futures=True)
        theirs.close()


@contextmanager
def _unheard() -> Iterator[None]:
    """Hold interrupts back while processes are started, which inherit that, until each is a worker.

    A terminal interrupts all that it runs at once, and what is still importing would print where it was.  Here one
    that comes meanwhile is heard a moment later.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@final
class _WithScript(ProcessPoolExecutor):
    """Processes that run the script of their parent once more, to its guard."""

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand in a task; processes are started here, and hear no interrupt."""
        with _unheard():
            return super().submit(*args, **kwargs)


@final
class _WithoutScript(ProcessPoolExecutor):
    """Processes that start from the library alone.

    A process that is started afresh runs the script of its parent, whatever it is to do: one that sweeps without
    `if __name__ == "__main__":` would then begin anew in every worker, and one that was typed in is not there.
    """

    def submit(self, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand in a task; processes are started here, by what is then known as the script."""
        script = sys.modules[_MAIN]
        sys.modules[_MAIN] = ModuleType(_MAIN)
        try:
            with _unheard():
                return super().submit(*args, **kwargs)
        finally:
            sys.modules[_MAIN] = script


def _begin(pipe: Connection) -> None:
    """Make a process a worker: one thread, deaf to interrupts, which its parent sees, and gone when that is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # held back since it was started, and now ignored
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
