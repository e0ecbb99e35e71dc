"""The reproduction: each figure and each claim is written when it is done, and the page is rebuilt from what is there.

Every file appears whole under its name.  What an earlier run of the same code and settings left is not made again, so
a run that was interrupted goes on where it was, inside a figure, too, and a run of one figure keeps the page of all.
"""

import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from torusync import papers
from torusync._checks import as_flag, as_instance, requirement, shown
from torusync._provenance import made_by, package_version
from torusync.claims import ClaimResult, evaluate
from torusync.figures import to_png, to_svg
from torusync.files.whole import as_path, make_folder, write_bytes, write_text
from torusync.papers.publication import Publication
from torusync.report.kept import Drawn, Folder
from torusync.report.page import compose

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and what comes next."""


def reproduce(
    publication: Publication,
    out: str | Path,
    *,
    only: str | None = None,
    quick: bool = False,
    anew: bool = False,
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
        One figure id: just that figure, no claims; the page still shows all that is in the folder.
    quick
        Coarser grids and fewer draws; the page says so.
    anew
        Make again what an earlier run of the same code and settings left.
    progress
        Called with (steps done, steps in all, text).

    Returns
    -------
    list of ClaimResult
        Empty where ``only`` is given.  A claim from an earlier run comes without its comparisons.

    Raises
    ------
    ArgumentError
        If ``only`` is not a figure id, ``out`` cannot be a folder, or another run writes into it.
    KeyboardInterrupt
        What is done is in the folder then, and a note on the exception says what that is.
    """
    as_instance("publication", publication, Publication, "a paper, from papers.load")
    quick, anew = as_flag("quick", quick), as_flag("anew", anew)
    if progress is not None and not callable(progress):
        raise requirement("progress", "be a function of steps done, steps in all, text", f"it is {shown(progress)}")
    chosen = _chosen(publication, only)
    folder = Folder(make_folder(out), quick)
    tell = progress if progress is not None else _silent
    with _alone(folder.path):
        work = _Run(publication, folder)
        figures = [one for one in chosen if anew or one not in work.drawn]
        claims = [one.id for one in publication.ledger.claims] if only is None else []
        if anew and claims:
            work.claims.clear()
        work.make(figures, [one for one in claims if one not in work.claims], tell, anew=anew)
    return list(work.in_order(work.claims).values()) if only is None else []


