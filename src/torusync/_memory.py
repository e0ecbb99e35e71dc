"""Whether a computation fits into the memory that is left, asked before anything is allocated.

A process that the system kills for its memory leaves no message, and a machine that swaps leaves no result.  What
counts is what is available now, within the limit of a job on a cluster.
"""

import os
from pathlib import Path
from typing import Final

from torusync._errors import requirement
from torusync._limits import UNASKED_BYTES

_LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
_USED: Final = Path("/sys/fs/cgroup/memory.current")
_INFO: Final = Path("/proc/meminfo")


def available() -> float:
    """Return the bytes of memory that this process may still take; infinity where the system does not tell."""
    return min(_left_on_the_machine(), _left_to_the_job())


def _left_on_the_machine() -> float:
    try:
        lines = _INFO.read_text(encoding="ascii").splitlines()
        return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        pass  # not Linux
    try:
        return float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, OSError, ValueError):
        return float("inf")


def _left_to_the_job() -> float:
    try:
        return float(_LIMIT.read_text(encoding="ascii")) - float(_USED.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such limit, or "max"
        return float("inf")


def fitting(bytes_each: float, wanted: int) -> int:
    """Return how many of ``wanted`` things of ``bytes_each`` fit into what is available."""
    if wanted * bytes_each <= UNASKED_BYTES:
        return wanted
    return int(min(wanted, available() // bytes_each))


def require_memory(name: str, needed: float, *, what: str, advice: str = "split the batch") -> None:
    """Refuse a computation on argument ``name`` that needs more bytes than are available, with both numbers."""
    if needed <= UNASKED_BYTES:
        return
    room = available()
    if needed > room:
        raise requirement(
            name,
            f"need at most the {max(room, 0.0) / 2**30:.1f} GiB of memory that are available",
            f"{what} takes about {needed / 2**30:.1f} GiB; {advice}",
        )
