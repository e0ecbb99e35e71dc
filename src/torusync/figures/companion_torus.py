"""The phase distribution of the engine on its torus, for two correlations of the hot dipoles.

A correlation p multiplies the damping of the bright state by 1 + p and so decides, at one and the same drive, whether
the drive or the mutual coupling of the two levels fixes the phases.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm

from torusync.figures.canvas import INK, colour_bar, colour_map, panel_letter, pi_ticks
from torusync.figures.companion_record import (
    DRIVE,
    N_COLD,
    RATES,
    REGIMES,
    SPEC,
    SPLITTINGS,
    UNREAD,
    machine,
    stated,
)
from torusync.figures.record import Field, Tally, assemble, bounded, solve
from torusync.figures.spec import FigureSpec
from torusync.figures.torus import MAP, UNIT
from torusync.phases import phase_distribution

SPREAD: Final = SPLITTINGS[0]

_POINT_FINDING: Final = "Aligned dipoles damp the bright state, and the drive wins: both phases localise at a point."
_RING_FINDING: Final = (
    "Opposite dipoles let the bright state live, and mutual coupling wins: only the difference of the phases is fixed, "
    "near π, and the maximum is a ring."
)

_SCHEMA: Final = (
    Field("phi_21", ("phi_21",), "phase of level 2 relative to level 1", "φ_21", "grid", "rad"),
    Field("phi_31", ("phi_31",), "phase of level 3 relative to level 1", "φ_31", "grid", "rad"),
    Field("s", ("phi_31", "phi_21"), "phase quasidistribution minus the uniform one", "S(φ_21, φ_31)", "Eq. (3)"),
    *bounded(),
    Field("optimum_found", ("angle",), "phases at the maximum, by search", "φ^opt", "search", "rad"),
)


def _compute(correlation: float, quick: bool) -> xr.Dataset:
    tally = Tally()
    n_hot = REGIMES["engine"] * N_COLD
    solved = tally.add(solve(machine(n_hot, SPREAD, dipole_correlation=correlation)))
    sync = solved.sync
    angle = np.linspace(0.0, 2.0 * np.pi, 91 if quick else 241)
    phases = np.zeros((angle.size, angle.size, 4))
    phases[..., 2], phases[..., 3] = angle[np.newaxis, :], angle[:, np.newaxis]
    values = {
        "phi_21": angle,
        "phi_31": angle,
        "s": phase_distribution(solved.state, phases),
        "s_max": float(sync.s_max),
        "s_max_upper": float(sync.upper_bound),
        "optimum_found": np.mod(sync.phases[2:4] - sync.phases[1], 2.0 * np.pi),
    }
    k = (1.0 + correlation) * RATES["gamma_hot"] * (1.0 + n_hot) / DRIVE
    finding = _RING_FINDING if k < 2.0 else _POINT_FINDING
    return assemble(
        _SCHEMA,
        values,
        stated(tally, n_hot=n_hot, splitting=SPREAD, dipole_correlation=correlation, k=k, finding=finding),
    )


def _paint(letter: str, axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    angle = data["phi_21"].to_numpy() / np.pi
    values = data["s"].to_numpy() / UNIT
    mesh = colour_map(ax, angle, data["phi_31"].to_numpy() / np.pi, values, cmap=MAP, norm=CenteredNorm())
    ring = r"$\varphi_{21}-\varphi_{31}=\pm\pi$"
    if data.attrs["k"] < 2.0:
        ax.plot([1.0, 2.0, np.nan, 0.0, 1.0], [0.0, 1.0, np.nan, 1.0, 2.0], ":", color=INK, lw=0.8, label=ring)
    found = data["optimum_found"].to_numpy()[:, np.newaxis] / np.pi
    ax.plot(*found, "x", color=INK, ms=4.5, mew=1.0, label="maximum")
    ax.set_aspect("equal")
    ax.set_xlabel(r"$\varphi_{21}/\pi$")
    ax.set_ylabel(r"$\varphi_{31}/\pi$")
    pi_ticks(ax, "x", range(5))
    pi_ticks(ax, "y", range(5))
    colour_bar(ax, mesh, r"$S(\varphi_{21},\varphi_{31})\;(10^{-4})$")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.17), ncols=2, handlelength=1.2, columnspacing=1.2)
    panel_letter(ax, letter)
    ax.set_title(rf"$p={data.attrs['dipole_correlation']:g}$, $(1+p)k={data.attrs['k']:g}$", pad=4)


_PARAMETERS: Final = (
    f"Engine at n_h/n_c = {REGIMES['engine']:g} and Δ = {SPREAD:g} ω_1; the two values of p stand on both sides of "
    "(1+p)k = 2. The splitting moves the phases of the maxima by a few per cent of π against those of Δ = 0."
)

POINT: Final[FigureSpec] = SPEC(
    id="point",
    title="Phase distribution of the engine, p = 0.5",
    said=("By its abstract, coherences interact, and cooperate or compete."),
    alt="Map of S over the torus of two phases: one red spot near (π/2, π/2), one blue spot opposite.",
    departures=(UNREAD, _PARAMETERS),
    compute=partial(_compute, 0.5),
    paint=partial(_paint, "a"),
    size=(3.4, 3.05),
)

RING: Final[FigureSpec] = SPEC(
    id="ring",
    title="Phase distribution of the engine, p = −0.99",
    said=("By its abstract, coherences interact, and cooperate or compete."),
    alt="Map of S over the torus of two phases: two red bands along phase difference π.",
    departures=(UNREAD, _PARAMETERS),
    compute=partial(_compute, -0.99),
    paint=partial(_paint, "b"),
    size=(3.4, 3.05),
)
