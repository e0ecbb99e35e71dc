"""Which code made a number: the version, the code itself, its commit and the libraries that numbers rest on.

A version stays the same while its code changes, on the way from one release to the next, so the code has a digest:
what an earlier run left behind is taken for our own only where all of it agrees.  A commit is told where it is known to
be that of the code that runs, and says so where that was changed since.  Nothing tells where, or on which machine.
"""

import functools
import hashlib
import json
import os
import subprocess
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

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


def provenance() -> dict[str, str]:
    """Return what made numbers here, as attributes: ``made_by``, and ``commit`` where it is known."""
    found = commit(Path(__file__).parent)
    return {"made_by": made_by()} | ({} if found is None else {"commit": found})


_PATIENCE: Final = 5.0
"""Seconds that git may take: it looks at every file of the checkout."""


@functools.cache
def commit(package: Path) -> str | None:
    """Return the commit that a package is of, "-dirty" where its checkout has changes, or None where there is none.

    It is that of the package's own checkout, or what was noted when it was installed from one.  A repository that it
    merely lies in, as in the environment of somebody's project, is another's.
    """
    root = package.parent.parent
    if package.parent.name == "src" and (root / ".git").exists():
        return _described(root)
    try:
        found = distribution(package.name)
        # what is installed need not be what is imported
        if Path(str(found.locate_file(package.name))).resolve() != package.resolve():
            return None
        told = json.loads(found.read_text("direct_url.json") or "{}")
        noted = told["vcs_info"]["commit_id"]
    except (PackageNotFoundError, OSError, KeyError, TypeError, ValueError):
        return None
    return noted if isinstance(noted, str) else None


def _described(root: Path) -> str | None:
    # a hook of git tells its children which repository is meant; it is not this one
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        done = subprocess.run(  # noqa: S603  (git of the path, as whoever works in a checkout has it)
            command, capture_output=True, check=True, timeout=_PATIENCE, env=surroundings | {"GIT_OPTIONAL_LOCKS": "0"}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("ascii", "replace").strip() or None


def _add(digest: "hashlib._Hash", folder: Traversable) -> None:
    for one in sorted(folder.iterdir(), key=lambda found: found.name):
        if one.is_dir():
            _add(digest, one)
        elif one.name.endswith((".py", ".css", ".mplstyle")):
            digest.update(one.name.encode() + b"\0" + one.read_bytes())
