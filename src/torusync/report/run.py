"""The reproduction: compute everything, then write everything.

Nothing is written before all of it is there, and each file appears whole under its name, the page last: a run that
fails or is interrupted leaves no report that looks finished.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from numbers import Real as RealNumber
from pathlib import Path
from typing import final

import xarray as xr

from torusync._checks import requirement
from torusync.claims import ClaimResult, evaluate
from torusync.claims.verdict import RECORD
from torusync.figures import FigureSpec, to_png, to_svg
from torusync.files.whole import atomic_path, make_folder, write_bytes, write_text
from torusync.papers.publication import Publication
from torusync.report.page import Panel, compose
from torusync.report.provenance import provenance

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what comes next."""


@final
@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure with everything that is written of it."""

    panel: Panel
    png: bytes
    dataset: xr.Dataset


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
    tell = progress if progress is not None else _silent
    steps = len(specs) + 1 + (len(publication.ledger.claims) if only is None else 0)
    drawn = []
    for index, spec in enumerate(specs):
        tell(index, steps, spec.title)
        drawn.append(_draw(spec, quick=quick))
    claims: list[ClaimResult] = []
    overviews: dict[str, bytes] = {}
    if only is None:
        claims = evaluate(
            publication.ledger,
            quick=quick,
            progress=lambda done, _, text: tell(len(specs) + done, steps, text),
        )
        tell(steps - 1, steps, "Writing")
        datasets = {part.panel.spec.id: part.dataset for part in drawn}
        for composite in publication.composites:
            figure = composite.draw(datasets)
            overviews |= {f"{composite.id}.png": to_png(figure), f"{composite.id}.svg": to_svg(figure)}
    _write_figures(folder, drawn, overviews)
    if only is None:
        write_text(folder / "claims.json", _claims_json(claims))
    panels = [part.panel for part in drawn]
    seeds = {int(panel.attrs["seed"]) for panel in panels if "seed" in panel.attrs}
    facts = provenance(datetime.now(UTC), time.perf_counter() - begin, seeds, quick=quick)
    page = compose(publication, panels, claims, facts, tuple(overviews), quick=quick)
    write_text(folder / "report.html", page)
    tell(steps, steps, "Done")
    return claims


def _silent(done: int, total: int, text: str) -> None:
    del done, total, text


def _chosen(publication: Publication, only: str | None) -> Sequence[FigureSpec]:
    known = publication.figures
    if only is None:
        return tuple(known.values())
    if only not in known:
        raise requirement("only", f"be one of {', '.join(known)}", f"it is {only!r}")
    return (known[only],)


def _draw(spec: FigureSpec, *, quick: bool) -> Drawn:
    dataset = spec.data(quick)
    figure = spec.draw(dataset)
    return Drawn(Panel(spec, to_svg(figure), dict(dataset.attrs)), to_png(figure), dataset)


def _write_figures(folder: Path, drawn: Sequence[Drawn], overviews: Mapping[str, bytes]) -> None:
    for part in drawn:
        stem = part.panel.spec.id
        with atomic_path(folder / f"{stem}.nc") as temporary:
            part.dataset.to_netcdf(temporary, engine="h5netcdf")
        write_bytes(folder / f"{stem}.png", part.png)
        write_bytes(folder / f"{stem}.svg", part.panel.svg)
    for name, content in overviews.items():
        write_bytes(folder / name, content)


def _claims_json(claims: Sequence[ClaimResult]) -> str:
    records = [{field: _plain(getattr(claim, field)) for field in RECORD} for claim in claims]
    return json.dumps(records, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(value: object) -> str | float | bool | None:
    """Return what JSON can hold: a number that is not finite becomes its name."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, RealNumber):
        number = float(value)
        return number if math.isfinite(number) else str(number)
    return str(value)
