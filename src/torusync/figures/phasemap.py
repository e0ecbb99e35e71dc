"""Maps of S over the torus of two levels: how their data are made and drawn."""

from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync.figures.record import Columns, Field, peak
from torusync.plots import plot_torus
from torusync.plots.journal import INK
from torusync.plots.torus import torus_map
from torusync.quantities import Solution

_RING: Final = r"$\varphi_{21}-\varphi_{31}=\pm\pi$"


def phase_map(solved: Solution, *, quick: bool) -> Columns:
    """Return S of one solved machine of two levels over its torus, and the maximum."""
    found = torus_map(solved.synchronization, (2, 3), 91 if quick else 241)
    return {
        Field("phi_21", ("phi_21",), "phase of level 2 relative to level 1", "φ_21", "grid", "rad"): found.x,
        Field("phi_31", ("phi_31",), "phase of level 3 relative to level 1", "φ_31", "grid", "rad"): found.y,
        Field(
            "s", ("phi_31", "phi_21"), "phase quasidistribution minus the uniform one", "S(φ_21, φ_31)", "Eq. (3)"
        ): found.s,
        **peak((), solved),
        Field("optimum_found", ("angle",), "phases at the maximum, by search", "φ^opt", "search", "rad"): found.optimum,
    }


def paint_map(ax: Axes, data: xr.Dataset, title: str, *, found: str, size: float) -> None:
    """Draw the columns of `phase_map`; what else is on the axes is in the legend, and ``found`` names the maximum."""
    plot_torus(data, ax, unit=1e-4)
    ax.lines[-1].set(label=found, markersize=size)
    if data.attrs["k"] < 2.0:  # the ring of antipodal phases, where S localises
        ax.plot([1.0, 2.0, np.nan, 0.0, 1.0], [0.0, 1.0, np.nan, 1.0, 2.0], ":", color=INK, lw=0.8, label=_RING)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3, handlelength=1.2, columnspacing=1.2)
    ax.set_title(title, pad=4)