class _Run:
    """What there is of a paper in its folder, from earlier and from now."""

    def __init__(self, publication: Publication, folder: Folder) -> None:
        self.publication, self.folder = publication, folder
        found = {name: folder.figure(spec) for name, spec in publication.figures.items()}
        self.drawn: dict[str, Drawn] = {name: one for name, one in found.items() if one is not None}
        known = {one.id for one in publication.ledger.claims}
        self.claims = {name: one for name, one in folder.claims().items() if name in known}
        self.overviews: list[str] = []
        self._begin = time.perf_counter()

    def make(self, figures: Sequence[str], claims: Sequence[str], tell: Progress, *, anew: bool) -> None:
        """Make figures and check claims, each written when it is done; the page is there however that ends."""
        steps = len(figures) + len(claims) + 1
        for name in self.drawn.keys() - figures:  # whole, but its run was killed before it had cleared up
            self.folder.sweeps(self.publication.figures[name]).end()
        try:
            for done, name in enumerate(figures):
                spec = self.publication.figures[name]
                tell(done, steps, ", ".join(filter(None, (spec.title, self.folder.sweeps(spec).begin(anew=anew)))))
                self.drawn[name] = self.folder.make(spec)
                self.publish()
            for done, name in enumerate(claims, start=len(figures)):
                tell(done, steps, f"Claim {name}")
                (self.claims[name],) = evaluate(self.publication.ledger, [name], quick=self.folder.quick)
                self.folder.write_claims(self.in_order(self.claims))
            tell(steps - 1, steps, "Writing the page")
            self.draw_overviews()
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(self.state())
            raise
        finally:
            if self.drawn:
                self.publish()
        tell(steps, steps, "Done")

    def in_order(self, claims: Mapping[str, ClaimResult]) -> dict[str, ClaimResult]:
        """Return claims in the order of the paper."""
        return {one.id: claims[one.id] for one in self.publication.ledger.claims if one.id in claims}

    def draw_overviews(self) -> None:
        """Draw the composites whose figures are all there."""
        datasets = {name: one.dataset for name, one in self.drawn.items()}
        for composite in self.publication.composites:
            if all(part.id in datasets for part in composite.parts):
                figure = composite.draw(datasets)
                write_bytes(self.folder.path / f"{composite.id}.svg", to_svg(figure))
                write_bytes(self.folder.path / f"{composite.id}.png", to_png(figure))
                self.overviews += [f"{composite.id}.png", f"{composite.id}.svg"]

    def publish(self) -> None:
        """Write the page of what there is now; it names the pictures that it was built from."""
        drawn = [self.drawn[name] for name in self.publication.figures if name in self.drawn]
        facts = _provenance(time.perf_counter() - self._begin, drawn, quick=self.folder.quick)
        claims = list(self.in_order(self.claims).values())
        others = self.folder.left_out(one for name, one in self.publication.figures.items() if name not in self.drawn)
        page = compose(self.publication, drawn, claims, facts, self.overviews, quick=self.folder.quick, others=others)
        write_text(self.folder.path / "report.html", page)

    def state(self) -> str:
        """Return what there is, in one sentence."""
        figures, claims = self.publication.figures, len(self.publication.ledger.claims)
        begun = [name for name, spec in figures.items() if self.folder.sweeps(spec).path.is_dir()]
        return (
            f"{len(self.drawn)} of {len(figures)} figures and {len(self.claims)} of {claims} claims are whole in "
            f"{str(self.folder.path)!r}{''.join(f', {name} is begun' for name in begun)}; "
            "the same command goes on from there."
        )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other runs out of a folder; two with different settings would take turns on every file."""
    path = folder / ".reproduce.lock"
    lock = FileLock(path, timeout=0.0)
    try:
        lock.acquire()
    except Timeout:
        raise requirement("out", "be a folder of one run", f"another run writes into {str(folder)!r}") from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        lock.release()


def _provenance(seconds: float, drawn: Sequence[Drawn], *, quick: bool) -> dict[str, str]:
    """Return what a reader needs to make the same numbers again; some figures of the page may be from earlier runs."""
    seeds = sorted({int(one.dataset.attrs["seed"]) for one in drawn if "seed" in one.dataset.attrs})
    return {
        "made by": made_by(),
        "Python": platform.python_version(),
        **{name: package_version(name) for name in ("xarray", "h5netcdf", "matplotlib")},
        "platform": f"{platform.system()} {platform.machine()}",
        "grids": "quick: coarser grids, fewer draws" if quick else "full",
        **({"seed of the random drives": ", ".join(map(str, seeds))} if seeds else {}),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "wall time of the last run": f"{seconds:.1f} s",
        "built from (SHA-256)": ", ".join(f"{one.spec.id}.svg {one.digest}" for one in drawn),
    }


def left_out(publication: Publication, out: str | Path, *, quick: bool = False) -> str:
    """Return a sentence on what lies in a folder and is not on its page, or nothing where all of it is."""
    as_instance("publication", publication, Publication, "a paper, from papers.load")
    return Folder(as_path("out", out), as_flag("quick", quick)).left_out(publication.figures.values())


def _silent(done: int, total: int, text: str) -> None:
    del done, total, text


def _chosen(publication: Publication, only: str | None) -> list[str]:
    """Return the figures to make: all of them, the one that is asked for, or what the name of several stands for."""
    known = publication.figures
    if only is None:
        return list(known)
    as_instance("only", only, str, "the id of a figure")
    if only in known:
        return [only]
    parts = {one.id: [part.id for part in one.parts] for one in publication.composites}
    if only in parts:
        return parts[only]
    others = {name: papers.load(name) for name in papers.names() if name != publication.id}
    home = [
        name for name, other in others.items() if only in other.figures or only in {one.id for one in other.composites}
    ]
    hint = f", which is a figure of --set {home[0]}" if home else ""
    raise requirement("only", f"be one of {', '.join([*known, *parts])}", f"it is {shown(only)}{hint}")
