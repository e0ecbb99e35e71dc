"""S over two phases of the torus, with its maximum.

Red above and blue below the uniform distribution are one grey on paper, so lines of equal height are drawn as well,
solid above and dashed below.
"""

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from torusync._checks import Real, as_count, as_list, requirement, shown
from torusync.phases import Synchronization, phase_distribution
from torusync.plots.axes import (
    colour_bar,
    colour_map,
    in_unit,
    is_dataset,
    own_or_new,
    pi_ticks,
    require_height,
    styled,
    synchronization_of,
    unit_of,
    variable,
)
from torusync.plots.journal import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MAP: Final = "RdBu_r"

_POINTS: Final = 181
"""Points an axis: a step of two degrees."""

_LINES: Final = np.array([0.15, 0.35, 0.55, 0.75])
"""Lines of equal height, in units of the largest modulus.

None at 1/(1 + 2k), the height of the ring of two levels, for a round k: it would hide there what marks the ring."""


class TorusMap(NamedTuple):
    """S, its two angles and its maximum, all in radians; ``across`` and ``along`` name the angles."""

    x: Real
    y: Real
    s: Real
    optimum: Real
    across: str
    along: str


def torus_map(sync: Synchronization, levels: tuple[int, int] | None = None, points: int = _POINTS) -> TorusMap:
    """Return S of one point over the phases of two levels, all others where they are at the maximum.

    Parameters
    ----------
    sync
        One point.
    levels
        The two levels; the first that carry coherence, beside the reference, by default.
    points
        Points an axis, both ends included.

    Raises
    ------
    ArgumentError
        If ``levels`` are not two such levels.
    """
    free = [int(level) for level in np.flatnonzero(np.isfinite(sync.phases)) if level != sync.reference]
    first, second = _two(free, levels)
    held = np.nan_to_num(sync.phases)
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    row = np.tile(held, (points, 1))
    row[:, first] = angle + held[sync.reference]
    rows = np.empty((points, points))
    for index, other in enumerate(row[:, first].copy()):  # row by row: the phases of all levels at all points are many
        row[:, second] = other
        rows[index] = phase_distribution(sync.density, row)
    optimum = np.mod(sync.phases[[first, second]] - sync.phases[sync.reference], 2.0 * np.pi)
    return TorusMap(angle, angle, rows, optimum, _angle(first, sync.reference), _angle(second, sync.reference))


def _two(free: list[int], levels: tuple[int, int] | None) -> tuple[int, int]:
    if len(free) < 2:
        raise requirement(
            "result",
            "have three levels that carry coherence, for two phases",
            f"beside the reference it has {len(free)}; S over one phase is a curve, see phase_distribution",
        )
    if levels is None:
        return free[0], free[1]
    chosen = tuple(
        as_count("levels", level) for level in as_list("levels", levels, f"be two of {', '.join(map(str, free))}")
    )
    if len(chosen) != 2 or chosen[0] == chosen[1] or not set(chosen) <= set(free):
        raise requirement("levels", f"be two of {', '.join(map(str, free))}", f"it is {shown(levels)}")
    return chosen[0], chosen[1]


def _angle(level: int, reference: int) -> str:
    between = "" if max(level, reference) < 10 else ","
    return rf"\varphi_{{{level}{between}{reference}}}"


def plot_torus(
    result: object,
    ax: "Axes | None" = None,
    *,
    levels: tuple[int, int] | None = None,
    unit: float | None = None,
    **style: Any,
) -> "Axes":
    """Draw S over two phases, in units of π, with a cross at its maximum.

    Parameters
    ----------
    result
        A solved state, a density matrix or a `Synchronization`, one point; or a dataset with ``s`` over ``phi_31`` and
        ``phi_21`` and the phases ``optimum_found`` of its maximum, in radians.
    ax
        Where to draw; on a new figure if left out.
    levels
        The two levels whose phases are varied; the first two by default.  All others keep their optimal phases.
    unit
        Power of ten in which S is drawn.
    style
        For the map: see `matplotlib.axes.Axes.imshow`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is a batch, or has fewer than two phases.
    """
    if is_dataset(result):
        x, y = (variable(result, name, (name,)) for name in ("phi_21", "phi_31"))
        optimum, s = variable(result, "optimum_found", ("angle",)), variable(result, "s", ("phi_31", "phi_21"))
        shown = TorusMap(x, y, s, optimum, _angle(2, 1), _angle(3, 1))
    else:
        sync = synchronization_of(result)
        require_height(sync)
        shown = torus_map(sync, levels)
    ax = own_or_new(ax)
    unit = unit_of(shown.s, unit)
    values = shown.s / unit
    x, y, top = shown.x / np.pi, shown.y / np.pi, float(np.abs(values).max())
    with styled(style):
        mesh = colour_map(ax, x, y, values, **{"cmap": MAP, "vmin": -top, "vmax": top, **style})
    if top > 0.0:
        for sign, line in ((1.0, "-"), (-1.0, "--")):
            ax.contour(x, y, values, levels=np.sort(sign * top * _LINES), colors=INK, linewidths=0.4, linestyles=line)
    place = shown.optimum[:, np.newaxis] / np.pi
    ax.plot(*place, "x", color="white", ms=5.5, mew=2.0)  # around the cross, which dark red would hide
    ax.plot(*place, "x", color=INK, ms=4.5, label="maximum")
    ax.set_aspect("equal")
    ax.set(xlabel=rf"${shown.across}/\pi$", ylabel=rf"${shown.along}/\pi$")
    pi_ticks(ax, range(5))
    colour_bar(ax, mesh, in_unit(rf"S({shown.across},{shown.along})", unit))
    return ax
