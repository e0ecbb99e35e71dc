"""Which code made a number: the version, the code itself and the libraries that numbers rest on.

A version stays the same while its code changes, on the way from one release to the next, so the code has a digest:
what an earlier run left behind is taken for our own only where all of it agrees.
"""

import functools
import hashlib
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.resources.abc import Traversable

from torusync import __version__


@functools.cache
def package_version(name: str) -> str:
    """Return the version of an installed library."""
    try:
        return version(name)
    except PackageNotFoundError:  # installed without metadata, as some bundles do
        return "unknown"


@functools.cache
def made_by() -> str:
    """Return what makes numbers here, in one line."""
    digest = hashlib.sha256()
    _add(digest, files("torusync"))
    libraries = ", ".join(f"{name} {package_version(name)}" for name in ("numpy", "scipy"))
    return f"torusync {__version__} ({digest.hexdigest()[:12]}), {libraries}"


def _add(digest: "hashlib._Hash", folder: Traversable) -> None:
    for one in sorted(folder.iterdir(), key=lambda found: found.name):
        if one.is_dir():
            _add(digest, one)
        elif one.name.endswith((".py", ".css", ".mplstyle")):
            digest.update(one.name.encode() + b"\0" + one.read_bytes())
