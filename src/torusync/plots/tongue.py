"""The Arnold tongue: S_max, or what else a sweep has, over detuning and strength of the drive."""

from typing import TYPE_CHECKING, Any

import numpy as np

from torusync._checks import Real, as_flag, as_instance, requirement
from torusync._errors import shown as quoted
from torusync.plots.axes import (
    axis_label,
    colour_bar,
    colour_map,
    in_unit,
    is_dataset,
    level_lines,
    numbers,
    own_or_new,
    round_levels,
    styled,
    unit_of,
    variable,
)
from torusync.plots.journal import INK
from torusync.plots.marks import TITLE, edges_of, handles_of, hatch_map
from torusync.plots.shown import Shown, shown

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

_BARS = 12
"""Error bars along one flank of a tongue at most."""


def plot_tongue(
    result: object,
    ax: "Axes | None" = None,
    *,
    quantity: str = "s_max",
    over: tuple[str, str] = ("detuning", "drive"),
    threshold: float | None = None,
    first_order: bool = False,
    unit: float | None = None,
    **style: Any,
) -> "Axes":
    """Draw S_max over detuning and drive, with lines at round heights, and the locking range at a threshold.

    The colour bar shows the lines, too.

    Parameters
    ----------
    result
        An xarray dataset, such as `sweep` returns, with the quantity over the two dimensions, in either order;
        attributes ``units`` and ``symbol`` of both go to the axes.  Points that failed, are not worked out yet, have no
        value or none that is proven are hatched each in its way, and counted, as in `plot_map`.
    ax
        Where to draw; on a new figure if left out.
    quantity
        What is drawn: another variable, such as ``order_parameter``.
    over
        The dimensions across and up, of any model.
    threshold
        Draws both ends of the range across in which the quantity is no less, with bars where the grid leaves more open
        than the line is thick: see ``ds.torusync.locking_range``.
    first_order
        Draws where S_max would be the threshold to first order in the drive, of a map of `sweep`: see
        ``ds.torusync.first_order``.  Where the lines part, higher orders begin.
    unit
        Power of ten in which the quantity is drawn.
    style
        For the map: see `matplotlib.axes.Axes.imshow`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If it is no dataset, or has other dimensions.
    """
    if not is_dataset(result):
        raise requirement("result", "be a dataset with s_max over detuning and drive", f"it is {type(result).__name__}")
    across, up = _pair(over)
    _require_grid(result, quantity, across, up)
    if as_flag("first_order", first_order) and (threshold is None or quantity != "s_max"):
        raise requirement("first_order", "be asked for beside a threshold of s_max", "there is none")
    ax = own_or_new(ax)
    found = shown(result, quantity).ordered(up, across)
    x, y, values = found.labels(across), found.labels(up), found.values
    unit, label = _unit(found, quantity, unit)
    drawn, top = values / unit, float(values.max(initial=0.0, where=np.isfinite(values))) / unit
    with styled(style):
        mesh = _coloured(ax, x, y, drawn, {"cmap": "viridis", "vmin": 0.0, "vmax": top, **style})
    lowest, highest = mesh.get_clim()
    levels = [level for level in round_levels(highest) if max(lowest, 0.0) < level < top]
    lines = [level_lines(ax, (x, y, drawn), mesh, levels)] if levels else []
    if threshold is not None:
        symbol = r"$S_{\max}$" if quantity == "s_max" else found.label(1.0)
        _flanks(result, ax, quantity, (across, up), threshold, symbol=symbol)
    if first_order and threshold is not None:
        _first_order(result, ax, (across, up), threshold)
    hatch_map(ax, x, y, found)
    ax.set(xlabel=axis_label(result, across), ylabel=axis_label(result, up), xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    ax.tick_params(color="white", which="both")
    if found.places:
        ax.set_title(", ".join(found.places), pad=3, fontsize="small")
    _explain(ax, handles_of(found, lined=False), above=bool(found.places))
    colour_bar(ax, mesh, label, lines)
    return ax


def _unit(found: Shown, quantity: str, unit: float | None) -> tuple[float, str]:
    """Return the power of ten in which a quantity is drawn, and its label."""
    if quantity == "s_max":
        unit = unit_of(found.values, unit)
        return unit, in_unit(r"S_{\max}", unit)
    unit = found.unit(unit)
    return unit, found.label(unit)


def _coloured(ax: "Axes", x: Real, y: Real, drawn: Real, look: dict[str, Any]) -> "ScalarMappable":
    """Draw the map: what is drawn smooth loses its neighbours with what has no value, which is drawn by cells."""
    if np.isfinite(drawn).all():
        return colour_map(ax, x, y, drawn, **look)
    edges = edges_of(x, log=False), edges_of(y, log=False)
    return ax.pcolormesh(*edges, drawn, **{"rasterized": True, **look})


def _explain(ax: "Axes", marks: list[Any], *, above: bool) -> None:
    """Say above the axes, or above their title, what the dashed line is, and what points are marked for."""
    from matplotlib.transforms import offset_copy  # noqa: PLC0415

    handles: list[Any] = [*ax.get_legend_handles_labels()[0], *marks]
    if handles:
        room = 3.0 + (TITLE if above else 0.0)
        ax.legend(
            handles=handles, ncols=2, fontsize="small", frameon=False, loc="lower left", borderaxespad=0.0,
            bbox_to_anchor=(0.0, 1.0),
            bbox_transform=offset_copy(ax.transAxes, ax.get_figure(root=True), y=room, units="points"),
        )  # fmt: skip


def _pair(over: object) -> tuple[str, str]:
    names = tuple(over) if isinstance(over, tuple | list) else ()
    if len(names) != 2 or not all(isinstance(one, str) for one in names) or names[0] == names[1]:
        raise requirement("over", "be the names of two dimensions, across and up", f"it is {quoted(over)}")
    return str(names[0]), str(names[1])


def _require_grid(data: "xr.Dataset", quantity: str, across: str, up: str) -> None:
    """Refuse what is no grid of numbers over two axes."""
    values = variable(data, as_instance("quantity", quantity, str, "the name of a variable"), (up, across))
    x, y = (numbers(name, data[name]) for name in (across, up))
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise requirement("result", "have finite numbers along its axes", "some are not")
    if min(values.shape) < 2:
        raise requirement("result", "have two points at least along each axis", f"its shape is {values.shape}")


def _flanks(
    data: "xr.Dataset", ax: "Axes", quantity: str, over: tuple[str, str], threshold: float, *, symbol: str
) -> None:
    """Draw both ends of the range above a threshold, and how far they may lie elsewhere."""
    from torusync.sweeps.accessor import Accessor  # noqa: PLC0415  (imports xarray)

    across, up = over
    found = Accessor(data).locking_range(threshold, quantity=quantity, over=across)
    y, every = found[up].to_numpy(), max(1, found.sizes[up] // _BARS)
    for name in ("lower", "upper"):
        place, error = found[name].to_numpy(), found[f"{name}_error"].to_numpy()
        there = np.where(np.isfinite(error), place, np.nan)  # an open end is where the grid ends
        ax.plot(there, y, color="white", lw=2.4)
        ax.plot(there, y, "--", color=INK, lw=1.2, label=f"{symbol} = {threshold:g}" if name == "lower" else None)
        bars = slice(every // 2, None, every)
        finite = np.where(np.isfinite(error), error, 0.0)
        ax.errorbar(there[bars], y[bars], xerr=finite[bars], fmt="none", ecolor=INK, elinewidth=0.7)


def _first_order(data: "xr.Dataset", ax: "Axes", over: tuple[str, str], threshold: float) -> None:
    """Draw the drive at which S_max is the threshold to first order, as far as the map goes."""
    from torusync.sweeps.accessor import Accessor  # noqa: PLC0415  (imports xarray)

    across, up = over
    found = Accessor(data).first_order(threshold, over=up)
    if found.strength.dims != (across,):
        raise requirement("first_order", f"be asked for a map over {across!r} and {up!r}", "it has further axes")
    limits = ax.get_xlim(), ax.get_ylim()
    x, y = found[across].to_numpy(), found["strength"].to_numpy()
    ax.plot(x, y, color="white", lw=2.4)
    ax.plot(x, y, "-.", color=INK, lw=1.0, label="to first order")
    ax.set(xlim=limits[0], ylim=limits[1])
