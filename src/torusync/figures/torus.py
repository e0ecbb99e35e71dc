"""Figs. 2(a) and 2(b): the phase distribution of two degenerate levels on its torus.

Only k = γ_h(1 + n_h)/λ matters for the shape; the panels stand on either side of k = 2, where the maximum splits.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm

from torusync.figures.canvas import INK, colour_bar, colour_map, panel_letter, pi_ticks
from torusync.figures.closed_form import optimal_phases
from torusync.figures.record import BATHS, RATES, Field, Solved, assemble, attributes, bounded, solve
from torusync.figures.spec import FigureSpec
from torusync.models import ThermalMaser
from torusync.phases import phase_distribution
from torusync.steady import Dense

RATIO: Final = 100.0
"""n_h/n_c of both panels."""

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

_SCHEMA: Final = (
    *MAP_SCHEMA,
    Field("optima_count", (), "number of isolated optima", "-", "search"),
    Field("optima_printed", ("optimum", "angle"), "optimal phases, printed", "φ^opt", "Eq. (12)", "rad"),
)


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


def _compute(k: float, quick: bool) -> xr.Dataset:
    n_hot = RATIO * BATHS["n_cold"]
    drive = BATHS["gamma_hot"] * (1.0 + n_hot) / k
    solved = solve(ThermalMaser([drive, drive], n_hot=n_hot, **BATHS), Dense())
    values = phase_map(solved, quick=quick) | {
        "optima_count": int(solved.sync.multiplicity),
        "optima_printed": optimal_phases(n_hot, drive, RATES),
    }
    return assemble(_SCHEMA, values, attributes([solved], n_hot=n_hot, drive=drive, k=k, levels=2))


_RING: Final = r"$\varphi_{21}-\varphi_{31}=\pm\pi$"


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


def _paint(letter: str, axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    printed = data["optima_printed"].to_numpy() / np.pi
    ax.plot(*printed.T, "o", mfc="none", mec=INK, mew=0.9, ms=7.5, label="Eq. (12)")
    paint_map(ax, data, letter, rf"$k={data.attrs['k']:g}$", found="search", size=3.8)


_WHY_LAMBDA = (
    "The caption prints n_h/n_c = 100 and λ_2 = 0.1 ω_1, which together make k = 25.5. The shape of S depends on k "
    "alone, so λ = {drive} ω_1 is used here to reach k = {k}; with another γ_h the shape would be the same."
)

FIG2A: Final = FigureSpec(
    id="fig2a",
    title="Phase distribution of two levels, entrainment dominant (k = 3)",
    said=(
        "For weak driving (k = 3, engine, n_h/n_c = 100) S has one localised maximum where both levels are in phase "
        "with each other: the drive wins."
    ),
    alt="Map of S over the torus of two phases: one red spot at (π/2, π/2), one blue spot opposite.",
    departures=(_WHY_LAMBDA.format(drive="0.85", k="3"),),
    compute=partial(_compute, 3.0),
    paint=partial(_paint, "a"),
    size=(3.4, 3.05),
)

FIG2B: Final = FigureSpec(
    id="fig2b",
    title="Phase distribution of two levels, mutual coupling dominant (k = 0.75)",
    said=(
        "For strong driving (k = 0.75) the single phases no longer localise; only their difference is fixed, near π. "
        "The maximum is a ring on the torus: mutual coupling wins and entrainment is lost."
    ),
    alt="Map of S over the torus of two phases: two red bands along phase difference π, two maxima on one of them.",
    departures=(
        _WHY_LAMBDA.format(drive="3.4", k="0.75"),
        "The ring is a ridge and not a level line: S varies along it, and Eq. (12) gives its two tops.",
    ),
    compute=partial(_compute, 0.75),
    paint=partial(_paint, "b"),
    size=(3.4, 3.05),
)
