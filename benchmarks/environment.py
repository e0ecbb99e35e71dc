"""Where a measurement was made: a time means nothing without the processor, and a ratio little without the versions."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import scipy.linalg  # noqa: F401  (its OpenBLAS is another one than numpy's)
from threadpoolctl import threadpool_info

import torusync

_PACKAGES: Final = ("numpy", "scipy", "qutip", "qthermo", "clarabel")


def machine() -> dict[str, str]:
    """Return processor, cores that may be used, memory and operating system."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "memory": _memory(),
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
    }


def versions() -> dict[str, str]:
    """Return the versions of everything that was timed, and of what it rests on."""
    found = {"torusync": torusync.__version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    libraries = sorted({f"{one['internal_api']} {one['version']}" for one in threadpool_info() if _is_blas(one)})
    return {**found, "BLAS": ", ".join(libraries)}


def _is_blas(library: dict[str, str]) -> bool:
    return library["user_api"] == "blas"


def _processor() -> str:
    """Return the model; `platform.processor` is empty or the bare architecture on Linux."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.1f} GiB"
    except (AttributeError, ValueError, OSError):
        return "unknown"
