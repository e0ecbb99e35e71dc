"""Canvas, style and files of the figures.

Figures are made through matplotlib's objects, never through pyplot: no global figure list, no backend choice, safe
inside a server.  SVG is deterministic (fixed hash salt, no date), so that a figure changes only when its data do.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from typing import Final

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

from torusync._checks import Real

REFRIGERATOR: Final = "#0072B2"
ENGINE: Final = "#D55E00"
INK: Final = "#222222"
GREY: Final = "#777777"
"""Blue and vermilion of the Okabe–Ito set, told apart in every common form of colour blindness."""

COLOURS: Final[Mapping[str, str]] = {"refrigerator": REFRIGERATOR, "engine": ENGINE}


@contextmanager
def journal_style() -> Iterator[None]:
    """Apply the packaged style on top of matplotlib's defaults, whatever the user's own settings are."""
    with (
        as_file(files("torusync.figures") / "torusync.mplstyle") as path,
        matplotlib.style.context(["default", str(path)]),
    ):
        yield


def blank(
    size: tuple[float, float], grid: tuple[int, int], *, separate_rows: bool = False
) -> tuple[Figure, tuple[Axes, ...]]:
    """Return a new figure of ``size`` in inches with rows × columns axes, in reading order.

    ``separate_rows`` lays out each row by itself, so that a colour bar in one does not narrow the other.
    """
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    if not separate_rows:
        return figure, tuple(figure.subplots(*grid, squeeze=False).ravel())
    rows = figure.subfigures(grid[0], 1, squeeze=False).ravel()
    return figure, tuple(ax for row in rows for ax in row.subplots(1, grid[1], squeeze=False).ravel())


def settle(figure: Figure) -> None:
    """Lay the figure out once, so that PNG and SVG have the same layout and no time goes into a second one."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")


def to_png(figure: Figure) -> bytes:
    """Render as PNG at 300 dots per inch."""
    stream = io.BytesIO()
    with journal_style():
        figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def to_svg(figure: Figure) -> bytes:
    """Render as SVG, the same bytes for the same figure."""
    stream = io.BytesIO()
    with journal_style():
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()


def panel_letter(ax: Axes, letter: str) -> None:
    """Write "(a)" above the upper left corner of the axes, clear of the data."""
    ax.set_title(f"({letter})", loc="left", pad=4, fontweight="bold", fontsize=9)


def colour_map(ax: Axes, x: Real, y: Real, values: Real, *, cmap: str, norm: Normalize) -> ScalarMappable:
    """Draw ``values`` of shape (len(y), len(x)), given at the points of a regular grid, as a smooth map."""
    half_x, half_y = 0.5 * (x[1] - x[0]), 0.5 * (y[1] - y[0])
    image = ax.imshow(
        values,
        origin="lower",
        extent=(x[0] - half_x, x[-1] + half_x, y[0] - half_y, y[-1] + half_y),
        interpolation="bilinear",
        cmap=cmap,
        norm=norm,
        aspect="auto",
    )
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    return image


def colour_bar(ax: Axes, mesh: ScalarMappable, label: str) -> None:
    """Put a colour bar close to the right of the axes, as tall as they are."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    bar = figure.colorbar(mesh, cax=ax.inset_axes((1.04, 0.0, 0.05, 1.0)))
    bar.set_label(label)
    if bar.solids is not None:
        bar.solids.set_edgecolor("face")  # no hairlines between the steps in vector output


def pi_ticks(ax: Axes, axis: str, halves: Sequence[int]) -> None:
    """Label an angle axis, drawn in units of π, at the given multiples of 1/2."""
    target = ax.xaxis if axis == "x" else ax.yaxis
    target.set_major_locator(FixedLocator([0.5 * half for half in halves]))
    target.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
