"""What changes along time: populations and coherences of a trajectory, and phases of the frozen model.

The frozen model shows drift that the master equation does not have, so that it is drawn together with the evolution of
the same start and in no other way.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import Integer, as_count, as_instance, as_list, requirement
from torusync.dynamics import PhaseRuns, Trajectory
from torusync.plots.axes import own_or_new, require_point, styled, time_label
from torusync.plots.journal import ENGINE, GREY, REFRIGERATOR

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_NAMED: Final = 6
"""Levels, or phases, that still have a line style and an entry of the legend each."""

_PAIRS: Final = 3
_DASHES: Final[tuple[Any, ...]] = ("-", (0, (5, 2)), (0, (2, 1.2)), (0, (6, 1.5, 1, 1.5)), (0, (1, 1.2)), (0, (9, 3)))


def one_trajectory(result: Trajectory) -> Trajectory:
    """Return a trajectory of one system, of which something was computed."""
    path = as_instance("result", result, Trajectory, "the Trajectory of ts.evolve")
    if not path.batch_shape:
        raise requirement("result", "be along times", "it is of one; take the Trajectory as ts.evolve gives it")
    require_point("result", path.batch_shape[:-1])
    if not np.any(path.computed):
        raise requirement("result", "hold states", "the evolution was interrupted before the first")
    return path


def plot_trajectory(
    result: Trajectory, ax: "Axes | None" = None, *, pairs: Sequence[tuple[int, int]] | None = None, **style: Any
) -> "Axes":
    """Draw populations along time in blue, and moduli of coherences in orange.

    Parameters
    ----------
    result
        The `Trajectory` of one system.
    ax
        Where to draw; on a new figure if left out.
    pairs
        Levels of the coherences; the three that become largest by default.
    style
        For the lines: see `matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is a batch, or a level is none of its own.
    """
    path = one_trajectory(result)
    chosen = _largest(path) if pairs is None else _as_pairs(pairs, path.dimension)
    ax = own_or_new(ax)
    many = path.dimension > _NAMED
    with styled(style):
        for level, population in enumerate(path.populations.T):
            look = {"color": REFRIGERATOR, "ls": _DASHES[level % len(_DASHES)], "alpha": 0.5 if many else 1.0}
            name = None if many and level else "populations" if many else rf"$\rho_{{{level}{level}}}$"
            ax.plot(path.times, population, **{**look, "label": name, **style})
        for place, (i, j) in enumerate(chosen):
            look = {"color": ENGINE, "ls": _DASHES[place % len(_DASHES)]}
            label = rf"$|\rho_{{{i}{',' if max(i, j) > 9 else ''}{j}}}|$"
            ax.plot(path.times, np.abs(path.coherence(int(i), int(j))), **{**look, "label": label, **style})
    first, last = float(path.times[0]), float(path.times[-1])
    ax.set(xlabel=f"${time_label(path.system)}$", ylabel=r"$\rho_{ii},\ |\rho_{ij}|$", ylim=(0.0, None))
    if last > first:
        ax.set_xlim(first, last)
    ax.legend(ncols=2, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax


def _largest(path: Trajectory) -> Integer:
    moduli = np.nanmax(np.abs(path.rho), axis=0, initial=0.0)
    upper = np.argwhere(np.triu(moduli > 0.0, 1))
    order = np.argsort(-moduli[upper[:, 0], upper[:, 1]], kind="stable")
    return np.asarray(upper[order[:_PAIRS]])


def _as_pairs(pairs: object, size: int) -> Integer:
    must = f"be pairs of two of the levels 0 to {size - 1}"
    found = []
    for pair in as_list("pairs", pairs, must):
        both = [as_count("pairs", one) for one in as_list("pairs", pair, must)]
        if len(both) != 2 or both[0] == both[1] or max(both) >= size:
            raise requirement("pairs", must, f"one is {tuple(both)}")
        found.append(both)
    return np.array(found, dtype=np.int64).reshape(-1, 2)


def plot_phase_model(result: PhaseRuns, ax: "Axes | None" = None, *, start: int = 0, **style: Any) -> "Axes":
    """Draw the phases of one start: of the frozen model dashed and orange, of the master equation solid and blue.

    Both begin at the same phases.  The frozen model alone is not drawn.

    Parameters
    ----------
    result
        `PhaseRuns`, what `FrozenModel.run` returns.
    ax
        Where to draw; on a new figure if left out.
    start
        Which of the starts.
    style
        For the lines: see `matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If there is no such start.
    """
    runs = as_instance("result", result, PhaseRuns, "the PhaseRuns of FrozenModel.run")
    frozen, true = (np.reshape(one, (-1, *one.shape[-2:])) for one in (runs.frozen, runs.coevolving))
    chosen = as_count("start", start)
    if chosen >= len(frozen):
        raise requirement("start", f"be one of the {len(frozen)} starts, from 0", f"it is {chosen}")
    drifts = np.reshape(runs.frozen_drifting, (len(frozen), -1))[chosen].sum()
    ax = own_or_new(ax)
    # by whole turns, so that both begin at the same place whatever was unwrapped
    ahead = 2.0 * np.pi * np.round((frozen[chosen, 0] - true[chosen, 0]) / (2.0 * np.pi))
    with styled(style):
        for phases, look, label in (
            (frozen[chosen] - ahead, {"color": ENGINE, "ls": (0, (4, 1.5))}, f"frozen: {drifts} of {len(ahead)} drift"),
            (true[chosen], {"color": REFRIGERATOR, "ls": "-"}, "master equation"),
        ):
            lines = ax.plot(runs.times, phases / np.pi, **{**look, "lw": 1.0, **style})
            lines[0].set_label(label)
    ax.axhline(0.0, color=GREY, lw=0.4, zorder=0)
    ax.set(xlim=(runs.times[0], runs.times[-1]), xlabel=r"$\omega_1 t$", ylabel=r"$\Phi_{ij}/\pi$")
    ax.legend(loc="best")
    return ax
