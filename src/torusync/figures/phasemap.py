"""Maps of S over the torus of two levels: how their data are made and drawn.

All maps have one scale of colours, S in units of its own maximum, so that two of them can be compared and a ring is as
red as a point.  S of two levels is never below −2 S_max, because with b = |cos(d/2)| of the difference d of the phases
its least value is −(2kb + 2b² − 1) and its largest is at least 1 + k²/2, or 2k − 1 from k = 2 on.
"""

from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.patheffects import withStroke

from torusync.figures.record import Columns, Field, peak
from torusync.plots import plot_torus
from torusync.plots.journal import INK
from torusync.plots.torus import torus_map
from torusync.quantities import Solution

HEIGHTS: Final = (-1.5, -1.0, -0.5, 0.25, 0.5, 0.75, 0.95)
"""Lines of equal height in units of S_max; those from 0.75 on go around a ring and close around a point."""

HALO: Final = (withStroke(linewidth=2.4, foreground="white"),)
"""Around what is drawn in ink: the heights that matter are dark red."""

LOWEST: Final = -2.0

_RINGS: Final = {
    1.0: (r"$\varphi_{21}-\varphi_{31}=\pm\pi$", ([1.0, 2.0, np.nan, 0.0, 1.0], [0.0, 1.0, np.nan, 1.0, 2.0])),
    0.0: (r"$\varphi_{21}=\varphi_{31}$", ([0.0, 2.0], [0.0, 2.0])),
}
"""By the difference of the phases in units of π: what it is called, and where it lies on the torus."""


def phase_map(solved: Solution, *, quick: bool) -> Columns:
    """Return S of one solved machine of two levels over its torus, and its maxima."""
    found = torus_map(solved.synchronization, (2, 3), 91 if quick else 241)
    over = ("phi_31", "phi_21")
    words, source = "phase quasidistribution minus the uniform one", "Eq. (3)"
    best, all_of_them = "phases at the maximum, by search", "phases at every maximum known, by search"
    return {
        Field("phi_21", ("phi_21",), "phase of level 2 relative to level 1", "φ_21", "grid", "rad"): found.x,
        Field("phi_31", ("phi_31",), "phase of level 3 relative to level 1", "φ_31", "grid", "rad"): found.y,
        Field("s", over, words, "S(φ_21, φ_31)", source): found.s,
        **peak((), solved),
        Field("optimum_found", ("angle",), best, "φ^opt", "search", "rad"): found.optima[0],
        Field("optima_found", ("found", "angle"), all_of_them, "φ^opt", "search", "rad"): found.optima,
    }


def paint_map(ax: Axes, data: xr.Dataset, *, found: str) -> None:
    """Draw the columns of `phase_map`; what else is on the axes is in the legend, and ``found`` names the maxima."""
    s_max = float(data["s_max"])
    plot_torus(data, ax, unit=s_max, heights=HEIGHTS, norm=TwoSlopeNorm(0.0, vmin=LOWEST, vmax=1.0))
    ax.lines[-1].set(label=found)
    (bar,) = ax.child_axes
    bar.set_ylabel(rf"$S/S_{{\max}}$, with $S_{{\max}}={1e4 * s_max:.2f}\times 10^{{-4}}$")
    bar.set_yticks([-2.0, -1.5, -1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0], minor=False)
    bar.set_yticklabels(["−2", "−1.5", "−1", "−0.5", "0", "0.25", "0.5", "0.75", "1"])
    if data.attrs["k"] < 2.0:  # the ring of one phase difference, where S localises: of antipodal phases in the engine
        label, ring = _RINGS[data.attrs.get("ring", 1.0)]
        ax.plot(*ring, ls=(0, (1.0, 1.6)), color=INK, lw=1.2, label=label, path_effects=HALO)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3, handlelength=1.4, columnspacing=1.2)
