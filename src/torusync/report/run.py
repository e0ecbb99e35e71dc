"""The reproduction: compute everything, then write everything.

Nothing is written before all of it is there, and each file appears whole under its name, the page last: a run that
fails or is interrupted leaves no report that looks finished.
"""

import json
import platform
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import xarray as xr
from matplotlib.figure import Figure

from torusync import __version__
from torusync._checks import requirement
from torusync.claims import ClaimResult, evaluate
from torusync.figures import FigureSpec, to_png, to_svg
from torusync.files.whole import atomic_path, make_folder, write_bytes, write_text
from torusync.papers.publication import Publication
from torusync.report.page import Panel, compose

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what comes next."""

_PACKAGES: Final = ("numpy", "scipy", "xarray", "h5netcdf", "matplotlib")


def reproduce(
    publication: Publication,
    out: str | Path,
    *,
    only: str | None = None,
    quick: bool = False,
    progress: Progress | None = None,
) -> list[ClaimResult]:
    """Reproduce a paper into the folder ``out`` and return the verdict on each claim.

    Parameters
    ----------
    publication
        The paper, from `torusync.papers.load`.
    out
        Folder for the PNG and SVG figures, their data as NetCDF, ``claims.json`` and ``report.html``; made if
        it does not exist.
    only
        One figure id: just that figure and a page with it, no claims.
    quick
        Coarser grids and fewer draws; the page says so.
    progress
        Called with (steps done, steps in all, text).

    Returns
    -------
    list of ClaimResult
        Empty where ``only`` is given.

    Raises
    ------
    ArgumentError
        If ``only`` is not a figure id or ``out`` cannot be a folder.
    """
    specs = _chosen(publication, only)
    folder = make_folder(Path(out))
    begin = time.perf_counter()
    tell = progress or (lambda *_: None)
    steps = len(specs) + 1 + (len(publication.ledger.claims) if only is None else 0)
    datasets = {}
    pictures: dict[str, bytes] = {}
    overviews: dict[str, bytes] = {}
    for index, spec in enumerate(specs):
        tell(index, steps, spec.title)
        datasets[spec.id] = spec.data(quick)
        pictures |= _pictures(spec.id, spec.draw(datasets[spec.id]))
    claims: list[ClaimResult] = []
    if only is None:
        claims = evaluate(
            publication.ledger, quick=quick, progress=lambda done, _, text: tell(len(specs) + done, steps, text)
        )
        tell(steps - 1, steps, "Writing")
        for composite in publication.composites:
            overviews |= _pictures(composite.id, composite.draw(datasets))
    _write(folder, datasets, pictures | overviews)
    if only is None:
        records = json.dumps([one.as_dict() for one in claims], indent=1, ensure_ascii=False, allow_nan=False)
        write_text(folder / "claims.json", f"{records}\n")
    panels = [Panel(spec, pictures[f"{spec.id}.svg"], dict(datasets[spec.id].attrs)) for spec in specs]
    seeds = {int(panel.attrs["seed"]) for panel in panels if "seed" in panel.attrs}
    facts = _provenance(time.perf_counter() - begin, seeds, quick=quick)
    page = compose(publication, panels, claims, facts, tuple(overviews), quick=quick)
    write_text(folder / "report.html", page)
    tell(steps, steps, "Done")
    return claims


def _chosen(publication: Publication, only: str | None) -> Sequence[FigureSpec]:
    known = publication.figures
    if only is None:
        return tuple(known.values())
    if only not in known:
        raise requirement("only", f"be one of {', '.join(known)}", f"it is {only!r}")
    return (known[only],)


def _write(folder: Path, datasets: Mapping[str, xr.Dataset], pictures: Mapping[str, bytes]) -> None:
    for name, dataset in datasets.items():
        with atomic_path(folder / f"{name}.nc") as temporary:
            dataset.to_netcdf(temporary, engine="h5netcdf")
    for name, content in pictures.items():
        write_bytes(folder / name, content)


def _pictures(name: str, figure: Figure) -> dict[str, bytes]:
    return {f"{name}.png": to_png(figure), f"{name}.svg": to_svg(figure)}


def _provenance(seconds: float, seeds: Collection[int], *, quick: bool) -> dict[str, str]:
    """Return what a reader needs to make the same numbers again, ``seconds`` being the wall time of the run."""
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
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "wall time": f"{seconds:.1f} s",
    }
