"""What a reader needs to make the same numbers again."""

import platform
from collections.abc import Collection, Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from torusync import __version__

_PACKAGES = ("numpy", "scipy", "xarray", "h5netcdf", "matplotlib")


def provenance(when: datetime, seconds: float, seeds: Collection[int], *, quick: bool) -> Mapping[str, str]:
    """Return names and values for the last table of the page.

    ``seconds`` is the wall time of the run, ``seeds`` are those of random drives in its figures.
    """
    facts = {"torusync": __version__, "Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            facts[package] = version(package)
        except PackageNotFoundError:  # installed without metadata, as some bundles do
            facts[package] = "unknown"
    return {
        **facts,
        "platform": f"{platform.system()} {platform.machine()}",
        "grids": "quick: coarser grids, fewer draws" if quick else "full",
        **({"seed of the random drives": ", ".join(map(str, sorted(seeds)))} if seeds else {}),
        "date": when.strftime("%Y-%m-%d %H:%M UTC"),
        "wall time": f"{seconds:.1f} s",
    }
