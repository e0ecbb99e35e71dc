"""A picture of any quantity of a sweep: a line, a map, or small multiples of these, as many axes as there are.

What failed is hatched, what has no value is ruled, what is not proven is dotted, and what is the mean of fewer draws
than there are to be is marked, each with its number beside the picture: a map that hid them would look finished.  Lines
differ in style and marker, and heights are written on contours, for grey paper.
"""

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import Real, listed, requirement
from torusync.plots.axes import NOISE, colour_bar, colour_map, own_or_new, settled, styled
from torusync.plots.journal import INK
from torusync.plots.marks import OPEN, edges_of, explain_marks, half, hatch_lines, hatch_map
from torusync.plots.shown import Shown, logarithmic, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

LINES: Final = 5
"""Values of an axis up to which each is a line: so many styles are told apart."""

PANELS: Final = 16
_STYLES: Final = "-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1))
_MARKERS: Final = "osD^v"
_MARKED: Final = 40
"""Points of a line up to which each has a marker."""
_SPAN: Final = 30.0
"""Largest over smallest value from which on a line over a logarithmic axis has a logarithmic height."""
_DECADES: Final = 2.5
"""Length of a logarithmic axis up to which powers of ten are too few labels."""
_PLAIN: Final = 1e-3, 1e5
"""Between these, numbers along a logarithmic axis are written out."""
_GAP: Final = 0.14
"""Height of what lies between two rows of panels, for the titles of the lower one, in units of a row."""


def plot_map(ds: object, quantity: str, ax: "Axes | None" = None, *, unit: float | None = None, **style: Any) -> "Axes":
    """Draw a quantity of a sweep over its axes.

    One axis gives a line, two a map with contours, or lines where one of them has at most five values; of three, the
    shortest gives panels, which are the ``child_axes`` of what is returned.  Realisations are averaged; lines have a
    band of their standard deviation.  Axes whose values lie evenly by ratios are logarithmic.

    Parameters
    ----------
    ds
        What `sweep` returned, or a part of it.
    quantity
        Name of a variable.
    ax
        Where to draw; on a new figure if left out.
    unit
        Power of ten in which it is drawn.
    style
        For the lines, see `matplotlib.axes.Axes.plot`, or the map, see `matplotlib.axes.Axes.pcolormesh`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If it is no such dataset, or has more axes than can be drawn, or none.
    """
    found = shown(ds, quantity)
    if not 1 <= len(found.dims) <= 3:
        advice = f"; choose first, as in ds.isel({listed(found.dims[:1])}=0)" if found.dims else ""
        advice = advice or "; what is left is one point: read its number off, or write it as .csv"
        named = listed(found.dims)
        raise requirement("quantity", "have one to three axes of several points", f"{quantity!r} has {named}{advice}")
    panels = min(found.dims, key=lambda one: len(found.labels(one))) if len(found.dims) == 3 else None
    if panels is not None and len(found.labels(panels)) > PANELS:
        advice = f"choose first, as in ds.isel({panels}=slice(0, None, 4))"
        raise requirement(
            "quantity", f"have an axis of at most {PANELS} values for panels", f"{panels!r} is the shortest; {advice}"
        )
    ax = own_or_new(ax)
    one = found if panels is None else found.at(panels, 0)
    # a power of ten beside an axis of powers of ten would have to be multiplied in one's head
    power = 1.0 if unit is None and _heights_by_ratios(one, _ends(found.values)) else found.unit(unit)
    if panels is None:
        _draw(found, ax, power, style, _ends(found.values / power), alone=True)
    else:
        _multiples(found, panels, ax, power, style)
    explain_marks(found, ax, lined=len(one.dims) == 1 or _short(one) is not None, panelled=panels is not None)
    return ax


def _ends(values: Real) -> tuple[float, float]:
    """Return the smallest and the largest value; 0 and 1 where there are none."""
    there = values[np.isfinite(values)]
    return (float(there.min()), float(there.max())) if there.size else (0.0, 1.0)


