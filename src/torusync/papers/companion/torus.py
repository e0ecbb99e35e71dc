"""The phase distribution of the engine on its torus, for two correlations of the hot dipoles.

A correlation p multiplies the damping of the bright state by 1 + p and so decides, at one and the same drive, whether
the drive or the mutual coupling of the two levels fixes the phases.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import xarray as xr
from matplotlib.axes import Axes

from torusync.figures.phasemap import paint_map, phase_map
from torusync.figures.record import assemble
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.quantities import solve

SPREAD: Final = companion.SPLITTINGS[0]

_POINT_FINDING: Final = "Aligned dipoles damp the bright state, and the drive wins: both phases localise at a point."
_RING_FINDING: Final = (
    "Opposite dipoles let the bright state live, and mutual coupling wins: only the difference of the phases is fixed, "
    "near π, and the maximum is a ring."
)


def _compute(correlation: float, quick: bool) -> xr.Dataset:
    n_hot = companion.REGIMES["engine"] * companion.N_COLD
    solved = solve(companion.machine(n_hot, SPREAD, dipole_correlation=correlation))
    k = (1.0 + correlation) * companion.RATES["gamma_hot"] * (1.0 + n_hot) / companion.DRIVE
    varied = {"n_hot": n_hot, "splitting": SPREAD, "dipole_correlation": correlation, "k": k}
    attrs = companion.stated([solved], **varied, finding=_RING_FINDING if k < 2.0 else _POINT_FINDING)
    return assemble(phase_map(solved, quick=quick), attrs)


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    title = rf"$p={data.attrs['dipole_correlation']:g}$, $(1+p)k={data.attrs['k']:g}$"
    paint_map(ax, data, title, found="maximum")


_PARAMETERS: Final = (
    f"Engine at n_h/n_c = {companion.REGIMES['engine']:g} and Δ = {SPREAD:g} ω_1; the two values of p stand on both "
    "sides of (1+p)k = 2. The splitting moves the phases of the maxima by a few per cent of π against those of Δ = 0."
)

_TORUS: Final = partial(
    companion.SPEC,
    said="By its abstract, coherences interact, and cooperate or compete.",
    departures=(companion.UNREAD, _PARAMETERS),
    paint=_paint,
    size=(3.4, 3.05),
)

POINT: Final[FigureSpec] = _TORUS(
    id="point",
    title="Phase distribution of the engine, p = 0.5",
    alt=(
        "Map of S over the torus of two phases, in units of its maximum: one red spot near (π/2, π/2) with a black "
        "cross on it, one blue spot opposite."
    ),
    compute=partial(_compute, 0.5),
)

RING: Final[FigureSpec] = _TORUS(
    id="ring",
    letter="b",
    title="Phase distribution of the engine, p = −0.99",
    alt=(
        "Map of S over the torus of two phases, in units of its maximum and the colours of the other map: a red ring, "
        "cut into two bands by the edges, along a black dotted line, phase difference π; a black cross on the maximum."
    ),
    compute=partial(_compute, -0.99),
)
