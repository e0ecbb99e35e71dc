"""The Arnold tongue: S_max over detuning and strength of the drive."""

from typing import TYPE_CHECKING, Any

import numpy as np

from torusync._checks import requirement
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

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_tongue(result: object, ax: "Axes | None" = None, *, unit: float | None = None, **style: Any) -> "Axes":
    """Draw S_max over detuning and drive, with lines of equal S_max at round heights, which the colour bar shows too.

    Parameters
    ----------
    result
        An xarray dataset with ``s_max`` over the dimensions ``detuning`` and ``drive``, in either order; attributes
        ``units`` and ``symbol`` of both go to the axes.  Points without a value are hatched.
    ax
        Where to draw; on a new figure if left out.
    unit
        Power of ten in which S_max is drawn.
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
    values = variable(result, "s_max", ("drive", "detuning"))
    x, y = (numbers(name, result[name]) for name in ("detuning", "drive"))
    if min(values.shape) < 2:
        drives, detunings = values.shape
        raise requirement("result", "have two drives and two detunings at least", f"it has {drives} and {detunings}")
    ax = own_or_new(ax)
    unit = unit_of(values, unit)
    shown, top = values / unit, float(np.nanmax(values, initial=0.0)) / unit
    ax.patch.set(facecolor="white", edgecolor="0.5", hatch="xxxx", lw=0.0)
    with styled(style):
        mesh = colour_map(ax, x, y, shown, **{"cmap": "viridis", "vmin": 0.0, "vmax": top, **style})
    lowest, highest = mesh.get_clim()
    levels = [level for level in round_levels(highest) if max(lowest, 0.0) < level < top]
    lines = [level_lines(ax, (x, y, shown), mesh, levels)] if levels else []
    ax.set(xlabel=axis_label(result, "detuning"), ylabel=axis_label(result, "drive"))
    ax.tick_params(color="white", which="both")
    colour_bar(ax, mesh, in_unit(r"S_{\max}", unit), lines)
    return ax
