"""Moduli on a logarithmic axis: what changes sign goes down to the edge there, and each branch says its sign.

A line through the points of a grid has a notch of no meaning at a zero: how deep it is says where the grid has its
points.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from torusync._checks import Real

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def zeros_between(x: Real, y: Real) -> Real:
    """Return where ``y``, taken as straight between the points ``x``, passes through zero."""
    left, right = y[:-1], y[1:]
    place = np.flatnonzero(left * right < 0.0)
    return np.asarray(x[place] - left[place] * (x[place + 1] - x[place]) / (right[place] - left[place]))


def plot_modulus(ax: "Axes", x: Real, y: Real, *, lowest: float, signs: bool = True, **style: Any) -> None:
    """Draw |y| over rising ``x`` on a logarithmic axis that begins at ``lowest``.

    The branches on both sides of a zero meet it at the edge of the axes; with ``signs`` a triangle marks it there, and
    each branch carries its sign.
    """
    crossings = zeros_between(x, y)
    at = np.concatenate([x, crossings])
    height = np.concatenate([np.abs(y), np.full(crossings.size, 0.1 * lowest)])  # out of sight: zero is not on the axis
    order = np.argsort(at, kind="stable")
    (line,) = ax.plot(at[order], np.maximum(height[order], 0.1 * lowest), **style)
    if not signs:
        return
    look: dict[str, Any] = {
        "marker": "^",
        "ls": "",
        "color": line.get_color(),
        "ms": 4.5,
        "clip_on": False,
        "zorder": 4,
    }
    ax.plot(crossings, np.full(crossings.size, lowest), **look)
    ends = np.concatenate([x[:1], crossings, x[-1:]])
    for first, last in pairwise(ends):
        inside = np.flatnonzero((x >= first) & (x <= last) & (np.abs(y) > lowest))
        if inside.size:
            middle = int(inside[np.argmin(np.abs(x[inside] - 0.5 * (first + last)))])
            text = "$+$" if y[middle] > 0.0 else "$-$"
            box = {"boxstyle": "circle,pad=0.05", "fc": "white", "ec": "none"}
            ax.text(
                x[middle], abs(y[middle]), text, color=line.get_color(), ha="center", va="center", fontsize=8.0,
                bbox=box, zorder=5,
            )  # fmt: skip
