"""S over two phases of the torus, with all its maxima.

Red above and blue below the uniform distribution are one grey on paper, so lines of equal height are drawn as well,
solid above and dashed below.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from torusync._checks import Real, as_count, as_list, as_real, requirement, shown
from torusync._limits import LISTED
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


_SAME: Final = 1e-5
"""Phases that differ by less are one optimum: at a quadratic maximum they are known to the root of the rounding."""


class TorusMap(NamedTuple):
    """S, its two angles and its maxima ``(optima, 2)``, in radians; ``across`` and ``along`` name the angles."""

    x: Real
    y: Real
    s: Real
    optima: Real
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
    first, second = two_levels(sync, levels)
    held = np.nan_to_num(sync.phases)
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    row = np.tile(held, (points, 1))
    row[:, first] = angle + held[sync.reference]
    rows = np.empty((points, points))
    for index, other in enumerate(row[:, first].copy()):  # row by row: the phases of all levels at all points are many
        row[:, second] = other
        rows[index] = phase_distribution(sync.density, row)
    optima = _optima(sync, first, second)
    return TorusMap(angle, angle, rows, optima, _angle(first, sync.reference), _angle(second, sync.reference))


def _optima(sync: Synchronization, first: int, second: int) -> Real:
    """Return all optima known in the plane of two phases, the one through which it is laid first."""
    known = np.nan_to_num(sync.phases)[np.newaxis]
    if 1 < sync.optima_count <= LISTED and np.isfinite(sync.phases).sum() <= LISTED:
        known = np.concatenate([known, np.nan_to_num(sync.optima().phases)])
    turned = known - known[:, [sync.reference]]
    apart = np.abs(np.exp(1j * turned) - np.exp(1j * turned[0]))
    apart[:, [first, second]] = 0.0
    plane = np.mod(turned[apart.max(axis=1) < _SAME][:, [first, second]], 2.0 * np.pi)
    new = [
        place
        for place in range(1, len(plane))
        if np.abs(np.exp(1j * plane[place]) - np.exp(1j * plane[0])).max() > _SAME
    ]
    return np.asarray(plane[[0, *new]])


def two_levels(sync: Synchronization, levels: tuple[int, int] | None) -> tuple[int, int]:
    """Return two levels beside the reference that carry coherence: those asked for, or the first.

    Raises
    ------
    ArgumentError
        If they are none such, or there are none.
    """
    free = [int(level) for level in np.flatnonzero(np.isfinite(sync.phases)) if level != sync.reference]
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
    heights: Sequence[float] | None = None,
    **style: Any,
) -> "Axes":
    """Draw S over two phases, in units of π, with a cross at each maximum that is known.

    Parameters
    ----------
    result
        A solved state, a density matrix or a `Synchronization`, one point; or a dataset with ``s`` over ``phi_31`` and
        ``phi_21`` and the phases ``optima_found`` of its maxima, or ``optimum_found`` of one, in radians.
    ax
        Where to draw; on a new figure if left out.
    levels
        The two levels whose phases are varied; the first two by default.  All others keep their optimal phases.
    unit
        Power of ten in which S is drawn.
    heights
        Where to draw lines of equal height, in this unit; by default at parts of the largest modulus.
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
        several = "optima_found" in result
        dims = ("found", "angle") if several else ("angle",)
        optima = np.atleast_2d(variable(result, "optima_found" if several else "optimum_found", dims))
        shown = TorusMap(x, y, variable(result, "s", ("phi_31", "phi_21")), optima, _angle(2, 1), _angle(3, 1))
    else:
        sync = synchronization_of(result)
        require_height(sync)
        shown = torus_map(sync, levels)
    ax = own_or_new(ax)
    draw_map(ax, shown, unit, heights, style)
    pi_ticks(ax, range(5))
    return ax


def draw_map(
    ax: "Axes",
    shown: TorusMap,
    unit: float | None,
    heights: Sequence[float] | None,
    style: dict[str, Any],
    *,
    label: str = "maximum",
) -> None:
    """Draw S over two angles with its lines of equal height, its colour bar, and a cross at each maximum."""
    unit = unit_of(shown.s, unit)
    values = shown.s / unit
    x, y, top = shown.x / np.pi, shown.y / np.pi, float(np.abs(values).max())
    scale = {} if "norm" in style else {"vmin": -top, "vmax": top}
    with styled(style):
        mesh = colour_map(ax, x, y, values, **{"cmap": MAP, **scale, **style})
    lines = []
    chosen = as_real("heights", heights if heights is not None else top * np.concatenate([-_LINES, _LINES]))
    for part, dash in ((np.unique(chosen[chosen > 0.0]), "-"), (np.unique(chosen[chosen < 0.0]), "--")):
        if top > 0.0 and part.size:
            lines.append(ax.contour(x, y, values, levels=part, colors=INK, linewidths=0.4, linestyles=dash))
    # around the crosses, which dark red would hide
    ax.plot(*shown.optima.T / np.pi, "x", color="white", ms=5.5, mew=2.0)
    ax.plot(*shown.optima.T / np.pi, "x", color=INK, ms=4.5, label=label or None)
    ax.set_aspect("equal")
    ax.set(xlabel=rf"${shown.across}/\pi$", ylabel=rf"${shown.along}/\pi$")
    colour_bar(ax, mesh, in_unit(rf"S({shown.across},{shown.along})", unit), lines)
