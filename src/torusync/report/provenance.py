"""What a reader needs to make the same numbers again, and what the page was built from."""

import platform
from collections.abc import Mapping, Sequence
from datetime import datetime

from torusync._provenance import made_by, package_version
from torusync.report.kept import Drawn


def provenance(when: datetime, seconds: float, drawn: Sequence[Drawn], *, quick: bool) -> Mapping[str, str]:
    """Return names and values for the last table of the page.

    ``seconds`` is the wall time of the run, ``drawn`` are the figures of the page, some of which may be from earlier.
    """
    seeds = sorted({int(one.dataset.attrs["seed"]) for one in drawn if "seed" in one.dataset.attrs})
    return {
        "made by": made_by(),
        "Python": platform.python_version(),
        **{name: package_version(name) for name in ("xarray", "h5netcdf", "matplotlib")},
        "platform": f"{platform.system()} {platform.machine()}",
        "grids": "quick: coarser grids, fewer draws" if quick else "full",
        **({"seed of the random drives": ", ".join(map(str, seeds))} if seeds else {}),
        "date": when.strftime("%Y-%m-%d %H:%M UTC"),
        "wall time of the last run": f"{seconds:.1f} s",
        "built from (SHA-256)": ", ".join(f"{one.spec.id}.svg {one.digest}" for one in drawn),
    }
