"""Canvas and files of the figures.

Figures are made through matplotlib's objects, never through pyplot: no global figure list, no backend choice, safe
inside a server.  They are laid out once and then written by the canvases themselves, because ``savefig`` draws all of
it twice, to lay it out again.  SVG is deterministic (fixed hash salt, no date), so that a figure changes only when its
data do.
"""

import io
from typing import Final

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from torusync.plots import style

_DPI: Final = 300
"""Dots per inch of the PNG, and of the layout: text that is measured twice alike is set once."""

_UNDATED: Final = {"Date": None, "Creator": None}


def blank(
    size: tuple[float, float], grid: tuple[int, int], *, separate_rows: bool = False
) -> tuple[Figure, tuple[Axes, ...]]:
    """Return a new figure of ``size`` in inches with rows × columns axes, in reading order.

    ``separate_rows`` lays out each row by itself, so that a colour bar in one does not narrow the other.
    """
    figure = Figure(figsize=size, dpi=_DPI, layout="constrained")
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
    """Render a figure that is laid out as PNG, at 300 dots per inch where it was made here."""
    stream, canvas = io.BytesIO(), figure.canvas
    if not isinstance(canvas, FigureCanvasAgg):
        canvas = FigureCanvasAgg(figure)
    with style():
        canvas.print_png(stream, metadata={"Software": None})  # type: ignore[no-untyped-call]
    return stream.getvalue()


def to_svg(figure: Figure) -> bytes:
    """Render a figure that is laid out as SVG, the same bytes for the same figure."""
    stream, canvas, dots = io.BytesIO(), figure.canvas, figure.get_dpi()
    with style():
        FigureCanvasSVG(figure).print_svg(stream, metadata=_UNDATED)  # type: ignore[no-untyped-call]
    # an SVG has points and a canvas of its own, and leaves both behind
    figure.set_dpi(dots)
    figure.set_canvas(canvas)
    return stream.getvalue()
