"""What S_max is made of: the share of each named set of coherences at the optimal phases, or of each pair.

A share below zero is what the others win against: competition.  Its bar points the other way and is hatched.
"""

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from torusync._checks import requirement
from torusync.conventions import s_of_pairs
from torusync.phases import Synchronization
from torusync.plots.axes import (
    axis_label,
    in_unit,
    is_dataset,
    own_or_new,
    require_height,
    styled,
    synchronization_of,
    unit_of,
    variable,
)
from torusync.plots.journal import GREY, INK

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

_PAIRS: Final = 10
"""Pairs that have a bar of their own; more could not be read."""

_LINES: Final = ("--", ":", "-.")


def share_bars(sync: Synchronization) -> dict[str, float]:
    """Return the shares of one point by name: of its sets, or of the ten largest pairs and of all others."""
    if sync.shares:
        return {name: float(share) for name, share in sync.shares.items()}
    z = np.nan_to_num(sync.phasors)
    pairs = (np.conj(z)[:, np.newaxis] * sync.density.to_array() * z).real
    rows, columns = np.triu_indices(sync.dimension, 1)
    found = s_of_pairs(sync.dimension, pairs[rows, columns])
    order = np.argsort(-np.abs(found), kind="stable")
    named = {rf"$\rho_{{{rows[i]},{columns[i]}}}$": float(found[i]) for i in order[:_PAIRS] if found[i]}
    rest = found[order[_PAIRS:]]
    return named | ({f"{rest.size} others": float(rest.sum())} if rest.any() else {})


def plot_shares(result: object, ax: "Axes | None" = None, *, unit: float | None = None, **style: Any) -> "Axes":
    """Draw what S_max is made of, as bars of one point or as lines over a parameter.

    Parameters
    ----------
    result
        A solved state, a density matrix or a `Synchronization`, one point: a bar a named set of coherences, or a pair
        where none are named, and S_max below them.  Or a dataset with ``s_max`` over one dimension, drawn as dots, and
        parts of it, ``entrainment`` and ``mutual``, drawn as lines.
    ax
        Where to draw; on a new figure if left out.
    unit
        Power of ten in which S is drawn.
    style
        For the bars, see `matplotlib.axes.Axes.barh`, or for dots and lines, see `matplotlib.axes.Axes.plot`.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ArgumentError
        If the result is a batch, or the dataset has more than one dimension.
    """
    if is_dataset(result):
        return _plot_lines(result, own_or_new(ax), unit, style)
    sync = synchronization_of(result)
    require_height(sync)
    shares = share_bars(sync)
    ax = own_or_new(ax)
    values = np.array([*shares.values(), float(sync.s_max)])
    unit = unit_of(values, unit)
    below = values < 0.0
    place = np.arange(values.size)[::-1]
    for y, value, negative in zip(place, values / unit, below, strict=True):
        look = {"color": "white", "hatch": "////"} if negative else {"color": "#BBBBBB"}
        if y == 0:
            look = {"color": INK}
        with styled(style):
            ax.barh(y, value, **{"height": 0.62, "ec": INK, "lw": 0.6, **look, **style})
    for y, value in zip(place, values, strict=True):
        total = values[-1]
        share = f"{100.0 * value / total:.3g} %".replace("-", "−") if total > 0.0 else "0"
        side = -1 if value < 0.0 else 1
        ax.annotate(
            share, (value / unit, float(y)), (3 * side, 0), textcoords="offset points",
            ha="left" if side > 0 else "right", va="center", fontsize=7.5,
        )  # fmt: skip
    ax.axvline(0.0, color=INK, lw=0.6)
    ax.set_yticks(place, [*shares, r"$S_{\max}$"])
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.3 if below.any() else 0.2)
    ax.set_xlabel(in_unit(r"\mathrm{share\ of}\ S_{\max}", unit))
    return ax


def _plot_lines(data: "xr.Dataset", ax: "Axes", unit: float | None, style: dict[str, Any]) -> "Axes":
    if "s_max" not in data or data["s_max"].ndim != 1:
        found = ", ".join(map(str, data["s_max"].dims)) if "s_max" in data else "no s_max"
        raise requirement("result", "have s_max over one dimension", f"it has {found}; choose first with result.isel")
    dim = str(data["s_max"].dims[0])
    s_max, x = variable(data, "s_max", (dim,)), data[dim].to_numpy()
    unit = unit_of(s_max, unit)
    colour = style.get("color", INK)
    for name, line in zip(("entrainment", "mutual"), _LINES, strict=False):
        if name in data:
            look = {"color": GREY, **style, "label": f"{name} part"}
            with styled(style):
                ax.plot(x, variable(data, name, (dim,)) / unit, line, **look)
    dots = {"marker": "o", "ls": "", "color": colour, "mec": "white", "mew": 0.4, "ms": 4, "label": r"$S_{\max}$"}
    with styled(style):
        ax.plot(x, s_max / unit, **{**dots, **style})
    ax.set(xlabel=axis_label(data, dim), ylabel=in_unit(r"S_{\max}", unit))
    return ax
