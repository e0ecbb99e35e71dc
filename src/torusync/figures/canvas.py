"""Canvas and files of the figures.

Figures are made through matplotlib's objects, never through pyplot: no global figure list, no backend choice, safe
inside a server.  SVG is deterministic (fixed hash salt, no date), so that a figure changes only when its data do.
"""

import io

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from torusync.plots import style


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
    with style():
        figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def to_svg(figure: Figure) -> bytes:
    """Render as SVG, the same bytes for the same figure."""
    stream = io.BytesIO()
    with style():
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue()
