"""Figs. 2(a) and 2(b): the phase distribution of two degenerate levels on its torus.

Only k = γ_h(1 + n_h)/λ matters for the shape; the panels stand on either side of k = 2, where the maximum splits.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from torusync.figures.phasemap import HALO, paint_map, phase_map
from torusync.figures.record import Field, assemble, attributes
from torusync.models import ThermalMaser
from torusync.papers.letter.closed_form import optimal_phases
from torusync.papers.letter.parameters import BATHS, RATES, SPEC
from torusync.plots.journal import INK
from torusync.quantities import solve
from torusync.steady import Dense

RATIO: Final = 100.0
"""n_h/n_c of both panels."""


def _compute(k: float, quick: bool) -> xr.Dataset:
    n_hot = RATIO * BATHS["n_cold"]
    drive = BATHS["gamma_hot"] * (1.0 + n_hot) / k
    solved = solve(ThermalMaser([drive, drive], n_hot=n_hot, **BATHS), solver=Dense())
    printed = optimal_phases(n_hot, drive, RATES)
    columns = phase_map(solved, quick=quick) | {
        Field("optima_count", (), "number of isolated optima", "-", "search"): int(solved["optima_count"]),
        Field("optima_printed", ("optimum", "angle"), "optimal phases, printed", "φ^opt", "Eq. (12)", "rad"): printed,
    }
    return assemble(columns, attributes([solved], **BATHS, n_hot=n_hot, drive=drive, k=k, levels=2))


def _paint(axes: Sequence[Axes], data: xr.Dataset) -> None:
    (ax,) = axes
    printed = data["optima_printed"].to_numpy() / np.pi
    ax.plot(*printed.T, "o", mfc="none", mec=INK, mew=0.9, ms=8.0, label="Eq. (12)", path_effects=HALO, zorder=3)
    paint_map(ax, data, found="search")
    ax.set_title(rf"$k={data.attrs['k']:g}$", pad=4)


_WHY_LAMBDA: Final = (
    "The caption prints n_h/n_c = 100 and λ_2 = 0.1 ω_1, which together make k = 25.5. The shape of S depends on k "
    "alone, so λ = {drive} ω_1 is used here to reach k = {k}; with another γ_h the shape would be the same."
)
_TORUS: Final = partial(SPEC, paint=_paint, size=(3.4, 3.05))

FIG2A: Final = _TORUS(
    id="fig2a",
    title="Phase distribution of two levels, entrainment dominant (k = 3)",
    said=(
        "For weak driving (k = 3, engine, n_h/n_c = 100) S has one localised maximum where both levels are in phase "
        "with each other: the drive wins."
    ),
    alt=(
        "Map of S over the torus of two phases, in units of its maximum: one red spot at (π/2, π/2) with circle and "
        "cross on it, one blue spot opposite; black lines of equal height, solid above zero and dashed below."
    ),
    departures=(_WHY_LAMBDA.format(drive="0.85", k="3"),),
    compute=partial(_compute, 3.0),
)

FIG2B: Final = _TORUS(
    id="fig2b",
    letter="b",
    title="Phase distribution of two levels, mutual coupling dominant (k = 0.75)",
    said=(
        "For strong driving (k = 0.75) the single phases no longer localise; only their difference is fixed, near π. "
        "The maximum is a ring on the torus: mutual coupling wins and entrainment is lost."
    ),
    alt=(
        "Map of S over the torus of two phases, in units of its maximum and the colours of Fig. 2(a): a red ring, cut "
        "into two bands by the edges of the map, follows a black dotted line, phase difference π; circle and cross on "
        "each of its two maxima; blue around."
    ),
    departures=(
        _WHY_LAMBDA.format(drive="3.4", k="0.75"),
        "The ring is a ridge and not a level line: S varies along it, and Eq. (12) gives its two tops.",
    ),
    compute=partial(_compute, 0.75),
)