def _multiples(found: Shown, dim: str, ax: "Axes", unit: float, style: dict[str, Any]) -> None:
    """Draw a panel for each value of an axis, on one scale, inside the axes."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    count = len(found.labels(dim))
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    ax.set_axis_off()
    flat = len(found.dims) == 3 and _short(found.at(dim, 0)) is None
    wide, high = (0.9 if flat else 1.0) / columns, 1.0 / (rows - _GAP)  # the first titles lie above the axes
    limits = _ends(found.values / unit)
    mesh: ScalarMappable | None = None
    for index in range(count):
        row, column = divmod(index, columns)
        place = (column * wide, 1.0 - (row + 1.0 - _GAP) * high, 0.94 * wide, (1.0 - _GAP) * high)
        panel = ax.inset_axes(place)
        mesh = _draw(found.at(dim, index), panel, unit, style, limits, alone=False)
        legend = panel.get_legend()
        if index and legend is not None:
            legend.remove()
        for axis in (panel.xaxis, panel.yaxis):
            if axis.get_scale() == "linear":
                axis.set_major_locator(MaxNLocator(4, prune="both"))  # labels of neighbours would meet at the ends
        panel.set_title(found.point(dim, index), pad=3, fontsize="small")
        if rows > 1:  # labels of neighbours would run into each other
            panel.set_ylabel(panel.get_ylabel().replace(" of $", " of\n$"))
        if column:
            panel.set_ylabel("")
            panel.tick_params(labelleft=False)
        if index + columns < count:
            panel.set_xlabel("")
            panel.tick_params(labelbottom=False)
    if mesh is not None:
        _bar(found, ax, mesh, unit, place=(0.92, 0.0, 0.03, 1.0))


def _draw(
    found: Shown, ax: "Axes", unit: float, style: dict[str, Any], limits: tuple[float, float], *, alone: bool
) -> "ScalarMappable | None":
    """Draw lines or a map, whose heights lie between limits; return the map."""
    short = _short(found)
    if short is None and len(found.dims) == 2:
        return _map(found, ax, unit, style, limits, alone=alone)
    _lines(found, short, ax, unit, style, alone=alone)
    if short is not None:
        ax.legend(fontsize="small")
    by_ratios = _heights_by_ratios(found, limits)
    if by_ratios:
        _by_ratios(ax, "y", np.array(limits))
    if not alone and by_ratios:
        ax.set_ylim(limits[0] / 1.5, limits[1] * 1.5)
    elif not alone:
        margin = 0.1 * (limits[1] - limits[0]) or 1.0
        ax.set_ylim(limits[0] - margin, limits[1] + margin)
    return None


def _heights_by_ratios(found: Shown, ends: tuple[float, float]) -> bool:
    """Whether the heights of lines span so much, over a logarithmic axis, that theirs is one, too."""
    short = _short(found)
    if found.flags or (short is None and len(found.dims) == 2):
        return False
    (dim,) = (one for one in found.dims if one != short)
    by_ratios = found.numeric(dim) and logarithmic(found.labels(dim).astype(np.float64))
    return by_ratios and ends[0] > 0.0 and ends[1] >= _SPAN * ends[0]


def _by_ratios(ax: "Axes", name: str, places: Real) -> None:
    """Make an axis logarithmic; where it has few decades, with plain numbers at 1, 2 and 5."""
    from matplotlib.ticker import FormatStrFormatter, LogFormatterSciNotation, LogLocator, NullFormatter  # noqa: PLC0415

    ax.set(**{f"{name}scale": "log"})
    axis = {"x": ax.xaxis, "y": ax.yaxis}[name]
    if np.ptp(np.log10(places)) <= _DECADES:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        plain = _PLAIN[0] <= np.min(places) and np.max(places) < _PLAIN[1]
        powers = LogFormatterSciNotation(labelOnlyBase=False, minor_thresholds=(np.inf, np.inf))
        axis.set_major_formatter(FormatStrFormatter("%g") if plain else powers)
    axis.set_minor_formatter(NullFormatter())


def _short(found: Shown) -> str | None:
    """Return the axis whose values are a line each, if there is one: of few values, or else of names."""
    if len(found.dims) == 1:
        return None
    sizes = {one: len(found.labels(one)) for one in found.dims}
    short = min(sizes, key=lambda one: (found.numeric(one) and sizes[one] > LINES, sizes[one]))
    if not found.numeric(short) and sizes[short] > LINES:
        raise requirement(
            "quantity", f"have at most {LINES} names along an axis",
            f"{short!r} has {sizes[short]}; choose first, as in ds.isel({short}=[0, 1])",
        )  # fmt: skip
    return short if sizes[short] <= LINES else None


def _lines(found: Shown, short: str | None, ax: "Axes", unit: float, style: dict[str, Any], *, alone: bool) -> None:
    """Draw a line for each value of an axis, or one where there is no other axis."""
    (dim,) = (one for one in found.dims if one != short)
    parts: list[tuple[Shown, str | None]] = [(found, None)]
    if short is not None:
        parts = [(found.at(short, at), found.point(short, at)) for at in range(len(found.labels(short)))]
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    labels = found.labels(dim)
    x: Real = labels.astype(np.float64) if found.numeric(dim) else np.arange(len(labels), dtype=np.float64)
    drawn: list[tuple[Shown, Any]] = []
    for number, (part, name) in enumerate(parts):
        y = part.values / unit
        # in a panel the legend is for all of them, and others may have points of it
        empty = alone and name is not None and not np.isfinite(y).any()
        look: dict[str, Any] = {"ls": _STYLES[number % len(_STYLES)], "label": f"{name} (no points)" if empty else name}
        look["marker"] = _MARKERS[number % len(_MARKERS)] if len(x) <= _MARKED or name is not None else ""
        look["markevery"] = max(1, len(x) // 12) if len(x) > _MARKED else None
        with styled(style):
            (line,) = ax.plot(x, y, **{**look, **style})
        if part.draws:
            half_width = part.deviation / unit
            ax.fill_between(x, y - half_width, y + half_width, color=line.get_color(), alpha=0.2, lw=0.0)
        # what draws without a colour takes one from the lines that follow, which then depend on what is there
        for mask, dots in (part.incomplete, half(look["marker"])), (part.unproven, OPEN):
            marked = mask & np.isfinite(y)
            if marked.any():
                ax.plot(x[marked], y[marked], color=line.get_color(), zorder=3, **dots)
        drawn.append((part, line.get_color()))
    hatch_lines(ax, edges_of(x, log=logarithmic(x)), drawn)
    ax.update_datalim(np.stack([x, x], axis=-1), updatey=False)  # Matplotlib leaves out places without a value
    if found.numeric(dim) and logarithmic(x):
        _by_ratios(ax, "x", x)
    elif labels.dtype.kind in "iu":
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    elif not found.numeric(dim):
        ax.set_xticks(x, [str(one) for one in labels])
    band = "\nband: standard deviation" if found.draws > 1 else ""
    ax.set(xlabel=found.axis(dim), ylabel=f"{found.label(unit)}{band}")
    if found.flags:
        ax.set_yticks(list(found.flags), list(found.flags.values()))
        low, high = _ends(found.values)
        ax.set_ylim(low - 0.5, high + 0.5)


def _map(
    found: Shown, ax: "Axes", unit: float, style: dict[str, Any], limits: tuple[float, float], *, alone: bool
) -> "ScalarMappable":
    down, across = found.dims
    x, y = (np.asarray(found.labels(one), dtype=np.float64) for one in (across, down))
    values, (low, high) = found.values / unit, limits
    look = _look(found, low, high)
    log_x, log_y = logarithmic(x), logarithmic(y)
    with styled(style):
        if log_x or log_y or found.flags or not np.isfinite(values).all():
            edges = edges_of(x, log=log_x), edges_of(y, log=log_y)
            mesh: ScalarMappable = ax.pcolormesh(*edges, values, **{"rasterized": True, **look, **style})
        else:
            mesh = colour_map(ax, x, y, values, **{**look, **style})
    for axis, places, log in (("x", x, log_x), ("y", y, log_y)):
        if log:
            _by_ratios(ax, axis, places)
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    if not found.flags:
        _contours(ax, (x, y, values), found.error / unit, (low, high))
    hatch_map(ax, x, y, found)
    ax.set(xlabel=found.axis(across), ylabel=found.axis(down))
    if alone:
        _bar(found, ax, mesh, unit)
    return mesh


def _look(found: Shown, low: float, high: float) -> dict[str, Any]:
    """Return colours: steps for codes, two ways from zero for what has both signs, else from dark to light."""
    if found.flags:
        from matplotlib import colormaps  # noqa: PLC0415
        from matplotlib.colors import BoundaryNorm, ListedColormap  # noqa: PLC0415

        codes = list(found.flags)
        colours = colormaps["viridis"](np.linspace(0.1, 0.95, len(codes)))
        return {"cmap": ListedColormap(colours), "norm": BoundaryNorm(_bounds(codes), len(codes))}
    if low < 0.0 < high:
        top = max(-low, high)
        return {"cmap": "RdBu_r", "vmin": -top, "vmax": top}
    top = max(abs(low), abs(high))
    if high - low <= NOISE * top:  # colours from end to end would show rounding
        return {"cmap": "viridis", "vmin": low - 0.1 * top, "vmax": high + 0.1 * top}
    return {"cmap": "viridis", "vmin": low, "vmax": high}


def _bounds(codes: list[int]) -> list[float]:
    """Return where the colours of codes meet; those of codes that lie unevenly are as wide all the same."""
    return [codes[0] - 0.5, *(0.5 * (a + b) for a, b in pairwise(codes)), codes[-1] + 0.5]


def _bar(found: Shown, ax: "Axes", mesh: "ScalarMappable", unit: float, **place: Any) -> None:
    """Put a colour bar beside the axes, with names where there are codes."""
    bar = colour_bar(ax, mesh, found.label(unit), **place)
    if found.flags:
        middles = [0.5 * (a + b) for a, b in pairwise(_bounds(list(found.flags)))]
        bar.set_ticks(middles, labels=list(found.flags.values()))


def _contours(ax: "Axes", grid: tuple[Real, Real, Real], error: Real, ends: tuple[float, float]) -> None:
    """Draw lines of equal height, their heights on them; dashed below zero, where colours may be one grey."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    low, high = ends
    if not high > low:
        return
    ticks = np.array(MaxNLocator(6).tick_values(low, high))
    ticks[np.abs(ticks) < 1e-9 * (high - low)] = 0.0  # what is left of a difference is no height
    x, y, values = grid
    inside = [float(one) for one in ticks if low < one < high]
    heights = settled(np.where(np.isfinite(values), values, np.nan), inside, error)
    # a level is one of the map where values lie on both sides of it, which those of a plateau do not
    levels = [one for one in inside if (heights < one).any() and (heights > one).any()]
    if not levels:
        return
    both = low < 0.0 < high
    middle = 0.5 * (low + high)
    colours = [INK if both or one > middle else "white" for one in levels]
    lines = ax.contour(
        x, y, np.ma.masked_invalid(heights), levels=levels, colors=colours,
        linewidths=[1.2 if both and one == 0.0 else 0.6 for one in levels],
        linestyles=["--" if one < 0.0 else "-" for one in levels],
    )  # fmt: skip
    ax.clabel(lines, fontsize=6.5, fmt="%g")
