"""What a figure is: data with units and provenance, a drawing of that data, and what the paper says of it.

Drawing reads the dataset and nothing else, so a NetCDF file from an earlier run draws the same picture.  A figure
paints onto axes that are handed to it: the single panel and the composite of four share all drawing code.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from string import ascii_lowercase
from typing import Final, final

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from torusync import __version__
from torusync._checks import as_flag, as_instance, requirement, shown
from torusync.figures.canvas import blank, settle
from torusync.plots import panel_letter, style
from torusync.sweeps import Study, run

Paint = Callable[[Sequence[Axes], xr.Dataset], None]

Sweep = Callable[[Study], xr.Dataset]
"""Works a study off."""

_in_memory: Final = partial(run, workers=1)


def nothing(quick: bool) -> tuple[Study, ...]:
    """Return the studies of a figure that is no map over parameters."""
    del quick
    return ()


@final
@dataclass(frozen=True, eq=False)
class FigureSpec:
    """One figure of the reproduction.

    Parameters
    ----------
    id : short name, as in ``fig2c``; also the stem of its files
    title : one line
    said : what the paper says of it, in our words
    alt : what is seen, for those who do not see it
    departures : what differs from print or could not be read, and why
    compute : ``quick``, and what came out of each of the studies, to dataset; ``quick`` takes coarser grids or fewer
        draws
    paint : draws a dataset onto axes
    paper : where it is printed, or what it belongs to
    size : width and height in inches
    grid : rows and columns of axes
    letter : of its first panel; the others follow
    studies : ``quick`` to what is swept for it: a run that keeps sweeps goes on inside a figure
    """

    id: str
    title: str
    said: str
    alt: str
    departures: tuple[str, ...]
    compute: Callable[..., xr.Dataset]
    paint: Paint
    paper: str
    size: tuple[float, float] = (3.4, 2.5)
    grid: tuple[int, int] = (1, 1)
    letter: str = "a"
    studies: Callable[[bool], tuple[Study, ...]] = nothing

    @property
    def panels(self) -> int:
        """Number of axes."""
        return self.grid[0] * self.grid[1]

    def data(self, quick: bool = False, *, sweep: Sweep = _in_memory) -> xr.Dataset:
        """Compute the dataset, every variable with ``long_name``, ``units``, ``symbol`` and ``source``.

        Its studies are worked off by ``sweep``, in memory where nothing else is given.
        """
        quick = as_flag("quick", quick)
        dataset = self.compute(quick, *map(sweep, self.studies(quick)))
        dataset.attrs = {
            "figure": self.id,
            "title": self.title,
            "paper": self.paper,
            "said": self.said,
            "torusync_version": __version__,
            "grid": "quick" if quick else "full",
            **dataset.attrs,
        }
        return dataset

    def require_own(self, dataset: xr.Dataset) -> None:
        """Refuse what is no dataset of this figure."""
        found = as_instance("dataset", dataset, xr.Dataset, "the dataset of a figure").attrs.get("figure")
        if found != self.id:
            raise requirement("dataset", f"hold the data of {self.id}", f"its attribute `figure` is {shown(found)}")

    def draw(self, dataset: xr.Dataset) -> Figure:
        """Draw a dataset of this figure on a new canvas."""
        self.require_own(dataset)
        with style():
            figure, axes = blank(self.size, self.grid)
            self.paint(axes, dataset)
            _finish(figure, axes, self.letter)
        return figure


@final
@dataclass(frozen=True, eq=False)
class Composite:
    """Several figures on one page, their panels in reading order and lettered from a."""

    id: str
    title: str
    parts: tuple[FigureSpec, ...]
    size: tuple[float, float]
    grid: tuple[int, int]

    def draw(self, datasets: Mapping[str, xr.Dataset]) -> Figure:
        """Draw the datasets of the parts, by figure id, on a new canvas."""
        as_instance("datasets", datasets, Mapping, "datasets by the ids of their figures")
        for part in self.parts:
            if part.id not in datasets:
                raise requirement("datasets", f"hold {part.id}", "it is missing")
            part.require_own(datasets[part.id])
        with style():
            figure, axes = blank(self.size, self.grid, separate_rows=True)
            left = iter(axes)
            for part in self.parts:
                part.paint(tuple(islice(left, part.panels)), datasets[part.id])
            _finish(figure, axes, "a")
        return figure


def _finish(figure: Figure, axes: Sequence[Axes], first: str) -> None:
    """Letter the panels in reading order, and lay the figure out."""
    for ax, letter in zip(axes, ascii_lowercase[ascii_lowercase.index(first) :], strict=False):
        panel_letter(ax, letter)
    settle(figure)
