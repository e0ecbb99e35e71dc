"""The phase distributions of engine and refrigerator on their torus, for two correlations of the hot dipoles.

A correlation p multiplies the damping of the bright state by 1 + p and so decides, at one and the same drive, whether
the drive or the mutual coupling of the two levels fixes the phases.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync._checks import Real
from torusync.figures.phasemap import paint_map, phase_map
from torusync.figures.record import assemble
from torusync.figures.spec import FigureSpec
from torusync.papers.companion import parameters as companion
from torusync.quantities import solve

SPREAD: Final = 0.1
"""Δ in units of ω_1."""

APART: Final = {"engine": 1.0, "refrigerator": 0.0}
"""Phase difference, in units of π, that the mutual coupling prefers."""

_POINT: Final = "Aligned dipoles damp the bright state, and the drive wins"
_RING: Final = (
    "Opposite dipoles let the bright state live, and mutual coupling fixes the difference of the phases, near {apart}"
)


def _compute(regime: str, correlation: float, quick: bool) -> xr.Dataset:
    n_hot = companion.REGIMES[regime] * companion.N_COLD
    solved = solve(companion.machine(n_hot, SPREAD, dipole_correlation=correlation))
    k = (1.0 + correlation) * companion.RATES["gamma_hot"] * (1.0 + n_hot) / companion.DRIVE
    columns = phase_map(solved, quick=quick)
    share = _above_half(next(values for one, values in columns.items() if one.name == "s"))
    words = _RING.format(apart="π" if APART[regime] else "0") if k < 2.0 else _POINT
    where = "the whole circle" if share == 1.0 else "a part of the circle"
    finding = f"{words}. S rises above half its maximum along {where} of common phases (claim K10)."
    varied = {"n_hot": n_hot, "splitting": SPREAD, "dipole_correlation": correlation, "k": k, "ring": APART[regime]}
    return assemble(columns, companion.stated([solved], **varied, finding=finding))


def _above_half(s: Real) -> float:
    """Return the part of all common phases at which S, each at its best phase difference, is above half its maximum."""
    inside = s[:-1, :-1]  # the last row and column are the first again
    index = np.arange(len(inside))
    crest = np.array([inside[(total - index) % len(inside), index].max() for total in index])
    return float(np.mean(crest >= 0.5 * crest.max()))


def _paint(regime: str, axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    title = rf"{regime}, $p={data.attrs['dipole_correlation']:g}$, $(1+p)k={data.attrs['k']:.3g}$"
    paint_map(ax, data, found="maximum")
    ax.set_title(title, loc="right", pad=4)  # in the middle the longest runs into the panel's letter


def _map(regime: str, correlation: float, name: str, letter: str, alt: str) -> FigureSpec:
    sides = "The two values of p stand on both sides of (1+p)k = 2" + (
        ", where the engine's maximum splits." if regime == "engine" else "; nothing splits in the refrigerator."
    )
    ratio = companion.REGIMES[regime]
    return companion.SPEC(
        id=name,
        title=f"Phase distribution of the {regime}, p = {correlation:g}".replace("-", "−"),
        alt="Map of S over the torus of two phases, in units of its maximum: " + alt,
        said="By its abstract, coherences interact, and cooperate or compete.",
        departures=(
            companion.UNREAD,
            f"n_h/n_c = {ratio:g}, Δ = {SPREAD:g} ω_1, p = 0.5 and −0.99, as in the repository. {sides}",
            (
                "The distribution is that of Eq. (3) of the letter; at Δ ≠ 0 that of the authors' scripts has one "
                "phase with another sign."
            ),
        ),
        compute=partial(_compute, regime, correlation),
        paint=partial(_paint, regime),
        size=(3.4, 3.05),
        letter=letter,
    )


_SPOT: Final = "one red spot near ({0}, {0}) with a black cross on it, one blue spot opposite."

POINT: Final = _map("engine", 0.5, "point", "a", _SPOT.format("π/2"))

RING: Final = _map(
    "engine", -0.99, "ring", "b",
    "a red ring, cut into two bands by the edges, along a black dotted line, phase difference π; a black cross on the "
    "maximum.",
)  # fmt: skip

COLD_POINT: Final = _map("refrigerator", 0.5, "cold-point", "c", _SPOT.format("3π/2"))

COLD_RING: Final = _map(
    "refrigerator", -0.99, "cold-ring", "d",
    "a red spot stretched along the diagonal, a black dotted line, phase difference 0; a black cross on the maximum.",
)  # fmt: skip
