"""Quick runs of a paper that several files of tests look at: each figure is computed, drawn and written once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend

from torusync.papers.publication import Publication
from torusync.report import reproduce


@dataclass(frozen=True)
class Run:
    """A folder that `reproduce` has filled, what it computed for it, told on the way, and returned."""

    paper: Publication
    folder: Path
    datasets: dict[str, xr.Dataset]
    steps: list[tuple[int, int, str]]
    verdicts: list
    figures: dict[str, Figure] = field(default_factory=dict)

    def stored(self, name: str) -> xr.Dataset:
        """Read a dataset back."""
        with xr.open_dataset(self.folder / f"{name}.nc", engine="h5netcdf") as stored:
            return stored.load()

    def drawn(self, name: str) -> Figure:
        """Draw a figure from its stored dataset, once."""
        if name not in self.figures:
            self.figures[name] = self.paper.figures[name].draw(self.stored(name))
        return self.figures[name]


def quick_run(paper: Publication, folder: Path, composites: tuple = ()) -> Run:
    """Run a paper, with these of its composites, and keep the datasets that it computed."""
    computed: dict[str, xr.Dataset] = {}
    steps: list[tuple[int, int, str]] = []

    def kept(name: str) -> Callable[[bool], xr.Dataset]:
        def compute(quick: bool, *swept: xr.Dataset) -> xr.Dataset:
            computed[name] = paper.figures[name].compute(quick, *swept)
            return computed[name]

        return compute

    figures = {name: replace(spec, compute=kept(name)) for name, spec in paper.figures.items()}
    watched = replace(paper, figures=figures, composites=composites)
    verdicts = reproduce(watched, folder, quick=True, progress=lambda *step: steps.append(step))
    return Run(paper, folder, computed, steps, verdicts)


def panels(figure: Figure) -> list[Axes]:
    """Return the axes that have a letter, which colour bars have not."""
    return [ax for ax in figure.axes if ax.get_title(loc="left")]


def legends(ax: Axes) -> list[Legend]:
    """Return the legends of a panel, from left to right."""
    found = {id(one): one for one in ax.findobj(Legend)}
    return sorted(found.values(), key=lambda one: one.get_window_extent().x0)
