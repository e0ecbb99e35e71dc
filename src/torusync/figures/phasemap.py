"""Maps of S over the torus of two levels: the fields of their data, how they are made, and how they are drawn."""

from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm

from torusync.figures.canvas import INK, colour_bar, colour_map, panel_letter, pi_ticks
from torusync.figures.record import Field, Solved, bounded
from torusync.phases import phase_distribution

MAP: Final = "RdBu_r"

UNIT: Final = 1e-4
"""S is drawn in units of 10⁻⁴."""

MAP_SCHEMA: Final = (
    Field("phi_21", ("phi_21",), "phase of level 2 relative to level 1", "φ_21", "grid", "rad"),
    Field("phi_31", ("phi_31",), "phase of level 3 relative to level 1", "φ_31", "grid", "rad"),
    Field("s", ("phi_31", "phi_21"), "phase quasidistribution minus the uniform one", "S(φ_21, φ_31)", "Eq. (3)"),
    *bounded(),
    Field("optimum_found", ("angle",), "phases at the maximum, by search", "φ^opt", "search", "rad"),
)
"""Fields of a map of S over the torus of two levels, see `phase_map`."""

_RING: Final = r"$\varphi_{21}-\varphi_{31}=\pm\pi$"


def phase_map(solved: Solved, *, quick: bool) -> dict[str, Any]:
    """Return the values of `MAP_SCHEMA` for one solved machine of two levels."""
    sync = solved.sync
    angle = np.linspace(0.0, 2.0 * np.pi, 91 if quick else 241)
    phases = np.zeros((angle.size, angle.size, 4))
    phases[..., 2], phases[..., 3] = angle[np.newaxis, :], angle[:, np.newaxis]
    return {
        "phi_21": angle,
        "phi_31": angle,
        "s": phase_distribution(solved.state, phases),
        "s_max": float(sync.s_max),
        "s_max_upper": float(sync.upper_bound),
        "optimum_found": np.mod(sync.phases[2:4] - sync.phases[1], 2.0 * np.pi),
    }


def paint_map(ax: Axes, data: xr.Dataset, letter: str, title: str, *, found: str, size: float) -> None:
    """Draw a dataset with `MAP_SCHEMA`; what else is on the axes is in the legend, and ``found`` names the maximum."""
    values = data["s"].to_numpy() / UNIT
    angle = data["phi_21"].to_numpy() / np.pi
    mesh = colour_map(ax, angle, data["phi_31"].to_numpy() / np.pi, values, cmap=MAP, norm=CenteredNorm())
    if data.attrs["k"] < 2.0:  # the ring of antipodal phases, where S localises
        ax.plot([1.0, 2.0, np.nan, 0.0, 1.0], [0.0, 1.0, np.nan, 1.0, 2.0], ":", color=INK, lw=0.8, label=_RING)
    ax.plot(*(data["optimum_found"].to_numpy()[:, np.newaxis] / np.pi), "x", color=INK, ms=size, label=found)
    ax.set_aspect("equal")
    ax.set_xlabel(r"$\varphi_{21}/\pi$")
    ax.set_ylabel(r"$\varphi_{31}/\pi$")
    pi_ticks(ax, "x", range(5))
    pi_ticks(ax, "y", range(5))
    colour_bar(ax, mesh, r"$S(\varphi_{21},\varphi_{31})\;(10^{-4})$")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=3, handlelength=1.2, columnspacing=1.2)
    panel_letter(ax, letter)
    ax.set_title(title, pad=4)
