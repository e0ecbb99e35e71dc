"""Who may write to a store: one run to all of it, or several to shards of it.

The first lock is of the whole store.  A whole run keeps it; a shard takes it only to find its place, and then holds a
lock of its own, so that each sees the other.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from torusync._checks import requirement
from torusync.sweeps.building import writing
from torusync.sweeps.store import beside

T = TypeVar("T")


@contextmanager
def locked(path: Path, shard: tuple[int, int], prepare: Callable[[bool], T]) -> Iterator[T]:
    """Hold a store, or shard i of n of it, and what ``prepare(alone)`` returned while the whole of it was held.

    Raises
    ------
    ArgumentError
        If another run holds it, or the locks of its file system do not hold.
    """
    folder = beside(path)
    with ExitStack() as held, ExitStack() as first:
        first.enter_context(_taken(path, folder / "whole.lock", wait=shard[1] > 1))
        _require_locks(path, folder / "whole.lock")
        own = folder / f"shard-{shard[0]}-of-{shard[1]}.lock"
        if shard[1] > 1:
            held.enter_context(_taken(path, own))
        else:
            held.enter_context(first.pop_all())
        alone = True
        for other in folder.glob("shard-*.lock"):
            if other != own and _is_held(other):
                alone = False
                if not other.stem.endswith(f"-of-{shard[1]}"):
                    raise requirement("store", "be written by one run", f"{str(path)!r} is held by {other.stem}")
        prepared = prepare(alone)
        first.close()
        yield prepared


@contextmanager
def _taken(path: Path, file: Path, *, wait: bool = False) -> Iterator[None]:
    lock = FileLock(file, timeout=_PATIENCE if wait else 0)
    with writing(file):
        try:
            lock.acquire()
        except Timeout:
            raise requirement(
                "store", "be written by one run at a time", f"{str(path)!r} is being written by another ({file.stem})"
            ) from None
    try:
        yield
    finally:
        lock.release()


_PATIENCE = 60.0
"""Seconds that a shard waits for others to find their place, and for the first of them to build the store."""


def _is_held(file: Path) -> bool:
    lock = FileLock(file, timeout=0)
    try:
        with lock:
            return False
    except Timeout:
        return True


def _require_locks(path: Path, file: Path) -> None:
    """Refuse a file system where a lock can be taken twice."""
    if not _is_held(file):
        must = "lie on a file system whose locks hold"
        raise requirement("store", must, f"those of {str(path.parent)!r} do not: two runs would not see each other")
