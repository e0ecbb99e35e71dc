"""S of a distribution with phases of its own: a line over one of them, a map over two, with the maximum and its proof.

A picture shows S on a grid, and the largest value of a grid proves nothing: the maxima that are marked, and the height
that S is proven not to pass, are those of the certificate.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import Real, as_real, requirement
from torusync.phases import Joint, Optimum, Relative, Synchronization, synchronization
from torusync.plots.axes import in_unit, own_or_new, require_height, require_point, styled, unit_of
from torusync.plots.journal import ENGINE, GREY, INK, REFRIGERATOR
from torusync.plots.torus import TorusMap, draw_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STEPS: Final = 361
"""Points of a line: a step of one degree."""

_POINTS: Final = 181
"""Points an axis of a map: a step of two degrees."""

_TICKS: Final = [-1.0, -0.5, 0.0, 0.5, 1.0], ["−1", "−0.5", "0", "0.5", "1"]

_EDGE: Final = 1e-7
"""Angles nearer to −π are drawn at π: a maximum is known to the root of the rounding, and is to stand at one end."""

_UNIFORM: Final = 1.0 / (2.0 * math.pi)


def plot_phases(
    result: object,
    ax: "Axes | None" = None,
    *,
    unit: float | None = None,
    heights: Sequence[float] | None = None,
    **style: Any,
) -> "Axes":
    """Draw S over the one or two phases of its distribution, from −π to π, with all maxima known and their proof.

    Parameters
    ----------
    result
        A solved state of a system that has such a distribution, like a `SpinOne` or a `VanDerPolPair`, or the
        `Synchronization` of any state by `SU2`, `Fock`, `Relative` or `Joint`; one point.
    ax
        Where to draw; on a new figure if left out.  Of one phase, polar axes show the density of probability
        P = S + 1/2π as their radius.
    unit
        Power of ten in which S is drawn; on polar axes there is none.
    heights
        Of two phases, where to draw lines of equal height, in this unit; by default at parts of the largest modulus.
    style
        For the line, see `matplotlib.axes.Axes.plot`, or for the map, see `matplotlib.axes.Axes.imshow`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is a batch, has a phase for every level, as `SUD` reads them, or three phases.
    """
    sync = _of_point(result)
    ax = own_or_new(ax)
    if sync.phases.shape[-1] == 2:
        shown = _map(sync)
        unit = unit_of(shown.s, unit)
        draw_map(ax, shown, unit, heights, style, label=_in_words(sync, unit) if len(shown.optima) else "")
        ax.set_xticks(*_TICKS)
        ax.set_yticks(*_TICKS)
        _legend_above(ax)
        return ax
    if heights is not None:
        raise requirement("heights", "be left out for one phase, whose picture is a line", "it is given")
    draw = _draw_polar if ax.name == "polar" else _draw_line
    draw(ax, sync, unit, style)
    return ax


def _of_point(result: object) -> Synchronization:
    """Return the synchronization of one point, by one or two phases of its own."""
    sync = result if isinstance(result, Synchronization) else synchronization(result)
    if sync.distribution.levels:
        must = "have phases of its own, as SU2, Fock, Relative or Joint read them"
        but = (
            f"{sync.distribution!r} reads a phase for each of {sync.dimension} levels: plot_torus draws two of them, "
            "and synchronization(..., distribution=...) reads it in another way"
        )
        raise requirement("result", must, but)
    require_point("result", sync.pair_sum.shape)
    if not np.isfinite(sync.pair_sum):
        raise requirement("result", "be that of a state", "there was none: its steady state was refused")
    require_height(sync)
    count = sync.phases.shape[-1]
    if count > 2:
        advice, read = "read two of them", sync.distribution
        if isinstance(read, Joint):
            two = ", ".join(map(repr, read.distributions[:2]))
            advice += f", by synchronization(..., distribution=Joint({two}, dims={read.dims}, parts={read.parts[:2]}))"
        raise requirement("result", "have one or two phases, for a line or a map", f"it has {count}; {advice}")
    return sync


def _names(sync: Synchronization) -> list[str]:
    """Return what the phases are called: φ, or by the letters of the parts that they are of."""
    read = sync.distribution
    if not isinstance(read, Joint | Relative):
        return [r"\varphi" + (f"_{one}" if sync.phases.shape[-1] > 1 else "") for one in range(sync.phases.shape[-1])]
    letters = [rf"\varphi_{{{chr(ord('A') + part)}}}" for part in read.parts]
    return ["-".join(letters)] if isinstance(read, Relative) else letters


def _tops(sync: Synchronization) -> Real:
    """Return the phases ``(tops, phases)`` of all maxima known, in (−π, π]; none where nothing is preferred."""
    angles = np.angle(np.exp(1j * sync.optima().phases))
    return np.where(angles < _EDGE - np.pi, np.pi, angles)


def _maximum(sync: Synchronization) -> str:
    return "maximum, proven" if sync.certified else "highest found, not proven"


def _in_words(sync: Synchronization, unit: float) -> str:
    """Return what the crosses of a map are, and what S is proven not to pass: a line shows that, a map cannot."""
    bound = float(sync.s_max_bound) / unit
    ridge = "one on a ridge, " if sync.optimum_codes == Optimum.CONTINUUM else ""
    if not np.isfinite(bound):
        return f"{ridge}{_maximum(sync)}"
    steps = 10.0 ** (3 - math.floor(math.log10(bound)))
    return rf"{ridge}{_maximum(sync)}: $S\leq {math.ceil(bound * steps) / steps:.4g}$"


def _map(sync: Synchronization) -> TorusMap:
    angle = np.linspace(-np.pi, np.pi, _POINTS)
    pairs = np.empty((_POINTS, 2))
    pairs[:, 0] = angle
    rows = np.empty((_POINTS, _POINTS))
    harmonics, factor = sync.distribution.harmonics(sync.density), sync.distribution.factor(sync.dimension)
    for index, other in enumerate(angle):  # row by row: the harmonics of two modes at all points are many
        pairs[:, 1] = other
        rows[index] = factor.times(harmonics.at(pairs))
    return TorusMap(angle, angle, rows, _tops(sync).reshape(-1, 2), *_names(sync))


def _line(sync: Synchronization) -> tuple[Real, Real]:
    angle = np.linspace(-np.pi, np.pi, _STEPS)
    return angle, as_real("result", sync.distribution.at(sync.density, angle[:, np.newaxis]))


def _draw_line(ax: "Axes", sync: Synchronization, unit: float | None, style: dict[str, Any]) -> None:
    angle, s = _line(sync)
    (name,) = _names(sync)
    unit = unit_of(np.append(s, sync.s_max), unit)
    ax.axhline(0.0, color=GREY, lw=0.5)
    with styled(style):
        ax.plot(angle / np.pi, s / unit, **{"color": REFRIGERATOR, "lw": 1.2, **style})
    bound, tops = float(sync.s_max_bound) / unit, _tops(sync)
    if np.isfinite(bound):
        ax.axhline(bound, color=ENGINE, lw=0.8, ls=(0, (5.0, 2.0)), label="proven bound")
        if not sync.certified:
            ax.axhspan(float(sync.s_max) / unit, bound, fc="none", ec=GREY, hatch="////", lw=0.0, label="open")
    found = np.full(len(tops), float(sync.s_max) / unit)
    across = f"({name})" if "-" in name else name
    if len(tops):
        ax.plot(tops[:, 0] / np.pi, found, "o", color=INK, ms=4.0, label=_maximum(sync), clip_on=False, zorder=3)
    ax.set(xlim=(-1.0, 1.0), xlabel=rf"${across}/\pi$", ylabel=in_unit(rf"S({name})", unit))
    ax.set_xticks(*_TICKS)
    _legend_above(ax)


def _draw_polar(ax: "Axes", sync: Synchronization, unit: float | None, style: dict[str, Any]) -> None:
    if unit is not None:
        raise requirement("unit", "be left out on polar axes, which show P = S + 1/2π", f"it is {unit:g}")
    angle, s = _line(sync)
    (name,) = _names(sync)
    ax.plot(angle, np.full(len(angle), _UNIFORM), color=GREY, lw=0.8, ls=":", label=r"uniform, $1/2\pi$")
    with styled(style):
        ax.plot(angle, s + _UNIFORM, **{"color": REFRIGERATOR, "lw": 1.2, **style})
    bound, tops = float(sync.s_max_bound) + _UNIFORM, _tops(sync)
    if np.isfinite(bound):
        ax.plot(angle, np.full(len(angle), bound), color=ENGINE, lw=0.8, ls=(0, (5.0, 2.0)), label="proven bound")
    if len(tops):
        height = np.full(len(tops), float(sync.s_max) + _UNIFORM)
        ax.plot(tops[:, 0], height, "o", color=INK, ms=4.0, label=_maximum(sync), clip_on=False, zorder=3)
    ax.set_rmin(0.0)  # type: ignore[attr-defined]
    ax.set_xticks(np.pi * np.arange(4) / 2.0, [rf"${name}=0$", r"$\pi/2$", r"$\pi$", r"$-\pi/2$"])
    ax.tick_params(axis="y", labelsize=7.0)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)


def _legend_above(ax: "Axes") -> None:
    """Put the legend above the axes, at the right: a panel letter is at the left, and the data are everywhere."""
    handles, labels = ax.get_legend_handles_labels()
    place: dict[str, Any] = {"loc": "lower right", "bbox_to_anchor": (1.0, 1.0), "borderaxespad": 0.2}
    if labels:
        ax.legend(handles, labels, ncols=len(labels), columnspacing=1.0, handlelength=1.8, **place)
