"""Maps of S over the torus of two levels: the fields of their data, how they are made, and how they are drawn."""

from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync.figures.record import Field, bounded
from torusync.plots import panel_letter, plot_torus
from torusync.plots.journal import INK
from torusync.plots.torus import torus_map
from torusync.quantities import Solution

MAP_SCHEMA: Final = (
    Field("phi_21", ("phi_21",), "phase of level 2 relative to level 1", "φ_21", "grid", "rad"),
    Field("phi_31", ("phi_31",), "phase of level 3 relative to level 1", "φ_31", "grid", "rad"),
    Field("s", ("phi_31", "phi_21"), "phase quasidistribution minus the uniform one", "S(φ_21, φ_31)", "Eq. (3)"),
    *bounded(),
    Field("optimum_found", ("angle",), "phases at the maximum, by search", "φ^opt", "search", "rad"),
)
"""Fields of a map of S over the torus of two levels, see `phase_map`."""

_RING: Final = r"$\varphi_{21}-\varphi_{31}=\pm\pi$"


def phase_map(solved: Solution, *, quick: bool) -> dict[str, Any]:
    """Return the values of `MAP_SCHEMA` for one solved machine of two levels."""
    sync = solved.synchronization
    found = torus_map(sync, (2, 3), 91 if quick else 241)
    return {
        "phi_21": found.x,
        "phi_31": found.y,
        "s": found.s,
        "s_max": float(sync.s_max),
        "s_max_bound": float(sync.s_max_bound),
        "optimum_found": found.optimum,
    }


def paint_map(ax: Axes, data: xr.Dataset, letter: str, title: str, *, found: str, size: float) -> None:
    """Draw a dataset with `MAP_SCHEMA`; what else is on the axes is in the legend, and ``found`` names the maximum."""
    plot_torus(data, ax, unit=1e-4)
    ax.lines[-1].set(label=found, markersize=size)
    if data.attrs["k"] < 2.0:  # the ring of antipodal phases, where S localises
        ax.plot([1.0, 2.0, np.nan, 0.0, 1.0], [0.0, 1.0, np.nan, 1.0, 2.0], ":", color=INK, lw=0.8, label=_RING)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3, handlelength=1.2, columnspacing=1.2)
    panel_letter(ax, letter)
    ax.set_title(title, pad=4)
