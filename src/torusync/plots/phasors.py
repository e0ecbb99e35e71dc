"""Where the optimal phases stand on the circle, and their mean phasor.

Phases say nothing about levels that hardly take part, so the mean weighs each with its coherence with the reference:
for degenerate levels that is proportional to the drive.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from torusync._checks import Real, requirement
from torusync.phases import Synchronization
from torusync.plots.axes import is_dataset, own_or_new, styled, synchronization_of, variable
from torusync.plots.journal import GREY, INK, REFRIGERATOR

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_NAMED = 12
"""Levels whose numbers still fit on the circle."""


class _Phasors(NamedTuple):
    """Phases ``(draws, levels)`` in radians, mean phasors ``(draws,)``, and the names of the levels."""

    phases: Real
    mean: Any
    names: list[str]


def _of_point(sync: Synchronization) -> _Phasors:
    carrying = np.flatnonzero(np.isfinite(sync.phases))
    levels = carrying[carrying != sync.reference]
    if not levels.size:
        raise requirement("result", "carry coherence", "it is diagonal: its phases are undefined")
    phases = np.mod(sync.phases[levels] - sync.phases[sync.reference], 2.0 * np.pi)
    weight = np.abs(sync.density.row(sync.reference)[levels])
    if not weight.any():  # joined to the reference through others only
        weight = np.ones(levels.size)
    mean = np.sum(weight * np.exp(1j * phases)) / np.sum(weight)
    return _Phasors(phases[np.newaxis], np.array([mean]), [str(level) for level in levels])


def _of_dataset(data: "xr.Dataset") -> _Phasors:
    if "phase" in data and "draw" not in data["phase"].dims:
        data = data.expand_dims("draw")
    phases = variable(data, "phase", ("draw", "level"))
    mean = variable(data, "mean_x", ("draw",)) + 1j * variable(data, "mean_y", ("draw",))
    return _Phasors(phases, mean, [str(level) for level in data["level"].to_numpy()])


def plot_phasors(result: object, ax: "Axes | None" = None, **style: Any) -> "Axes":
    """Draw the optimal phases as dots on the unit circle, and their weighted mean phasor as a diamond.

    Parameters
    ----------
    result
        A solved state, a density matrix or a `Synchronization`, one point; or a dataset with ``phase`` over ``level``
        in radians and, of each ``draw``, if there are several, the mean phasor ``mean_x``, ``mean_y``.
    ax
        Where to draw; on a new figure if left out.
    style
        For the dots: see `matplotlib.axes.Axes.scatter`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is a batch, or carries no coherence.
    """
    from matplotlib.colors import is_color_like  # noqa: PLC0415

    shown = _of_dataset(result) if is_dataset(result) else _of_point(synchronization_of(result))
    ax = own_or_new(ax)
    around = np.linspace(0.0, 2.0 * np.pi, 361)
    ax.plot(np.cos(around), np.sin(around), color=GREY, lw=0.7)
    ax.plot([-1.0, 1.0, np.nan, 0.0, 0.0], [0.0, 0.0, np.nan, -1.0, 1.0], color=GREY, lw=0.4)
    colour = style.get("color", REFRIGERATOR)
    tints = _tints(colour, len(shown.phases)) if is_color_like(colour) else [colour] * len(shown.phases)
    for phases, tint in zip(shown.phases, tints, strict=True):
        plain = {"s": 26, "lw": 0.3, "zorder": 3, "clip_on": False}
        with styled(style):
            dots = ax.scatter(np.cos(phases), np.sin(phases), **{**plain, **style, "color": tint})
        if not style.keys() & {"ec", "edgecolor", "edgecolors"}:
            dots.set_edgecolor("white")
    ax.scatter(shown.mean.real, shown.mean.imag, s=40, marker="D", fc="none", ec=INK, lw=0.7, zorder=2)
    _name_axes(ax)
    if len(shown.phases) == 1 and len(shown.names) <= _NAMED:
        _name(ax, shown.phases[0], shown.names)
    ax.set(xlim=(-1.45, 1.45), ylim=(-1.3, 1.3), aspect="equal")
    ax.axis("off")
    phasor_legend(ax, tints, [r"$\varphi_j^{\rm opt}$", "weighted mean"])
    return ax


def phasor_legend(ax: "Axes", tints: Sequence[Any], labels: Sequence[str]) -> None:
    """Name dots and diamonds below the circle; of several draws, the tints from the first to the last."""
    from matplotlib.legend_handler import HandlerTuple  # noqa: PLC0415
    from matplotlib.lines import Line2D  # noqa: PLC0415

    dots = [Line2D([], [], marker="o", ls="", mfc=tint, mec="white", mew=0.3, ms=5) for tint in tints]
    handles: list[Any] = [dots[-1], Line2D([], [], marker="D", ls="", mec=INK, mfc="none", ms=5)]
    texts = list(labels)
    if len(dots) > 1:
        handles.append(tuple(dots))
        texts.append(f"draws 1 to {len(dots)}")
    joined = {tuple: HandlerTuple(ndivide=None, pad=0.0)}
    place: dict[str, Any] = {"loc": "upper center", "bbox_to_anchor": (0.5, 0.0), "ncols": len(texts)}
    ax.legend(
        handles, texts, handler_map=joined, columnspacing=1.0, handlelength=2.2 if len(dots) > 1 else 1.2, **place
    )


def phasor_tints(ax: "Axes") -> list[Any]:
    """Return the colours of the draws, first to last, that are on the axes."""
    return [found.get_facecolor()[0] for found in ax.collections if len(found.get_facecolor())]


def _tints(colour: Any, draws: int) -> list[Any]:
    """Return the colour as it looks on white in rising opacity; dots that lie upon each other keep it."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415

    opacity = np.linspace(0.25, 1.0, draws) if draws > 1 else np.ones(1)
    return [tuple(1.0 - alpha * (1.0 - np.array(to_rgb(colour)))) for alpha in opacity]


def _name_axes(ax: "Axes") -> None:
    for angle, text in enumerate((r"$\varphi=0$", r"$\pi/2$", r"$\pi$", r"$3\pi/2$")):
        x, y = np.cos(0.5 * np.pi * angle), np.sin(0.5 * np.pi * angle)
        ax.text(1.08 * x, 1.17 * y, text, ha=("left", "center", "right", "center")[angle], va="center")
    ax.text(0.6, -0.03, r"${\rm Re}\,e^{i\varphi}$", color=GREY, fontsize=7.0, ha="right", va="top")
    ax.text(0.03, 0.6, r"${\rm Im}\,e^{i\varphi}$", color=GREY, fontsize=7.0, ha="left", va="top")


def _name(ax: "Axes", phases: Real, names: list[str]) -> None:
    """Write the numbers of the levels inside the circle, those that stand together beside one dot."""
    left = list(range(len(names)))
    while left:
        near = [i for i in left if np.cos(phases[i] - phases[left[0]]) > np.cos(0.3)]
        angle = float(np.angle(np.exp(1j * phases[near]).mean()))
        text = ", ".join(names[i] for i in near)
        across = "left" if np.cos(angle) < -0.5 else "right" if np.cos(angle) > 0.5 else "center"
        ax.text(0.86 * np.cos(angle), 0.86 * np.sin(angle), text, ha=across, va="center", fontsize=8)
        left = [i for i in left if i not in near]
