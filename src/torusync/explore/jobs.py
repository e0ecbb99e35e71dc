"""What takes longer than a page waits for: worked off beside it, a few at once, and ended when nobody wants it.

The newest of a session and kind wins: a slider that is dragged asks a hundred times, and one answer is wanted.  What is
kept is bounded in number, in bytes and in time, and so is every job; one whose page is closed ends, too.
"""

import json
import secrets
import threading
import time
import traceback
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, final

from torusync._checks import ArgumentError
from torusync._limits import JOB_SECONDS, JOBS_AT_ONCE, JOBS_BYTES, JOBS_KEPT_SECONDS, JOBS_WAITING
from torusync._threads import one_after_another
from torusync.explore.asked import named_in
from torusync.explore.refused import RefusedError
from torusync.steady import SteadyStateError

Work = Callable[[Callable[[float], None]], dict[str, Any]]

_UNASKED: Final = 30.0
"""Seconds after which a job that nobody asks about is ended."""

_PATIENCE: Final = 0.3
"""Seconds that an answer about a job waits for its end: a short one is told at the first look."""

_WAITING: Final = 3
"""Answers that may wait so at once: each holds a thread of the server, and others are needed for points."""

_LONG: Final = "The job must take at most {0:g} s on this page, but it takes longer; take fewer points or levels."


@final
class _Job:
    """One of them; `state` only moves on from "running"."""

    def __init__(self, session: str, kind: str, work: Work) -> None:
        self.id, self.session, self.kind, self.work = secrets.token_urlsafe(9), session, kind, work
        self.state, self.done, self.stop = "running", 0.0, threading.Event()
        self.began: float | None = None
        self.asked = self.ended = time.monotonic()
        self.told: bytes = b""
        self.over = threading.Event()


@final
class Jobs:
    """All jobs of a server.

    Parameters
    ----------
    seconds
        How long one may run.
    """

    def __init__(self, *, seconds: float = JOB_SECONDS, unasked: float = _UNASKED) -> None:
        self._lock, self._jobs = threading.Lock(), dict[str, _Job]()
        self._pool = ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="torusync-job")
        self._seconds, self._unasked = seconds, unasked
        self._waiting = threading.Semaphore(_WAITING)

    def submit(self, session: str, kind: str, work: Work) -> str:
        """Return the name of a new job, whose elder of the same session and kind ends.

        Raises
        ------
        RefusedError
            If too many wait already.
        """
        job = _Job(session, kind, work)
        with self._lock:
            self._clear()
            for other in self._jobs.values():
                if (other.session, other.kind) == (session, kind):
                    _end(other)
            if sum(one.state == "running" for one in self._jobs.values()) >= JOBS_WAITING:
                raise RefusedError(503, "The server must be asked again later: too many jobs wait already.")
            self._jobs[job.id] = job
        self._pool.submit(self._run, job)
        return job.id

    def look(self, name: str) -> bytes:
        """Return what is known of a job, as JSON.

        Raises
        ------
        RefusedError
            If there is none, or it is no longer kept.
        """
        with self._lock:
            self._clear()
            job = self._jobs.get(name)
            if job is None:
                raise RefusedError(404, "There is no such job, or it is no longer kept.")
            job.asked = time.monotonic()
            if job.state == "done":
                return b'{"state":"done","done":1,"result":' + zlib.decompress(job.told) + b"}"
            if job.state == "failed":
                return b'{"state":"failed","done":1,"error":' + zlib.decompress(job.told) + b"}"
            return _json({"state": job.state, "done": round(job.done, 4)})

    def await_end(self, name: str) -> None:
        """Wait a little while a job runs, unless others wait already."""
        with self._lock:
            job = self._jobs.get(name)
        if job is None or job.state != "running" or not self._waiting.acquire(blocking=False):
            return
        try:
            job.over.wait(_PATIENCE)
        finally:
            self._waiting.release()

    def cancel(self, name: str) -> None:
        """End a job, if there is one."""
        with self._lock:
            job = self._jobs.get(name)
            if job is None:
                raise RefusedError(404, "There is no such job, or it is no longer kept.")
            _end(job)

    def close(self) -> None:
        """End all jobs and take no more."""
        with self._lock:
            for job in self._jobs.values():
                _end(job)
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def held(self) -> tuple[int, int]:
        """How many jobs are known, and how many bytes their results take."""
        with self._lock:
            return len(self._jobs), sum(len(one.told) for one in self._jobs.values())

    def _clear(self) -> None:
        """Forget what ended long ago, and the eldest results beyond what may be kept; end what takes too long."""
        now = time.monotonic()
        for job in list(self._jobs.values()):
            if job.state != "running":
                if now - job.ended > JOBS_KEPT_SECONDS:
                    del self._jobs[job.id]
            elif now - job.asked > self._unasked:
                _end(job)
        kept = sorted((one for one in self._jobs.values() if one.state != "running"), key=lambda one: one.ended)
        size = sum(len(one.told) for one in kept)
        for job in kept:
            if size <= JOBS_BYTES and len(self._jobs) <= 4 * JOBS_WAITING:
                break
            size -= len(job.told)
            del self._jobs[job.id]

    def _run(self, job: _Job) -> None:
        if job.state != "running":
            return
        job.began = time.monotonic()
        timer = threading.Timer(self._seconds, job.stop.set)
        timer.daemon = True
        timer.start()

        def tell(share: float) -> None:
            job.done = min(max(share, job.done), 1.0)
            if job.stop.is_set() or time.monotonic() - job.asked > self._unasked:
                raise KeyboardInterrupt

        try:
            with one_after_another(job.stop):
                found, state = job.work(tell), "done"
        except KeyboardInterrupt:  # raised in this thread by whoever looked at `stop`
            long = time.monotonic() - job.began >= self._seconds
            found, state = _failure(_LONG.format(self._seconds)) if long else {}, "failed" if long else "cancelled"
        except (ArgumentError, SteadyStateError) as error:
            found, state = _failure(str(error)), "failed"
        except MemoryError:
            found, state = (
                _failure("The job must fit in memory, but it does not; take fewer levels."),
                "failed",
            )
        except Exception:  # noqa: BLE001  (a fault of ours is a sentence to the page, and a traceback to the terminal)
            traceback.print_exc()
            found, state = _failure("The job must end, but a fault of the server keeps it from that."), "failed"
        finally:
            timer.cancel()
        told = zlib.compress(_json(found), 1)
        with self._lock:
            job.work = _nothing
            if job.state == "running":
                job.state, job.told, job.done, job.ended = state, told, 1.0, time.monotonic()
        job.over.set()


def _nothing(_: Callable[[float], None]) -> dict[str, Any]:
    return {}


def _end(job: _Job) -> None:
    job.stop.set()
    if job.state == "running":
        job.state, job.ended, job.work = "cancelled", time.monotonic(), _nothing
    job.over.set()


def _failure(sentence: str) -> dict[str, Any]:
    return {"parameter": named_in(sentence), "sentence": sentence}


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
